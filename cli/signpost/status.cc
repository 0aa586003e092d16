#include "core/signpost/report/status.h"

#include <fmt/format.h>

#include "cli/signpost/open.h"
#include "cli/signpost/options.h"
#include "cli/signpost/print.h"
#include "policy/decision.h"

namespace signpost::cli {
namespace {

std::string ToText(const report::Status& status, int smallest) {
  std::string text = fmt::format("mode    {}\npolicy  {} ({})\n", ModeName(status.mode),
                                 status.policy_name, ToHex(status.policy_hash).substr(0, 16));
  text += fmt::format("\n{:<32}{:>14}  {}\n", "held", "how many", "gone");
  for (const report::HeldClass& held : status.held) {
    text += fmt::format("{:<32}{:>14}  {}", held.name, policy::ReportedCount(held.count, smallest),
                        held.kept);
    if (held.gone_by) text += fmt::format(", all of these by {}", held.gone_by->Text());
    text += "\n";
  }
  text += "\nepochs\n";
  for (const store::EpochRow& epoch : status.epochs) {
    text += fmt::format("  {}  seals {} to {}, key destroyed by {}\n", epoch.epoch.Hex(),
                        epoch.from.Text(), epoch.until.Text(), epoch.deadline.Text());
  }
  text += "\nbatches under way\n";
  for (const store::BatchRow& batch : status.open_batches) {
    text += fmt::format("  {}  {}, {} records, expires {}\n", batch.batch.Hex(),
                        store::BatchStateName(batch.state),
                        policy::ReportedCount(batch.records, smallest), batch.expires.Text());
  }
  text += fmt::format("\nledger      {} entries\nlast sweep  {}{}\n", status.ledger_entries,
                      status.last_sweep ? status.last_sweep->Text() : "never",
                      status.sweep_overdue ? "  (due: signpost sweep)" : "");
  return text;
}

Json ToJson(const report::Status& status, int smallest) {
  std::vector<Json> held;
  for (const report::HeldClass& one : status.held) {
    Json json;
    json.Set("name", one.name).Set("kept", one.kept);
    SetShown(json, "count", one.count, smallest);
    if (one.gone_by) json.Set("gone_by", one.gone_by->Text());
    held.push_back(json);
  }
  std::vector<Json> epochs;
  for (const store::EpochRow& epoch : status.epochs) {
    epochs.push_back(Json()
                         .Set("epoch", epoch.epoch.Hex())
                         .Set("from", epoch.from.Text())
                         .Set("until", epoch.until.Text())
                         .Set("deadline", epoch.deadline.Text()));
  }
  std::vector<std::string> open;
  for (const store::BatchRow& batch : status.open_batches) open.push_back(batch.batch.Hex());
  Json json;
  json.Set("mode", ModeName(status.mode)).Set("policy", ToHex(status.policy_hash));
  json.Set("held", held).Set("epochs", epochs).Set("open_batches", open);
  json.Set("ledger_entries", status.ledger_entries).Set("sweep_overdue", status.sweep_overdue);
  if (status.last_sweep) json.Set("last_sweep", status.last_sweep->Text());
  return json;
}

}  // namespace

Result<void> RunStatus(const Options& options) {
  TRY_ASSIGN(home::Home home, Open(options));
  TRY_ASSIGN(const report::Status status, report::StatusOf(home));
  const int smallest = home.policy.batches.smallest_reported_count;
  Out(options.json ? ToJson(status, smallest).Text() + "\n" : ToText(status, smallest));
  return {};
}

}  // namespace signpost::cli
