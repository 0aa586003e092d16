#include "core/reader/extraction/date.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <string>

#include "core/reader/extraction/value.h"
#include "crypto/base/ascii.h"

namespace signpost::reader::extraction {
namespace {

constexpr size_t kMaxBytes = 80;
constexpr int64_t kDaySeconds = 86400;

struct Number {
  int64_t value = 0;
  size_t digits = 0;
};

// What a written time is made of. Groups are the numbers that are no part of the time of day.
struct DateParts {
  std::array<Number, 3> groups{};
  size_t count = 0;
  int month = 0;  // by its name
  size_t groups_before_month = 0;
  int64_t seconds = 0;  // of the day
  int64_t offset = 0;   // seconds east of UTC
  char separator = 0;   // behind the first group
  bool good = true;
};

Number TakeNumber(std::string_view& text) {
  Number number;
  while (!text.empty() && IsDigit(text[0])) {
    if (number.digits < 18) number.value = number.value * 10 + (text[0] - '0');
    ++number.digits;
    text.remove_prefix(1);
  }
  return number;
}

int MonthOf(std::string_view word) {
  static constexpr std::string_view kMonths[] = {"january",   "february", "march",    "april",
                                                 "may",       "june",     "july",     "august",
                                                 "september", "october",  "november", "december"};
  if (word.size() < 3) return 0;
  if (word == "sept") return 9;
  for (int i = 0; i < 12; ++i) {
    if (word == kMonths[i] || word == kMonths[i].substr(0, 3)) return i + 1;
  }
  return 0;
}

// "+01:00", "+1", "-0530" behind a time of day.
int64_t TakeOffset(std::string_view& text) {
  const int64_t sign = text[0] == '-' ? -1 : 1;
  text.remove_prefix(1);
  const Number first = TakeNumber(text);
  int64_t hours = first.value, minutes = 0;
  if (first.digits == 4) {
    hours = first.value / 100;
    minutes = first.value % 100;
  } else if (text.starts_with(":")) {
    text.remove_prefix(1);
    minutes = TakeNumber(text).value;
  }
  return sign * (std::min<int64_t>(hours, 14) * 3600 + std::min<int64_t>(minutes, 59) * 60);
}

// Behind the hour: ":mm[:ss[.fff]]".
int64_t TakeTimeOfDay(int64_t hour, std::string_view& text) {
  int64_t parts[3] = {hour, 0, 0};
  for (size_t i = 1; i < 3 && text.size() > 1 && text[0] == ':' && IsDigit(text[1]); ++i) {
    text.remove_prefix(1);
    parts[i] = TakeNumber(text).value;
  }
  if (text.size() > 1 && (text[0] == '.' || text[0] == ',') && IsDigit(text[1])) {
    text.remove_prefix(1);
    TakeNumber(text);
  }
  if (parts[0] > 24 || parts[1] > 59 || parts[2] > 60) return -1;
  return parts[0] * 3600 + parts[1] * 60 + parts[2];
}

bool IsFiller(std::string_view word) {
  static constexpr std::string_view kFillers[] = {
      "t",        "z",      "utc",    "gmt",     "at",        "mon",      "tue", "wed",
      "thu",      "fri",    "sat",    "sun",     "st",        "nd",       "rd",  "th",
      "tues",     "of",     "monday", "tuesday", "wednesday", "thursday", "bst", "friday",
      "saturday", "sunday", "thur",   "thurs",   "device",    "network",  "time"};
  return std::find(std::begin(kFillers), std::end(kFillers), word) != std::end(kFillers);
}

void TakeWord(std::string_view& text, bool timed, DateParts& parts) {
  size_t n = 0;
  while (n < text.size() && IsLetter(text[n])) ++n;
  const std::string word = LowerAscii(text.substr(0, n));
  text.remove_prefix(n);
  if (const int month = MonthOf(word); month != 0) {
    parts.good = parts.good && parts.month == 0;
    parts.month = month;
    parts.groups_before_month = parts.count;
  } else if (word == "am" || word == "pm") {
    const int64_t hour = parts.seconds / 3600;
    if (word == "pm" && hour < 12) parts.seconds += int64_t{12} * 3600;
    if (word == "am" && hour == 12) parts.seconds -= int64_t{12} * 3600;
  } else if (word == "utc" || word == "gmt") {
    if (!text.empty() && (text[0] == '+' || text[0] == '-')) parts.offset = TakeOffset(text);
  } else if (word == "bst" && timed) {
    parts.offset = 3600;
  } else if (!IsFiller(word)) {
    parts.good = false;
  }
}

DateParts Read(std::string_view text) {
  DateParts parts;
  bool timed = false;
  while (!text.empty() && parts.good) {
    const char c = text[0];
    if (IsDigit(c)) {
      const Number number = TakeNumber(text);
      if (text.size() > 1 && text[0] == ':' && IsDigit(text[1]) && !timed) {
        parts.seconds = TakeTimeOfDay(number.value, text);
        timed = true;
        parts.good = parts.seconds >= 0;
      } else if (parts.count == 3 || number.digits > 4) {
        parts.good = false;
      } else {
        parts.groups[parts.count++] = number;
        if (parts.count == 1 && !text.empty()) parts.separator = text[0];
      }
    } else if (IsLetter(c)) {
      TakeWord(text, timed, parts);
    } else if (timed && (c == '+' || c == '-') && text.size() > 1 && IsDigit(text[1])) {
      parts.offset = TakeOffset(text);
    } else if (std::string_view(" /-.,()\t\xc2\xa0\xe2\x80\xaf").find(c) !=
               std::string_view::npos) {
      text.remove_prefix(1);
    } else {
      parts.good = false;
    }
  }
  return parts;
}

int64_t FullYear(Number year) {
  if (year.digits > 2) return year.value;
  return year.value < 70 ? 2000 + year.value : 1900 + year.value;
}

// Days since 1970, if there is such a day.
std::optional<int64_t> Date(int64_t year, int64_t month, int64_t day) {
  if (year < 1980 || year > 2100 || month < 1 || month > 12 || day < 1 || day > 31) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(year)),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count();
}

std::optional<int64_t> DateOf(const DateParts& p, DateOrder order) {
  const auto& g = p.groups;
  if (p.month != 0) {
    // A year cannot stand where a day does: "2026 Nov 23" and "23 Nov 2026".
    if (p.count != 2) return std::nullopt;
    const bool year_first = g[0].digits == 4;
    return Date(FullYear(g[year_first ? 0 : 1]), p.month, g[year_first ? 1 : 0].value);
  }
  if (p.count != 3) return std::nullopt;
  if (g[0].digits == 4) return Date(g[0].value, g[1].value, g[2].value);
  const auto day_first = Date(FullYear(g[2]), g[1].value, g[0].value);
  const auto month_first = Date(FullYear(g[2]), g[0].value, g[1].value);
  // What a column says of itself does not make a day of 23 in the month's place.
  if (order == DateOrder::kDayFirst && day_first) return day_first;
  if (order == DateOrder::kMonthFirst && month_first) return month_first;
  if (day_first && month_first) return std::min(*day_first, *month_first);
  return day_first ? day_first : month_first;
}

// Since 1970, by how many digits there are; 20261123 is a date.
std::optional<int64_t> EpochSeconds(Number n) {
  switch (n.digits) {
    case 9:
    case 10:
      return n.value;
    case 12:
    case 13:
      return n.value / 1000;
    case 15:
    case 16:
      return n.value / 1000000;
    case 18:
      return n.value / 1000000000;
    default:
      return std::nullopt;
  }
}

std::optional<Day> InRange(int64_t days) {
  if (days < 3652 || days > 47846) return std::nullopt;  // 1980 to 2100
  return Day{static_cast<int32_t>(days)};
}

}  // namespace

