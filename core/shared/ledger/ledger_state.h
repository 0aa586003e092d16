// Follows the ledger, entry by entry in order, and holds the state that it has led to. The opener
// and the verifier use the same code, so they cannot disagree; a broken rule is reported with its
// entry.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/shared/ledger/event.h"
#include "crypto/base/result.h"
#include "policy/decision.h"

namespace signpost::ledger {

struct EpochState {
  EpochCreated created;
  std::optional<Instant> destroyed;
};

class LedgerState {
 public:
  // kCorrupt: the entry cannot stand here (not HomeCreated first, time goes backwards, approval of
  // an unknown batch, two terminal events of one batch, opened after its end, an epoch destroyed
  // twice, an import into an epoch that is not there or is destroyed, policy change whose
  // `previous` is not in force, ...). `place` is "entry N". The state is as before then; the
  // caller decides whether to go on.
  Result<void> Add(const Event& event);

  uint64_t size() const { return size_; }
  Instant last_time() const { return last_time_; }
  const HomeCreated& home() const { return home_; }  // size() > 0
  const std::vector<Digest>& policies() const {
    return policies_;
  }  // genesis first; last is in force
  const std::vector<PolicyApplied>& changes() const { return changes_; }
  const std::map<BatchId, policy::BatchFacts>& batches() const { return batches_; }
  const std::map<EpochId, EpochState>& epochs() const { return epochs_; }
  const std::optional<Digest>& opt_out_log_hash() const { return opt_out_log_hash_; }
  // The epoch that sealed each intake the ledger knows.
  const std::map<SectionId, EpochId>& sections() const { return sections_; }
  // The run that was opened and has not ended: one batch has at most one.
  std::optional<RunId> OpenRun(const BatchId& batch) const;

 private:
  Result<void> Check(const Event& event) const;
  void Apply(const Event& event);

  uint64_t size_ = 0;
  Instant last_time_{};
  HomeCreated home_;
  std::vector<Digest> policies_;
  std::vector<PolicyApplied> changes_;
  std::map<BatchId, policy::BatchFacts> batches_;
  std::map<EpochId, EpochState> epochs_;
  std::optional<Digest> opt_out_log_hash_;
  std::map<SectionId, EpochId> sections_;
  std::set<ImportId> imports_;
  std::set<RunId> runs_;
  std::map<BatchId, RunId> open_runs_;
};

}  // namespace signpost::ledger
