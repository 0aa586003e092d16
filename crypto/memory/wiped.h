// Wipes a value when its scope ends, whichever way it ends: for what holds digits for a moment.
//
//   memory::Wiped<std::array<char, 16>> text{};      // otherwise the array that it is
//   memory::Wiped<std::string> cell;
//
// A trivially copyable T is wiped whole; a string or a vector of such up to its size: whoever
// shortens one wipes before (WipeText). Not wiped: a copy that is a plain T, and what a container
// leaves behind when it grows (reserve, or core/shared/wiping).
#pragma once

#include <cstdint>
#include <type_traits>

#include "crypto/memory/secret.h"

namespace signpost::memory {

template <class T>
struct Wiped : T {
  using T::operator=;
  ~Wiped() {
    if constexpr (std::is_trivially_copyable_v<T>) {
      Wipe({reinterpret_cast<uint8_t*>(static_cast<T*>(this)), sizeof(T)});
    } else {
      static_assert(std::is_trivially_copyable_v<typename T::value_type>);
      Wipe({reinterpret_cast<uint8_t*>(this->data()),
            this->size() * sizeof(typename T::value_type)});
    }
  }
};

}  // namespace signpost::memory
