#include "core/opener/keys.h"

#include <gtest/gtest.h>

#include "tests/core/opener/site.h"

namespace signpost::opener {
namespace {

using test::SecretOf;
using test::Site;

struct Keys {
  Site site;
  custody::Wrapper wrapper =
      custody::Wrapper::Matching(test::SecretOf(Site::kPassphrase), site.key_files.front()).value();
  KeyRing ring{test::SecretOf(Site::kPassphrase)};

  std::string Wrap(custody::KeyPurpose purpose) {
    custody::KeyFileHeader header;
    header.purpose = purpose;
    header.trust = site.trust;
    return wrapper.Wrap(header, memory::SecretKey::Random().value()).value();
  }
};

TEST(KeyRing, TakesTheOpenersKeys) {
  Keys k;
  for (const std::string& file : k.site.key_files) ASSERT_TRUE(k.ring.Add(file).has_value());
  const OpenerKeys keys = k.ring.Take().value();
  EXPECT_EQ(keys.trust, k.site.trust);
  EXPECT_TRUE(keys.opt_out.has_value());
  ASSERT_EQ(keys.epochs.size(), 1u);
  EXPECT_EQ(keys.epochs[0].facts.epoch, k.site.epoch);
}

TEST(KeyRing, WithoutTheStateKeyThereAreNone) {
  Keys k;
  EXPECT_FALSE(k.ring.Take().has_value());
  EXPECT_FALSE(k.ring.Add(k.site.key_files[1]).has_value()) << "the state key comes first";
  EXPECT_FALSE(k.ring.Take().has_value());
}

TEST(KeyRing, WrongPassphraseOpensNothing) {
  Keys k;
  KeyRing ring(test::SecretOf("wrong horse"));
  EXPECT_FALSE(ring.Add(k.site.key_files[0]).has_value());
}

TEST(KeyRing, KeysThatItHasNoUseForAreRefused) {
  Keys k;
  ASSERT_TRUE(k.ring.Add(k.site.key_files[0]).has_value());
  EXPECT_FALSE(k.ring.Add(k.Wrap(custody::KeyPurpose::kContactToken)).has_value());
  EXPECT_FALSE(k.ring.Add(k.Wrap(custody::KeyPurpose::kRoot)).has_value());
  EXPECT_FALSE(k.ring.Add(k.site.key_files[0]).has_value()) << "a second state key";
  ASSERT_TRUE(k.ring.Add(k.site.key_files[1]).has_value());
  EXPECT_FALSE(k.ring.Add(k.site.key_files[1]).has_value()) << "a second opt-out key";
}

TEST(KeyRing, KeyOfAnotherHomeIsRefused) {
  Keys k;
  ASSERT_TRUE(k.ring.Add(k.site.key_files[0]).has_value());
  for (const int what : {0, 1, 2, 3}) {
    custody::KeyFileHeader header;
    header.purpose = custody::KeyPurpose::kOptOutToken;
    header.trust = k.site.trust;
    if (what == 0) header.trust.mode = Mode::kLive;
    if (what == 1) header.trust.genesis_policy = Sha256("another");
    if (what == 2)
      header.trust.ledger_vkey = note::NoteSigner::Generate("x").value().verifier().Text();
    if (what == 3) header.trust.witness_vkeys = {header.trust.ledger_vkey};
    const auto file = k.wrapper.Wrap(header, memory::SecretKey::Random().value());
    ASSERT_TRUE(file.has_value());
    EXPECT_FALSE(k.ring.Add(*file).has_value()) << what;
  }
}

TEST(KeyRing, ChangedHeaderIsRefused) {
  Keys k;
  ASSERT_TRUE(k.ring.Add(k.site.key_files[0]).has_value());
  std::string file = k.site.key_files[2];
  const size_t at = file.find("deadline 20");
  ASSERT_NE(at, std::string::npos);
  file[at + 12] = '9';  // 2096
  EXPECT_FALSE(k.ring.Add(file).has_value());
}

TEST(KeyRing, EpochKeyWithAnotherPublicHalfIsRefused) {
  Keys k;
  ASSERT_TRUE(k.ring.Add(k.site.key_files[0]).has_value());
  custody::KeyFileHeader header;
  header.purpose = custody::KeyPurpose::kEpoch;
  header.trust = k.site.trust;
  const seal::EpochSecretKey one = seal::EpochSecretKey::Generate().value();
  const seal::EpochSecretKey other = seal::EpochSecretKey::Generate().value();
  header.epoch =
      custody::EpochFacts{one.public_half().epoch, other.public_half().key, {20780}, {20800}};
  EXPECT_FALSE(k.ring.Add(k.wrapper.Wrap(header, one.secret()).value()).has_value());
}

}  // namespace
}  // namespace signpost::opener
