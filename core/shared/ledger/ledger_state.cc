#include "core/shared/ledger/ledger_state.h"

#include <fmt/format.h>

#include <algorithm>

namespace signpost::ledger {
namespace {

template <class Map, class Key>
auto* FindIn(Map& map, const Key& key) {
  const auto found = map.find(key);
  return found == map.end() ? nullptr : &found->second;
}

bool Has(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// nullptr: the event may stand here. Otherwise which rule it breaks.
using Fault = const char*;

struct Rules {
  const LedgerState& facts;
  const std::set<ImportId>& imports;
  const std::set<RunId>& runs;

  const policy::BatchFacts* Batch(const BatchId& id) const { return FindIn(facts.batches(), id); }
  // A batch that is known and not at its end.
  Fault Going(const BatchId& id) const {
    const policy::BatchFacts* batch = Batch(id);
    if (batch == nullptr) return "names a batch that was never planned";
    if (batch->cancelled || batch->finished) return "comes after the batch's end";
    return nullptr;
  }
  Fault Idle(const BatchId& id) const {
    if (const Fault fault = Going(id)) return fault;
    return facts.OpenRun(id) ? "comes while a run of the batch is open" : nullptr;
  }

  Fault operator()(const HomeCreated&) const { return "home.created stands twice"; }
  Fault operator()(const PolicyApplied& e) const {
    if (e.previous != facts.policies().back()) return "replaces a policy that is not in force";
    // One that came back could be carried by the signatures of its first time.
    const auto& known = facts.policies();
    const bool again = std::find(known.begin(), known.end(), e.next) != known.end();
    return again ? "brings back a policy that was in force before" : nullptr;
  }
  Fault operator()(const EpochCreated& e) const {
    if (facts.epochs().count(e.epoch) != 0) return "creates an epoch twice";
    return e.deadline < e.from ? "creates an epoch whose deadline comes before it" : nullptr;
  }
  Fault operator()(const EpochDestroyed& e) const {
    const EpochState* epoch = FindIn(facts.epochs(), e.epoch);
    if (epoch == nullptr) return "destroys an unknown epoch";
    return epoch->destroyed ? "destroys an epoch twice" : nullptr;
  }
  Fault operator()(const ImportDone& e) const {
    const EpochState* epoch = FindIn(facts.epochs(), e.epoch);
    if (epoch == nullptr) return "imports into an unknown epoch";
    if (epoch->destroyed) return "imports into a destroyed epoch";
    if (imports.count(e.import) != 0) return "names an import twice";
    return facts.sections().count(e.section) != 0 ? "names an intake twice" : nullptr;
  }
  Fault operator()(const BatchPlanned& e) const {
    if (Batch(e.batch) != nullptr) return "plans a batch twice";
    if (e.policy != facts.policies().back()) return "plans under a policy that is not in force";
    if (e.sections.empty()) return "plans a batch of nothing";
    for (const SectionId& section : e.sections) {
      const EpochId* epoch = FindIn(facts.sections(), section);
      if (epoch == nullptr) return "plans an intake that was never imported";
      if (facts.epochs().at(*epoch).destroyed) return "plans an intake whose epoch is destroyed";
    }
    return nullptr;
  }
  Fault operator()(const BatchApproved& e) const {
    if (const Fault fault = Going(e.batch)) return fault;
    if (Batch(e.batch)->manifest_hash != e.manifest) return "approves another manifest";
    return Has(Batch(e.batch)->approvals, e.approver) ? "approves twice" : nullptr;
  }
  Fault operator()(const ApprovalWithdrawn& e) const {
    if (const Fault fault = Going(e.batch)) return fault;
    return Has(Batch(e.batch)->approvals, e.approver) ? nullptr
                                                      : "withdraws an approval that was not given";
  }
  Fault operator()(const BatchCancelled& e) const { return Idle(e.batch); }
  Fault operator()(const BatchOpened& e) const {
    if (const Fault fault = Idle(e.batch)) return fault;
    return runs.count(e.run) != 0 ? "names a run twice" : nullptr;
  }
  Fault operator()(const BatchRunEnded& e) const {
    if (const Fault fault = Going(e.batch)) return fault;
    return facts.OpenRun(e.batch) == e.run ? nullptr : "ends a run that is not open";
  }
  Fault operator()(const BatchFinished& e) const { return Idle(e.batch); }
  Fault operator()(const OutcomesChanged& e) const {
    const policy::BatchFacts* batch = Batch(e.batch);
    if (batch == nullptr) return "names a batch that was never planned";
    return batch->times_opened == 0 ? "changes outcomes of a batch that was never opened" : nullptr;
  }
  Fault operator()(const Swept& e) const {
    for (const EpochId& id : e.epochs_live) {
      const EpochState* epoch = FindIn(facts.epochs(), id);
      if (epoch == nullptr) return "holds the key of an unknown epoch";
      if (epoch->destroyed) return "holds the key of a destroyed epoch";
    }
    return nullptr;
  }
  Fault operator()(const OptOutsRecorded&) const { return nullptr; }
  Fault operator()(const ProtectedRecorded&) const { return nullptr; }
  Fault operator()(const RecordsLost&) const { return nullptr; }
  Fault operator()(const EvidencePublished&) const { return nullptr; }
};

}  // namespace

std::optional<RunId> LedgerState::OpenRun(const BatchId& batch) const {
  const auto found = open_runs_.find(batch);
  if (found == open_runs_.end()) return std::nullopt;
  return found->second;
}

Result<void> LedgerState::Check(const Event& event) const {
  Fault fault = nullptr;
  if (size_ == 0) {
    if (event.body.index() != 0) fault = "the first entry is not home.created";
  } else if (event.at < last_time_) {
    fault = "time goes backwards";
  } else {
    fault = std::visit(Rules{*this, imports_, runs_}, event.body);
  }
  if (fault == nullptr) return {};
  return Fail(Code::kCorrupt, fmt::format("{}: {}", EventName(event.body), fault),
              fmt::format("entry {}", size_));
}

void LedgerState::Apply(const Event& event) {
  if (const auto* home = std::get_if<HomeCreated>(&event.body)) {
    home_ = *home;
    policies_ = {home->policy};
  } else if (const auto* change = std::get_if<PolicyApplied>(&event.body)) {
    policies_.push_back(change->next);
    changes_.push_back(*change);
  } else if (const auto* created = std::get_if<EpochCreated>(&event.body)) {
    epochs_[created->epoch].created = *created;
  } else if (const auto* destroyed = std::get_if<EpochDestroyed>(&event.body)) {
    epochs_[destroyed->epoch].destroyed = event.at;
  } else if (const auto* import = std::get_if<ImportDone>(&event.body)) {
    imports_.insert(import->import);
    sections_[import->section] = import->epoch;
  } else if (const auto* opt_outs = std::get_if<OptOutsRecorded>(&event.body)) {
    opt_out_log_hash_ = opt_outs->log_hash;
  } else if (const auto* planned = std::get_if<BatchPlanned>(&event.body)) {
    batches_[planned->batch].manifest_hash = planned->manifest;
  } else if (const auto* approved = std::get_if<BatchApproved>(&event.body)) {
    batches_[approved->batch].approvals.push_back(approved->approver);
  } else if (const auto* withdrawn = std::get_if<ApprovalWithdrawn>(&event.body)) {
    std::erase(batches_[withdrawn->batch].approvals, withdrawn->approver);
  } else if (const auto* cancelled = std::get_if<BatchCancelled>(&event.body)) {
    batches_[cancelled->batch].cancelled = true;
  } else if (const auto* opened = std::get_if<BatchOpened>(&event.body)) {
    policy::BatchFacts& batch = batches_[opened->batch];
    ++batch.times_opened;
    batch.last_opened_entry = size_;
    runs_.insert(opened->run);
    open_runs_[opened->batch] = opened->run;
  } else if (const auto* ended = std::get_if<BatchRunEnded>(&event.body)) {
    open_runs_.erase(ended->batch);
  } else if (const auto* finished = std::get_if<BatchFinished>(&event.body)) {
    batches_[finished->batch].finished = true;
  }
  last_time_ = event.at;
  ++size_;
}

Result<void> LedgerState::Add(const Event& event) {
  TRY(Check(event));
  Apply(event);
  return {};
}

}  // namespace signpost::ledger
