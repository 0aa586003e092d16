// Tables: the number columns of each data row, as the layout says. Other cells are stepped over.
// The file is refused for a row over kMaxRowBytes or with more than kMaxColumns.
#pragma once

#include <string>

#include "core/extraction/csv_rows.h"
#include "core/extraction/parser.h"

namespace signpost {

class CsvParser : public Parser {
 public:
  CsvParser(const Layout& layout, Sink& sink);
  ~CsvParser() override;
  reader::FileRefusal Feed(std::string_view text) override { return scanner_.Feed(text); }
  reader::FileRefusal Finish() override { return scanner_.Finish(); }
  uint64_t rows() const override { return rows_; }
  uint64_t line() const override { return scanner_.line(); }

 private:
  bool Row(uint64_t line, std::string_view row);

  Layout layout_;
  Sink& sink_;
  std::string cell_;
  uint64_t seen_ = 0, rows_ = 0;
  CsvRows scanner_;
};

}  // namespace signpost
