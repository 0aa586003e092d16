// Makes digits and a plus of a cell, before any numbering plan is asked.
//
// Undone here, because it has one meaning only: every decimal digit of Unicode; every dash, space,
// dot, slash and bracket; invisible characters; spreadsheet escapes ('... and ="..."), a decimal
// tail (...123.0) and thousands separators; labels before ("Mobile: ...", "p: ...") and after
// ("(work)"); tel: and sms: URIs (RFC 3966); WhatsApp ids (digits@s.whatsapp.net); 00 and
// 0+ for a plus; a plus before a national 0; the prefixes #31# and *31# (GSM 02.81).
// Not undone: scientific notation (digits are lost), letters in a number (two plans of keypads, and
// names), "900123/4" (which numbers are meant?).
// Pure. Its copies are wiped when they go.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "core/shared/wire/reader_boundary.h"
#include "crypto/memory/wiped.h"

namespace signpost::reader::number {

class Spelling {
 public:
  static constexpr size_t kMaxDigits = 20;

  explicit Spelling(std::string_view utf8);
  // The same without the short way for plain cells: what tests compare with.
  struct InFull {};
  Spelling(std::string_view utf8, InFull);
  Spelling(const Spelling&) = delete;
  Spelling& operator=(const Spelling&) = delete;

  // kAccepted: digits() are 7 to kMaxDigits and worth a look; else why not, for good.
  wire::reader::Reason reason() const { return reason_; }
  std::string_view digits() const { return {digits_.data(), size_}; }
  // Begins with a country code. Without it the digits are as dialled, or have lost something.
  bool international() const { return international_; }
  bool extension() const { return extension_; }  // had one; it is not in digits()

 private:
  friend class SpellingReader;
  wire::reader::Reason reason_ = wire::reader::Reason::kNotANumber;
  memory::Wiped<std::array<char, kMaxDigits>> digits_;  // the first size_
  size_t size_ = 0;
  bool international_ = false, extension_ = false;
};

}  // namespace signpost::reader::number
