// Creates epochs, as far as signpost sees them: wrapped key files and public halves. The key pairs
// are made and used inside signpost-opener; this only asks for them.
#pragma once

#include "core/shared/wire/channel.h"
#include "core/signpost/home/home.h"
#include "core/signpost/process/child.h"
#include "crypto/base/result.h"

namespace signpost::epoch {

// Asks signpost-opener for a first state file, HOME/keys/live/opener.state. Once, at init.
Result<void> MakeOpenerState(const home::Home& home);

// The epoch that seals today; makes one (wrapped key file first, then its row and ledger entry)
// when there is none. Also makes the next one ahead on the last day of the current one.
Result<store::EpochRow> EnsureEpoch(home::Home& home);

// Removes epoch key files that no live epoch's row names: of a crash between the file and its row,
// so nothing was ever sealed for them. Only under HOME/lock, else it does nothing. Returns how
// many.
Result<uint32_t> RemoveStrayEpochKeys(home::Home& home);

}  // namespace signpost::epoch
