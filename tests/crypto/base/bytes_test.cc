#include "crypto/base/bytes.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cstdlib>

#include "crypto/base/file.h"

namespace signpost {
namespace {

TEST(Bytes, HexThatIsNotHexIsRefused) {
  EXPECT_EQ(FromHex("00fFaB"), (Bytes{0x00, 0xff, 0xab}));
  EXPECT_EQ(FromHex(""), Bytes());
  for (const char* bad : {"0", "000", "0g", "g0", " 0", "0x00", "00 ", "-1", "\xc3\xa9"}) {
    EXPECT_FALSE(FromHex(bad)) << bad;
  }
}

TEST(Bytes, Base64HasOneSpelling) {
  EXPECT_EQ(FromBase64(""), Bytes());
  EXPECT_EQ(FromBase64("AA=="), Bytes{0});
  EXPECT_EQ(FromBase64("+/+/"), (Bytes{0xfb, 0xff, 0xbf}));
  // No padding, too much, in the middle; bits that are dropped; the URL alphabet; white space.
  for (const char* bad : {"AA", "AA=", "AA===", "A===", "====", "=",
                          "AA==AA==", "AB==", "AAB=", "-_-_", "AA==\n", " AA==", "AA ==", "A"}) {
    EXPECT_FALSE(FromBase64(bad)) << bad;
  }
}

TEST(Bytes, TextFormsDoNotLoseBytes) {
  EXPECT_TRUE(rc::check([](const Bytes& bytes) {
    RC_ASSERT(FromHex(ToHex(bytes)) == bytes);
    RC_ASSERT(FromBase64(ToBase64(bytes)) == bytes);
  }));
}

TEST(Bytes, NoOtherByteIsTakenForABase64Character) {
  for (size_t at = 0; at < 4; ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string text = "+/Az";
      text[at] = static_cast<char>(byte);
      const auto bytes = FromBase64(text);
      EXPECT_EQ(bytes ? ToBase64(*bytes) : text, text) << byte;
    }
  }
}

TEST(Bytes, AcceptedBase64IsCanonical) {
  EXPECT_TRUE(rc::check([] {
    const auto text =
        *rc::gen::container<std::string>(rc::gen::elementOf(std::string("ABCDwxyz0189+/=")));
    const auto bytes = FromBase64(text);
    if (bytes) RC_ASSERT(ToBase64(*bytes) == text);
  }));
}

TEST(Bytes, DigestOfAStreamIsTheDigestOfTheWhole) {
  EXPECT_EQ(ToHex(Sha256(std::string_view())),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(ToHex(Sha256("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_TRUE(rc::check([](const Bytes& a, const Bytes& b) {
    Sha256Stream stream;
    stream.Update(a);
    stream.Update(b);
    Bytes whole = a;
    whole.insert(whole.end(), b.begin(), b.end());
    RC_ASSERT(stream.Finish() == Sha256(ByteView(whole)));
  }));
}

TEST(Bytes, NumbersAreLittleEndian) {
  std::array<uint8_t, 4> field{};
  PutLe<uint32_t>(field, 0x01020304);
  EXPECT_EQ(field, (std::array<uint8_t, 4>{4, 3, 2, 1}));
  EXPECT_EQ(GetLe<uint32_t>(field), 0x01020304u);
  PutLe<int32_t>(field, -2);
  EXPECT_EQ(GetLe<int32_t>(field), -2);
}

TEST(Bytes, IdsAreNotGuessedFromOtherText) {
  const BatchId id = BatchId::Random();
  EXPECT_EQ(BatchId::FromHex(id.Hex()), id);
  EXPECT_NE(BatchId::Random(), id);
  EXPECT_FALSE(BatchId::FromHex(id.Hex().substr(2)));
  EXPECT_FALSE(BatchId::FromHex(id.Hex() + "00"));
}

// A site's openssl.cnf must not be opened by a sealed process, nor change what a digest is.
TEST(Bytes, OpenSslConfigurationIsNotRead) {
  const std::string path = testing::TempDir() + "signpost-openssl.cnf";
  ASSERT_TRUE(WriteFileAtomic(path,
                              "openssl_conf = all\n[all]\nalg_section = evp\n"
                              "[evp]\ndefault_properties = fips=yes\n"));
  EXPECT_EXIT(
      {
        // With this configuration there is no SHA-256 at all.
        setenv("OPENSSL_CONF", path.c_str(), 1);
        std::_Exit(ToHex(Sha256("abc")).starts_with("ba7816bf") ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
  EXPECT_TRUE(RemoveFile(path));
}

}  // namespace
}  // namespace signpost
