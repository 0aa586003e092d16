#include "core/shared/ledger/facts.h"
#include "core/shared/signatures/signatures.h"
#include "core/signpost/dispatch/dispatch.h"
#include "policy/manifest.h"

namespace signpost::dispatch {

Result<std::vector<BatchId>> DueBatches(home::Home& home) {
  TRY_ASSIGN(const std::vector<std::string> entries, home.store->Entries());
  ledger::LedgerFacts facts;
  for (const std::string& entry : entries) {
    TRY_ASSIGN(const ledger::Event event, ledger::DecodeEvent(entry));
    TRY(facts.Add(event));
  }
  TRY_ASSIGN(const std::vector<store::BatchRow> rows, home.store->Batches());
  const Instant now = home.clock.Now();
  std::vector<BatchId> due;
  for (const store::BatchRow& row : rows) {
    if (row.state != store::BatchState::kPlanned && row.state != store::BatchState::kOpened)
      continue;
    TRY_ASSIGN(const std::optional<std::string> text,
               home.store->FindDocument("manifest", row.batch.Hex()));
    const auto known = facts.batches().find(row.batch);
    if (!text || known == facts.batches().end()) continue;
    TRY_ASSIGN(const note::Note note, note::Note::Parse(*text));
    TRY_ASSIGN(const policy::Manifest manifest, policy::Manifest::Parse(note.text()));
    const bool approved =
        policy::MissingApprovals(home.policy, manifest.planner, known->second.approvals).Enough();
    // Of another policy: it can only be cancelled, and a timer would fail on it day after day.
    if (!approved || manifest.policy_hash != home.policy_hash) continue;
    if (policy::MaySend(manifest, 0, 1, now) == policy::Refusal::kNone) due.push_back(row.batch);
  }
  return due;
}

}  // namespace signpost::dispatch
