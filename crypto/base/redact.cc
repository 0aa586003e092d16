#include "crypto/base/redact.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "crypto/base/ascii.h"

namespace signpost {
namespace {

constexpr size_t kFewestDigits = 7;
constexpr size_t kShortestId = 16;

bool IsHex(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f'); }
bool IsWord(char c) { return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

char At(std::string_view text, size_t at) { return at < text.size() ? text[at] : '\0'; }

size_t Digits(std::string_view text, size_t at) {
  size_t length = 0;
  while (IsDigit(At(text, at + length))) ++length;
  return length;
}

// The length of the separator at the front, 0 when there is none. Beyond ASCII: the no-break blanks
// (U+00A0, U+202F) and the dashes (U+2010 to U+2015) that documents put into numbers.
size_t SeparatorLength(std::string_view text) {
  if (text.empty()) return 0;
  if (std::string_view(" \t\r\n-.()[]{}").find(text.front()) != std::string_view::npos) return 1;
  if (text.starts_with("\xC2\xA0")) return 2;
  if (text.starts_with("\xE2\x80\xAF")) return 3;
  const auto last = static_cast<unsigned char>(At(text, 2));
  return text.starts_with("\xE2\x80") && last >= 0x90 && last <= 0x95 ? 3 : 0;
}

// Nothing of a number stands directly before or behind [from, to).
bool StandsAlone(std::string_view text, size_t from, size_t to) {
  const auto joins = [](char c) { return c == '-' || c == '.'; };
  if (from > 0) {
    const char before = text[from - 1];
    if (IsDigit(before) || before == '+') return false;
    if (joins(before) && from > 1 && IsDigit(text[from - 2])) return false;
  }
  return !IsDigit(At(text, to)) && !(joins(At(text, to)) && IsDigit(At(text, to + 1)));
}

// Each returns the length of what it is named after, at the front of text.substr(at); 0: none.
size_t IdLength(std::string_view text, size_t at) {
  if (at > 0 && IsWord(text[at - 1])) return 0;
  size_t length = 0;
  bool letter = false;
  while (IsHex(At(text, at + length))) letter = !IsDigit(text[at + length++]) || letter;
  if (length < kShortestId || IsWord(At(text, at + length))) return 0;
  return letter || length == 32 || length == 64 ? length : 0;
}

size_t DayOrSerialLength(std::string_view text, size_t at) {
  const auto value = [&](size_t from) { return (text[from] - '0') * 10 + text[from + 1] - '0'; };
  if (Digits(text, at) != 4 || At(text, at + 4) != '-') return 0;
  if (const int century = value(at); century != 19 && century != 20) return 0;
  const size_t second = Digits(text, at + 5);
  if (second == 3) return StandsAlone(text, at, at + 8) ? 8 : 0;
  if (second != 2 || At(text, at + 7) != '-' || Digits(text, at + 8) != 2) return 0;
  const int month = value(at + 5);
  const int day = value(at + 8);
  const bool real = month >= 1 && month <= 12 && day >= 1 && day <= 31;
  return real && StandsAlone(text, at, at + 10) ? 10 : 0;
}

size_t AddressLength(std::string_view text, size_t at) {
  size_t end = at;
  for (int part = 0; part < 4; ++part) {
    if (part > 0 && At(text, end++) != '.') return 0;
    const size_t length = Digits(text, end);
    if (length == 0 || length > 3 || (length > 1 && text[end] == '0')) return 0;
    int octet = 0;
    for (size_t i = 0; i < length; ++i) octet = octet * 10 + (text[end + i] - '0');
    if (octet > 255) return 0;
    end += length;
  }
  return StandsAlone(text, at, end) ? end - at : 0;
}

// The row in a place, "calls.csv:1048576": too short for a subscriber's number with its code.
size_t RowLength(std::string_view text, size_t at) {
  const size_t length = Digits(text, at);
  if (at == 0 || text[at - 1] != ':' || length > 9 || At(text, at) == '0') return 0;
  return StandsAlone(text, at, at + length) ? length : 0;
}

size_t InnocentLength(std::string_view text, size_t at) {
  return std::max({IdLength(text, at), DayOrSerialLength(text, at), AddressLength(text, at),
                   RowLength(text, at)});
}

struct Run {
  size_t from, to;
};

// The run of digits and separators whose first digit stands at `at`, and how many digits it has.
// It ends behind its last digit, and before anything innocent.
std::pair<size_t, size_t> RunAt(std::string_view text, size_t at) {
  size_t digits = 0;
  size_t end = at;
  for (size_t i = at; i < text.size();) {
    if (IsDigit(text[i])) {
      if (i > at && !IsDigit(text[i - 1]) && InnocentLength(text, i) > 0) break;
      ++digits;
      end = ++i;
    } else if (i + 1 < text.size() && text[i] == '+' && digits > 0) {
      break;  // a second number
    } else {
      const size_t separator = SeparatorLength(text.substr(i));
      if (separator == 0) break;
      i += separator;
    }
  }
  return {end, digits};
}

std::optional<Run> FindNumber(std::string_view text, size_t start) {
  for (size_t i = start; i < text.size();) {
    if (const size_t innocent = InnocentLength(text, i); innocent > 0) {
      i += innocent;
      continue;
    }
    if (!IsDigit(text[i])) {
      ++i;
      continue;
    }
    const auto [end, digits] = RunAt(text, i);
    if (digits < kFewestDigits) {
      i = end;
      continue;
    }
    size_t from = i;
    const auto opens = [](char c) { return c == '+' || c == '(' || c == '['; };
    while (from > start && opens(text[from - 1])) --from;
    return Run{from, end};
  }
  return std::nullopt;
}

}  // namespace

bool LooksLikeNumber(std::string_view text) { return FindNumber(text, 0).has_value(); }

std::string WithoutNumbers(std::string_view text) {
  std::string out;
  size_t at = 0;
  while (const std::optional<Run> run = FindNumber(text, at)) {
    out += text.substr(at, run->from - at);
    out += "(digits)";
    at = run->to;
  }
  out += text.substr(at);
  return out;
}

namespace {

// U+202A to U+202E and U+2066 to U+2069: they turn what follows them around on a terminal.
bool TurnsTextAround(std::string_view utf8) {
  if (utf8.size() < 3 || utf8[0] != '\xe2') return false;
  const auto middle = static_cast<unsigned char>(utf8[1]),
             last = static_cast<unsigned char>(utf8[2]);
  return (middle == 0x80 && last >= 0xaa && last <= 0xae) ||
         (middle == 0x81 && last >= 0xa6 && last <= 0xa9);
}

}  // namespace

std::string OneLine(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto next = static_cast<unsigned char>(i + 1 < text.size() ? text[i + 1] : 0);
    if (byte == 0xc2 && next >= 0x80 && next < 0xa0) {  // UTF-8 of U+0080 to U+009F
      out += '?';
      ++i;
    } else if (TurnsTextAround(text.substr(i))) {
      out += '?';
      i += 2;
    } else {
      out += byte < 0x20 || byte == 0x7f ? '?' : text[i];
    }
  }
  return out;
}

}  // namespace signpost
