// Makes libsodium's randomness a counter (00, 01, 02, ...) while it lives, so that the worked
// examples of the format documents can be made again, byte for byte. Tests only.
#pragma once

#include <sodium.h>

#include "crypto/base/bytes.h"

namespace signpost {

class FixedRandom {
 public:
  FixedRandom() {
    PrepareCrypto();
    next_ = 0;
    randombytes_set_implementation(&counter_);
  }
  ~FixedRandom() { randombytes_set_implementation(&randombytes_sysrandom_implementation); }
  FixedRandom(const FixedRandom&) = delete;
  FixedRandom& operator=(const FixedRandom&) = delete;

 private:
  static void Fill(void* out, size_t size) {
    for (size_t i = 0; i < size; ++i) static_cast<uint8_t*>(out)[i] = next_++;
  }
  static const char* Name() { return "counter"; }
  static inline uint8_t next_ = 0;
  static inline randombytes_implementation counter_ = {&Name,   nullptr, nullptr,
                                                       nullptr, &Fill,   nullptr};
};

}  // namespace signpost
