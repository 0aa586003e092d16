#include "core/signpost/batch/documents.h"
#include "core/signpost/dispatch/dispatch.h"
#include "policy/decision.h"

namespace signpost::dispatch {

Result<std::vector<BatchId>> DueBatches(home::Home& home) {
  TRY_ASSIGN(const ledger::LedgerState facts, batch::ReadLedgerState(home));
  TRY_ASSIGN(const std::vector<store::BatchRow> rows, home.store->Batches());
  const Instant now = home.clock.Now();
  std::vector<BatchId> due;
  for (const store::BatchRow& row : rows) {
    if (!batch::RequireGoing(row)) continue;
    const Result<batch::BatchPaper> paper = batch::LoadBatch(home, row.batch);
    // One whose manifest is damaged must not hold up the others; `dispatch BATCH` says what it is.
    if (!paper && paper.error().code == Code::kCorrupt) continue;
    TRY(paper);
    const policy::Manifest& manifest = paper->manifest;
    // Of another policy: it can only be cancelled, and a timer would fail on it day after day.
    if (manifest.policy_hash != home.policy_hash) continue;
    TRY_ASSIGN(const std::vector<std::string> approvals, batch::Approvers(home, *paper, facts));
    if (!policy::MissingApprovals(home.policy, manifest.planner, approvals).Enough()) continue;
    if (policy::MaySend(manifest, 0, 1, now) == policy::Refusal::kNone) due.push_back(row.batch);
  }
  return due;
}

}  // namespace signpost::dispatch
