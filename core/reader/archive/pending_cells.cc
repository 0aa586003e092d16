#include "core/reader/archive/pending_cells.h"

#include <algorithm>

#include "core/reader/extraction/cell.h"
#include "core/reader/extraction/header.h"
#include "core/reader/extraction/value.h"
#include "crypto/memory/secret.h"

namespace signpost::reader::archive {

using wire::reader::FileRefusal;
using wire::reader::Reason;

PendingCells::PendingCells(ZipArchive& zip, const WorkbookParts& parts,
                           const std::vector<SampledSheet>& sheets, extraction::Sink& sink,
                           const WalkedFunction& walked, size_t most)
    : zip_(zip), parts_(parts), sheets_(sheets), sink_(sink), walked_(walked), most_(most) {}

FileRefusal PendingCells::AddRow(uint32_t sheet, const extraction::Layout& layout,
                                 const std::vector<HeldCell>& cells) {
  const size_t held = rows_.size() + cells_.size() + abouts_.size();
  if ((held + cells.size() > most_ || text_bytes_ > kMaxTextBytes) && !rows_.empty()) {
    if (const FileRefusal refusal = LookUp(); refusal != FileRefusal::kNone) return refusal;
  }
  const auto index = static_cast<uint32_t>(rows_.size());
  Row& row = rows_.emplace_back();
  row.sheet = sheet;
  row.row = cells.front().cell.row;
  const size_t first_cell = cells_.size(), first_about = abouts_.size();
  bool type_said = false;  // by the cell before: of the next number
  std::optional<About> type;
  for (const auto& [cell, text] : cells) {
    const extraction::ColumnRole role = layout.roles[cell.column - 1];
    const bool shared = cell.kind == SheetCell::Kind::kShared;
    const bool number = cell.kind == SheetCell::Kind::kNumber;
    if (role == extraction::ColumnRole::kNumber || role == extraction::ColumnRole::kNoHandset) {
      if (!shared && extraction::IsBlank(text)) continue;
      cells_.push_back({shared ? cell.shared : kOwnText,
                        index,
                        cell.column,
                        role == extraction::ColumnRole::kNoHandset || type_said,
                        {number ? DigitsOf(text) : text}});
      if (type) {
        type->cell = static_cast<uint32_t>(cells_.size() - 1);
        abouts_.push_back(*type);
      }
      type.reset();
      type_said = false;
    } else if (role == extraction::ColumnRole::kTypeOfNext) {
      type.reset();
      type_said = !shared && extraction::SaysFaxOrPager(text);
      if (shared) type = About{cell.shared, index, 0, role};
    } else if (shared) {
      abouts_.push_back({cell.shared, index, 0, role});
    } else if (role == extraction::ColumnRole::kTime) {
      NoteTime(row, cell, text);
    } else if (role == extraction::ColumnRole::kService) {
      row.service = extraction::ServiceOf(text);
    } else if (role == extraction::ColumnRole::kDirection) {
      row.direction = extraction::DirectionOf(text);
    }
  }
  const bool waits = abouts_.size() > first_about ||
                     std::any_of(cells_.begin() + static_cast<ptrdiff_t>(first_cell), cells_.end(),
                                 [](const PendingCell& p) { return p.string != kOwnText; });
  if (waits) {
    for (size_t i = first_cell; i < cells_.size(); ++i) text_bytes_ += cells_[i].text.size();
    return FileRefusal::kNone;
  }
  for (size_t i = first_cell; i < cells_.size(); ++i) Tell(cells_[i], cells_[i].text);
  cells_.resize(first_cell);
  days_unread_ = days_unread_ || (row.unread && !row.day);
  rows_.pop_back();
  return FileRefusal::kNone;
}

void PendingCells::NoteTime(Row& row, const SheetCell& cell, std::string_view text) {
  if (extraction::IsBlank(text)) return;
  const extraction::Layout& layout = sheets_[row.sheet].layout;
  std::optional<Day> day;
  if (cell.kind == SheetCell::Kind::kNumber) day = DayOfSerial(text, parts_.from_1904);
  if (!day) day = extraction::ParseDay(text, layout.date_order);
  row.unread = row.unread || !day;
  if (day && (!row.day || *day < *row.day)) row.day = day;
}

void PendingCells::NoteAbout(const About& about, std::string_view text) {
  Row& row = rows_[about.row];
  if (about.role == extraction::ColumnRole::kTime) {
    NoteTime(row, {0, 0, SheetCell::Kind::kText, 0, {}}, text);
  } else if (about.role == extraction::ColumnRole::kService) {
    row.service = extraction::ServiceOf(text);
  } else if (about.role == extraction::ColumnRole::kDirection) {
    row.direction = extraction::DirectionOf(text);
  } else if (about.role == extraction::ColumnRole::kTypeOfNext &&
             extraction::SaysFaxOrPager(text)) {
    cells_[about.cell].no_handset = true;
  }
}

void PendingCells::Tell(const PendingCell& cell, std::string_view text) {
  const Row& row = rows_[cell.row];
  const extraction::Layout& layout = sheets_[row.sheet].layout;
  if (extraction::IsBlank(text)) return;
  if (cell.no_handset) return sink_.Bad(row.row, cell.column, Reason::kNoHandset);
  if (text.find("\xef\xbf\xbd") != std::string_view::npos) {
    return sink_.Bad(row.row, cell.column, Reason::kBadRow);
  }
  const auto tell = extraction::IsOwnersSide(layout, cell.column, row.direction)
                        ? &extraction::TellOwnersCell
                        : &extraction::TellCell;
  tell(sink_, row.row, cell.column, text, extraction::Seen{layout.traffic, row.day, {}},
       layout.dialect, row.service);
}

FileRefusal PendingCells::LookUpAbouts() {
  if (abouts_.empty() || !parts_.shared_strings) return FileRefusal::kNone;
  std::sort(abouts_.begin(), abouts_.end(),
            [](const About& a, const About& b) { return a.string < b.string; });
  auto next = abouts_.begin();
  return StreamStrings(
      zip_, *parts_.shared_strings, true, [&](uint64_t i) { return next->string == i; },
      [&](uint64_t i, std::string_view text) {
        for (; next != abouts_.end() && next->string == i; ++next) NoteAbout(*next, text);
        return next != abouts_.end();
      },
      walked_);
}

FileRefusal PendingCells::LookUp() {
  FileRefusal refusal = LookUpAbouts();
  if (refusal != FileRefusal::kNone) return refusal;
  // By string; what has its own text comes last.
  std::stable_sort(cells_.begin(), cells_.end(),
                   [](const PendingCell& a, const PendingCell& b) { return a.string < b.string; });
  auto next = cells_.begin();
  const auto waits = [&] { return next != cells_.end() && next->string != kOwnText; };
  if (waits() && parts_.shared_strings) {
    refusal = StreamStrings(
        zip_, *parts_.shared_strings, true, [&](uint64_t i) { return next->string == i; },
        [&](uint64_t i, std::string_view text) {
          for (; waits() && next->string == i; ++next) Tell(*next, text);
          return waits();
        },
        walked_);
    if (refusal != FileRefusal::kNone) return refusal;
  }
  for (; waits(); ++next) sink_.Bad(rows_[next->row].row, next->column, Reason::kBadRow);
  for (; next != cells_.end(); ++next) Tell(*next, next->text);
  Forget();
  return FileRefusal::kNone;
}

void PendingCells::Forget() {
  for (const Row& row : rows_) days_unread_ = days_unread_ || (row.unread && !row.day);
  rows_.clear();
  cells_.clear();
  abouts_.clear();
  text_bytes_ = 0;
}

}  // namespace signpost::reader::archive
