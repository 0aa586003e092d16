#include "core/signpost/batch/plan.h"

#include <fmt/format.h>

#include "cli/signpost/open.h"
#include "cli/signpost/options.h"
#include "cli/signpost/print.h"
#include "core/shared/signatures/signing_key.h"
#include "crypto/base/file.h"
#include "policy/decision.h"

namespace signpost::cli {

Result<void> RunPlan(const Options& options) {
  TRY_ASSIGN(home::Home home, Open(options, Locks::kFiles));
  batch::PlanRequest request;
  TRY_ASSIGN(request.message, ReadFile(options.message_file, 1u << 16));
  request.limit = options.limit;
  request.gateway = options.gateway;
  request.basis = options.basis;
  request.dpia = options.dpia;
  TRY_ASSIGN(const note::NoteSigner planner,
             signatures::ReadSigningKey(options.key_file.empty() ? home.Path("keys/planner.key")
                                                                 : options.key_file));
  request.on_flush = ShowFlush;
  const Result<batch::PlanReport> planned = batch::PlanBatch(home, request, planner);
  EndProgress();
  TRY_ASSIGN(const batch::PlanReport report, planned);
  if (report.not_erased) {
    Say("signpost: warning: " + report.not_erased->message +
        ": the batch is planned, and its numbers are still in the intake, too");
    Say("signpost: hint: the next command that moves files erases them there: signpost sweep");
  }
  if (report.in_the_clear) {
    Say("signpost: warning: the link to this gateway is not encrypted: numbers and text can be "
        "read "
        "on the way");
    Say("signpost: hint: set tls_name (and tls_pin) in signpost.toml and plan again, or use a "
        "private line or a tunnel");
  }
  const int smallest = home.policy.batches.smallest_reported_count;
  if (options.json) {
    Json counts;
    for (const auto& [name, count] : report.counts) SetShown(counts, name, count, smallest);
    Json json;
    json.Set("batch", report.batch.Hex()).Set("manifest", report.manifest).Set("counts", counts);
    json.Set("approvals_missing", static_cast<uint64_t>(report.missing.missing));
    Out(json.Text() + "\n");
    return {};
  }
  Out(fmt::format("batch {}\n\n{}\n", report.batch.Hex(), report.manifest));
  for (const auto& [name, count] : report.counts) {
    Out(fmt::format("  {:<28} {}\n", name, policy::ReportedCount(count, smallest)));
  }
  Out(fmt::format("  {}\n", Missing(report.missing)));
  return {};
}

}  // namespace signpost::cli
