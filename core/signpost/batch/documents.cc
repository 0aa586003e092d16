#include "core/signpost/batch/documents.h"

#include "core/shared/signatures/signatures.h"
#include "policy/decision.h"

namespace signpost::batch {

Result<BatchPaper> LoadBatch(const home::Home& home, const BatchId& batch) {
  TRY_ASSIGN(const std::optional<store::BatchRow> row, home.store->FindBatch(batch));
  if (!row) {
    return Fail(Code::kNotFound, "there is no such batch", batch.Hex(), "signpost show lists them");
  }
  TRY_ASSIGN(const std::optional<std::string> text,
             home.store->FindDocument("manifest", batch.Hex()));
  if (!text) return Fail(Code::kCorrupt, "the manifest is missing", batch.Hex());
  Result<note::Note> note = note::Note::Parse(*text);
  if (!note) return Fail(Code::kCorrupt, "the manifest is not a signed note", batch.Hex());
  Result<policy::Manifest> manifest = policy::Manifest::Parse(note->text());
  if (!manifest || manifest->batch != batch) {
    return Fail(Code::kCorrupt, "the manifest cannot be read", batch.Hex());
  }
  return BatchPaper{*row, *std::move(note), *std::move(manifest)};
}

Result<void> RequireGoing(const store::BatchRow& row) {
  if (row.state == store::BatchState::kPlanned || row.state == store::BatchState::kOpened)
    return {};
  return Fail(Code::kRefused, "the batch is " + std::string(store::BatchStateName(row.state)),
              row.batch.Hex());
}

Result<store::ResumePoint> CloseCrashedRun(home::Home& home, const BatchPaper& paper,
                                           ledger::RunEnd why) {
  return home.store->Resume(paper.row.batch, [&](RunId run, const ledger::Counts& counts) {
    return RunEnded(home, paper, run, why, counts);
  });
}

store::NewEntry RunEnded(const home::Home& home, const BatchPaper& paper, const RunId& run,
                         ledger::RunEnd why, ledger::Counts counts) {
  ledger::BatchRunEnded ended;
  ended.batch = paper.row.batch;
  ended.run = run;
  ended.why = why;
  ended.to = paper.manifest.gateway.name + " " + paper.manifest.gateway.host;
  return home.Counted(std::move(ended), std::move(counts));
}

ledger::Counts LedgerCounts(const ledger::Counts& attempts) {
  ledger::Counts counts;
  for (const auto& [name, value] : attempts) {
    counts[name == "delivered" || name == "undelivered" ? "sent" : name] += value;
  }
  return counts;
}

Result<ledger::LedgerState> ReadLedgerState(const home::Home& home) {
  TRY_ASSIGN(const std::vector<std::string> entries, home.store->Entries());
  ledger::LedgerState facts;
  for (const std::string& entry : entries) {
    TRY_ASSIGN(const ledger::Event event, ledger::DecodeEvent(entry));
    TRY(facts.Add(event));
  }
  return facts;
}

Result<std::vector<std::string>> Approvers(const home::Home& home, const BatchPaper& paper,
                                           const ledger::LedgerState& facts) {
  const auto known = facts.batches().find(paper.row.batch);
  if (known == facts.batches().end()) return std::vector<std::string>();
  TRY_ASSIGN(const std::vector<std::string> signatures,
             signatures::ApproversWhoSigned(home.policy, paper.note));
  std::vector<std::string> standing =
      policy::StandingApprovals(known->second.approvals, signatures);
  std::erase(standing, paper.manifest.planner);
  return standing;
}

}  // namespace signpost::batch
