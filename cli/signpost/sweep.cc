#include "core/signpost/retention/sweep.h"

#include <fmt/format.h>

#include "cli/signpost/open.h"
#include "cli/signpost/options.h"
#include "cli/signpost/print.h"
#include "policy/decision.h"

namespace signpost::cli {

Result<void> RunSweep(const Options& options) {
  TRY_ASSIGN(home::Home home, Open(options, Locks::kBoth));
  const Result<retention::SweepReport> swept = retention::Sweep(home, ShowFlush);
  EndProgress();
  TRY_ASSIGN(const retention::SweepReport report, swept);
  const int smallest = home.policy.batches.smallest_reported_count;
  std::vector<std::string> epochs;
  for (const EpochId& epoch : report.epochs_destroyed) epochs.push_back(epoch.Hex());
  std::vector<std::string> batches;
  for (const BatchId& batch : report.batches_expired) batches.push_back(batch.Hex());
  if (options.json) {
    Json counts;
    for (const auto& [name, count] : report.counts) SetShown(counts, name, count, smallest);
    Json json;
    json.Set("counts", counts).Set("epochs_destroyed", epochs).Set("batches_expired", batches);
    Out(json.Set("files_removed", uint64_t{report.files_removed}).Text() + "\n");
    return {};
  }
  Out("swept\n");
  for (const auto& [name, count] : report.counts) {
    Out(fmt::format("  {:<28} {}\n", name, policy::ReportedCount(count, smallest)));
  }
  for (const std::string& epoch : epochs) Out("  epoch " + epoch + ": key destroyed\n");
  for (const std::string& batch : batches) Out("  batch " + batch + ": expired\n");
  return {};
}

}  // namespace signpost::cli
