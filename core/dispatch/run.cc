#include "core/dispatch/run.h"

#include <poll.h>

#include <array>
#include <cerrno>

#include "core/dispatch/dial.h"
#include "core/optout/optout.h"

namespace signpost {
namespace {

constexpr uint32_t kMostDials = 10;
constexpr size_t kMostEarlyReceipts = 100'000;

}  // namespace

DispatchRun::DispatchRun(Home& home, const DispatchRequest& request,
                         const BatchDocuments& documents, SealedProcess opener,
                         SealedProcess sender, SealedProcess sealer, uint32_t first_position)
    : home_(home),
      request_(request),
      documents_(documents),
      opener_(std::move(opener)),
      sender_(std::move(sender)),
      sealer_(std::move(sealer)),
      next_(first_position) {}

Result<void> DispatchRun::Run() {
  TRY_ASSIGN(file_, SealedFile::Decode(AsBytes(documents_.file)));
  TRY_ASSIGN(generation_, OptOutGeneration(home_));
  while (!sender_done_) TRY(Step());
  if (!opener_done_) {
    TRY(EndOpener());
    while (!opener_done_) TRY(FromOpener());
  }
  TRY(LoseInFlight());
  // A STOP that the sealer has in its hands still counts. The sender is going: this ends with it.
  while (!sealer_done_) TRY(FromSealer());
  if (!early_receipts_.empty()) TRY(home_.store->SettleReceipts(early_receipts_));
  Ended(attempted_all() ? "done" : WantsToStop() ? "stopped" : "gateway");
  return {};
}

Result<void> DispatchRun::Step() {
  if (bound_ && !range_out_ && in_flight_.empty() && !opener_ending_ && !opener_done_) {
    if (attempted_all() || WantsToStop()) {
      if (!attempted_all()) {
        Ended("stopped");
        Gone(sender_.control.SendEmpty(sender::kStop));  // it need not wait for receipts
      }
      TRY(EndOpener());
    } else {
      TRY(AskForRange());
    }
  }
  // The sealer first: an opt-out counts from the moment it is recorded.
  std::array<pollfd, 3> polled = {{{sealer_done_ ? -1 : sealer_.control.fd(), POLLIN, 0},
                                   {sender_.control.fd(), POLLIN, 0},
                                   {opener_done_ ? -1 : opener_.control.fd(), POLLIN, 0}}};
  const int ready = poll(polled.data(), polled.size(), 200);
  if (ready < 0 && errno != EINTR) return FailErrno("poll");
  if (ready <= 0) return {};
  if (polled[0].revents != 0) TRY(FromSealer());
  if (polled[1].revents != 0) TRY(FromSender());
  if (polled[2].revents != 0 && !opener_done_) TRY(FromOpener());
  if (request_.progress) request_.progress({next_, documents_.manifest.records, settled_});
  return {};
}

Result<void> DispatchRun::AskForRange() {
  range_ = {next_, std::min(documents_.manifest.range, documents_.manifest.records - next_)};
  range_out_ = true;
  return opener_.control.SendOne(opener::kOpenRange, range_);
}

Result<void> DispatchRun::EndOpener() {
  if (opener_ending_ || opener_done_) return {};
  opener_ending_ = true;
  // It may have refused and gone already: what it said is read next.
  Gone(opener_.control.SendEmpty(opener::kEndRun));
  return {};
}

Result<void> DispatchRun::FromOpener() {
  TRY_ASSIGN(const std::optional<Frames> frames, opener_.control.Receive());
  if (!frames) {
    opener_done_ = true;
    Ended("crashed");
    if (Result<void> ended = opener_.child.Wait(); !ended) return tl::unexpected(ended.error());
    return Fail(Code::kInternal, "ended too early", "signpost-opener");
  }
  switch (frames->kind) {
    case opener::kTokens:
      return OnTokens(*frames);
    case opener::kPassed:
      range_out_ = false;
      return {};
    case opener::kRefused:
      refusal_ = static_cast<Refusal>(frames->As<opener::Refused>().refusal);
      Ended(std::string(RefusalName(refusal_)));
      opener_done_ = true;
      return {};
    case opener::kDone:
      opener_done_ = true;
      return {};
    default:
      return Fail(Code::kCorrupt, "sent another message than due", "signpost-opener");
  }
}

Result<void> DispatchRun::OnTokens(const Frames& frames) {
  if (!range_out_ || frames.count != range_.count) {
    return Fail(Code::kCorrupt, "sent tokens for another range", "signpost-opener");
  }
  if (opener_ending_) return {};  // its end is on the way: nothing of this range goes out
  std::vector<RecordId> records;
  std::vector<OptOutToken> tokens;
  for (uint32_t i = 0; i < range_.count; ++i) {
    records.push_back(file_.records[range_.first + i].record.id);
    tokens.push_back({frames.As<std::array<uint8_t, 32>>(i), generation_});
  }
  TRY_ASSIGN(const std::vector<Withheld> verdicts,
             home_.store->BeginAttempt(request_.batch, range_.first, records, tokens,
                                       home_.clock.Now().day()));
  std::vector<uint8_t> release;
  for (uint32_t i = 0; i < range_.count; ++i) {
    release.push_back(static_cast<uint8_t>(verdicts[i]));
    if (verdicts[i] == Withheld::kNo) {
      in_flight_.insert(range_.first + i);
    } else {
      ++settled_;
    }
  }
  next_ = range_.first + range_.count;
  return opener_.control.Send(opener::kRelease, std::span<const uint8_t>(release));
}

Result<void> DispatchRun::FromSender() {
  TRY_ASSIGN(const std::optional<Frames> frames, sender_.control.Receive());
  if (!frames) {
    sender_done_ = true;
    Ended("gateway");
    return {};
  }
  switch (frames->kind) {
    case sender::kNeedSocket:
      return OnNeedSocket();
    case sender::kBound:
      bound_ = true;
      return {};
    case sender::kSettled:
      return OnSettled(*frames);
    case sender::kReceipts: {
      std::vector<sender::Receipt> receipts;
      for (uint32_t i = 0; i < frames->count; ++i)
        receipts.push_back(frames->As<sender::Receipt>(i));
      TRY_ASSIGN(const uint32_t matched, home_.store->SettleReceipts(receipts));
      // A receipt may overtake the answer that names its message: it is tried again at the end.
      const bool room = early_receipts_.size() + receipts.size() <= kMostEarlyReceipts;
      if (matched < receipts.size() && room) {
        early_receipts_.insert(early_receipts_.end(), receipts.begin(), receipts.end());
      }
      return {};
    }
    case sender::kInbound:
      return {};  // a STOP's token comes from the sealer; other replies are not kept
    case sender::kFailed: {
      const auto failed = frames->As<sender::Failed>();
      sender_failure_ = static_cast<sender::Failure>(failed.failure);
      sender_status_ = failed.status;
      sender_done_ = true;
      Ended("gateway");
      return {};
    }
    default:
      sender_done_ = true;
      return {};
  }
}

Result<void> DispatchRun::OnNeedSocket() {
  if (WantsToStop()) {
    Ended("stopped");
  } else if (++dials_ <= kMostDials) {
    const ManifestGateway& gateway = documents_.manifest.gateway;
    const Result<OwnedFd> fd = Dial(gateway.host, gateway.port, documents_.manifest.mode);
    if (fd) {
      const int raw = fd->get();
      Gone(sender_.control.SendEmpty(sender::kSocket, std::span(&raw, 1)));
      return {};
    }
    if (!attempted_all() || !in_flight_.empty()) Ended("gateway");
  }
  Gone(sender_.control.SendEmpty(sender::kNoSocket));
  return {};
}

Result<void> DispatchRun::OnSettled(const Frames& frames) {
  std::vector<Settlement> settlements;
  for (uint32_t i = 0; i < frames.count; ++i) {
    const auto settled = frames.As<sender::Settled>(i);
    if (in_flight_.erase(settled.position) == 0) {
      return Fail(Code::kCorrupt, "settled a record that was not in flight", "signpost-sender");
    }
    Settlement settlement;
    settlement.position = settled.position;
    settlement.outcome = static_cast<sender::Outcome>(settled.outcome);
    settlement.status = settled.status;
    std::copy(std::begin(settled.id_hash), std::end(settled.id_hash), settlement.id_hash.begin());
    settlements.push_back(settlement);
    ++settled_;
  }
  return home_.store->Settle(request_.batch, settlements);
}

Result<void> DispatchRun::FromSealer() {
  TRY_ASSIGN(const std::optional<Frames> frames, sealer_.control.Receive());
  if (!frames || frames->kind == sealer::kFailed) {
    return Fail(Code::kInternal, "ended while it listened for replies", "signpost-sealer",
                "the run was stopped: an opt-out by reply could not have been recorded");
  }
  if (frames->kind == sealer::kEnd) {  // the sender has closed its side
    sealer_done_ = true;
    return {};
  }
  std::vector<OptOutToken> tokens;
  std::vector<uint64_t> sequences;
  for (uint32_t i = 0; i < frames->count; ++i) {
    const auto reply = frames->As<sealer::Reply>(i);
    OptOutToken token{{}, generation_};
    std::copy(std::begin(reply.opt_out_token), std::end(reply.opt_out_token), token.bytes.begin());
    tokens.push_back(token);
    sequences.push_back(reply.sequence);
  }
  TRY(RecordReplyOptOuts(home_, tokens));
  opt_outs_ += static_cast<uint32_t>(tokens.size());
  for (const uint64_t sequence : sequences) {
    Gone(sender_.control.SendOne(sender::kRecorded, sequence));
  }
  return {};
}

// The sender is gone: what it had not settled is unknown, for good.
Result<void> DispatchRun::LoseInFlight() {
  std::vector<Settlement> lost;
  for (const uint32_t position : in_flight_) {
    lost.push_back({position, sender::Outcome::kUnknown, 0, {}});
  }
  in_flight_.clear();
  if (lost.empty()) return {};
  return home_.store->Settle(request_.batch, lost);
}

}  // namespace signpost
