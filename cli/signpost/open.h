// Opens the home that the command line names, and finds a batch by the first digits of its id.
#pragma once

#include "cli/signpost/options.h"
#include "core/signpost/home/home.h"

namespace signpost::cli {

enum class Locks { kNone, kFiles, kDispatch, kBoth };

Result<home::Home> Open(const Options& options, Locks locks = Locks::kNone);

// kNotFound, or kUsage when the digits fit several.
Result<store::BatchRow> FindBatch(home::Home& home, const std::string& digits);

}  // namespace signpost::cli
