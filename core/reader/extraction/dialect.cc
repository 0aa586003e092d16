#include "core/reader/extraction/dialect.h"

#include <algorithm>
#include <string>

#include "core/reader/extraction/header.h"
#include "core/reader/extraction/value.h"

namespace signpost::reader::extraction {
namespace {

using formats::Dialect;
using Header = std::vector<std::string>;

std::string Plain(std::string_view cell) { return LowerAscii(Trim(cell.substr(0, 128))); }

Header PlainHeader(const Header& header) {
  Header plain;
  for (const std::string& cell : header) plain.push_back(Plain(cell));
  return plain;
}

bool HasCell(const Header& plain, std::initializer_list<std::string_view> cells) {
  return std::any_of(plain.begin(), plain.end(), [&](const std::string& cell) {
    return std::find(cells.begin(), cells.end(), cell) != cells.end();
  });
}

bool HasPart(const Header& plain, std::initializer_list<std::string_view> parts) {
  return std::any_of(plain.begin(), plain.end(), [&](const std::string& cell) {
    return std::any_of(parts.begin(), parts.end(),
                       [&](std::string_view part) { return cell.find(part) != std::string::npos; });
  });
}

bool IsDirection(std::string_view cell) { return DirectionOf(cell) != Direction::kUnsaid; }

// A written date, not a number that may be a time stamp.
bool IsWrittenDate(std::string_view cell) {
  return cell.find_first_of("-/.: ") != std::string_view::npos &&
         ParseDay(cell, DateOrder::kUnsaid).has_value();
}

void SetRole(Layout& layout, size_t column, ColumnRole role) {
  if (layout.roles.size() <= column) layout.roles.resize(column + 1, ColumnRole::kSkip);
  layout.roles[column] = role;
}

bool SaysLog(const Header& plain) {
  return HasPart(plain, {"direction", "duration", "call type", "recipient", "caller", "callee",
                         "sender", "participants", "parties", "partners", "dialled", "dialed",
                         "message", "called"}) ||
         HasCell(plain, {"from", "to", "party", "body", "call status", "talk time"});
}

// A column for each side of a log, and one that says which side is the owner's.
void ApplySides(const Header& plain, const SampleRows& rows, Layout& layout) {
  const auto find = [&](std::initializer_list<std::string_view> cells) -> uint32_t {
    for (size_t c = 0; c < plain.size() && c < layout.roles.size(); ++c) {
      const bool named = std::find(cells.begin(), cells.end(), plain[c]) != cells.end();
      if (named && layout.roles[c] == ColumnRole::kNumber) return static_cast<uint32_t>(c + 1);
    }
    return 0;
  };
  const uint32_t from = find({"from", "caller", "sender", "calling number", "from number",
                              "a number", "a-number", "calling party", "source"});
  const uint32_t to =
      find({"to", "recipient", "recipient(s)", "recipients", "callee", "called", "called number",
            "to number", "b number", "b-number", "called party", "destination"});
  if (from == 0 || to == 0) return;
  for (size_t c = 0; c < plain.size(); ++c) {
    const bool named = plain[c].find("direction") != std::string::npos ||
                       plain[c].find("type") != std::string::npos;
    const bool says = std::any_of(rows.begin(), rows.end(), [c](const auto& row) {
      return c < row.size() && IsDirection(row[c]);
    });
    if (!named || !says || (c < layout.roles.size() && layout.roles[c] != ColumnRole::kSkip)) {
      continue;
    }
    SetRole(layout, c, ColumnRole::kDirection);
    layout.from_column = from;
    layout.to_column = to;
    return;
  }
}

}  // namespace

Direction DirectionOf(std::string_view cell) {
  static constexpr std::string_view kIn[] = {
      "incoming",      "missed",      "received", "answered",          "in", "rejected", "blocked",
      "incoming call", "missed call", "inbound",  "incoming (missed)", "mt"};
  static constexpr std::string_view kOut[] = {
      "outgoing",      "sent",     "dialed",    "dialled",    "out",
      "outgoing call", "outbound", "cancelled", "unanswered", "mo"};
  const std::string plain = Plain(cell);
  if (std::find(std::begin(kIn), std::end(kIn), plain) != std::end(kIn)) return Direction::kIn;
  if (std::find(std::begin(kOut), std::end(kOut), plain) != std::end(kOut)) return Direction::kOut;
  return Direction::kUnsaid;
}

bool IsOwnersSide(const Layout& layout, uint32_t column, Direction direction) {
  if (direction == Direction::kIn) return column == layout.to_column;
  return direction == Direction::kOut && column == layout.from_column;
}

Dialect DialectOf(const Header& header) {
  const Header plain = PlainHeader(header);
  if (HasCell(plain, {"unformatted number"})) return Dialect::kIexplorer;
  if (HasCell(plain, {"phone number(s)", "recipient(s)", "source account type(s)", "partners"}) ||
      HasPart(plain, {"date/time - utc"})) {
    return Dialect::kAxiom;
  }
  const bool numbered = !plain.empty() && plain[0] == "#";
  if ((numbered && HasCell(plain, {"entries", "parties", "participants", "party", "from", "to"})) ||
      (HasCell(plain, {"entries"}) &&
       HasPart(plain, {"interaction statuses", "source", "deleted"})) ||
      (HasCell(plain, {"parties"}) && HasPart(plain, {"timestamp", "direction", "deleted"}))) {
    return Dialect::kCellebrite;
  }
  if (HasPart(plain, {"phone 1 - "})) return Dialect::kGoogle;
  if (HasCell(plain, {"mobile phone"}) &&
      HasCell(plain, {"business phone", "home phone", "business fax", "company main phone"})) {
    return Dialect::kOutlook;
  }
  if (HasCell(plain, {"mobile number"}) && HasCell(plain, {"work phone", "pager number"})) {
    return Dialect::kThunderbird;
  }
  if (HasCell(plain, {"call type"}) && HasCell(plain, {"number"}) && HasCell(plain, {"service"})) {
    return Dialect::kImazing;
  }
  return Dialect::kNone;
}

bool IsHeaderlessCallLog(const SampleRows& rows) {
  size_t fitting = 0;
  for (const auto& row : rows) {
    fitting += row.size() >= 4 && row.size() <= 8 && IsDirection(row[0]) &&
               ParseDay(row[1], DateOrder::kUnsaid).has_value();
  }
  return fitting > 0 && fitting * 10 >= rows.size() * 8;
}

void ApplyDialect(const Header& header, Layout& layout) {
  const Header plain = PlainHeader(header);
  const auto is = [&plain](size_t c, std::initializer_list<std::string_view> cells) {
    return std::find(cells.begin(), cells.end(), plain[c]) != cells.end();
  };
  for (size_t c = 0; c < plain.size(); ++c) {
    switch (layout.dialect) {
      case Dialect::kIexplorer:
        if (is(c, {"number"})) SetRole(layout, c, ColumnRole::kSkip);
        if (is(c, {"unformatted number"})) SetRole(layout, c, ColumnRole::kNumber);
        break;
      case Dialect::kCellebrite:
        if (is(c, {"entries", "parties", "party", "participants", "from", "to"})) {
          SetRole(layout, c, ColumnRole::kNumber);
        }
        if (is(c, {"source", "application", "service"})) SetRole(layout, c, ColumnRole::kService);
        break;
      case Dialect::kAxiom:
        if (is(c, {"phone number(s)", "phone number", "caller", "callee", "recipient(s)",
                   "recipient", "partner", "partners", "sender", "sender(s)", "participants",
                   "participant(s)", "from", "to"})) {
          SetRole(layout, c, ColumnRole::kNumber);
        }
        if (is(c, {"source application", "application", "service", "service name"})) {
          SetRole(layout, c, ColumnRole::kService);
        }
        break;
      default:
        break;
    }
  }
}

void ApplyTimes(const Header& header, const SampleRows& rows, Layout& layout) {
  std::vector<size_t> times;
  if (!header.empty()) {
    if (!SaysLog(PlainHeader(header))) return;
    for (size_t c = 0; c < header.size(); ++c) {
      const ColumnRole role = c < layout.roles.size() ? layout.roles[c] : ColumnRole::kSkip;
      if (role == ColumnRole::kSkip && SaysTime(header[c])) times.push_back(c);
    }
  } else {
    const bool directed = std::any_of(rows.begin(), rows.end(), [](const auto& row) {
      return std::any_of(row.begin(), row.end(), IsDirection);
    });
    const size_t width = directed && !rows.empty() ? rows[0].size() : 0;
    for (size_t c = 0; c < width; ++c) {
      const auto dates = std::count_if(rows.begin(), rows.end(), [c](const auto& row) {
        return c < row.size() && IsWrittenDate(row[c]);
      });
      if (static_cast<size_t>(dates) * 10 >= rows.size() * 8) times.push_back(c);
    }
  }
  if (times.empty()) return;
  layout.traffic = true;
  ApplySides(PlainHeader(header), rows, layout);
  bool day_first = false, month_first = false;
  const auto note = [&](DateOrder order) {
    day_first = day_first || order == DateOrder::kDayFirst;
    month_first = month_first || order == DateOrder::kMonthFirst;
  };
  for (const size_t c : times) {
    SetRole(layout, c, ColumnRole::kTime);
    if (c < header.size()) note(OrderSaidBy(header[c]));
  }
  if (!day_first && !month_first) {
    for (const auto& row : rows) {
      for (const size_t c : times) {
        if (c < row.size()) note(OrderProvedBy(row[c]));
      }
    }
  }
  if (day_first != month_first) {
    layout.date_order = day_first ? DateOrder::kDayFirst : DateOrder::kMonthFirst;
  }
}

}  // namespace signpost::reader::extraction
