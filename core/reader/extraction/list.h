// Reads lists: one entry a line. Blank lines and lines that begin with # are left out, and so is
// what follows a # after a space.
#pragma once

#include "core/reader/extraction/lines.h"
#include "core/reader/extraction/parser.h"

namespace signpost::reader::extraction {

// The line without its comment, trimmed; empty when nothing is left.
std::string_view ListEntry(std::string_view line);

class ListParser : public Parser {
 public:
  explicit ListParser(Sink& sink);
  wire::reader::FileRefusal Feed(std::string_view text) override { return lines_.Feed(text); }
  wire::reader::FileRefusal Finish() override;
  uint64_t rows() const override { return rows_; }
  uint64_t line() const override { return lines_.line(); }

 private:
  Sink& sink_;
  uint64_t rows_ = 0;
  Lines lines_;
};

}  // namespace signpost::reader::extraction
