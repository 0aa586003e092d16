// The loop of one run: ranges out, outcomes in. Used by dispatch.cc only.
#pragma once

#include <optional>
#include <set>

#include "core/dispatch/dispatch.h"
#include "core/dispatch/evidence_sender.h"
#include "core/process/sealed.h"
#include "core/wire/channel.h"
#include "core/wire/opener_boundary.h"
#include "core/wire/sealer_boundary.h"
#include "core/wire/sender_boundary.h"

namespace signpost {

class DispatchRun {
 public:
  DispatchRun(Home& home, const DispatchRequest& request, const BatchDocuments& documents,
              SealedProcess opener, SealedProcess sender, SealedProcess sealer,
              uint32_t first_position);

  // Runs to the end of the batch or to whatever ends the run. An error is a failure of the store or
  // of a process; what was in flight is then settled as unknown by the caller's next Resume.
  Result<void> Run();

  const std::string& why() const { return why_; }
  Refusal refusal() const { return refusal_; }
  bool bound() const { return bound_; }
  sender::Failure sender_failure() const { return sender_failure_; }
  uint32_t sender_status() const { return sender_status_; }  // SMPP command_status, or 0
  uint32_t opt_outs() const { return opt_outs_; }
  bool attempted_all() const { return next_ >= documents_.manifest.records; }

 private:
  Result<void> Step();
  Result<void> AskForRange();
  Result<void> FromOpener();
  Result<void> FromSender();
  Result<void> FromSealer();
  Result<void> OnTokens(const Frames& frames);
  Result<void> OnSettled(const Frames& frames);
  Result<void> OnNeedSocket();
  Result<void> EndOpener();
  Result<void> LoseInFlight();
  // A process that has just finished is no error here: what it still said is read next.
  static void Gone(const Result<void>&) {}
  bool WantsToStop() const { return request_.stop != nullptr && *request_.stop != 0; }
  void Ended(std::string why) {
    if (why_.empty()) why_ = std::move(why);
  }

  Home& home_;
  const DispatchRequest& request_;
  const BatchDocuments& documents_;
  SealedFile file_;
  uint16_t generation_ = 1;  // of the opt-out key
  SealedProcess opener_, sender_, sealer_;
  uint32_t next_;
  opener::Range range_{};
  bool range_out_ = false;  // asked for, not passed yet
  bool bound_ = false;
  bool opener_done_ = false;
  bool opener_ending_ = false;
  bool sender_done_ = false;
  bool sealer_done_ = false;
  std::vector<sender::Receipt> early_receipts_;
  std::set<uint32_t> in_flight_;  // attempting, no outcome yet
  uint32_t settled_ = 0;
  uint32_t dials_ = 0;
  uint32_t opt_outs_ = 0;
  sender::Failure sender_failure_ = sender::Failure::kNone;
  uint32_t sender_status_ = 0;
  Refusal refusal_ = Refusal::kNone;
  std::string why_;
};

}  // namespace signpost
