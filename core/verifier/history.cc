#include "core/verifier/history.h"

namespace signpost::verifier {
namespace {

// What an accepted event adds. `history.facts` holds it already.
void Remember(History& h, uint64_t index, const ledger::Event& event) {
  if (const auto* e = std::get_if<ledger::PolicyApplied>(&event.body)) {
    h.policy_steps.push_back({index, *e});
  } else if (const auto* created = std::get_if<ledger::EpochCreated>(&event.body)) {
    Epoch& epoch = h.epochs[created->epoch];
    epoch.entry = index;
    epoch.at = event.at;
    epoch.created = *created;
    epoch.policy = h.facts.policies().back();
  } else if (const auto* destroyed = std::get_if<ledger::EpochDestroyed>(&event.body)) {
    h.epochs[destroyed->epoch].destroyed_entry = index;
    h.epochs[destroyed->epoch].destroyed_at = event.at;
  } else if (const auto* import = std::get_if<ledger::ImportDone>(&event.body)) {
    h.imports.push_back({index, event.at, *import, h.facts.policies().back()});
  } else if (const auto* planned = std::get_if<ledger::BatchPlanned>(&event.body)) {
    Batch& batch = h.batches[planned->batch];
    batch.planned = *planned;
    batch.planned_entry = index;
    batch.planned_at = event.at;
  } else if (const auto* withdrawn = std::get_if<ledger::ApprovalWithdrawn>(&event.body)) {
    h.batches[withdrawn->batch].withdrawn.insert(withdrawn->approver);
  } else if (const auto* opened = std::get_if<ledger::BatchOpened>(&event.body)) {
    Run run;
    run.id = opened->run;
    run.opened_entry = index;
    run.opened_at = event.at;
    run.at_opening = h.facts.batches().at(opened->batch);
    run.policy_in_force = h.facts.policies().back();
    h.batches[opened->batch].runs.push_back(std::move(run));
  } else if (const auto* ended = std::get_if<ledger::BatchRunEnded>(&event.body)) {
    Run& run = h.batches[ended->batch].runs.back();
    run.ended_entry = index;
    run.ended = *ended;
  } else if (const auto* finished = std::get_if<ledger::BatchFinished>(&event.body)) {
    h.batches[finished->batch].finished_entry = index;
    h.batches[finished->batch].expired = finished->expired;
  } else if (const auto* cancelled = std::get_if<ledger::BatchCancelled>(&event.body)) {
    h.batches[cancelled->batch].cancelled_entry = index;
  }
}

}  // namespace

History Fold(const std::vector<std::string>& entries) {
  History h;
  for (uint64_t i = 0; i < entries.size(); ++i) {
    auto event = ledger::DecodeEvent(entries[i]);
    if (!event) {
      h.faults.push_back({i, event.error().message, std::nullopt});
      h.events.emplace_back();
      continue;
    }
    h.events.emplace_back(*event);
    // An entry that breaks a rule changes nothing; the fold goes on, so that one fault does not
    // hide the next.
    if (const auto added = h.facts.Add(*event); !added) {
      h.faults.push_back({i, added.error().message, *event});
    } else {
      Remember(h, i, *event);
    }
  }
  return h;
}

const KnownPolicy* Bench::PolicyOf(const Digest& hash) const {
  const auto found = policies.find(hash);
  return found == policies.end() ? nullptr : &found->second;
}

const ledger::Opening* Bench::OpeningOf(uint64_t entry) const {
  const auto found = evidence.openings.find(entry);
  if (found == evidence.openings.end() || entry >= history.events.size()) return nullptr;
  const auto& event = history.events[entry];
  const ledger::Commitment* commitment = event ? ledger::CommitmentOf(event->body) : nullptr;
  return commitment != nullptr && ledger::Commit(found->second) == *commitment ? &found->second
                                                                               : nullptr;
}

std::optional<policy::Manifest> ManifestOf(const ledger::Evidence& evidence, const Batch& batch) {
  const std::string* document = evidence.Document("manifest", batch.planned.batch.Hex());
  if (document == nullptr) return std::nullopt;
  const auto note = note::Note::Parse(*document);
  if (!note || Sha256(note->text()) != batch.planned.manifest) return std::nullopt;
  const auto manifest = policy::Manifest::Parse(note->text());
  if (!manifest) return std::nullopt;
  return *manifest;
}

uint64_t Get(const ledger::Counts& counts, const std::string& name) {
  const auto found = counts.find(name);
  return found == counts.end() ? 0 : found->second;
}

uint64_t SumWithPrefix(const ledger::Counts& counts, const std::string& prefix) {
  uint64_t sum = 0;
  for (const auto& [name, value] : counts) {
    if (name.compare(0, prefix.size(), prefix) == 0) sum += value;
  }
  return sum;
}

uint64_t RunTotal(const ledger::Counts& counts) {
  return Get(counts, "sent") + Get(counts, "refused") + Get(counts, "unknown") +
         SumWithPrefix(counts, "withheld.");
}

bool MayBeRefusal(ledger::RunEnd why) {
  return why.why() == ledger::RunEnd::kRefused || why == ledger::RunEnd::kGateway;
}

}  // namespace signpost::verifier
