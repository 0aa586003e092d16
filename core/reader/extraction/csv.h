// Reads the number columns of each data row of a table, as the layout says. Other cells are stepped
// over. Of a log, each value has the day of its row: the earliest, where a row has several times.
// The file is refused for a row over kMaxRowBytes or with more than kMaxColumns.
#pragma once

#include <string>

#include "core/reader/extraction/csv_rows.h"
#include "core/reader/extraction/dialect.h"
#include "core/reader/extraction/identifier.h"
#include "core/reader/extraction/parser.h"

namespace signpost::reader::extraction {

class CsvParser : public Parser {
 public:
  CsvParser(const Layout& layout, Sink& sink);
  ~CsvParser() override;
  wire::reader::FileRefusal Feed(std::string_view text) override { return scanner_.Feed(text); }
  wire::reader::FileRefusal Finish() override { return scanner_.Finish(); }
  uint64_t rows() const override { return rows_; }
  uint64_t line() const override { return scanner_.line(); }
  uint32_t warnings() const override { return days_unread_ ? wire::reader::kDaysUnread : 0u; }

 private:
  bool Row(uint64_t line, std::string_view row);
  void LookAround(std::string_view row, Seen& seen, Service& service, Direction& direction);

  Layout layout_;
  Sink& sink_;
  std::string cell_;
  uint64_t seen_ = 0, rows_ = 0;
  bool look_around_ = false;  // a column beside the numbers says something of them
  bool days_unread_ = false;
  CsvRows scanner_;
};

}  // namespace signpost::reader::extraction
