// What a batch consists of on paper: its row, its manifest, and the note with the signatures.
// Shared by this folder's commands and by the sweep.
#pragma once

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

// Closes a run that crashed (`attempting` becomes unknown, and its end is logged); does nothing
// when there is none. Before anything else that a cancel or a sweep does to a batch.
Result<store::ResumePoint> CloseCrashedRun(home::Home& home, const BatchPaper& paper);

// What a batch's entries count: what was delivered or not was sent all the same.
ledger::Counts LedgerCounts(const ledger::Counts& attempts);

}  // namespace signpost::batch
