#include "crypto/note/utf8.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace signpost::note {
namespace {

constexpr size_t kMaxNameBytes = 100;

// The code point at `at`, which moves behind it; nothing when it is not UTF-8.
std::optional<char32_t> NextCodePoint(std::string_view text, size_t& at) {
  const auto first = static_cast<uint8_t>(text[at]);
  if (first < 0x80) {
    ++at;
    return first;
  }
  const size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  static constexpr char32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  if (first < 0xc2 || first > 0xf4 || text.size() - at < length) return std::nullopt;
  char32_t point = first & (0x7f >> length);
  for (size_t i = 1; i < length; ++i) {
    const auto byte = static_cast<uint8_t>(text[at + i]);
    if ((byte & 0xc0) != 0x80) return std::nullopt;
    point = point << 6 | (byte & 0x3f);
  }
  if (point < kLeast[length] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) {
    return std::nullopt;
  }
  at += length;
  return point;
}

bool IsControl(char32_t c) { return c < 0x20 || (c >= 0x7f && c <= 0x9f); }

bool IsSpace(char32_t c) {  // White_Space of Unicode; those below 0xa0 but ' ' are controls
  return c == 0x20 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 ||
         c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

template <class Refused>
bool AllCodePoints(std::string_view text, Refused refused) {
  for (size_t at = 0; at < text.size();) {
    const auto point = NextCodePoint(text, at);
    if (!point || refused(*point)) return false;
  }
  return true;
}

}  // namespace

bool IsNoteText(std::string_view text) {
  return AllCodePoints(text, [](char32_t c) { return c < 0x20 && c != '\n'; });
}

bool IsKeyName(std::string_view name) {
  return !name.empty() && name.size() <= kMaxNameBytes &&
         AllCodePoints(name, [](char32_t c) { return c == '+' || IsControl(c) || IsSpace(c); });
}

}  // namespace signpost::note
