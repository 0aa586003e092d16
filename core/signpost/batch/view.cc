#include "core/signpost/batch/view.h"

#include <algorithm>

#include "core/signpost/batch/documents.h"

namespace signpost::batch {

namespace {

Result<BatchView> View(const home::Home& home, const BatchId& batch,
                       const ledger::LedgerState& facts) {
  TRY_ASSIGN(const BatchPaper paper, LoadBatch(home, batch));
  TRY_ASSIGN(store::BatchCounts counts, home.store->CountsOf(batch));
  BatchView view;
  view.row = paper.row;
  view.manifest = paper.manifest;
  view.note = paper.note.Encode();
  TRY_ASSIGN(view.approvals, Approvers(home, paper, facts));
  view.missing = policy::MissingApprovals(home.policy, paper.manifest.planner, view.approvals);
  view.past_expiry = home.clock.Now() >= paper.manifest.expires;
  view.counts = std::move(counts.counts);
  view.attempted = counts.attempted;
  return view;
}

}  // namespace

Result<BatchView> ViewBatch(const home::Home& home, const BatchId& batch) {
  TRY_ASSIGN(const ledger::LedgerState facts, ReadLedgerState(home));
  return View(home, batch, facts);
}

Result<std::vector<BatchView>> ViewBatches(const home::Home& home) {
  TRY_ASSIGN(std::vector<store::BatchRow> rows, home.store->Batches());
  std::ranges::stable_sort(rows, {}, &store::BatchRow::planned);
  TRY_ASSIGN(const ledger::LedgerState facts, ReadLedgerState(home));
  std::vector<BatchView> views;
  for (const store::BatchRow& row : rows) {
    TRY_ASSIGN(BatchView view, View(home, row.batch, facts));
    views.push_back(std::move(view));
  }
  return views;
}

}  // namespace signpost::batch
