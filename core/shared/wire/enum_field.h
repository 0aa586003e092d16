// Holds an enum in a frame, and gives it only to those who ask whether it is one.
//
// A process that was taken over may send any byte. Get says nothing of a value that the enum does
// not have, and there is no other way to read it, so that nobody switches on what was not checked.
// An enum has the values from 0 to below its kCount, or from its kFirst (else 0) to its kLast.
#pragma once

#include <cstdint>
#include <optional>
#include <type_traits>

namespace signpost::wire {

template <class E>
class EnumField {
 public:
  EnumField() = default;
  // Not explicit: a frame is filled with the enum's own words, and compared with them.
  constexpr EnumField(E value) : raw_(static_cast<Raw>(value)) {}  // NOLINT
  constexpr std::optional<E> Get() const {
    constexpr uint64_t kFrom = First(), kValues = Last() - kFrom + 1;
    if (uint64_t{raw_} - kFrom >= kValues) return std::nullopt;  // below kFrom it wraps
    return static_cast<E>(raw_);
  }
  friend constexpr bool operator==(EnumField, EnumField) = default;

 private:
  using Raw = std::underlying_type_t<E>;
  static_assert(std::is_unsigned_v<Raw>);

  static constexpr uint64_t First() {
    if constexpr (requires { E::kFirst; }) return static_cast<uint64_t>(E::kFirst);
    return 0;
  }
  static constexpr uint64_t Last() {
    if constexpr (requires { E::kLast; }) {
      return static_cast<uint64_t>(E::kLast);
    } else {
      return static_cast<uint64_t>(E::kCount) - 1;
    }
  }

  Raw raw_;
};

}  // namespace signpost::wire
