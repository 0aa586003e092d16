// Decodes the bytes of an export to UTF-8, in pieces: UTF-8, UTF-16 and Windows-1252.
//
// Small tables of our own instead of iconv or ICU's converters: those open files when they are
// first used, which a sealed process cannot do.
//
// Never fails. What the encoding does not allow (a cut or overlong sequence, half a surrogate pair,
// a byte that Windows-1252 does not define) becomes one kBroken byte, which no UTF-8 contains, so
// the parser that meets it in a value can count that row as bad; in a cell that nobody reads it
// does no harm. A byte order mark at the very start is dropped. Memory is constant. One thread.
// Sources: RFC 3629 and Unicode 15 table 3-7 (which sequences are well-formed); RFC 2781.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "core/shared/wire/reader_boundary.h"
#include "crypto/base/bytes.h"
#include "crypto/memory/wiped.h"

namespace signpost::reader::text {

class TextDecoder {
 public:
  static constexpr char kBroken = '\xff';

  explicit TextDecoder(wire::reader::Encoding encoding) : encoding_(encoding) {}
  TextDecoder(const TextDecoder&) = delete;
  TextDecoder& operator=(const TextDecoder&) = delete;

  // Appends to `out` at most four bytes more than three for each byte of `bytes`.
  void Feed(ByteView bytes, std::string& out);
  // The end: a sequence that was cut becomes kBroken.
  void Finish(std::string& out);

 private:
  void FeedUtf8(uint8_t byte, std::string& out);
  void FeedUtf16(uint8_t byte, std::string& out);
  void PutUnit(uint16_t unit, std::string& out);
  void Put(uint32_t code_point, std::string& out);

  wire::reader::Encoding encoding_;
  bool at_start_ = true;
  memory::Wiped<std::array<uint8_t, 4>> pending_{};  // a sequence that has begun
  uint8_t pending_size_ = 0, needed_ = 0;
  uint8_t low_ = 0x80, high_ = 0xbf;  // what the next byte of it may be
  uint16_t high_surrogate_ = 0;
};

// Takes one code point off the front of strict UTF-8; U+FFFD for a byte that begins none.
char32_t TakeCodePoint(std::string_view& utf8);
// UTF-8 as it is, and anything else as Windows-1252: for a short value whose encoding nobody says.
std::string ToUtf8(std::string_view bytes);

}  // namespace signpost::reader::text
