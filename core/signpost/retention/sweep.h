// Removes what is past its limit: the retention run. A timer runs it daily.
//
//   1. batches past their expiry, or pending in an epoch whose deadline has come, end as expired (a
//      run that crashed in them is closed first)
//   2. the secret keys of epochs whose deadline has come are destroyed: every copy of what was sealed
//      to them, in every backup, is unreadable from here on
//   3. intakes whose numbers have expired are dropped, or rewritten without them; those that are
//      mostly erased are rewritten without the room. What the store does not know as theirs goes
//   4. one transaction: rows, tokens, outcomes and totals past their limits; ledger entries
//   5. files that were replaced are unlinked, the store is rebuilt and its log truncated, so that
//      deleted values do not survive in free pages
//
// The entry is written even when nothing was due: silence must be visible. A crash anywhere leaves
// less, never more, than the ledger says; the next sweep completes it.
#pragma once

#include <vector>

#include "core/signpost/home/home.h"
#include "crypto/base/result.h"

namespace signpost::retention {

struct SweepReport {
  ledger::Counts counts;  // as in the ledger (core/shared/ledger/FORMAT.md): exact
  std::vector<BatchId> batches_expired;
  std::vector<EpochId> epochs_destroyed;
  size_t files_removed = 0;
};

// The caller holds both of the home's locks. kStorage when a reader keeps the store from being
// rebuilt: then everything has been removed, and the next sweep rebuilds. `on_flush` may be empty: how
// far the flush of what imports have staged is.
Result<SweepReport> Sweep(home::Home& home, const store::OnProgress& on_flush = {});

}  // namespace signpost::retention
