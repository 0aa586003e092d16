// All tables of all boundaries, for tests that hold for each.
#pragma once

#include <string_view>

#include "core/shared/wire/opener_boundary.h"
#include "core/shared/wire/reader_boundary.h"
#include "core/shared/wire/sealer_boundary.h"
#include "core/shared/wire/sender_boundary.h"

namespace signpost::test {

struct Table {
  std::string_view name;
  std::span<const wire::Rule> rules;
};

inline constexpr Table kTables[] = {
    {"signpost to reader", wire::reader::kToReader},
    {"reader to signpost", wire::reader::kFromReader},
    {"reader to sealer", wire::reader::kNumbersToSealer},
    {"signpost to sealer", wire::sealer::kToSealer},
    {"sealer to signpost", wire::sealer::kFromSealer},
    {"sender to sealer", wire::sealer::kRepliesToSealer},
    {"signpost to opener", wire::opener::kToOpener},
    {"opener to signpost", wire::opener::kFromOpener},
    {"opener to sender", wire::sender::kOpenerToSender},
    {"signpost to sender", wire::sender::kToSender},
    {"sender to signpost", wire::sender::kFromSender},
};

}  // namespace signpost::test
