// Prints what `import --explain` found: what would be read of a file, and left out. No value is
// shown.
#pragma once

#include <string>

#include "cli/signpost/print.h"
#include "core/signpost/ingest/import.h"

namespace signpost::cli {

void PrintExplained(const ingest::ImportReport& report, const std::string& named);
Json ExplainJson(const ingest::ImportReport& report, const std::string& named);

}  // namespace signpost::cli
