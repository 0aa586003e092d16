// Runs one dispatch of one batch, from signpost's side: log, start the sealed processes, journal,
// settle.
//
// Order, for each range: the opener computes opt-out tokens and asks; the store looks up opt-outs
// and the protected list and commits the rest as attempting, in one transaction; the opener moves
// its own mark, durably; only then do numbers leave it for the sender. After a crash what was
// attempting and has no outcome is unknown: never sent again by itself.
//
// signpost never sees a number here: ciphertext goes in, tokens and outcomes come out.
#pragma once

#include <csignal>
#include <functional>
#include <string>
#include <vector>

#include "core/shared/wire/timeouts.h"
#include "core/signpost/home/home.h"
#include "crypto/base/result.h"
#include "policy/decision.h"

namespace signpost::dispatch {

struct DispatchProgress {
  uint32_t attempted = 0, records = 0, settled = 0;
};

struct DispatchRequest {
  BatchId batch;
  std::function<void(const DispatchProgress&)> progress;  // may be empty
  const volatile std::sig_atomic_t* stop = nullptr;       // set: end after the range in flight
  // How long a process may owe a word, and its last (core/shared/wire/timeouts.h); a sender as much
  // longer as its gateway may take, which DispatchBatch fills in.
  int64_t answer_ms = wire::kAnswerSeconds * 1000;
  int64_t end_ms = wire::kEndSeconds * 1000;
  int64_t gateway_ms = 0;
};

struct DispatchReport {
  BatchId batch;
  RunId run;
  uint32_t closed_crashed_run_unknown = 0;  // records of an earlier crashed run that became unknown
  ledger::RunEnd why = ledger::RunEnd::kCrashed;
  policy::Refusal refusal =
      policy::Refusal::kNone;  // when the opener refused, at the start or later
  bool finished = false;       // every record has been attempted or withheld
  ledger::Counts counts;       // of this run
  uint32_t opt_outs_by_reply = 0;
};

// kRefused: the batch is not there, ended, or the opener refused to begin (the report's `why` names
// it in the ledger). kGateway: could not connect or bind; nothing was attempted. Otherwise a
// report, even when the run ended early.
Result<DispatchReport> DispatchBatch(home::Home& home, const DispatchRequest& request);

// Approved, not terminal, of the policy in force, not expired, inside its hours now: what a timer
// should dispatch.
Result<std::vector<BatchId>> DueBatches(home::Home& home);

}  // namespace signpost::dispatch
