#include "core/reader/archive/workbook.h"

#include "core/reader/archive/pending_cells.h"
#include "core/reader/archive/sample.h"
#include "core/reader/extraction/value.h"

namespace signpost::reader::archive {
namespace {

using formats::Format;
using wire::reader::FileRefusal;

// The cells of one sheet that are needed, a row at a time.
class Collector final : public SheetEvents {
 public:
  Collector(const SampledSheet& sheet, uint32_t number, PendingCells& pending)
      : sheet_(sheet), number_(number), pending_(pending) {}

  bool Wants(uint32_t column) override {
    return column <= sheet_.layout.roles.size() &&
           sheet_.layout.roles[column - 1] != extraction::ColumnRole::kSkip;
  }
  bool Cell(const SheetCell& cell) override {
    // A row may name one column again and again, and need never end.
    if (row_.size() == extraction::kMaxColumns) refusal = FileRefusal::kTooManyColumns;
    if (refusal != FileRefusal::kNone) return false;
    if (cell.row > sheet_.header_row) row_.push_back({cell, std::string(cell.text)});
    return true;
  }
  bool RowEnded(uint32_t row) override {
    if (row <= sheet_.header_row) return true;
    ++rows;
    if (!row_.empty()) refusal = pending_.AddRow(number_, sheet_.layout, row_);
    row_.clear();
    return refusal == FileRefusal::kNone;
  }

  uint64_t rows = 0;
  FileRefusal refusal = FileRefusal::kNone;

 private:
  const SampledSheet& sheet_;
  uint32_t number_;
  PendingCells& pending_;
  std::vector<HeldCell> row_;
};

// Over all sheets: a column has the role that the first sheet gives it which reads it.
extraction::Layout Combine(const std::vector<SampledSheet>& sheets) {
  extraction::Layout all;
  all.format = Format::kXlsx;
  for (const SampledSheet& sheet : sheets) {
    const extraction::Layout& one = sheet.layout;
    if (one.NumberColumns() == 0) continue;
    if (all.dialect == formats::Dialect::kNone) all.dialect = one.dialect;
    all.header = all.header || one.header;
    all.roles.resize(std::max(all.roles.size(), one.roles.size()), extraction::ColumnRole::kSkip);
    for (size_t c = 0; c < one.roles.size(); ++c) {
      const bool number = one.roles[c] == extraction::ColumnRole::kNumber;
      if (number || all.roles[c] == extraction::ColumnRole::kSkip) all.roles[c] = one.roles[c];
    }
  }
  if (all.dialect == formats::Dialect::kCellebrite) all.format = Format::kCellebriteXlsx;
  if (all.dialect == formats::Dialect::kAxiom) all.format = Format::kAxiomXlsx;
  return all;
}

}  // namespace

FileRefusal ReadWorkbook(ZipArchive& zip, Format wanted, extraction::Sink& sink) {
  return ReadWorkbook(zip, wanted, sink, kMaxPendingCells);
}

FileRefusal ReadWorkbook(ZipArchive& zip, Format wanted, extraction::Sink& sink,
                         size_t max_pending) {
  WorkbookParts parts;
  FileRefusal refusal = ReadWorkbookParts(zip, parts);
  std::vector<SampledSheet> sheets;
  if (refusal == FileRefusal::kNone) refusal = SampleSheets(zip, parts, sheets);
  if (refusal != FileRefusal::kNone) return refusal;
  const extraction::Layout layout = Combine(sheets);
  if (layout.NumberColumns() == 0) return FileRefusal::kNoNumberColumn;
  if (wanted != Format::kAuto && wanted != Format::kXlsx && wanted != layout.format) {
    return FileRefusal::kWrongFormat;
  }
  sink.Found(layout);
  for (const SampledSheet& sheet : sheets) {
    for (const std::string& owner : sheet.owners) {
      for (const std::string_view value : extraction::SplitValues(owner)) sink.Owner(value, {});
    }
  }
  uint64_t bytes = 0, rows = 0;
  const WalkedFunction walked = [&](uint64_t more) { return sink.Walked(bytes += more, rows); };
  PendingCells pending(zip, parts, sheets, sink, walked, max_pending);
  for (uint32_t i = 0; i < sheets.size(); ++i) {
    if (sheets[i].layout.NumberColumns() == 0) continue;
    Collector collector(sheets[i], i, pending);
    SheetReader reader(collector);
    refusal = StreamXml(zip, parts.sheets[i].entry, false, reader.xml(), walked);
    if (refusal == FileRefusal::kNone) refusal = collector.refusal;
    rows += collector.rows;
    if (refusal != FileRefusal::kNone) return refusal;
  }
  refusal = pending.LookUp();
  if (refusal != FileRefusal::kNone) return refusal;
  sink.Ended({rows, pending.days_unread() ? wire::reader::kDaysUnread : 0u, FileRefusal::kNone});
  return FileRefusal::kNone;
}

}  // namespace signpost::reader::archive
