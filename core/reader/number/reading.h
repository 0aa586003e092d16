// Holds one reading of a number's digits: what libphonenumber's Parse, GetNumberType and
// GetRegionCodeForNumber say of them, as a value.
//
// Two make it. The oracle (oracle.h) asks libphonenumber. The numbering plan (numbering.h) computes
// the same, hundreds of times faster, and says when it cannot; tests compare the two field by
// field. Digits are wiped when it goes.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "crypto/memory/wiped.h"
#include "crypto/number/phone_number.h"

namespace signpost::reader::number {

// libphonenumber's types of number; kUnknown: valid in no region.
enum class NumberKind : uint8_t {
  kUnknown,
  kFixedLine,
  kMobile,
  kFixedLineOrMobile,  // where the two cannot be told apart
  kTollFree,
  kPremiumRate,
  kSharedCost,
  kVoip,
  kPersonal,
  kPager,
  kUan,
  kVoicemail
};

// How a number's length fits those of a kind.
enum class LengthFit : uint8_t { kPossible, kLocalOnly, kTooShort, kTooLong, kInvalid };

struct Reading {
  enum class Outcome : uint8_t { kNoNumber, kTooShort, kTooLong, kParsed };
  static constexpr size_t kMaxNational = 17, kMaxCountry = 3;

  Reading() = default;
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;

  Outcome outcome = Outcome::kNoNumber;
  // All that follows: only when kParsed.
  bool drama = false;  // Ofcom's drama range, which libphonenumber calls invalid
  NumberKind kind = NumberKind::kUnknown;
  std::array<char, 4> region_code{};  // when the kind is known: "GB", "001"
  // When it is not: by the lengths that the country's main region has.
  LengthFit as_mobile = LengthFit::kInvalid, as_fixed_line = LengthFit::kInvalid;
  uint8_t country_size = 0, size = 0;
  memory::Wiped<std::array<char, kMaxCountry + kMaxNational>>
      digits;  // country code, then national number

  std::string_view e164_digits() const { return {digits.data(), size}; }
  std::string_view country() const { return {digits.data(), country_size}; }
  std::string_view national() const { return e164_digits().substr(country_size); }
  std::string_view region() const { return {region_code.data()}; }

  bool Plausible() const { return drama || kind != NumberKind::kUnknown; }
  bool Mobile() const {
    return drama || kind == NumberKind::kMobile || kind == NumberKind::kFixedLineOrMobile;
  }
  // kInput when there are fewer digits than an E.164 number has, or more.
  Result<signpost::number::PhoneNumber> ToNumber() const {
    memory::Wiped<std::array<char, 1 + kMaxCountry + kMaxNational>> text;
    text[0] = '+';
    std::copy_n(digits.begin(), size, text.begin() + 1);
    return signpost::number::PhoneNumber::FromE164({text.data(), size_t{1} + size});
  }
  bool SameAs(const Reading& other) const {
    return country() == other.country() && national() == other.national();
  }
};

// +44 7700 900000 to 900999, by country code and national number.
inline bool IsDrama(std::string_view country, std::string_view national) {
  return country == "44" && national.size() == 10 && national.starts_with("7700900");
}

}  // namespace signpost::reader::number
