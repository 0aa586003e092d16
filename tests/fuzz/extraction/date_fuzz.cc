// Any bytes as a time: a day of 1980 to 2100 or none, and never the later of two.
#include <cstdlib>

#include "core/reader/extraction/date.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using signpost::Day;
  using signpost::reader::extraction::DateOrder;
  using signpost::reader::extraction::ParseDay;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto day_first = ParseDay(text, DateOrder::kDayFirst);
  const auto month_first = ParseDay(text, DateOrder::kMonthFirst);
  const auto unsaid = ParseDay(text, DateOrder::kUnsaid);
  for (const auto& day : {day_first, month_first, unsaid}) {
    if (day.has_value() != unsaid.has_value()) std::abort();
    if (day && (*day < Day{3652} || *day > Day{47846})) std::abort();
    if (day && *unsaid > *day) std::abort();
  }
  static_cast<void>(signpost::reader::extraction::OrderProvedBy(text));
  static_cast<void>(signpost::reader::extraction::OrderSaidBy(text));
  return 0;
}
