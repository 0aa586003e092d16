#include "core/signpost/batch/view.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/shared/signatures/signatures.h"
#include "core/signpost/batch/documents.h"

namespace signpost::batch {

Result<BatchView> ViewBatch(const home::Home& home, const BatchId& batch) {
  TRY_ASSIGN(const BatchPaper paper, LoadBatch(home, batch));
  TRY_ASSIGN(store::BatchCounts counts, home.store->CountsOf(batch));
  BatchView view;
  view.row = paper.row;
  view.manifest = paper.manifest;
  view.note = paper.note.Encode();
  TRY_ASSIGN(view.approvals, signatures::ApproversWhoSigned(home.policy, paper.note));
  std::erase(view.approvals, paper.manifest.planner);
  view.missing = policy::MissingApprovals(home.policy, paper.manifest.planner, view.approvals);
  view.past_expiry = home.clock.Now() >= paper.manifest.expires;
  view.counts = std::move(counts.counts);
  view.attempted = counts.attempted;
  return view;
}

Result<std::vector<BatchView>> ViewBatches(const home::Home& home) {
  TRY_ASSIGN(std::vector<store::BatchRow> rows, home.store->Batches());
  std::ranges::stable_sort(rows, {}, &store::BatchRow::planned);
  std::vector<BatchView> views;
  for (const store::BatchRow& row : rows) {
    TRY_ASSIGN(BatchView view, ViewBatch(home, row.batch));
    views.push_back(std::move(view));
  }
  return views;
}

std::string ReportedCount(const policy::Policy& policy, uint64_t count) {
  const auto smallest = static_cast<uint64_t>(std::max(policy.batches.smallest_reported_count, 0));
  if (count == 0 || count >= smallest) return std::to_string(count);
  return fmt::format("fewer than {}", smallest);
}

}  // namespace signpost::batch
