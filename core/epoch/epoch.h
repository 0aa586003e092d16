// Epochs as signpost sees them: wrapped key files and public halves. The key pairs are made and
// used inside signpost-opener; this only asks for them.
#pragma once

#include "core/home/home.h"
#include "core/process/child.h"
#include "core/wire/channel.h"
#include "crypto/base/result.h"

namespace signpost {

// Asks signpost-opener for a first state file, HOME/keys/live/opener.state. Once, at init.
Result<void> MakeOpenerState(const Home& home);

// The epoch that seals today; makes one (wrapped key file first, then its row and ledger entry)
// when there is none. Also makes the next one ahead on the last day of the current one.
Result<EpochRow> EnsureEpoch(Home& home);

}  // namespace signpost
