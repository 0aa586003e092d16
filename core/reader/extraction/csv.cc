#include "core/reader/extraction/csv.h"

#include "core/reader/extraction/cell.h"
#include "core/reader/extraction/header.h"
#include "core/reader/extraction/value.h"
#include "core/reader/text/decoder.h"
#include "crypto/memory/secret.h"

namespace signpost::reader::extraction {
namespace {

ColumnRole RoleOf(const Layout& layout, uint32_t column) {
  return column < layout.roles.size() ? layout.roles[column] : ColumnRole::kSkip;
}

bool SaysOfOthers(ColumnRole role) {
  return role == ColumnRole::kTime || role == ColumnRole::kService ||
         role == ColumnRole::kDirection;
}

}  // namespace

CsvParser::CsvParser(const Layout& layout, Sink& sink)
    : layout_(layout),
      sink_(sink),
      scanner_(
          layout.delimiter, [this](uint64_t line, std::string_view row) { return Row(line, row); },
          [this](uint64_t line) {
            ++seen_;
            ++rows_;
            sink_.Bad(line, 0, wire::reader::Reason::kBadRow);
          }) {
  cell_.reserve(kMaxValueBytes + 1);
  for (const ColumnRole role : layout_.roles) {
    look_around_ |= SaysOfOthers(role);
  }
}

CsvParser::~CsvParser() {
  memory::Wipe({reinterpret_cast<uint8_t*>(cell_.data()), cell_.capacity()});
}

bool CsvParser::Row(uint64_t line, std::string_view row) {
  if (seen_++ < layout_.rows_before_data) return true;
  ++rows_;
  Seen seen{layout_.traffic, std::nullopt, {}};
  Service service = Service::kUnsaid;
  Direction direction = Direction::kUnsaid;
  if (look_around_) LookAround(row, seen, service, direction);
  CsvCells cells(row, layout_.delimiter);
  bool fax = false;
  for (uint32_t column = 0;; ++column) {
    const ColumnRole role = RoleOf(layout_, column);
    const bool reads = role == ColumnRole::kNumber || role == ColumnRole::kTypeOfNext ||
                       role == ColumnRole::kNoHandset;
    if (!cells.Next(reads ? &cell_ : nullptr, kMaxValueBytes + 1)) break;
    if (column >= kMaxColumns) return false;
    if (!reads) continue;
    if (role == ColumnRole::kTypeOfNext) {
      fax = SaysFaxOrPager(cell_);
      continue;
    }
    if (fax || role == ColumnRole::kNoHandset) {
      if (!IsBlank(cell_)) sink_.Bad(line, column + 1, wire::reader::Reason::kNoHandset);
    } else if (IsOwnersSide(layout_, column + 1, direction)) {
      TellOwnersCell(sink_, line, column + 1, cell_, seen, layout_.dialect, service);
    } else {
      TellCell(sink_, line, column + 1, cell_, seen, layout_.dialect, service);
    }
    fax = false;
  }
  memory::WipeText(cell_);
  return true;
}

// The row's times, its service and its direction, wherever they stand in it.
void CsvParser::LookAround(std::string_view row, Seen& seen, Service& service,
                           Direction& direction) {
  CsvCells cells(row, layout_.delimiter);
  bool unread = false;
  for (uint32_t column = 0; column < layout_.roles.size(); ++column) {
    const ColumnRole role = layout_.roles[column];
    const bool reads = SaysOfOthers(role);
    if (!cells.Next(reads ? &cell_ : nullptr, kMaxValueBytes + 1)) break;
    if (role == ColumnRole::kService) service = ServiceOf(cell_);
    if (role == ColumnRole::kDirection) direction = DirectionOf(cell_);
    if (role != ColumnRole::kTime || IsBlank(cell_)) continue;
    const auto day = ParseDay(cell_, layout_.date_order);
    unread = unread || !day;
    if (day && (!seen.day || *day < *seen.day)) seen.day = day;
  }
  days_unread_ = days_unread_ || (unread && !seen.day);
}

void TellValues(Sink& sink, uint64_t row, uint32_t column, std::string_view cell,
                const Seen& seen) {
  if (cell.size() > kMaxValueBytes) return sink.Bad(row, column, wire::reader::Reason::kNotANumber);
  if (cell.find(text::TextDecoder::kBroken) != std::string_view::npos) {
    return sink.Bad(row, column, wire::reader::Reason::kBadRow);
  }
  for (const std::string_view value : SplitValues(cell)) sink.Value(row, column, value, seen);
}

}  // namespace signpost::reader::extraction
