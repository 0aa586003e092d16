#include "crypto/seal/opening/epoch_key.h"

#include <sodium.h>

namespace signpost {

Result<EpochSecretKey> EpochSecretKey::Generate() {
  TRY_ASSIGN(SecretKey secret, SecretKey::Random());
  return Take(EpochId::Random(), std::move(secret));
}

Result<EpochSecretKey> EpochSecretKey::Take(EpochId epoch, SecretKey secret) {
  PrepareCrypto();
  EpochPublicKey pub;
  pub.epoch = epoch;
  if (crypto_scalarmult_base(pub.key.data(), secret.Expose(ExposeSecret{}).data()) != 0) {
    return Fail(Code::kInternal, "X25519 failed");
  }
  return EpochSecretKey(pub, std::move(secret));
}

}  // namespace signpost
