#include "core/signpost/report/status.h"

#include <fmt/format.h>

#include <algorithm>

namespace signpost::report {
namespace {

constexpr int64_t kSweepEvery = 2 * 86400;

std::string After(int days, const char* what) {
  return fmt::format("{} days after {}", days, what);
}

// When the last of the sealed numbers held now is gone: with its epoch's key, at the latest.
std::optional<Day> LastDeadline(const std::vector<store::EpochRow>& epochs) {
  std::optional<Day> last;
  for (const store::EpochRow& epoch : epochs)
    last = std::max(last.value_or(epoch.deadline), epoch.deadline);
  return last;
}

Result<void> LastSweep(home::Home& home, Status& status) {
  TRY_ASSIGN(const std::vector<std::string> entries, home.store->Entries());
  status.ledger_entries = entries.size();
  TRY_ASSIGN(const ledger::Event created, ledger::DecodeEvent(entries.front()));
  status.since = created.at;
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
    TRY_ASSIGN(const ledger::Event event, ledger::DecodeEvent(*entry));
    if (std::holds_alternative<ledger::Swept>(event.body)) {
      status.last_sweep = event.at;
      return {};
    }
  }
  return {};
}

}  // namespace

Result<Status> StatusOf(home::Home& home) {
  Status status;
  status.mode = home.site.mode;
  status.policy_name = home.policy.name;
  status.policy_hash = home.policy_hash;
  TRY_ASSIGN(const store::StoreCounts counts, home.store->Count());
  TRY_ASSIGN(status.epochs, home.store->LiveEpochs());
  TRY_ASSIGN(const std::vector<store::BatchRow> batches, home.store->Batches());
  for (const store::BatchRow& batch : batches) {
    if (batch.state == store::BatchState::kPlanned || batch.state == store::BatchState::kOpened) {
      status.open_batches.push_back(batch);
    }
  }
  const policy::Retention& r = home.policy.retention;
  std::optional<Day> numbers_gone;
  if (counts.records > 0) numbers_gone = LastDeadline(status.epochs);
  status.held = {
      {"sealed numbers", counts.records, After(r.sealed_number_days, "the import"), numbers_gone},
      {"contact tokens, never messaged",
       counts.contacts_unmessaged,
       After(r.contact_token_unmessaged_days, "they were last seen"),
       {}},
      {"contact tokens, messaged",
       counts.contacts_messaged,
       After(r.contact_token_messaged_days, "the message"),
       {}},
      {"opt-outs", counts.opt_outs, After(r.opt_out_days, "they were recorded"), {}},
      {"protected numbers", counts.protected_numbers, "kept", {}},
      {"outcomes", counts.outcomes, After(r.outcome_days, "the attempt"), {}},
      {"import totals", counts.imports, After(r.import_totals_days, "the import"), {}},
  };
  TRY(LastSweep(home, status));
  const Instant now = home.clock.Now();
  TRY_ASSIGN(const store::SweepPlan due, home.store->Due(now.day(), now));
  status.sweep_overdue =
      !due.files_with_expired.empty() || !due.batches_expired.empty() || !due.epochs_due.empty() ||
      now.seconds - status.last_sweep.value_or(status.since).seconds > kSweepEvery;
  return status;
}

}  // namespace signpost::report
