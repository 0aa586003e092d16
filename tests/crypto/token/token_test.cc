#include "crypto/token/token.h"

#include <gtest/gtest.h>

#include <string>

#include "crypto/token/tokeniser/tokeniser.h"
#include "tests/crypto/vector_file.h"

namespace signpost::token {
namespace {

memory::SecretKey KeyOf(uint8_t fill) {
  std::array<uint8_t, 32> bytes;
  bytes.fill(fill);
  return *memory::SecretKey::Take(bytes);
}

number::PhoneNumber Number(int last) {
  return *number::PhoneNumber::FromE164("+447700900" + std::to_string(100 + last));
}

TEST(HmacSha256, DoesNotDepartFromRfc4231) {
  for (const VectorCase& vector : ReadVectors("hmac_sha256.vec")) {
    auto mac = HmacSha256::Create(vector.Hex("key"));
    ASSERT_TRUE(mac);
    const std::string wanted = vector.Text("mac");
    EXPECT_EQ(ToHex(mac->Of(vector.Hex("message"))).substr(0, wanted.size()), wanted)
        << vector.Text("case");
    // The context starts over: the second answer is the first.
    EXPECT_EQ(ToHex(mac->Of(vector.Hex("message"))).substr(0, wanted.size()), wanted);
  }
}

TEST(HmacSha256, EmptyKeyIsRefused) {
  EXPECT_EQ(HmacSha256::Create({}).error().code, Code::kInternal);
}

TEST(HmacSha256, MovedContextKeepsItsKey) {
  auto first = *HmacSha256::Create(Bytes(32, 1));
  const auto before = first.Of(AsBytes("x"));
  HmacSha256 second = std::move(first);
  EXPECT_EQ(second.Of(AsBytes("x")), before);
}

TEST(Tokeniser, OneNumberHasOneToken) {
  auto a = *Tokeniser<Contact>::Create(KeyOf(1), 1);
  auto b = *Tokeniser<Contact>::Create(KeyOf(1), 1);
  const ContactToken first = a.Of(Number(1));
  EXPECT_NE(a.Of(Number(2)), first);
  EXPECT_EQ(a.Of(Number(1)), first);
  EXPECT_EQ(b.Of(Number(1)), first);
}

TEST(Tokeniser, TokenIsOfThePaddedNumber) {
  // Tokens outlive this code: HMAC-SHA256 of sixteen bytes, NULs included.
  auto mac = *HmacSha256::Create(Bytes(32, 1));
  Bytes padded(16);
  const std::string text = "+447700900123";
  std::copy(text.begin(), text.end(), padded.begin());
  auto tokeniser = *Tokeniser<Contact>::Create(KeyOf(1), 7);
  const ContactToken token = tokeniser.Of(*number::PhoneNumber::FromE164(text));
  EXPECT_EQ(token.bytes, mac.Of(padded));
  EXPECT_EQ(token.generation, 7);
}

TEST(Tokeniser, AnotherKeyOrGenerationIsAnotherToken) {
  auto first = *Tokeniser<Contact>::Create(KeyOf(1), 1);
  auto other_key = *Tokeniser<Contact>::Create(KeyOf(2), 1);
  auto other_generation = *Tokeniser<Contact>::Create(KeyOf(1), 2);
  EXPECT_NE(first.Of(Number(1)), other_key.Of(Number(1)));
  EXPECT_NE(first.Of(Number(1)), other_generation.Of(Number(1)));
}

TEST(Tokeniser, PurposeKeysOfOneRootGiveUnrelatedTokens) {
  const memory::SecretKey root = KeyOf(3);
  auto contact = *Tokeniser<Contact>::Create(*root.Derive("signpost/v1/contact-token/1"), 1);
  auto opt_out = *Tokeniser<OptOut>::Create(*root.Derive("signpost/v1/opt-out-token/1"), 1);
  EXPECT_NE(contact.Of(Number(1)).bytes, opt_out.Of(Number(1)).bytes);
}

}  // namespace
}  // namespace signpost::token
