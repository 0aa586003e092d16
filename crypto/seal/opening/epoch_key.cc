#include "crypto/seal/opening/epoch_key.h"

#include <sodium.h>

namespace signpost::seal {

Result<EpochSecretKey> EpochSecretKey::Generate() {
  TRY_ASSIGN(memory::SecretKey secret, memory::SecretKey::Random());
  return Take(EpochId::Random(), std::move(secret));
}

Result<EpochSecretKey> EpochSecretKey::Take(EpochId epoch, memory::SecretKey secret) {
  PrepareCrypto();
  EpochPublicKey pub;
  pub.epoch = epoch;
  if (crypto_scalarmult_base(pub.key.data(), secret.Expose(memory::ExposeSecret{}).data()) != 0) {
    return Fail(Code::kInternal, "X25519 failed");
  }
  return EpochSecretKey(pub, std::move(secret));
}

}  // namespace signpost::seal
