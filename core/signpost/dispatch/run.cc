#include "core/signpost/dispatch/run.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "core/signpost/dispatch/dial.h"
#include "core/signpost/optout/optout.h"

namespace signpost::dispatch {
namespace {

constexpr uint32_t kMaxDials = 10;  // of one lane
constexpr int64_t kPollMs = 200;    // how soon a wish to stop is seen

}  // namespace

DispatchRun::DispatchRun(home::Home& home, const DispatchRequest& request,
                         const BatchDocuments& documents, process::SealedProcess opener,
                         std::vector<Lane> lanes, uint32_t first_position)
    : home_(home),
      request_(request),
      documents_(documents),
      opener_(std::move(opener)),
      ask_(first_position),
      next_(first_position),
      in_flight_(documents.paper.manifest.records) {
  lanes_.reserve(lanes.size());
  for (Lane& lane : lanes) lanes_.emplace_back(std::move(lane));
}

bool DispatchRun::AllDone() const {
  return std::all_of(lanes_.begin(), lanes_.end(), [](const LaneState& lane) { return lane.done; });
}

Result<void> DispatchRun::Run() {
  TRY_ASSIGN(file_, seal::SealedFile::Decode(AsBytes(documents_.file)));
  TRY_ASSIGN(generation_, optout::OptOutGeneration(home_));
  while (!AllDone()) TRY(Step());
  if (!opener_done_) {
    TRY(EndOpener());
    opener_.control.SetLimits(request_.end_ms);  // nobody is left to pass anything on to
    while (!opener_done_) TRY(FromOpener());
  }
  TRY(EndLanes());
  // A STOP that a sealer has in its hands still counts. Its sender is going: it ends with that.
  for (LaneState& lane : lanes_) {
    while (!lane.sealer_done) TRY(FromSealer(lane));
  }
  TRY(Record(true));
  if (!early_receipts_.empty()) TRY(home_.store->SettleReceipts(early_receipts_));
  Ended(attempted_all() ? ledger::RunEnd::kDone
        : WantsToStop() ? ledger::RunEnd::kStopped
                        : ledger::RunEnd::kGateway);
  return {};
}

// From here on the senders owe their last words.
void DispatchRun::OpenerDone() {
  opener_done_ = true;
  asked_.clear();
  for (LaneState& lane : lanes_) lane.heard_ms = MonotonicMillis();
}

// Each ends when it has said its last word, or when it is killed: one that was taken over must not
// keep its sealer, and us, waiting.
Result<void> DispatchRun::EndLanes() {
  for (LaneState& lane : lanes_) {
    lane.sender.control.Close();
    const Result<void> ended = lane.sender.child.Wait(request_.end_ms);
    if (!ended && ended.error().code == Code::kSandbox) return tl::unexpected(ended.error());
    lane.sealer.control.SetLimits(request_.end_ms);
  }
  return {};
}

// The limits of core/shared/wire/timeouts.h, where several peers are waited for at once.
Result<void> DispatchRun::CheckSilence() {
  const int64_t now = MonotonicMillis();
  const bool owes = !opener_done_ && (released_ > 0 || opener_ending_ ||
                                      (!asked_.empty() && asked_.back().tokens.empty()));
  if (owes && now - opener_heard_ms_ > request_.answer_ms) {
    return Fail(Code::kInternal, "did not answer in time", "signpost-opener");
  }
  for (const LaneState& lane : lanes_) {
    const bool lane_owes = !lane.done && (lane.load > 0 || !lane.bound || opener_done_);
    if (lane_owes && now - lane.heard_ms > request_.answer_ms + request_.gateway_ms) {
      return Fail(Code::kInternal, "was not heard of in time", "signpost-sender");
    }
  }
  return {};
}

// What is in flight gets its answers first; after that nobody need wait for receipts.
Result<void> DispatchRun::TellToStop() {
  if (stop_told_ || attempting_ > 0) return {};
  stop_told_ = true;
  for (LaneState& lane : lanes_) {
    wire::Channel& control = lane.sender.control;
    if (!lane.done) TRY(control.UnlessGone(control.SendEmpty(wire::sender::kStop)));
  }
  return {};
}

Result<void> DispatchRun::Step() {
  if (WantsToStop() && !bound_) {  // nor for a bind
    Ended(ledger::RunEnd::kStopped);
    TRY(EndOpener());
    TRY(TellToStop());
  }
  if (bound_ && !opener_done_) {
    if (WantsToStop() && !attempted_all()) Ended(ledger::RunEnd::kStopped);
    if (WantsToStop() || attempted_all()) {
      TRY(EndOpener());
    } else if (!opener_ending_) {
      TRY(AskForRanges());
      TRY(AttemptRange());
    }
  }
  if (bound_ && WantsToStop()) TRY(TellToStop());
  TRY(Record(false));
  TRY(Poll());
  if (request_.progress) {
    request_.progress({next_, documents_.paper.manifest.records, settled_count_});
  }
  return {};
}

Result<void> DispatchRun::Poll() {
  // Sealers first: an opt-out counts from the moment it is recorded.
  std::vector<pollfd> polled;
  for (LaneState& lane : lanes_) {
    polled.push_back({lane.sealer_done ? -1 : lane.sealer.control.fd(), POLLIN, 0});
  }
  for (LaneState& lane : lanes_) {
    polled.push_back({lane.done ? -1 : lane.sender.control.fd(), POLLIN, 0});
  }
  polled.push_back({opener_done_ ? -1 : opener_.control.fd(), POLLIN, 0});
  int64_t wait = kPollMs;
  if (record_due_ms_ != INT64_MAX) {
    wait = std::clamp<int64_t>(record_due_ms_ - MonotonicMillis(), 0, kPollMs);
  }
  const int ready = poll(polled.data(), polled.size(), static_cast<int>(wait));
  if (ready < 0 && errno != EINTR) return FailErrno("poll");
  if (ready <= 0) return CheckSilence();
  for (size_t i = 0; i < lanes_.size(); ++i) {
    if (polled[i].revents != 0) TRY(FromSealer(lanes_[i]));
  }
  for (size_t i = 0; i < lanes_.size(); ++i) {
    if (polled[lanes_.size() + i].revents != 0) TRY(FromSender(lanes_[i]));
  }
  if (polled.back().revents != 0) TRY(FromOpener());
  // Last: whoever spoke while this process was busy (a long import holds the store) is heard first.
  return CheckSilence();
}

Result<void> DispatchRun::FromOpener() {
  TRY_ASSIGN(const std::optional<wire::Frames> frames, opener_.control.Receive());
  if (!frames) {
    opener_done_ = true;
    Ended(ledger::RunEnd::kCrashed);
    return process::WhyItEnded(opener_, {Code::kInternal, "ended too early", "signpost-opener", {}},
                               request_.end_ms);
  }
  opener_heard_ms_ = MonotonicMillis();
  switch (frames->kind) {
    case wire::opener::kTokens:
      // When its end is on the way, nothing of this range goes out.
      return opener_ending_ ? Result<void>() : OnTokens(*frames);
    case wire::opener::kPassed:
      if (released_ == 0) {
        return Fail(Code::kCorrupt, "passed on what was not released", "signpost-opener");
      }
      --released_;
      return {};
    case wire::opener::kRefused: {
      TRY_ASSIGN(refusal_, RefusalIn(*frames));
      Ended(refusal_);
      OpenerDone();
      return {};
    }
    case wire::opener::kDone:
      OpenerDone();
      return {};
    default:
      return Fail(Code::kCorrupt, "sent another message than due", "signpost-opener");
  }
}

Result<void> DispatchRun::FromSender(LaneState& lane) {
  TRY_ASSIGN(const std::optional<wire::Frames> frames, lane.sender.control.Receive());
  lane.heard_ms = MonotonicMillis();
  if (frames) {
    switch (frames->kind) {
      case wire::sender::kNeedSocket:
        return OnNeedSocket(lane);
      case wire::sender::kBound:
        lane.bound = bound_ = true;
        return {};
      case wire::sender::kSettled:
        return OnSettled(lane, *frames);
      case wire::sender::kLate:
        return OnLate(*frames);
      case wire::sender::kReceipts:
        return OnReceipts(*frames);
      case wire::sender::kInbound:
        return {};  // a STOP's token comes from the sealer; other replies are not kept
      case wire::sender::kFailed:
        sender_failed_ = frames->AsKnown<wire::sender::Failed>().value_or(
            wire::sender::Failed{wire::sender::Failure::kInternal, {}, 0});
        break;
      default:
        break;  // kFinished
    }
  } else {
    // Killed, or never begun: a lock-down that cannot be had is not the gateway's fault.
    const Result<void> ended = lane.sender.child.Wait(request_.end_ms);
    if (!ended && ended.error().code == Code::kSandbox) return tl::unexpected(ended.error());
  }
  lane.done = true;
  const bool in_order = frames && frames->kind == wire::sender::kFinished && lane.load == 0;
  if (AllDone() && (!in_order || !attempted_all())) {
    // Its hours may be over for the sender before the opener is asked again.
    const bool over = policy::SecondsLeft(documents_.paper.manifest, home_.clock.Now()) == 0;
    Ended(over ? ledger::RunEnd(policy::Refusal::kOutsideHours) : ledger::RunEnd::kGateway);
  }
  return LoseInFlight(lane);
}

// The manifest's hosts in turn, the preferred one first; after a loss, the next. The error is that
// of the last.
Result<OwnedFd> DispatchRun::DialNext(LaneState& lane) const {
  const policy::Manifest& manifest = documents_.paper.manifest;
  const size_t hosts = 1 + manifest.failover.size();
  Result<OwnedFd> fd = Fail(Code::kInternal, "there is no host");
  for (size_t tried = 0; tried < hosts && !fd; ++tried) {
    const size_t at = std::exchange(lane.next_host, (lane.next_host + 1) % hosts);
    const policy::ManifestGateway& to = at == 0 ? manifest.gateway : manifest.failover[at - 1];
    fd = Dial(to.host, to.port, manifest.mode);
  }
  return fd;
}

Result<void> DispatchRun::OnNeedSocket(LaneState& lane) {
  wire::Channel& control = lane.sender.control;
  if (WantsToStop()) {
    Ended(ledger::RunEnd::kStopped);
    // What waits need not wait for a link.
    TRY(control.UnlessGone(control.SendEmpty(wire::sender::kStop)));
  } else if (++lane.dials <= kMaxDials) {
    const Result<OwnedFd> fd = DialNext(lane);
    if (fd) {
      const int raw = fd->get();
      return control.UnlessGone(control.SendEmpty(wire::sender::kSocket, std::span(&raw, 1)));
    }
  }
  return control.UnlessGone(control.SendEmpty(wire::sender::kNoSocket));
}

Result<void> DispatchRun::FromSealer(LaneState& lane) {
  TRY_ASSIGN(const std::optional<wire::Frames> frames, lane.sealer.control.Receive());
  if (!frames || frames->kind == wire::sealer::kFailed) {
    return Fail(Code::kInternal, "ended while it listened for replies", "signpost-sealer",
                "the run was stopped: an opt-out by reply could not have been recorded");
  }
  if (frames->kind == wire::sealer::kEnd) {  // the sender has closed its side
    lane.sealer_done = true;
    return {};
  }
  std::vector<token::OptOutToken> tokens;
  std::vector<uint64_t> sequences;
  for (uint32_t i = 0; i < frames->count; ++i) {
    const auto reply = frames->As<wire::sealer::Reply>(i);
    token::OptOutToken token{{}, generation_};
    std::copy(std::begin(reply.opt_out_token), std::end(reply.opt_out_token), token.bytes.begin());
    tokens.push_back(token);
    sequences.push_back(reply.sequence);
  }
  TRY(optout::RecordReplyOptOuts(home_, tokens));
  opt_outs_ += static_cast<uint32_t>(tokens.size());
  for (const uint64_t sequence : sequences) {
    TRY(lane.sender.control.UnlessGone(
        lane.sender.control.SendOne(wire::sender::kRecorded, sequence)));
  }
  return {};
}

}  // namespace signpost::dispatch
