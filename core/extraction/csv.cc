#include "core/extraction/csv.h"

#include "core/extraction/header.h"
#include "core/extraction/value.h"
#include "core/text/decoder.h"
#include "crypto/memory/secret.h"

namespace signpost {

CsvParser::CsvParser(const Layout& layout, Sink& sink)
    : layout_(layout),
      sink_(sink),
      scanner_(
          layout.delimiter, [this](uint64_t line, std::string_view row) { return Row(line, row); },
          [this](uint64_t line) {
            ++seen_;
            ++rows_;
            sink_.Bad(line, 0, reader::Reason::kBadRow);
          }) {
  cell_.reserve(kMaxValueBytes + 1);
}

CsvParser::~CsvParser() { Wipe({reinterpret_cast<uint8_t*>(cell_.data()), cell_.capacity()}); }

bool CsvParser::Row(uint64_t line, std::string_view row) {
  if (seen_++ < layout_.rows_before_data) return true;
  ++rows_;
  CsvCells cells(row, layout_.delimiter);
  bool fax = false;
  for (uint32_t column = 0;; ++column) {
    const ColumnRole role =
        column < layout_.roles.size() ? layout_.roles[column] : ColumnRole::kSkip;
    if (!cells.Next(role == ColumnRole::kSkip ? nullptr : &cell_, kMaxValueBytes + 1)) break;
    if (column >= kMaxColumns) return false;
    if (role == ColumnRole::kTypeOfNext) fax = SaysFaxOrPager(cell_);
    if (role != ColumnRole::kNumber) continue;
    if (!fax) TellValues(sink_, line, column + 1, cell_);
    fax = false;
  }
  Wipe({reinterpret_cast<uint8_t*>(cell_.data()), cell_.size()});
  cell_.clear();
  return true;
}

void TellValues(Sink& sink, uint64_t row, uint32_t column, std::string_view cell,
                const Seen& seen) {
  if (cell.size() > kMaxValueBytes) return sink.Bad(row, column, reader::Reason::kNotANumber);
  if (cell.find(TextDecoder::kBroken) != std::string_view::npos) {
    return sink.Bad(row, column, reader::Reason::kBadRow);
  }
  for (const std::string_view value : SplitValues(cell)) sink.Value(row, column, value, seen);
}

}  // namespace signpost
