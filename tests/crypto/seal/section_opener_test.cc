#include "crypto/seal/opening/section_opener.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <sodium.h>

#include <algorithm>
#include <string>

#include "crypto/seal/sealing/section_sealer.h"

namespace signpost::seal {
namespace {

class OpenerTest : public testing::Test {
 protected:
  SealedRecord Seal() { return sealer_.Seal(*number::PhoneNumber::FromE164("+447700900123")); }
  // Whether anything at all comes out of `record` under `header`.
  bool Opens(const SectionHeader& header, const SealedRecord& record) const {
    const auto opener = SectionOpener::Create(epoch_, header);
    return opener && opener->Open(record);
  }
  template <size_t N>
  static std::array<uint8_t, N> FlipBit(std::array<uint8_t, N> bytes, size_t bit) {
    bytes[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    return bytes;
  }

  EpochSecretKey epoch_ = *EpochSecretKey::Generate();
  SectionSealer sealer_ =
      *SectionSealer::Create(epoch_.public_half(), SectionId::Random(), Day{20800});
};

TEST_F(OpenerTest, SealedNumberIsNotLost) {
  EXPECT_TRUE(rc::check([this] {
    const std::string text =
        "+" + std::to_string(*rc::gen::inRange<uint64_t>(1000000, 1000000000000000));
    const auto opener = SectionOpener::Create(epoch_, sealer_.header());
    RC_ASSERT(opener.has_value());
    const auto number = opener->Open(sealer_.Seal(*number::PhoneNumber::FromE164(text)));
    RC_ASSERT(number.has_value());
    RC_ASSERT(number->ExposeText(number::ExposeNumber{}) == text);
  }));
}

TEST_F(OpenerTest, TamperedRecordDoesNotOpen) {
  const SealedRecord record = Seal();
  ASSERT_TRUE(Opens(sealer_.header(), record));
  const auto opener = *SectionOpener::Create(epoch_, sealer_.header());
  for (size_t bit = 0; bit < record.box.size() * 8; ++bit) {
    SealedRecord tampered = record;
    tampered.box = FlipBit(record.box, bit);
    const auto opened = opener.Open(tampered);
    ASSERT_FALSE(opened) << bit;
    EXPECT_EQ(opened.error().code, Code::kCorrupt);
  }
  for (size_t bit = 0; bit < record.id.bytes.size() * 8; ++bit) {
    SealedRecord tampered = record;
    tampered.id.bytes = FlipBit(record.id.bytes, bit);
    EXPECT_FALSE(opener.Open(tampered)) << bit;
  }
}

TEST_F(OpenerTest, TamperedSectionDoesNotOpen) {
  const SealedRecord record = Seal();
  const SectionHeader header = sealer_.header();
  for (size_t bit = 0; bit < header.sealed_key.size() * 8; ++bit) {
    SectionHeader tampered = header;
    tampered.sealed_key = FlipBit(header.sealed_key, bit);
    EXPECT_FALSE(Opens(tampered, record)) << bit;
  }
  for (size_t bit = 0; bit < header.section.bytes.size() * 8; ++bit) {
    SectionHeader tampered = header;
    tampered.section.bytes = FlipBit(header.section.bytes, bit);
    EXPECT_FALSE(Opens(tampered, record)) << bit;
    tampered = header;
    tampered.epoch.bytes = FlipBit(header.epoch.bytes, bit);
    EXPECT_FALSE(Opens(tampered, record)) << bit;
  }
}

TEST_F(OpenerTest, RecordMovedToAnotherSectionDoesNotOpen) {
  auto other = *SectionSealer::Create(epoch_.public_half(), SectionId::Random(), Day{20800});
  EXPECT_FALSE(Opens(other.header(), Seal()));
  // Its file key moved along under the other section's name: still not.
  SectionHeader renamed = sealer_.header();
  renamed.section = other.header().section;
  EXPECT_FALSE(Opens(renamed, Seal()));
}

TEST_F(OpenerTest, BoxMovedToAnotherIdDoesNotOpen) {
  SealedRecord swapped = Seal();
  swapped.id = Seal().id;
  EXPECT_FALSE(Opens(sealer_.header(), swapped));
}

TEST_F(OpenerTest, SectionOfAnotherEpochIsRefused) {
  const EpochSecretKey other = *EpochSecretKey::Generate();
  const auto opener = SectionOpener::Create(other, sealer_.header());
  ASSERT_FALSE(opener);
  EXPECT_EQ(opener.error().code, Code::kRefused);
  // Relabelled to the epoch whose key is there: the sealed key is for the old one.
  SectionHeader relabelled = sealer_.header();
  relabelled.epoch = other.public_half().epoch;
  EXPECT_EQ(SectionOpener::Create(other, relabelled).error().code, Code::kCorrupt);
}

TEST_F(OpenerTest, SameSecretUnderAnotherEpochNameDoesNotOpen) {
  std::array<uint8_t, 32> secret;
  const auto exposed = epoch_.secret().Expose(memory::ExposeSecret{});
  std::copy(exposed.begin(), exposed.end(), secret.begin());
  const EpochSecretKey renamed =
      *EpochSecretKey::Take(EpochId::Random(), *memory::SecretKey::Take(secret));
  SectionHeader relabelled = sealer_.header();
  relabelled.epoch = renamed.public_half().epoch;
  const auto opener = SectionOpener::Create(renamed, relabelled);
  ASSERT_TRUE(opener);  // the sealed key names no epoch; the records do
  EXPECT_EQ(opener->Open(Seal()).error().code, Code::kCorrupt);
}

TEST_F(OpenerTest, BoxThatHoldsNoNumberIsCorrupt) {
  // Somebody with the epoch's public key seals sixteen bytes that are not a number.
  const SectionHeader made = sealer_.header();
  SectionHeader header = made;
  const Bytes file_key(32, 9);
  ASSERT_EQ(crypto_box_seal(header.sealed_key.data(), file_key.data(), file_key.size(),
                            epoch_.public_half().key.data()),
            0);
  SealedRecord record;
  record.id = RecordId::Random();
  Bytes nonce(24);
  std::copy(record.id.bytes.begin(), record.id.bytes.end(), nonce.begin());
  Bytes context(header.section.bytes.begin(), header.section.bytes.end());
  context.insert(context.end(), record.id.bytes.begin(), record.id.bytes.end());
  context.insert(context.end(), header.epoch.bytes.begin(), header.epoch.bytes.end());
  const auto seal = [&](const std::string& content) {
    Bytes padded(16);
    std::copy(content.begin(), content.end(), padded.begin());
    unsigned long long length = 0;
    crypto_aead_xchacha20poly1305_ietf_encrypt(record.box.data(), &length, padded.data(), 16,
                                               context.data(), context.size(), nullptr,
                                               nonce.data(), file_key.data());
  };
  const auto opener = *SectionOpener::Create(epoch_, header);
  seal("+447700900123");
  EXPECT_TRUE(opener.Open(record));  // so what follows fails for what it holds
  for (const char* content : {"", "+", "447700900123", "not a number", "+44770090012x"}) {
    seal(content);
    EXPECT_EQ(opener.Open(record).error().code, Code::kCorrupt) << content;
  }
}

}  // namespace
}  // namespace signpost::seal
