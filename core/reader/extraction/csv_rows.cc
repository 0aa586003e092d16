#include "core/reader/extraction/csv_rows.h"

#include <algorithm>

#include "core/reader/extraction/parser.h"
#include "core/reader/extraction/value.h"
#include "crypto/memory/secret.h"

namespace signpost::reader::extraction {
namespace {

constexpr size_t kCsvPieceBytes = 64u << 10;

}  // namespace

CsvRows::CsvRows(char delimiter, RowFunction row, BadFunction bad)
    : delimiter_(delimiter), row_(std::move(row)), bad_(std::move(bad)) {
  // Never reallocated, so that no unwiped copy is left behind; pages are used as they are needed.
  buffer_.reserve(kMaxRowBytes + 2 * kCsvPieceBytes);
}

wire::reader::FileRefusal CsvRows::Feed(std::string_view text) {
  while (!text.empty()) {
    const std::string_view piece = text.substr(0, kCsvPieceBytes);
    text.remove_prefix(piece.size());
    buffer_ += piece;
    if (const auto refusal = Scan(false); refusal != wire::reader::FileRefusal::kNone)
      return refusal;
    DropConsumed();
  }
  return wire::reader::FileRefusal::kNone;
}

wire::reader::FileRefusal CsvRows::Finish() {
  while (true) {
    if (const auto refusal = Scan(true); refusal != wire::reader::FileRefusal::kNone)
      return refusal;
    if (begin_ >= buffer_.size()) break;
    if (state_ == At::kQuoted) {
      GiveUpLine();
    } else if (!EndRow(buffer_.size(), buffer_.size())) {
      return wire::reader::FileRefusal::kTooManyColumns;
    }
  }
  DropConsumed();
  return wire::reader::FileRefusal::kNone;
}

void CsvRows::DropConsumed() {
  if (begin_ == 0) return;
  const size_t left = buffer_.size() - begin_;
  std::copy(buffer_.begin() + static_cast<ptrdiff_t>(begin_), buffer_.end(), buffer_.begin());
  memory::Wipe({reinterpret_cast<uint8_t*>(buffer_.data()) + left, begin_});
  buffer_.resize(left);
  at_ -= begin_;
  begin_ = 0;
}

bool CsvRows::EndRow(size_t end, size_t next) {
  const std::string_view row = std::string_view(buffer_).substr(begin_, end - begin_);
  const uint64_t line = row_line_;
  begin_ = at_ = next;
  row_line_ = line_;
  state_ = At::kCellStart;
  spans_lines_ = false;
  const bool blank = std::all_of(row.begin(), row.end(), [this](char c) {
    return c == delimiter_ || c == ' ' || c == '\t' || c == '"' || c == '\r' || c == '\x1a';
  });
  return blank || row_(line, row);
}

// The line that the row in hand began on is bad; what follows is read again from the next line.
void CsvRows::GiveUpLine() {
  bad_(row_line_);
  size_t end = buffer_.find_first_of("\r\n", begin_);
  if (end == std::string::npos) {
    end = buffer_.size();
  } else {
    end += buffer_.compare(end, 2, "\r\n") == 0 ? 2 : 1;
  }
  begin_ = at_ = end;
  line_ = ++row_line_;
  state_ = At::kCellStart;
  spans_lines_ = false;
}

wire::reader::FileRefusal CsvRows::Scan(bool last) {
  while (at_ < buffer_.size()) {
    if (at_ - begin_ >= kMaxRowBytes) return wire::reader::FileRefusal::kRowTooLong;
    const char c = buffer_[at_];
    if (c == '\r' && at_ + 1 == buffer_.size() && !last) break;  // an LF may follow
    if (c == '\n' || c == '\r') {
      const size_t next = at_ + (buffer_.compare(at_, 2, "\r\n") == 0 ? 2 : 1);
      ++line_;
      if (state_ == At::kQuoted) {
        spans_lines_ = true;
        at_ = next;
      } else if (!EndRow(at_, next)) {
        return wire::reader::FileRefusal::kTooManyColumns;
      }
      continue;
    }
    switch (state_) {
      case At::kCellStart:
        if (c == '"') {
          state_ = At::kQuoted;
        } else if (c != delimiter_ && c != ' ') {
          state_ = At::kPlain;
        }
        break;
      case At::kPlain:
        if (c == delimiter_) state_ = At::kCellStart;
        break;
      case At::kQuoted:
        if (c == '"') state_ = At::kQuoteInQuoted;
        break;
      case At::kQuoteInQuoted:
        if (c == '"') {
          state_ = At::kQuoted;
        } else if (c == delimiter_) {
          state_ = At::kCellStart;
        } else if (c != ' ') {
          if (spans_lines_) {
            GiveUpLine();
            continue;
          }
          state_ = At::kPlain;  // a stray quote: the rest of the cell is taken as it stands
        }
        break;
    }
    ++at_;
  }
  return wire::reader::FileRefusal::kNone;
}

bool CsvCells::Next(std::string* cell, size_t most) {
  if (done_) return false;
  if (cell != nullptr) cell->clear();
  size_t i = 0;
  while (i < rest_.size() && rest_[i] == ' ' && delimiter_ != ' ') ++i;
  const bool quoted = i < rest_.size() && rest_[i] == '"';
  if (quoted) {
    for (++i; i < rest_.size(); ++i) {
      if (rest_[i] == '"') {
        if (i + 1 >= rest_.size() || rest_[i + 1] != '"') break;
        ++i;
      }
      Put(cell, most, rest_[i]);
    }
    ++i;  // the closing quote
  } else {
    i = 0;
  }
  for (; i < rest_.size() && rest_[i] != delimiter_; ++i) Put(cell, most, rest_[i]);
  if (i >= rest_.size()) {
    done_ = true;
  } else {
    rest_.remove_prefix(i + 1);
  }
  return true;
}

}  // namespace signpost::reader::extraction
