#include "cli/signpost/open.h"
#include "cli/signpost/options.h"
#include "cli/signpost/print.h"
#include "core/signpost/report/evidence_of.h"

namespace signpost::cli {

Result<void> RunLedgerCheckpoint(const Options& options) {
  TRY_ASSIGN(home::Home home, Open(options));
  TRY_ASSIGN(const std::string note, home.store->CheckpointNote());
  Out(note);
  return {};
}

Result<void> RunLedgerProve(const Options& options) {
  TRY_ASSIGN(home::Home home, Open(options));
  TRY_ASSIGN(const std::string proof, report::ProofOf(home, options.entry));
  Out(proof);
  return {};
}

Result<void> RunLedgerPublish(const Options& options) {
  TRY_ASSIGN(home::Home home, Open(options));
  // Handing evidence out is a disclosure: logged first, so the copy contains its own entry.
  const store::NewEntry note{home.Now(ledger::EvidencePublished{!options.public_only}),
                             std::nullopt};
  TRY(home.store->Append(std::span(&note, 1)));
  TRY_ASSIGN(const ledger::Evidence evidence, report::EvidenceOf(home));
  TRY(ledger::WriteEvidence(options.out, evidence, !options.public_only));
  if (options.json) {
    Json json;
    json.Set("folder", options.out).Set("entries", uint64_t{evidence.entries.size()});
    json.Set("openings", !options.public_only);
    Out(json.Text() + "\n");
  } else {
    Out(options.out + ": " + Plural(evidence.entries.size(), "entry", "entries") +
        (options.public_only ? ", without the openings of counts\n"
                             : ", with the openings of counts: for the auditor\n"));
  }
  return {};
}

}  // namespace signpost::cli
