#include "crypto/custody/key_file.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>

#include "tests/crypto/custody/sample.h"
#include "tests/crypto/fixed_random.h"
#include "tests/crypto/format_document.h"

namespace signpost::custody {
namespace {

memory::SecretBuffer PassphraseOf(std::string_view text) {
  memory::SecretBuffer buffer = *memory::SecretBuffer::Create(text.size());
  std::copy(text.begin(), text.end(), buffer.Expose(memory::ExposeSecret{}).begin());
  return buffer;
}

memory::SecretKey KeyOf(uint8_t first) {
  std::array<uint8_t, 32> bytes;
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(first + i);
  return *memory::SecretKey::Take(bytes);
}

std::string HexOf(const memory::SecretKey& key) {
  return ToHex(key.Expose(memory::ExposeSecret{}));
}

class KeyFile : public testing::Test {
 protected:
  memory::SecretBuffer passphrase_ = PassphraseOf("correct horse battery staple");
  Wrapper wrapper_ = *Wrapper::Create(passphrase_, KdfCost::kMinimal);
  KeyFileHeader header_ = SampleHeader(KeyPurpose::kEpoch);
  std::string file_ = *wrapper_.Wrap(header_, KeyOf(1));
};

TEST_F(KeyFile, WrappedKeyIsNotLost) {
  const auto same = wrapper_.Unwrap(file_);
  ASSERT_TRUE(same);
  EXPECT_EQ(same->header, header_);
  EXPECT_EQ(HexOf(same->key), HexOf(KeyOf(1)));
  // Another process, with nothing but the passphrase and the file.
  const auto matching = Wrapper::Matching(passphrase_, file_);
  ASSERT_TRUE(matching);
  EXPECT_EQ(HexOf(matching->Unwrap(file_)->key), HexOf(KeyOf(1)));
  // And its header can be read without it.
  EXPECT_EQ(*ReadKeyFileHeader(file_), header_);
}

TEST_F(KeyFile, KeyItselfIsNotInTheFile) {
  EXPECT_EQ(file_.find(HexOf(KeyOf(1))), std::string::npos);
  EXPECT_EQ(file_.find(ToBase64(KeyOf(1).Expose(memory::ExposeSecret{})).substr(2, 20)),
            std::string::npos);
  EXPECT_NE(*wrapper_.Wrap(header_, KeyOf(1)), file_);  // a fresh nonce
}

TEST_F(KeyFile, TamperedKeyFileDoesNotOpen) {
  for (size_t bit = 0; bit < file_.size() * 8; ++bit) {
    std::string tampered = file_;
    tampered[bit / 8] = static_cast<char>(tampered[bit / 8] ^ (1 << bit % 8));
    const auto unwrapped = wrapper_.Unwrap(tampered);
    ASSERT_FALSE(unwrapped) << bit;
    EXPECT_TRUE(unwrapped.error().code == Code::kInput || unwrapped.error().code == Code::kRefused);
  }
}

TEST_F(KeyFile, TrustRootCannotBeExchanged) {
  // Well formed throughout, so only the authentication is left to refuse it.
  const auto refuses = [&](const std::function<void(KeyFileHeader&)>& change) {
    KeyFileHeader changed = header_;
    change(changed);
    const std::string forged =
        EncodeKeyFileHeader(changed) + file_.substr(EncodeKeyFileHeader(header_).size());
    EXPECT_EQ(*ReadKeyFileHeader(forged), changed);
    const auto unwrapped = wrapper_.Unwrap(forged);
    return !unwrapped && unwrapped.error().code == Code::kRefused;
  };
  EXPECT_TRUE(refuses([](KeyFileHeader& h) { h.trust.mode = Mode::kLive; }));
  EXPECT_TRUE(refuses([](KeyFileHeader& h) { h.trust.genesis_policy[0] ^= 1; }));
  EXPECT_TRUE(refuses([](KeyFileHeader& h) { h.trust.ledger_vkey += "A"; }));
  EXPECT_TRUE(refuses([](KeyFileHeader& h) { h.trust.witness_vkeys.clear(); }));
  EXPECT_TRUE(refuses([](KeyFileHeader& h) { h.trust.witness_vkeys.push_back("w"); }));
  EXPECT_TRUE(refuses([](KeyFileHeader& h) { h.generation = 2; }));
  EXPECT_TRUE(refuses([](KeyFileHeader& h) { h.epoch->deadline = h.epoch->deadline + 365; }));
  EXPECT_TRUE(refuses([](KeyFileHeader& h) { h.epoch->public_key[0] ^= 1; }));
  EXPECT_TRUE(refuses([](KeyFileHeader& h) {
    h.purpose = KeyPurpose::kRoot;
    h.epoch.reset();
  }));
}

TEST_F(KeyFile, WrongPassphraseIsRefused) {
  for (const char* wrong : {"correct horse battery stapl", "Correct horse battery staple", "x"}) {
    const auto matching = Wrapper::Matching(PassphraseOf(wrong), file_);
    ASSERT_TRUE(matching);  // it derives; it does not open
    const auto unwrapped = matching->Unwrap(file_);
    ASSERT_FALSE(unwrapped);
    EXPECT_EQ(unwrapped.error().code, Code::kRefused);
    EXPECT_EQ(unwrapped.error().message,
              "the passphrase does not open this key, or the key file was changed");
  }
}

TEST_F(KeyFile, SaltsDoNotRepeat) {
  const Wrapper other = *Wrapper::Create(passphrase_, KdfCost::kMinimal);
  const std::string file = *other.Wrap(header_, KeyOf(1));
  const auto unwrapped = wrapper_.Unwrap(file);
  ASSERT_FALSE(unwrapped);
  EXPECT_EQ(unwrapped.error().code, Code::kInput);
}

TEST_F(KeyFile, UnwrapperDoesNotMixUpSalts) {
  const Wrapper other = *Wrapper::Create(passphrase_, KdfCost::kMinimal);
  const std::string second = *other.Wrap(header_, KeyOf(2));
  const std::string third = *wrapper_.Wrap(SampleHeader(KeyPurpose::kRoot), KeyOf(3));
  Unwrapper unwrapper(PassphraseOf("correct horse battery staple"));
  EXPECT_EQ(HexOf(unwrapper.Unwrap(file_)->key), HexOf(KeyOf(1)));
  EXPECT_EQ(HexOf(unwrapper.Unwrap(second)->key), HexOf(KeyOf(2)));
  EXPECT_EQ(HexOf(unwrapper.Unwrap(third)->key), HexOf(KeyOf(3)));
  EXPECT_EQ(HexOf(unwrapper.Unwrap(file_)->key), HexOf(KeyOf(1)));
  EXPECT_EQ(unwrapper.Unwrap("nonsense").error().code, Code::kInput);
  Unwrapper wrong(PassphraseOf("wrong"));
  EXPECT_EQ(wrong.Unwrap(file_).error().code, Code::kRefused);
  EXPECT_EQ(wrong.Unwrap(file_).error().code, Code::kRefused);
}

TEST_F(KeyFile, FileCannotAskForATerabyte) {
  const auto with_kdf = [&](const std::string& kdf) {
    const size_t at = file_.find("kdf ");
    return file_.substr(0, at) + "kdf " + kdf + "\n" + file_.substr(file_.find("wrapped "));
  };
  const std::string salt = " 000102030405060708090a0b0c0d0e0f";
  EXPECT_TRUE(Wrapper::Matching(passphrase_, with_kdf("argon2id13 1 8388608" + salt)));
  for (const std::string& bad :
       {"argon2id13 1 1099511627776" + salt, "argon2id13 1 8388607" + salt,
        "argon2id13 0 8388608" + salt, "argon2id13 17 8388608" + salt,
        "argon2id13 01 8388608" + salt, "argon2id13 1 -1" + salt, "argon2id13 1" + salt,
        "argon2id13  1 8388608" + salt, "argon2i 1 8388608" + salt,
        std::string("argon2id13 1 8388608 0001"), "argon2id13 1 8388608" + salt + "00",
        std::string("argon2id13 1 8388608 000102030405060708090A0B0C0D0E0F"),
        std::string("argon2id13 "), std::string("argon2id13")}) {
    const auto wrapper = Wrapper::Matching(passphrase_, with_kdf(bad));
    ASSERT_FALSE(wrapper) << bad;
    EXPECT_EQ(wrapper.error().code, Code::kInput);
  }
}

TEST_F(KeyFile, CutOrLengthenedFileIsRefused) {
  for (size_t length = 0; length < file_.size(); ++length) {
    EXPECT_EQ(wrapper_.Unwrap(file_.substr(0, length)).error().code, Code::kInput) << length;
  }
  EXPECT_EQ(wrapper_.Unwrap(file_ + "\n").error().code, Code::kInput);
  EXPECT_EQ(wrapper_.Unwrap(file_ + "more\n").error().code, Code::kInput);
}

TEST_F(KeyFile, HeaderThatCouldNotBeReadBackIsNotWritten) {
  KeyFileHeader header = header_;
  header.trust.ledger_vkey = "site\nmode live";
  EXPECT_EQ(wrapper_.Wrap(header, KeyOf(1)).error().code, Code::kInternal);
  header = header_;
  header.epoch.reset();
  EXPECT_EQ(wrapper_.Wrap(header, KeyOf(1)).error().code, Code::kInternal);
  header = SampleHeader(KeyPurpose::kRoot);
  header.epoch = header_.epoch;
  EXPECT_EQ(wrapper_.Wrap(header, KeyOf(1)).error().code, Code::kInternal);
  header = header_;
  header.generation = 0;
  EXPECT_EQ(wrapper_.Wrap(header, KeyOf(1)).error().code, Code::kInternal);
}

TEST_F(KeyFile, CostsAreNotQuietlyLowered) {
  const std::string file = file_.substr(file_.find("kdf "));
  EXPECT_TRUE(file.starts_with("kdf argon2id13 1 8388608 ")) << file;
  const Wrapper moderate = *Wrapper::Create(passphrase_, KdfCost::kModerate);
  const std::string wrapped = *moderate.Wrap(header_, KeyOf(1));
  EXPECT_NE(wrapped.find("\nkdf argon2id13 3 268435456 "), std::string::npos);
}

TEST(KeyFileFormat, CodeDoesNotDepartFromTheDocument) {
  const FixedRandom counter;
  const Wrapper wrapper =
      *Wrapper::Create(PassphraseOf("correct horse battery staple"), KdfCost::kMinimal);
  EXPECT_EQ(*wrapper.Wrap(SampleHeader(KeyPurpose::kEpoch), KeyOf(0)),
            ExampleOf("crypto/custody/FORMAT.md", "epoch key"));
}

TEST(KeyFileFormat, ExampleOfTheDocumentOpens) {
  Unwrapper unwrapper(PassphraseOf("correct horse battery staple"));
  const auto unwrapped = unwrapper.Unwrap(ExampleOf("crypto/custody/FORMAT.md", "epoch key"));
  ASSERT_TRUE(unwrapped);
  EXPECT_EQ(unwrapped->header, SampleHeader(KeyPurpose::kEpoch));
  EXPECT_EQ(HexOf(unwrapped->key), HexOf(KeyOf(0)));
}

}  // namespace
}  // namespace signpost::custody
