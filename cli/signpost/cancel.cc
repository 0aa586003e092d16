#include "core/signpost/batch/cancel.h"

#include <fmt/format.h>

#include "cli/signpost/open.h"
#include "cli/signpost/options.h"
#include "cli/signpost/print.h"
#include "policy/decision.h"

namespace signpost::cli {

Result<void> RunCancel(const Options& options) {
  TRY_ASSIGN(home::Home home, Open(options, Locks::kBoth));
  TRY_ASSIGN(const store::BatchRow row, FindBatch(home, options.batches.front()));
  TRY_ASSIGN(const batch::CancelReport report, batch::CancelBatch(home, row.batch));
  const int smallest = home.policy.batches.smallest_reported_count;
  if (options.json) {
    Json counts;
    for (const auto& [name, count] : report.counts) SetShown(counts, name, count, smallest);
    Out(Json().Set("batch", row.batch.Hex()).Set("counts", counts).Text() + "\n");
    return {};
  }
  Out(fmt::format("batch {}: cancelled\n", row.batch.Hex()));
  for (const auto& [name, count] : report.counts) {
    Out(fmt::format("  {:<28} {}\n", name, policy::ReportedCount(count, smallest)));
  }
  return {};
}

}  // namespace signpost::cli
