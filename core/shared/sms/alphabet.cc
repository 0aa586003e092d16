#include "core/shared/sms/alphabet.h"

#include <array>

namespace signpost::sms {
namespace {

constexpr uint8_t kEscape = 0x1B;
constexpr char32_t kReplacement = 0xFFFD;

// 3GPP TS 23.038 table 6.2.1.1; the escape stands for itself and is never written as a character.
constexpr std::array<char16_t, 128> kDefault = {
    0x0040, 0x00A3, 0x0024, 0x00A5, 0x00E8, 0x00E9, 0x00F9, 0x00EC, 0x00F2, 0x00C7, 0x000A, 0x00D8,
    0x00F8, 0x000D, 0x00C5, 0x00E5, 0x0394, 0x005F, 0x03A6, 0x0393, 0x039B, 0x03A9, 0x03A0, 0x03A8,
    0x03A3, 0x0398, 0x039E, 0x001B, 0x00C6, 0x00E6, 0x00DF, 0x00C9, 0x0020, 0x0021, 0x0022, 0x0023,
    0x00A4, 0x0025, 0x0026, 0x0027, 0x0028, 0x0029, 0x002A, 0x002B, 0x002C, 0x002D, 0x002E, 0x002F,
    0x0030, 0x0031, 0x0032, 0x0033, 0x0034, 0x0035, 0x0036, 0x0037, 0x0038, 0x0039, 0x003A, 0x003B,
    0x003C, 0x003D, 0x003E, 0x003F, 0x00A1, 0x0041, 0x0042, 0x0043, 0x0044, 0x0045, 0x0046, 0x0047,
    0x0048, 0x0049, 0x004A, 0x004B, 0x004C, 0x004D, 0x004E, 0x004F, 0x0050, 0x0051, 0x0052, 0x0053,
    0x0054, 0x0055, 0x0056, 0x0057, 0x0058, 0x0059, 0x005A, 0x00C4, 0x00D6, 0x00D1, 0x00DC, 0x00A7,
    0x00BF, 0x0061, 0x0062, 0x0063, 0x0064, 0x0065, 0x0066, 0x0067, 0x0068, 0x0069, 0x006A, 0x006B,
    0x006C, 0x006D, 0x006E, 0x006F, 0x0070, 0x0071, 0x0072, 0x0073, 0x0074, 0x0075, 0x0076, 0x0077,
    0x0078, 0x0079, 0x007A, 0x00E4, 0x00F6, 0x00F1, 0x00FC, 0x00E0,
};

struct Extension {
  uint8_t septet;
  char16_t code_point;
};
// Table 6.2.1.1's extension: behind an escape.
constexpr std::array<Extension, 10> kExtension = {{{0x0A, 0x000C},
                                                   {0x14, 0x005E},
                                                   {0x28, 0x007B},
                                                   {0x29, 0x007D},
                                                   {0x2F, 0x005C},
                                                   {0x3C, 0x005B},
                                                   {0x3D, 0x007E},
                                                   {0x3E, 0x005D},
                                                   {0x40, 0x007C},
                                                   {0x65, 0x20AC}}};

// One character: 1 or 2 septets, or 0 when the alphabet lacks it.
struct Written {
  std::array<uint8_t, 4> octets{};
  uint8_t units = 0;
  uint8_t bytes = 0;
};

Written WriteGsm(char32_t code_point) {
  for (size_t i = 0; i < kDefault.size(); ++i) {
    if (kDefault[i] == code_point && i != kEscape) {
      return {{static_cast<uint8_t>(i)}, 1, 1};
    }
  }
  for (const Extension& e : kExtension) {
    if (e.code_point == code_point) return {{kEscape, e.septet}, 2, 2};
  }
  return {};
}

Written WriteUtf16(char32_t code_point) {
  const auto high = [](uint32_t unit) { return static_cast<uint8_t>(unit >> 8); };
  const auto low = [](uint32_t unit) { return static_cast<uint8_t>(unit & 0xFF); };
  if (code_point < 0x10000) return {{high(code_point), low(code_point)}, 1, 2};
  const uint32_t rest = static_cast<uint32_t>(code_point) - 0x10000;
  const uint32_t lead = 0xD800 + (rest >> 10);
  const uint32_t trail = 0xDC00 + (rest & 0x3FF);
  return {{high(lead), low(lead), high(trail), low(trail)}, 2, 4};
}

// Without the controls of either half, but for the ends of a line.
Written WriteLatin1(char32_t code_point) {
  const bool shown = (code_point >= 0x20 && code_point < 0x7F) || code_point >= 0xA0;
  if (code_point > 0xFF || (!shown && code_point != '\n' && code_point != '\r')) return {};
  return {{static_cast<uint8_t>(code_point)}, 1, 1};
}

Written Write(char32_t code_point, Alphabet alphabet) {
  switch (alphabet) {
    case Alphabet::kGsm:
      return WriteGsm(code_point);
    case Alphabet::kLatin1:
      return WriteLatin1(code_point);
    case Alphabet::kUcs2:
      return WriteUtf16(code_point);
  }
  return {};
}

// Units of a text in one segment, and of each part of a longer one.
struct Room {
  unsigned single, part;
};
Room RoomOf(Alphabet alphabet) {
  switch (alphabet) {
    case Alphabet::kGsm:
      return {kGsmSingle, kGsmPart};
    case Alphabet::kLatin1:
      return {kLatin1Single, kLatin1Part};
    case Alphabet::kUcs2:
      break;
  }
  return {kUcs2Single, kUcs2Part};
}

Result<std::vector<char32_t>> CodePoints(std::string_view utf8) {
  if (utf8.empty()) return Fail(Code::kInput, "the text is empty");
  std::vector<char32_t> points;
  points.reserve(utf8.size());
  while (!utf8.empty()) {
    const auto point = TakeCodePoint(utf8);
    if (!point) return Fail(Code::kInput, "the text is not UTF-8");
    points.push_back(*point);
  }
  return points;
}

// Nullopt: a character that the alphabet lacks.
std::optional<unsigned> CountUnits(const std::vector<char32_t>& points, Alphabet alphabet) {
  unsigned units = 0;
  for (const char32_t point : points) {
    const Written written = Write(point, alphabet);
    if (written.units == 0) return std::nullopt;
    units += written.units;
  }
  return units;
}

std::vector<Bytes> Cut(const std::vector<char32_t>& points, Alphabet alphabet, unsigned units) {
  const Room rooms = RoomOf(alphabet);
  const unsigned room = units <= rooms.single ? units : rooms.part;
  std::vector<Bytes> parts(1);
  unsigned used = 0;
  for (const char32_t point : points) {
    const Written written = Write(point, alphabet);
    if (used + written.units > room) {
      parts.emplace_back();
      used = 0;
    }
    used += written.units;
    parts.back().insert(parts.back().end(), written.octets.begin(),
                        written.octets.begin() + written.bytes);
  }
  return parts;
}

Result<std::vector<Bytes>> CutWithinLimit(const std::vector<char32_t>& points, Alphabet alphabet,
                                          unsigned units) {
  std::vector<Bytes> parts = Cut(points, alphabet, units);
  if (parts.size() > kMaxSegments) {
    return Fail(Code::kInput,
                "the text needs more than " + std::to_string(kMaxSegments) + " segments", {},
                "shorten it; a support text should fit in one");
  }
  return parts;
}

}  // namespace

Result<Segmentation> Measure(std::string_view utf8, Takes takes) {
  TRY_ASSIGN(const std::vector<char32_t> points, CodePoints(utf8));
  Alphabet alphabet = Alphabet::kGsm;
  std::optional<unsigned> units;
  if (takes.gsm) units = CountUnits(points, alphabet);
  if (!units && takes.latin1) {
    alphabet = Alphabet::kLatin1;
    units = CountUnits(points, alphabet);
  }
  if (!units) {
    alphabet = Alphabet::kUcs2;
    units = CountUnits(points, alphabet);
  }
  TRY_ASSIGN(const std::vector<Bytes> parts, CutWithinLimit(points, alphabet, *units));
  return Segmentation{alphabet, static_cast<unsigned>(parts.size()), *units};
}

Result<std::vector<Bytes>> Split(std::string_view utf8, Alphabet alphabet) {
  TRY_ASSIGN(const std::vector<char32_t> points, CodePoints(utf8));
  const std::optional<unsigned> units = CountUnits(points, alphabet);
  if (!units) return Fail(Code::kInput, "the text has a character outside its alphabet");
  return CutWithinLimit(points, alphabet, *units);
}

Bytes Pack(ByteView septets, unsigned fill_bits) {
  const size_t bits = fill_bits + septets.size() * 7;
  Bytes octets((bits + 7) / 8);
  size_t at = fill_bits;
  const auto put = [&](uint8_t septet) {
    const unsigned shifted = static_cast<unsigned>(septet & 0x7F) << (at % 8);
    octets[at / 8] = static_cast<uint8_t>(octets[at / 8] | shifted);
    if (at % 8 > 1) octets[at / 8 + 1] = static_cast<uint8_t>(shifted >> 8);
    at += 7;
  };
  for (const uint8_t septet : septets) put(septet);
  if (octets.size() * 8 - bits == 7) put('\r');
  return octets;
}

Bytes Unpack(ByteView octets, unsigned fill_bits) {
  const size_t bits = octets.size() * 8;
  Bytes septets;
  if (bits < fill_bits) return septets;
  septets.reserve((bits - fill_bits) / 7);
  for (size_t at = fill_bits; at + 7 <= bits; at += 7) {
    unsigned two = octets[at / 8];
    if (at % 8 > 1) two |= static_cast<unsigned>(octets[at / 8 + 1]) << 8;
    septets.push_back(static_cast<uint8_t>(two >> (at % 8) & 0x7F));
  }
  const bool filled = (bits - fill_bits) % 7 == 0 && !septets.empty() && septets.back() == '\r';
  if (filled) septets.pop_back();
  return septets;
}

std::string DecodeGsm(ByteView septets) {
  std::string text;
  text.reserve(septets.size());
  bool escaped = false;
  for (const uint8_t octet : septets) {
    if (octet == kEscape && !escaped) {
      escaped = true;
      continue;
    }
    char32_t point = octet < 128 ? char32_t{kDefault[octet]} : kReplacement;
    if (octet == kEscape) point = ' ';  // 23.038: reserved, shown as a space
    if (escaped) {
      for (const Extension& e : kExtension) {
        if (e.septet == octet) point = e.code_point;
      }
    }
    escaped = false;
    AppendUtf8(text, point);
  }
  return text;
}

std::string DecodeUtf16Be(ByteView octets) {
  std::string text;
  text.reserve(octets.size());
  const auto unit_at = [&](size_t i) {
    return static_cast<char32_t>(octets[i] << 8 | octets[i + 1]);
  };
  for (size_t i = 0; i + 1 < octets.size(); i += 2) {
    char32_t point = unit_at(i);
    if (point >= 0xD800 && point < 0xE000) {
      const bool pair = point < 0xDC00 && i + 3 < octets.size() && unit_at(i + 2) >= 0xDC00 &&
                        unit_at(i + 2) < 0xE000;
      if (pair) {
        point = 0x10000 + ((point - 0xD800) << 10) + (unit_at(i + 2) - 0xDC00);
        i += 2;
      } else {
        point = kReplacement;
      }
    }
    AppendUtf8(text, point);
  }
  return text;
}

std::string DecodeLatin1(ByteView octets) {
  std::string text;
  text.reserve(octets.size());
  for (const uint8_t octet : octets) AppendUtf8(text, octet);
  return text;
}

std::optional<char32_t> TakeCodePoint(std::string_view& text) {
  if (text.empty()) return std::nullopt;
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t lead = byte(0);
  if (lead < 0x80) {
    text.remove_prefix(1);
    return lead;
  }
  const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return std::nullopt;
  char32_t point = lead & (0x7F >> length);
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return std::nullopt;
    point = point << 6 | (byte(i) & 0x3F);
  }
  constexpr char32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  if (point < kLeast[length] || point > 0x10FFFF || (point >= 0xD800 && point < 0xE000)) {
    return std::nullopt;
  }
  text.remove_prefix(length);
  return point;
}

void AppendUtf8(std::string& text, char32_t point) {
  const auto add = [&](char32_t byte) { text.push_back(static_cast<char>(byte)); };
  if (point < 0x80) {
    add(point);
  } else if (point < 0x800) {
    add(0xC0 | point >> 6);
    add(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    add(0xE0 | point >> 12);
    add(0x80 | (point >> 6 & 0x3F));
    add(0x80 | (point & 0x3F));
  } else {
    add(0xF0 | point >> 18);
    add(0x80 | (point >> 12 & 0x3F));
    add(0x80 | (point >> 6 & 0x3F));
    add(0x80 | (point & 0x3F));
  }
}

}  // namespace signpost::sms
