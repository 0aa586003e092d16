// Parses the day of a call or a message out of how exports write times: ISO 8601; seconds,
// milliseconds or microseconds since 1970; 23/11/2026 and its kin with any separator, two-digit
// years, AM and PM; "23 Nov 2026", "Nov 23, 2026". An offset ("+01:00", "UTC+1", "Z") moves it to
// UTC; where none is said, the day is taken as written.
//
// 03/04/2026 is two days. Where neither the heading nor the column says which comes first, the
// EARLIER of the two is taken: a number must not look fresher than it is. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "crypto/base/time.h"

namespace signpost::reader::extraction {

enum class DateOrder : uint8_t { kUnsaid, kDayFirst, kMonthFirst };

// nullopt: no time that is understood, or before 1980 or after 2100.
std::optional<Day> ParseDay(std::string_view text, DateOrder order);

// What one time proves: one of its first two groups is over twelve.
DateOrder OrderProvedBy(std::string_view text);
// What a heading says: "Time (dd/MM/yyyy)".
DateOrder OrderSaidBy(std::string_view heading);

}  // namespace signpost::reader::extraction
