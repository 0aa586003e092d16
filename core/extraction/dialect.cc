#include "core/extraction/dialect.h"

#include <algorithm>
#include <string>

#include "core/extraction/header.h"
#include "core/extraction/value.h"

namespace signpost {
namespace {

using reader::Dialect;
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

bool IsDirection(std::string_view cell) {
  static constexpr std::string_view kWords[] = {
      "incoming",      "outgoing",      "missed",      "received",   "sent",     "dialed",
      "dialled",       "answered",      "in",          "out",        "rejected", "cancelled",
      "incoming call", "outgoing call", "missed call", "unanswered", "blocked"};
  const std::string plain = Plain(cell);
  return std::find(std::begin(kWords), std::end(kWords), plain) != std::end(kWords);
}

// A written date, not a number that may be a time stamp.
bool IsWrittenDate(std::string_view cell) {
  return cell.find_first_of("-/.: ") != std::string_view::npos &&
         DayOf(cell, DateOrder::kUnsaid).has_value();
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

}  // namespace

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
               DayOf(row[1], DateOrder::kUnsaid).has_value();
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

}  // namespace signpost
