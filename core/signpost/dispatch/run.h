// Drives the loop of one run: ranges out, outcomes in. Used by dispatch.cc only.
//
// Never more than one range of the manifest is attempted and without an outcome: that is what one
// crash can leave unknown. It goes out in parts, so that three things happen at a time: the opener
// opens a part, signpost records the one before it (outcomes of earlier ones in the same
// transaction), the senders submit what is released. A part goes to one lane: a sender with its
// bind, and the sealer that its replies go to.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "core/shared/wire/channel.h"
#include "core/shared/wire/opener_boundary.h"
#include "core/shared/wire/sealer_boundary.h"
#include "core/shared/wire/sender_boundary.h"
#include "core/signpost/dispatch/dispatch.h"
#include "core/signpost/dispatch/evidence_sender.h"
#include "core/signpost/process/sealed.h"
#include "crypto/base/time.h"

namespace signpost::dispatch {

// Which refusal a kRefused of the opener names. kCorrupt: none.
inline Result<policy::Refusal> RefusalIn(const wire::Frames& frames) {
  const auto refused = frames.As<wire::opener::Refused>();
  if (const auto refusal = policy::RefusalOf(refused.refusal)) return *refusal;
  return Fail(Code::kCorrupt, "refused for no reason that there is", "signpost-opener");
}

struct Lane {
  process::SealedProcess sender, sealer;
};

class DispatchRun {
 public:
  // One lane for each sender that the opener was told of, in that order.
  DispatchRun(home::Home& home, const DispatchRequest& request, const BatchDocuments& documents,
              process::SealedProcess opener, std::vector<Lane> lanes, uint32_t first_position);

  // Runs to the end of the batch or to whatever ends the run. An error is a failure of the store or
  // of a process; what was in flight is then settled as unknown by the caller's next Resume.
  Result<void> Run();

  ledger::RunEnd why() const { return why_.value_or(ledger::RunEnd::kCrashed); }
  policy::Refusal refusal() const { return refusal_; }
  bool bound() const { return bound_; }
  const wire::sender::Failed& sender_failed() const { return sender_failed_; }
  uint32_t opt_outs() const { return opt_outs_; }
  bool attempted_all() const { return next_ >= documents_.paper.manifest.records; }

 private:
  struct LaneState {
    explicit LaneState(Lane lane)
        : sender(std::move(lane.sender)), sealer(std::move(lane.sealer)) {}
    process::SealedProcess sender, sealer;
    bool bound = false;
    bool done = false;         // the sender is gone, and its records have outcomes
    bool sealer_done = false;  // it said that it has no more
    uint32_t load = 0;         // its records in flight
    uint32_t dials = 0;
    size_t next_host = 0;  // of the manifest's: behind the one that was connected last
    int64_t heard_ms = MonotonicMillis();
  };
  struct Asked {  // of the opener, and not yet released
    wire::opener::Range range;
    std::vector<token::OptOutToken> tokens;  // empty: not answered yet
  };

  // run.cc
  Result<void> Step();
  Result<void> Poll();
  void OpenerDone();
  Result<void> CheckSilence();  // whoever owes a word and is too late
  Result<void> EndLanes();      // the senders' processes, so that the sealers end, too
  Result<void> FromOpener();
  Result<void> FromSender(LaneState& lane);
  Result<void> FromSealer(LaneState& lane);
  Result<void> OnNeedSocket(LaneState& lane);
  Result<OwnedFd> DialNext(LaneState& lane) const;
  Result<void> TellToStop();
  bool AllDone() const;

  // range.cc
  Result<void> AskForRanges();
  Result<void> AttemptRange();  // when its tokens are there and the ranges before it leave room
  Result<void> OnTokens(const wire::Frames& frames);
  Result<void> OnSettled(LaneState& lane, const wire::Frames& frames);
  Result<void> OnLate(const wire::Frames& frames);
  Result<void> OnReceipts(const wire::Frames& frames);
  Result<void> Record(bool now);  // outcomes and receipts that no range took along
  Result<void> LoseInFlight(LaneState& lane);
  Result<void> EndOpener();
  LaneState* IdlestLane();
  bool WantsToStop() const { return request_.stop != nullptr && *request_.stop != 0; }
  void Ended(ledger::RunEnd why) {  // what was first counts
    if (!why_) why_ = why;
  }

  home::Home& home_;
  const DispatchRequest& request_;
  const BatchDocuments& documents_;
  seal::SealedFile file_;
  uint16_t generation_ = 1;  // of the opt-out key
  process::SealedProcess opener_;
  std::vector<LaneState> lanes_;

  uint32_t ask_;   // the next position to ask the opener for
  uint32_t next_;  // the next position to be attempted
  std::deque<Asked> asked_;
  std::vector<uint8_t> in_flight_;  // by position: the lane + 1 while attempting, else 0
  uint32_t attempting_ = 0;
  std::vector<store::Settlement> settled_;  // not in the store yet
  std::vector<wire::sender::Receipt> receipts_, early_receipts_;
  uint32_t released_ = 0;  // ranges that the opener has not said to have passed on
  int64_t opener_heard_ms_ = MonotonicMillis();
  int64_t record_due_ms_ = INT64_MAX;
  uint32_t settled_count_ = 0;

  bool bound_ = false;  // any lane, ever
  bool opener_done_ = false;
  bool opener_ending_ = false;
  bool stop_told_ = false;
  uint32_t opt_outs_ = 0;
  wire::sender::Failed sender_failed_{};
  policy::Refusal refusal_ = policy::Refusal::kNone;
  std::optional<ledger::RunEnd> why_;
};

}  // namespace signpost::dispatch
