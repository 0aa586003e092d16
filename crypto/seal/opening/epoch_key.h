// Holds an epoch's key pair, whole. The opener only: everybody else has EpochPublicKey
// (sealed_file.h).
#pragma once

#include "crypto/base/bytes.h"
#include "crypto/base/result.h"
#include "crypto/memory/secret.h"
#include "crypto/seal/format/sealed_file.h"

namespace signpost::seal {

// The secret half: random, never derived, so that it cannot be made again. The opener only.
class EpochSecretKey {
 public:
  static Result<EpochSecretKey> Generate();  // with a fresh random id
  // The public half is computed from the secret one. Whoever has a public half from elsewhere (a
  // key file) compares it with this.
  static Result<EpochSecretKey> Take(EpochId epoch, memory::SecretKey secret);
  const EpochPublicKey& public_half() const { return public_; }
  const memory::SecretKey& secret() const { return secret_; }

 private:
  EpochSecretKey(EpochPublicKey pub, memory::SecretKey secret)
      : public_(pub), secret_(std::move(secret)) {}
  EpochPublicKey public_;
  memory::SecretKey secret_;
};

}  // namespace signpost::seal
