// Cuts a stream of text into the rows of a delimited table (RFC 4180, and what people do to it):
// any delimiter, LF, CRLF or CR, quoted cells with line ends in them, a quote after spaces, stray
// quotes inside a cell.
//
// A quote that is never closed would swallow the rest of the file. So a quoted cell that spans
// lines must close as the standard says; where it does not, or the file ends first, the line it
// began on is bad, and reading goes on at the next line: a bad row costs that row.
// Memory: one row, at most kMaxRowBytes and one piece; wiped as it is consumed.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "core/shared/wire/reader_boundary.h"
#include "crypto/memory/wiped.h"

namespace signpost::reader::extraction {

class CsvRows {
 public:
  // `row`: a whole row without its line end, never blank. `bad`: a line that begins no row. Both
  // with the physical line, from 1. A `row` that returns false refuses the file (kTooManyColumns).
  using RowFunction = std::function<bool(uint64_t line, std::string_view row)>;
  using BadFunction = std::function<void(uint64_t line)>;

  CsvRows(char delimiter, RowFunction row, BadFunction bad);
  CsvRows(const CsvRows&) = delete;
  CsvRows& operator=(const CsvRows&) = delete;

  wire::reader::FileRefusal Feed(std::string_view text);
  wire::reader::FileRefusal Finish();
  uint64_t line() const { return row_line_; }

 private:
  enum class At : uint8_t { kCellStart, kPlain, kQuoted, kQuoteInQuoted };
  wire::reader::FileRefusal Scan(bool last);
  bool EndRow(size_t end, size_t next);
  void GiveUpLine();
  void DropConsumed();

  char delimiter_;
  RowFunction row_;
  BadFunction bad_;
  memory::Wiped<std::string> buffer_;
  size_t begin_ = 0, at_ = 0;  // the row in hand; the next byte to look at
  uint64_t row_line_ = 1, line_ = 1;
  At state_ = At::kCellStart;
  bool spans_lines_ = false;
};

// The cells of one row, one after the other.
class CsvCells {
 public:
  CsvCells(std::string_view row, char delimiter) : rest_(row), delimiter_(delimiter) {}
  // False after the last cell. With `cell`: its content, unquoted, cut at `most` bytes.
  bool Next(std::string* cell, size_t most);

 private:
  void Put(std::string* cell, size_t most, char c) const {
    if (cell != nullptr && cell->size() < most) *cell += c;
  }
  std::string_view rest_;
  char delimiter_;
  bool done_ = false;
};

}  // namespace signpost::reader::extraction
