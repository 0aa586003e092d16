// What the three parsers have in common. A parser is fed UTF-8 text in pieces of any size (with
// TextDecoder::kBroken for what was no text) and tells a Sink each value as soon as its row is
// whole. It holds one row at most, wipes it afterwards, and knows nothing of numbering plans.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/extraction/layout.h"

namespace signpost {

constexpr size_t kMaxRowBytes = 1u << 20;
constexpr size_t kMaxColumns = 4096;
// What is longer is not a number with a label; so no more of a cell is ever looked at.
constexpr size_t kMaxValueBytes = 4096;

// The caller's end. Places are 1-based; column 0: the format has none.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual void Found(const Layout& layout) = 0;  // once, before anything else
  // One value, never blank, valid UTF-8; points into the row, so copy nothing that outlives it.
  virtual void Value(uint64_t row, uint32_t column, std::string_view value) = 0;
  // A row or value that cannot be read, or cannot be a number.
  virtual void Bad(uint64_t row, uint32_t column, reader::Reason reason) = 0;
};

class Parser {
 public:
  virtual ~Parser() = default;
  // kNone, or why the whole file is refused: then at line(), and nothing more may be fed.
  virtual reader::FileRefusal Feed(std::string_view text) = 0;
  virtual reader::FileRefusal Finish() = 0;
  virtual uint64_t rows() const = 0;  // data rows, entries or cards so far
  virtual uint64_t line() const = 0;  // where the row or card in hand begins
};

// Splits `cell` into its values, and tells the sink those; kBadRow when it holds broken text.
void TellValues(Sink& sink, uint64_t row, uint32_t column, std::string_view cell);

}  // namespace signpost
