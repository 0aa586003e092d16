// All tables of all boundaries, for tests that hold for each.
#pragma once

#include <string_view>

#include "core/shared/wire/opener_boundary.h"
#include "core/shared/wire/reader_boundary.h"
#include "core/shared/wire/sealer_boundary.h"
#include "core/shared/wire/sender_boundary.h"

namespace signpost::testing {

struct Table {
  std::string_view name;
  std::span<const Rule> rules;
};

inline constexpr Table kTables[] = {
    {"signpost to reader", reader::kToReader},      {"reader to signpost", reader::kFromReader},
    {"reader to sealer", reader::kNumbersToSealer}, {"signpost to sealer", sealer::kToSealer},
    {"sealer to signpost", sealer::kFromSealer},    {"sender to sealer", sealer::kRepliesToSealer},
    {"signpost to opener", opener::kToOpener},      {"opener to signpost", opener::kFromOpener},
    {"opener to sender", sender::kOpenerToSender},  {"signpost to sender", sender::kToSender},
    {"sender to signpost", sender::kFromSender},
};

}  // namespace signpost::testing