std::optional<Day> ParseDay(std::string_view text, DateOrder order) {
  text = Trim(text);
  if (text.empty() || text.size() > kMaxBytes || CountDigits(text) == 0) return std::nullopt;
  const size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  const bool decimals =
      point == std::string_view::npos ||
      std::all_of(text.begin() + static_cast<ptrdiff_t>(point) + 1, text.end(), IsDigit);
  if (decimals && std::all_of(whole.begin(), whole.end(), IsDigit)) {
    std::string_view rest = whole;
    const Number number = TakeNumber(rest);
    if (number.digits == 8) {
      const auto date = Date(number.value / 10000, number.value / 100 % 100, number.value % 100);
      return date ? InRange(*date) : std::nullopt;
    }
    if (const auto seconds = EpochSeconds(number)) return InRange(*seconds / kDaySeconds);
    return std::nullopt;
  }
  const DateParts parts = Read(text);
  if (!parts.good) return std::nullopt;
  const auto date = DateOf(parts, order);
  if (!date) return std::nullopt;
  const int64_t seconds = *date * kDaySeconds + parts.seconds - parts.offset;
  return InRange(seconds / kDaySeconds);
}

DateOrder OrderProvedBy(std::string_view text) {
  text = Trim(text);
  if (text.empty() || text.size() > kMaxBytes) return DateOrder::kUnsaid;
  const DateParts parts = Read(text);
  if (!parts.good || parts.month != 0 || parts.count != 3 || parts.groups[0].digits > 2) {
    return DateOrder::kUnsaid;
  }
  if (parts.groups[0].value > 12) return DateOrder::kDayFirst;
  return parts.groups[1].value > 12 ? DateOrder::kMonthFirst : DateOrder::kUnsaid;
}

DateOrder OrderSaidBy(std::string_view heading) {
  const std::string lower = LowerAscii(heading.substr(0, 256));
  for (const char separator : {'/', '.', '-'}) {
    const std::string s(1, separator);
    for (const std::string& form : {"dd" + s + "mm" + s + "y", "d" + s + "m" + s + "y"}) {
      if (lower.find(form) != std::string::npos) return DateOrder::kDayFirst;
    }
    for (const std::string& form : {"mm" + s + "dd" + s + "y", "m" + s + "d" + s + "y"}) {
      if (lower.find(form) != std::string::npos) return DateOrder::kMonthFirst;
    }
  }
  return DateOrder::kUnsaid;
}

}  // namespace signpost::reader::extraction
