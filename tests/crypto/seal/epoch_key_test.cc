#include "crypto/seal/opening/epoch_key.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace signpost::seal {
namespace {

TEST(EpochKey, CannotBeMadeAgain) {
  const EpochSecretKey one = *EpochSecretKey::Generate();
  const EpochSecretKey two = *EpochSecretKey::Generate();
  EXPECT_NE(one.public_half().epoch, two.public_half().epoch);
  EXPECT_NE(one.public_half().key, two.public_half().key);
}

TEST(EpochKey, PublicHalfDoesNotDepartFromRfc7748) {
  // Section 6.1: Alice's private and public key.
  const auto bytes = *FromHex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
  std::array<uint8_t, 32> secret;
  std::copy(bytes.begin(), bytes.end(), secret.begin());
  const EpochSecretKey key =
      *EpochSecretKey::Take(EpochId::Random(), *memory::SecretKey::Take(secret));
  EXPECT_EQ(ToHex(key.public_half().key),
            "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
}

TEST(EpochKey, TakenSecretKeepsItsNameAndPublicHalf) {
  const EpochSecretKey made = *EpochSecretKey::Generate();
  std::array<uint8_t, 32> secret;
  const auto exposed = made.secret().Expose(memory::ExposeSecret{});
  std::copy(exposed.begin(), exposed.end(), secret.begin());
  const EpochSecretKey taken =
      *EpochSecretKey::Take(made.public_half().epoch, *memory::SecretKey::Take(secret));
  EXPECT_EQ(taken.public_half().epoch, made.public_half().epoch);
  EXPECT_EQ(taken.public_half().key, made.public_half().key);
}

}  // namespace
}  // namespace signpost::seal
