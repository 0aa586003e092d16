// Opens a home and repairs what a crash, a full disk or a restored backup left: files that no row
// names (sealed ones, epoch keys, half a policy) are removed, rows whose file is missing are
// counted as lost and logged, opt-outs that are in optouts.log and not in the store are recorded
// again. Every command but init goes through here.
#pragma once

#include "core/signpost/home/home.h"

namespace signpost::recovery {

Result<home::Home> OpenAndRecover(const home::HomeOptions& options);

}  // namespace signpost::recovery
