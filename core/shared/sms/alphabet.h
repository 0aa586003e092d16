// Knows the alphabets of a text message, and counts the segments that a text costs in them.
//
// GSM 03.38 (3GPP TS 23.038, 6.2.1): 128 septets and ten more behind an escape, each of which
// counts two. A text that fits has 160 of them in one segment, or 153 in each of several. Any other
// text goes as UTF-16BE: 70 units, or 67; or, where the carrier takes it, as Latin-1 (ISO 8859-1):
// 140 octets, or 134. An escape pair and a surrogate pair are never split, so a segment can end one
// unit early. Septets travel unpacked, one to an octet, unless the carrier wants them packed as
// they are on the air. National shift tables are not used: few networks carry them.
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

enum class Alphabet : uint8_t { kGsm = 0, kUcs2 = 1, kLatin1 = 2, kLast = kLatin1 };

constexpr unsigned kMaxSegments = 10;  // more is a mistake, not a message
constexpr unsigned kGsmSingle = 160, kGsmPart = 153;
constexpr unsigned kUcs2Single = 70, kUcs2Part = 67;
constexpr unsigned kLatin1Single = 140, kLatin1Part = 134;

// What a carrier takes besides UCS-2, which all of them do.
struct Takes {
  bool gsm = true;
  bool latin1 = false;
};

struct Segmentation {
  Alphabet alphabet;
  unsigned segments;  // 1..kMaxSegments
  unsigned units;  // septets (an escaped character is two), octets or UTF-16 units, of all the text
};

// The first of GSM, Latin-1 and UCS-2 that the carrier takes and that can write all of `utf8`.
// kInput: empty, not UTF-8, or longer than kMaxSegments.
Result<Segmentation> Measure(std::string_view utf8, Takes takes = {});

// The octets of each segment, without a user data header: septets unpacked, Latin-1, or UTF-16BE.
// kInput as Measure, and when `alphabet` cannot write the text.
Result<std::vector<Bytes>> Split(std::string_view utf8, Alphabet alphabet);

// Septets as they are on the air (23.038, 6.1.2.1): seven bits each, least significant first.
// `fill_bits`, 0..6, of zero come first: one behind a user data header of six octets, so that the
// text begins at a septet. Seven bits left over at the end are a carriage return (6.1.2.3.1):
// zeros would be read as one more "@".
constexpr unsigned kFillBehindHeader = 1;
Bytes Pack(ByteView septets, unsigned fill_bits);
// The other way; a carriage return that only filled the last octet is dropped.
Bytes Unpack(ByteView octets, unsigned fill_bits);

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
