#include <fmt/format.h>

#include "cli/signpost/open.h"
#include "cli/signpost/options.h"
#include "cli/signpost/print.h"
#include "core/signpost/batch/view.h"
#include "crypto/base/file.h"
#include "policy/decision.h"

namespace signpost::cli {

namespace {

std::string StateOf(const batch::BatchView& view) {
  if (view.row.state == store::BatchState::kFinished ||
      view.row.state == store::BatchState::kCancelled ||
      view.row.state == store::BatchState::kExpired) {
    return std::string(store::BatchStateName(view.row.state));
  }
  if (view.past_expiry) return "past its expiry";
  return fmt::format("{}, {}", store::BatchStateName(view.row.state), Missing(view.missing));
}

Json ToJson(const batch::BatchView& view, int smallest) {
  Json counts;
  for (const auto& [name, count] : view.counts) SetShown(counts, name, count, smallest);
  Json json;
  json.Set("batch", view.row.batch.Hex()).Set("state", store::BatchStateName(view.row.state));
  json.Set("approvals", view.approvals).Set("counts", counts);
  json.Set("approvals_missing", static_cast<uint64_t>(view.missing.missing));
  json.Set("expires", view.row.expires.Text()).Set("past_expiry", view.past_expiry);
  SetShown(json, "records", view.row.records, smallest);
  return json;
}

void PrintOne(const batch::BatchView& view, int smallest) {
  Out(view.manifest.Encode() + "\n");
  for (const std::string& name : view.approvals) Out("approved by " + name + "\n");
  Out("state: " + StateOf(view) + "\n");
  for (const auto& [name, count] : view.counts) {
    Out(fmt::format("  {:<28} {}\n", name, policy::ReportedCount(count, smallest)));
  }
}

Result<void> ShowList(const Options& options, home::Home& home) {
  const int smallest = home.policy.batches.smallest_reported_count;
  TRY_ASSIGN(const std::vector<batch::BatchView> views, batch::ViewBatches(home));
  std::vector<Json> list;
  for (const batch::BatchView& view : views) {
    if (options.json) {
      list.push_back(ToJson(view, smallest));
    } else {
      Out(fmt::format("{}  {} records, expires {}: {}\n", view.row.batch.Hex(),
                      policy::ReportedCount(view.row.records, smallest), view.row.expires.Text(),
                      StateOf(view)));
    }
  }
  if (options.json) Out(Json().Set("batches", list).Text() + "\n");
  if (views.empty() && !options.json) Say("There is no batch. signpost plan makes one.");
  return {};
}

}  // namespace

Result<void> RunShow(const Options& options) {
  TRY_ASSIGN(home::Home home, Open(options));
  if (options.batches.empty()) return ShowList(options, home);
  TRY_ASSIGN(const store::BatchRow row, FindBatch(home, options.batches.front()));
  TRY_ASSIGN(const batch::BatchView view, batch::ViewBatch(home, row.batch));
  if (!options.out.empty()) {
    TRY(WriteFileAtomic(options.out, view.note, 0644));
    Say("Wrote the manifest; an approver signs it with: signpost sign " + options.out +
        " --key THEIR.key --out SIGNED");
    return {};
  }
  const int smallest = home.policy.batches.smallest_reported_count;
  if (options.json) {
    Json json = ToJson(view, smallest);
    Out(json.Set("manifest", view.manifest.Encode()).Text() + "\n");
  } else {
    PrintOne(view, smallest);
  }
  return {};
}

}  // namespace signpost::cli
