// Holds the two shipped policies, as they stand in policy/, built in.
#pragma once

#include <string_view>

namespace signpost::cli {

extern const std::string_view kRehearsalPolicy;
extern const std::string_view kUkLawEnforcementPolicy;

}  // namespace signpost::cli
