#include "crypto/number/phone_number.h"

#include <algorithm>

#include "crypto/memory/secret.h"

namespace signpost::number {

Result<PhoneNumber> PhoneNumber::FromE164(std::string_view text) {
  static constexpr size_t kMinBytes = 8;  // '+' and 7 digits
  const bool shaped =
      text.size() >= kMinBytes && text.size() <= kBytes && text[0] == '+' && text[1] != '0' &&
      std::all_of(text.begin() + 1, text.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!shaped) return Fail(Code::kInput, "not an E.164 number");
  PhoneNumber number;
  std::copy(text.begin(), text.end(), number.e164_.begin());
  return number;
}

Result<PhoneNumber> PhoneNumber::FromPadded(std::span<const uint8_t, kBytes> bytes) {
  const auto end = std::find(bytes.begin(), bytes.end(), 0);
  if (!std::all_of(end, bytes.end(), [](uint8_t b) { return b == 0; })) {
    return Fail(Code::kInput, "not a padded E.164 number");
  }
  return FromE164(
      {reinterpret_cast<const char*>(bytes.data()), static_cast<size_t>(end - bytes.begin())});
}

PhoneNumber::PhoneNumber(PhoneNumber&& other) noexcept : e164_(other.e164_) {
  memory::Wipe(other.e164_);
}

PhoneNumber& PhoneNumber::operator=(PhoneNumber&& other) noexcept {
  if (this != &other) {
    e164_ = other.e164_;
    memory::Wipe(other.e164_);
  }
  return *this;
}

PhoneNumber::~PhoneNumber() { memory::Wipe(e164_); }

std::string_view PhoneNumber::ExposeText(ExposeNumber) const {
  const auto end = std::find(e164_.begin(), e164_.end(), 0);
  return {reinterpret_cast<const char*>(e164_.data()), static_cast<size_t>(end - e164_.begin())};
}

bool PhoneNumber::IsFictional() const {
  static constexpr std::string_view kRange = "+447700900";
  const std::string_view text = ExposeText(ExposeNumber{});
  return text.size() == kRange.size() + 3 && text.substr(0, kRange.size()) == kRange;
}

}  // namespace signpost::number
