#include "core/signpost/dispatch/dispatch.h"

#include <fmt/format.h>

#include <cstdio>

#include "cli/signpost/open.h"
#include "cli/signpost/options.h"
#include "cli/signpost/print.h"
#include "policy/decision.h"

namespace signpost::cli {
namespace {

volatile std::sig_atomic_t g_stop = 0;  // set by a signal handler: it cannot be anything else
void OnSignal(int) { g_stop = 1; }

void InstallStop() {
  struct sigaction action {};
  action.sa_handler = OnSignal;
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
}

void Print(const dispatch::DispatchReport& report, int smallest) {
  if (report.closed_crashed_run_unknown > 0) {
    Out(fmt::format(
        "batch {}: an earlier run broke off; {} became unknown and will not be sent again\n",
        report.batch.Hex(), policy::ReportedCount(report.closed_crashed_run_unknown, smallest)));
  }
  Out(fmt::format("batch {}: {}\n", report.batch.Hex(),
                  report.finished ? "finished" : "ended early: " + std::string(report.why.Name())));
  for (const auto& [name, count] : report.counts) {
    Out(fmt::format("  {:<28} {}\n", name, policy::ReportedCount(count, smallest)));
  }
  if (report.opt_outs_by_reply > 0) {
    Out(fmt::format("  {:<28} {}\n", "opt-outs by reply",
                    policy::ReportedCount(report.opt_outs_by_reply, smallest)));
  }
}

Json ToJson(const dispatch::DispatchReport& report, int smallest) {
  Json counts;
  for (const auto& [name, count] : report.counts) SetShown(counts, name, count, smallest);
  Json json;
  json.Set("batch", report.batch.Hex()).Set("run", report.run.Hex()).Set("why", report.why.Name());
  json.Set("finished", report.finished).Set("counts", counts);
  SetShown(json, "opt_outs_by_reply", report.opt_outs_by_reply, smallest);
  SetShown(json, "became_unknown", report.closed_crashed_run_unknown, smallest);
  return json;
}

}  // namespace

Result<void> RunDispatch(const Options& options) {
  TRY_ASSIGN(home::Home home, Open(options, Locks::kDispatch));
  std::vector<BatchId> batches;
  for (const std::string& digits : options.batches) {
    TRY_ASSIGN(const store::BatchRow row, FindBatch(home, digits));
    batches.push_back(row.batch);
  }
  if (options.batches.empty()) {
    TRY_ASSIGN(batches, dispatch::DueBatches(home));
  }
  InstallStop();
  const int smallest = home.policy.batches.smallest_reported_count;
  std::vector<Json> reports;
  std::optional<Error> refused;
  bool lost = false;
  for (const BatchId& batch : batches) {
    dispatch::DispatchRequest request;
    request.batch = batch;
    request.stop = &g_stop;
    request.progress = [](const dispatch::DispatchProgress& p) {
      Progress(fmt::format("attempted {} of {}, settled {}", p.attempted, p.records, p.settled));
    };
    const Result<dispatch::DispatchReport> report = dispatch::DispatchBatch(home, request);
    EndProgress();
    if (!report) {
      // One that is refused must not keep a timer from the others; anything else ends here.
      if (report.error().code != Code::kRefused) return tl::unexpected(report.error());
      if (!refused) {
        refused = report.error();
      } else {
        std::fputs(ErrorText("signpost", report.error()).c_str(), stderr);
      }
      continue;
    }
    if (options.json) {
      reports.push_back(ToJson(*report, smallest));
    } else {
      Print(*report, smallest);
    }
    if (report->why == ledger::RunEnd::kGateway) lost = true;
    if (g_stop != 0 || lost) break;
  }
  if (options.json && (!reports.empty() || !refused))
    Out(Json().Set("batches", reports).Text() + "\n");
  if (batches.empty() && !options.json) Say("No batch is approved and due.");
  if (refused) return tl::unexpected(*refused);
  if (lost) {
    return Fail(Code::kGateway, "the link to the gateway was lost in mid-batch", {},
                "dispatch again: it goes on behind what was attempted");
  }
  return {};
}

}  // namespace signpost::cli
