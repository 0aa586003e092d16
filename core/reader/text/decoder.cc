#include "core/reader/text/decoder.h"

#include <cstring>

#include "crypto/memory/secret.h"

namespace signpost::reader::text {
namespace {

// Windows-1252 0x80..0x9f; 0: not defined.
constexpr uint16_t kCp1252[32] = {0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
                                  0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017d, 0,
                                  0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
                                  0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178};

void AppendCodePoint(uint32_t c, std::string& out) {
  const auto tail = [&](int shift) { out += static_cast<char>(0x80 | ((c >> shift) & 0x3f)); };
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xc0 | (c >> 6));
    tail(0);
  } else if (c < 0x10000) {
    out += static_cast<char>(0xe0 | (c >> 12));
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xf0 | (c >> 18));
    tail(12);
    tail(6);
    tail(0);
  }
}

// How many bytes from the front are ASCII; eight at a time.
size_t CountAscii(ByteView bytes) {
  size_t n = 0;
  for (uint64_t word = 0; n + sizeof word <= bytes.size(); n += sizeof word) {
    std::memcpy(&word, bytes.data() + n, sizeof word);
    if ((word & 0x8080808080808080u) != 0) break;
  }
  while (n < bytes.size() && bytes[n] < 0x80) ++n;
  return n;
}

struct Lead {
  uint8_t needed, low, high;
};

// Table 3-7: how many bytes follow, and what the first of them may be. needed 0: not a lead byte.
Lead LeadOf(uint8_t b) {
  if (b >= 0xc2 && b <= 0xdf) return {1, 0x80, 0xbf};
  if (b == 0xe0) return {2, 0xa0, 0xbf};
  if (b == 0xed) return {2, 0x80, 0x9f};
  if (b >= 0xe1 && b <= 0xef) return {2, 0x80, 0xbf};
  if (b == 0xf0) return {3, 0x90, 0xbf};
  if (b >= 0xf1 && b <= 0xf3) return {3, 0x80, 0xbf};
  if (b == 0xf4) return {3, 0x80, 0x8f};
  return {0, 0, 0};
}

}  // namespace

void TextDecoder::Put(uint32_t code_point, std::string& out) {
  const bool mark = at_start_ && code_point == 0xfeff;
  at_start_ = false;
  if (!mark) AppendCodePoint(code_point, out);
}

void TextDecoder::FeedUtf8(uint8_t byte, std::string& out) {
  if (needed_ != 0) {
    if (byte >= low_ && byte <= high_) {
      pending_[pending_size_++] = byte;
      low_ = 0x80;
      high_ = 0xbf;
      if (--needed_ != 0) return;
      const std::string_view sequence(reinterpret_cast<const char*>(pending_.data()),
                                      pending_size_);
      if (!(at_start_ && sequence == "\xef\xbb\xbf")) out += sequence;
      at_start_ = false;
      return;
    }
    out += kBroken;  // and this byte begins something new
    at_start_ = false;
    needed_ = 0;
  }
  if (byte < 0x80) {
    out += static_cast<char>(byte);
    at_start_ = false;
    return;
  }
  const Lead lead = LeadOf(byte);
  if (lead.needed == 0) {
    out += kBroken;
    at_start_ = false;
    return;
  }
  pending_[0] = byte;
  pending_size_ = 1;
  needed_ = lead.needed;
  low_ = lead.low;
  high_ = lead.high;
}

void TextDecoder::PutUnit(uint16_t unit, std::string& out) {
  const bool low = unit >= 0xdc00 && unit <= 0xdfff;
  if (high_surrogate_ != 0) {
    const uint32_t high = high_surrogate_;
    high_surrogate_ = 0;
    if (low) return Put(0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00u), out);
    out += kBroken;
  }
  if (unit >= 0xd800 && unit <= 0xdbff) {
    high_surrogate_ = unit;
  } else if (low) {
    out += kBroken;
  } else {
    Put(unit, out);
  }
}

void TextDecoder::FeedUtf16(uint8_t byte, std::string& out) {
  pending_[pending_size_++] = byte;
  if (pending_size_ < 2) return;
  pending_size_ = 0;
  const bool little = encoding_ == wire::reader::Encoding::kUtf16Le;
  PutUnit(static_cast<uint16_t>(little ? pending_[0] | pending_[1] << 8
                                       : pending_[0] << 8 | pending_[1]),
          out);
}

void TextDecoder::Feed(ByteView bytes, std::string& out) {
  switch (encoding_) {
    case wire::reader::Encoding::kUtf8:
    case wire::reader::Encoding::kUtf8Bom:
      while (!bytes.empty()) {
        size_t plain = 0;  // most of any export is ASCII
        if (needed_ == 0 && !at_start_) {
          plain = CountAscii(bytes);
          out += AsText(bytes.first(plain));
        }
        if (plain == 0) FeedUtf8(bytes[plain++], out);
        bytes = bytes.subspan(plain);
      }
      return;
    case wire::reader::Encoding::kUtf16Le:
    case wire::reader::Encoding::kUtf16Be:
      for (const uint8_t b : bytes) FeedUtf16(b, out);
      return;
    case wire::reader::Encoding::kCp1252:
      for (const uint8_t b : bytes) {
        const uint32_t c = b >= 0x80 && b <= 0x9f ? kCp1252[b - 0x80] : b;
        if (c == 0 && b != 0) {
          out += kBroken;
        } else {
          AppendCodePoint(c, out);
        }
      }
      return;
  }
}

void TextDecoder::Finish(std::string& out) {
  const bool utf8 =
      encoding_ == wire::reader::Encoding::kUtf8 || encoding_ == wire::reader::Encoding::kUtf8Bom;
  if (utf8 ? needed_ != 0 : (pending_size_ != 0 || high_surrogate_ != 0)) out += kBroken;
  needed_ = pending_size_ = 0;
  high_surrogate_ = 0;
}

char32_t TakeCodePoint(std::string_view& utf8) {
  const auto first = static_cast<uint8_t>(utf8[0]);
  if (first < 0x80) {
    utf8.remove_prefix(1);
    return first;
  }
  Lead lead = LeadOf(first);
  if (lead.needed == 0 || utf8.size() <= lead.needed) {
    utf8.remove_prefix(1);
    return U'\ufffd';
  }
  char32_t c = first & (0x3f >> lead.needed);
  for (size_t i = 1; i <= lead.needed; ++i) {
    const auto b = static_cast<uint8_t>(utf8[i]);
    if (b < lead.low || b > lead.high) {
      utf8.remove_prefix(1);
      return U'\ufffd';
    }
    lead.low = 0x80;
    lead.high = 0xbf;
    c = c << 6 | (b & 0x3f);
  }
  utf8.remove_prefix(size_t{1} + lead.needed);
  return c;
}

std::string ToUtf8(std::string_view bytes) {
  std::string out;
  out.reserve(3 * bytes.size() + 4);
  TextDecoder utf8(wire::reader::Encoding::kUtf8);
  utf8.Feed(AsBytes(bytes), out);
  utf8.Finish(out);
  if (out.find(TextDecoder::kBroken) == std::string::npos) return out;
  out.clear();
  TextDecoder western(wire::reader::Encoding::kCp1252);
  western.Feed(AsBytes(bytes), out);
  return out;
}

}  // namespace signpost::reader::text
