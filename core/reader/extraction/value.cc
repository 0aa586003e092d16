#include "core/reader/extraction/value.h"

#include <algorithm>

#include "core/reader/text/decoder.h"
#include "crypto/base/ascii.h"

namespace signpost::reader::extraction {
namespace {

constexpr std::string_view kSpace = " \t\r\n\v\f";
constexpr size_t kMinDigits = 7, kMaxDigits = 15;  // E.164, and the shortest that stands alone

bool HasLetter(std::string_view s) { return std::any_of(s.begin(), s.end(), IsLetter); }

bool IsDigitPoint(char32_t c) {
  return (c >= U'0' && c <= U'9') || (c >= 0xff10 && c <= 0xff19) || (c >= 0x660 && c <= 0x669) ||
         (c >= 0x6f0 && c <= 0x6f9);
}

// 2026-11-23, 23/11/2026, 23.11.26: digits in three groups of at most four, two separators alike.
bool IsDate(std::string_view s) {
  size_t groups[3] = {0, 0, 0}, group = 0;
  char separator = 0;
  for (const char c : s) {
    if (IsDigit(c)) {
      ++groups[group];
    } else if ((c == '-' || c == '/' || c == '.') && (separator == 0 || c == separator)) {
      separator = c;
      if (++group > 2) return false;
    } else {
      return false;
    }
  }
  const auto [low, high] = std::minmax({groups[0], groups[1], groups[2]});
  return group == 2 && low >= 1 && groups[1] <= 2 && high <= 4 && groups[0] + groups[2] <= 6;
}

std::string_view WithoutEscapes(std::string_view s) {  // ="...", '..., "..."
  if (s.starts_with("=")) s.remove_prefix(1);
  while (!s.empty() && (s.front() == '\'' || s.front() == '"')) s.remove_prefix(1);
  while (!s.empty() && s.back() == '"') s.remove_suffix(1);
  return Trim(s);
}

// "ext 12" and the 4 of "900123/4" are no values of their own; an e-mail address with a year is.
bool IsWhole(std::string_view part) {
  const size_t digits = CountDigits(part);
  if (digits >= kMinDigits) return digits <= kMaxDigits;
  return digits == 0 || part.find('@') != std::string_view::npos;
}

using Parts = std::vector<std::string_view>;

// Cuts at each `separator` (and drops it) into parts that are not blank.
Parts Cut(std::string_view text, std::string_view separator) {
  Parts parts;
  while (true) {
    const size_t at = text.find(separator);
    const std::string_view part = Trim(text.substr(0, at));
    if (!part.empty()) parts.push_back(part);
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + separator.size());
  }
}

// "+44...+44...", with or without space: the plus stays with what follows.
Parts CutBeforePlus(std::string_view text) {
  Parts parts;
  size_t from = 0;
  for (size_t i = 1; i <= text.size(); ++i) {
    if (i < text.size() && text[i] != '+') continue;
    if (CountDigits(text.substr(from, i - from)) == 0 && i < text.size()) continue;
    parts.push_back(Trim(text.substr(from, i - from)));
    from = i;
  }
  return parts;
}

// Splits what is certain, part by part and separator by separator.
void SplitCertain(std::string_view text, size_t next, Parts& out) {
  static constexpr std::string_view kSeparators[] = {";", ",", "|", "/", "&", " or ", " and ", "+"};
  for (; next < std::size(kSeparators); ++next) {
    if (text.find(kSeparators[next]) == std::string_view::npos) continue;
    const Parts parts =
        kSeparators[next] == "+" ? CutBeforePlus(text) : Cut(text, kSeparators[next]);
    const auto numbers = std::count_if(parts.begin(), parts.end(), [](std::string_view p) {
      return CountDigits(p) >= kMinDigits;
    });
    const bool certain =
        parts.size() > 1 && numbers >= 1 && std::all_of(parts.begin(), parts.end(), IsWhole);
    if (!certain) continue;
    for (const std::string_view part : parts) SplitCertain(part, next + 1, out);
    return;
  }
  out.push_back(text);
}

}  // namespace

std::string_view Trim(std::string_view text) {
  const size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

bool IsBlank(std::string_view text) { return Trim(text).empty(); }

std::string LowerAscii(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

size_t CountDigits(std::string_view utf8) {
  size_t digits = 0;
  while (!utf8.empty()) {
    if (IsDigitPoint(text::TakeCodePoint(utf8))) ++digits;
  }
  return digits;
}

Likeness LikenessOf(std::string_view utf8) {
  std::string_view s = WithoutEscapes(Trim(utf8));
  if (s.size() > 64) return Likeness::kNone;
  const size_t digits = CountDigits(s);
  if (digits < kMinDigits || digits > kMaxDigits || IsDate(s)) return Likeness::kNone;
  if (s.starts_with("tel:") || s.ends_with("@s.whatsapp.net")) return Likeness::kNumber;
  // ASCII letters, and the marks of times, amounts and addresses.
  if (HasLetter(s) || s.find_first_of(":@%$_{}<>=\\\"") != std::string_view::npos ||
      s.find("\xc2\xa3") != std::string_view::npos ||
      s.find("\xe2\x82\xac") != std::string_view::npos) {  // pounds and euros
    return Likeness::kNone;
  }
  if (std::all_of(s.begin(), s.end(), IsDigit)) {
    return s[0] == '0' ? Likeness::kNumber : Likeness::kDigits;
  }
  const size_t points = static_cast<size_t>(std::count(s.begin(), s.end(), '.'));
  if (points == 1 && s.find_first_not_of("0123456789.-") == std::string_view::npos) {
    return Likeness::kNone;  // an amount, a coordinate
  }
  return Likeness::kNumber;
}

std::vector<std::string_view> SplitValues(std::string_view cell) {
  Parts lines, out;
  for (const std::string_view joined : Cut(cell, ":::")) {
    for (const std::string_view line : Cut(joined, "\n")) {
      for (const std::string_view part : Cut(line, "\r")) lines.push_back(part);
    }
  }
  for (const std::string_view line : lines) {
    // The parameters of a URI and of a JID belong to it.
    const std::string head = LowerAscii(line.substr(0, 4));
    if (head == "tel:" || head == "sms:") {
      out.push_back(line);
    } else {
      SplitCertain(line, 0, out);
    }
  }
  return out;
}

}  // namespace signpost::reader::extraction
