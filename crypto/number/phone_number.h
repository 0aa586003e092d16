// Holds one phone number in the clear: E.164, "+" and 7 to 15 digits, NUL padded to 16 bytes.
//
// The type only: libphonenumber stays in core/reader/number. A PhoneNumber that exists has the
// shape; whether it is a mobile anybody may text is the normaliser's and the policy's business.
// Move-only; wiped on move and destruction; cannot be printed, formatted, hashed or compared by
// accident: leaving the type takes Expose(ExposeNumber{}), which can be grepped.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "crypto/base/result.h"

namespace signpost::number {

struct ExposeNumber {};

class PhoneNumber {
 public:
  static constexpr size_t kBytes = 16;
  // '+', a first digit that is not 0 (no country code begins with it), 6 to 14 more. kInput.
  static Result<PhoneNumber> FromE164(std::string_view text);
  // The 16 padded bytes as they come off a pipe or out of a sealed record; same rules. The
  // padding must be all zero.
  static Result<PhoneNumber> FromPadded(std::span<const uint8_t, kBytes> bytes);
  PhoneNumber(PhoneNumber&& other) noexcept;
  PhoneNumber& operator=(PhoneNumber&& other) noexcept;
  ~PhoneNumber();
  std::span<const uint8_t, kBytes> Expose(ExposeNumber) const { return e164_; }
  // "+..." without the padding; points into this object. Empty when moved from.
  std::string_view ExposeText(ExposeNumber) const;
  // Ofcom's drama range: +44 7700 900000 to 900999. What a rehearsal accepts, and nothing else.
  bool IsFictional() const;

 private:
  PhoneNumber() = default;
  std::array<uint8_t, kBytes> e164_{};
};

}  // namespace signpost::number
