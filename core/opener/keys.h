// Unwraps the opener's keys and checks them against each other.
#pragma once

#include <string>
#include <vector>

#include "core/opener/evidence.h"
#include "crypto/custody/key_file.h"

namespace signpost::opener {

// Unwraps key files one by one. kRefused: wrong passphrase, changed file, another trust root, a
// purpose that the opener has no use for, or the opener-state key is not the first.
class KeyRing {
 public:
  explicit KeyRing(memory::SecretBuffer passphrase) : unwrapper_(std::move(passphrase)) {}
  Result<void> Add(std::string_view key_file);
  Result<OpenerKeys> Take();  // kRefused when the state key is missing

 private:
  custody::Unwrapper unwrapper_;
  std::optional<OpenerKeys> keys_;
};

}  // namespace signpost::opener
