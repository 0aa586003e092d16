// The two alphabets of a text message, and how many segments a text costs in them.
//
// GSM 03.38 (3GPP TS 23.038, 6.2.1): 128 septets and ten more behind an escape, each of which
// counts two. A text that fits has 160 of them in one segment, or 153 in each of several. Any other
// text goes as UTF-16BE: 70 units, or 67. An escape pair and a surrogate pair are never split, so a
// segment can end one unit early. Septets travel unpacked, one to an octet (data_coding 0).
// National shift tables are not used: few networks carry them.
//
// Pure functions, no state. `signpost` uses Measure when it plans; the sender uses Split; reading
// (the Decode functions) is tolerant because what comes in was written by any handset.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/base/bytes.h"
#include "crypto/base/result.h"

namespace signpost::sms {

enum class Alphabet : uint8_t { kGsm = 0, kUcs2 = 1 };

constexpr unsigned kMaxSegments = 10;  // more is a mistake, not a message
constexpr unsigned kGsmSingle = 160, kGsmPart = 153;
constexpr unsigned kUcs2Single = 70, kUcs2Part = 67;

struct Segmentation {
  Alphabet alphabet;
  unsigned segments;  // 1..kMaxSegments
  unsigned units;     // septets (an escaped character is two) or UTF-16 units, of the whole text
};

// The cheapest alphabet that can write all of `utf8`. kInput: empty, not UTF-8, or longer than
// kMaxSegments.
Result<Segmentation> Measure(std::string_view utf8);

// The octets of each segment, without a user data header: septets unpacked, or UTF-16BE.
// kInput as Measure, and when `alphabet` cannot write the text.
Result<std::vector<Bytes>> Split(std::string_view utf8, Alphabet alphabet);

// Octets to UTF-8. Never fail: what has no meaning becomes U+FFFD; an unknown escape is read as the
// plain character behind it, as handsets do; half a UTF-16 unit at the end is dropped.
std::string DecodeGsm(ByteView septets);
std::string DecodeUtf16Be(ByteView octets);
std::string DecodeLatin1(ByteView octets);

// Takes one code point off the front; nullopt when the front is not strict UTF-8 (overlong forms,
// surrogates and cut sequences are not), and then `text` is unchanged.
std::optional<char32_t> TakeCodePoint(std::string_view& text);
void AppendUtf8(std::string& text, char32_t code_point);

}  // namespace signpost::sms
