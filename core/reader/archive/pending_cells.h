// Keeps the cells of a workbook that wait for their shared strings, and what their rows say of
// them. Bounded; looked up in one pass over the strings, or two where a row's time or service is a
// shared string, too.
#pragma once

#include <vector>

#include "core/reader/archive/sample.h"
#include "core/reader/extraction/dialect.h"
#include "core/reader/extraction/identifier.h"
#include "core/reader/extraction/parser.h"
#include "crypto/memory/wiped.h"

namespace signpost::reader::archive {

struct HeldCell {
  SheetCell cell;    // whose text is
  std::string text;  // this
};

class PendingCells {
 public:
  PendingCells(ZipArchive& zip, const WorkbookParts& parts, const std::vector<SampledSheet>& sheets,
               extraction::Sink& sink, const WalkedFunction& walked, size_t most);

  // The needed cells of one row, in their order. Tells what waits for nothing.
  wire::reader::FileRefusal AddRow(uint32_t sheet, const extraction::Layout& layout,
                                   const std::vector<HeldCell>& cells);
  // Tells all that waits.
  wire::reader::FileRefusal LookUp();
  bool days_unread() const { return days_unread_; }

 private:
  struct Row {
    uint32_t sheet, row;
    std::optional<Day> day;
    bool unread = false;
    extraction::Service service = extraction::Service::kUnsaid;
    extraction::Direction direction = extraction::Direction::kUnsaid;
  };
  static constexpr uint64_t kOwnText = ~uint64_t{0};
  static constexpr size_t kMaxTextBytes = 16u << 20;  // held with rows that wait
  struct PendingCell {
    uint64_t string;  // or kOwnText
    uint32_t row;     // in rows_
    uint32_t column;
    bool no_handset;
    memory::Wiped<std::string> text;
  };
  struct About {  // a shared string that says something of a row, or of a cell
    uint64_t string;
    uint32_t row, cell;
    extraction::ColumnRole role;
  };

  void NoteTime(Row& row, const SheetCell& cell, std::string_view text);
  void NoteAbout(const About& about, std::string_view text);
  void Tell(const PendingCell& cell, std::string_view text);
  wire::reader::FileRefusal LookUpAbouts();
  void Forget();

  ZipArchive& zip_;
  const WorkbookParts& parts_;
  const std::vector<SampledSheet>& sheets_;
  extraction::Sink& sink_;
  const WalkedFunction& walked_;
  size_t most_;
  std::vector<Row> rows_;
  std::vector<PendingCell> cells_;
  std::vector<About> abouts_;
  size_t text_bytes_ = 0;  // of cells_
  bool days_unread_ = false;
};

}  // namespace signpost::reader::archive
