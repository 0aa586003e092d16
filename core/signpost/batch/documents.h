// Loads what a batch consists of on paper: its row, its manifest, and the note with the signatures.
// Shared by this folder's commands, the dispatch and the sweep.
#pragma once

#include "core/shared/ledger/ledger_state.h"
#include "core/signpost/home/home.h"
#include "core/signpost/store/store.h"
#include "crypto/base/result.h"
#include "crypto/note/note.h"
#include "policy/manifest.h"

namespace signpost::batch {

struct BatchPaper {
  store::BatchRow row;
  note::Note note;  // over the manifest's text: planner first, then approvers
  policy::Manifest manifest;
};

// kNotFound: no such batch. kCorrupt: its manifest is missing or is not one.
Result<BatchPaper> LoadBatch(const home::Home& home, const BatchId& batch);

// kRefused, naming the state, for a batch that is finished, cancelled or expired.
Result<void> RequireGoing(const store::BatchRow& row);

// Closes a run that crashed (`attempting` becomes unknown, and its end is logged with `why`); does
// nothing when there is none. Before anything else that is done to a batch.
Result<store::ResumePoint> CloseCrashedRun(home::Home& home, const BatchPaper& paper,
                                           ledger::RunEnd why = ledger::RunEnd::kCrashed);

// The entry of a run's end.
store::NewEntry RunEnded(const home::Home& home, const BatchPaper& paper, const RunId& run,
                         ledger::RunEnd why, ledger::Counts counts);

// What a batch's entries count: what was delivered or not was sent all the same.
ledger::Counts LedgerCounts(const ledger::Counts& attempts);

// What follows from all of the home's entries.
Result<ledger::LedgerState> ReadLedgerState(const home::Home& home);
// Whose approvals of the batch stand (policy::StandingApprovals), without the planner's. None of a
// batch that the ledger does not know.
Result<std::vector<std::string>> Approvers(const home::Home& home, const BatchPaper& paper,
                                           const ledger::LedgerState& facts);

}  // namespace signpost::batch
