#include "core/sender/relay.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <vector>

#include "core/shared/wire/sealer_boundary.h"
#include "crypto/base/mode.h"
#include "crypto/base/time.h"
#include "crypto/memory/secret.h"
#include "crypto/memory/stack.h"
#include "crypto/memory/wiped.h"

namespace signpost::sender {
namespace {

constexpr size_t kBlock = 64;             // outcomes or receipts in a message
constexpr int64_t kBlockMs = 50;          // after the first of them
constexpr int64_t kOrphanMs = 5000;       // to collect answers when signpost is gone
constexpr int64_t kLastRepliesMs = 5000;  // for kRecorded, before the gateway is left
constexpr int64_t kSocketMs = 15000;      // for the answer to kNeedSocket, before we exit
constexpr int64_t kAliveMs = 60000;       // how often a sender with records says something
constexpr int64_t kNever = INT64_MAX;

class Relay {
 public:
  Relay(RelayFds fds, const MakeGateway& make, memory::SecretBuffer numbers)
      : control_(std::move(fds.control), wire::sender::kFromSender, wire::sender::kToSender,
                 "signpost"),
        opener_(std::move(fds.opener), {}, wire::sender::kOpenerToSender, "signpost-opener"),
        sealer_(std::move(fds.sealer), wire::sealer::kRepliesToSealer, {}, "signpost-sealer"),
        make_(make),
        numbers_(std::move(numbers)) {}

  int Run();

 private:
  enum class Phase { kSending, kListening, kAnswering, kClosing, kDone };

  void Poll();
  void FromControl();
  void FromOpener();
  void OnSession(const wire::Frames& frames);
  void OnNumbers(wire::Frames& frames);
  void Handle(gateway::GatewayEvent event);
  void OnReply(gateway::Reply reply);
  void OnEnded(const wire::sender::Failed& failed);
  void Feed();
  void Advance();
  void Flush(bool now);
  void SettleRest();
  void Stop(wire::sender::Failure failure = wire::sender::Failure::kNone);
  void Settle(uint32_t position);  // as not submitted
  void Tell(const Result<void>& sent);
  void LoseControl();
  void Leave();
  size_t waiting() const { return count_ - next_; }
  std::span<uint8_t> NumberAt(size_t index) {
    return numbers_.Expose(memory::ExposeSecret{})
        .subspan(index * sizeof(wire::sender::Numbered), sizeof(wire::sender::Numbered));
  }

  wire::Channel control_, opener_, sealer_;
  const MakeGateway& make_;
  std::unique_ptr<gateway::Gateway> gateway_;
  wire::sender::Session session_{};
  memory::SecretBuffer numbers_;  // sender::Numbered, from next_ to count_
  size_t next_ = 0, count_ = 0;

  std::vector<wire::sender::Settled> settled_, late_;
  std::vector<wire::sender::Receipt> receipts_;
  int64_t block_due_ms_ = kNever;

  struct OpenReply {
    uint64_t sequence, handle;
  };
  std::vector<OpenReply> open_replies_;
  uint64_t inbound_ = 0;

  Phase phase_ = Phase::kSending;
  int64_t phase_due_ms_ = kNever;
  int64_t send_until_ms_ = kNever;  // the end of the approved hours
  int64_t said_ms_ = MonotonicMillis();
  bool opener_done_ = false, control_gone_ = false, stopping_ = false, gateway_ended_ = false;
  bool socket_asked_ = false;
  wire::sender::Failed failed_{};
};

int Relay::Run() {
  if (!control_.Expect(wire::sender::kStart)) return ExitCode(Code::kInternal);
  while (phase_ != Phase::kDone) {
    Poll();
    if (gateway_) {
      while (auto event = gateway_->Next()) Handle(std::move(*event));
    }
    Feed();
    Advance();
    Flush(false);
  }
  SettleRest();
  Flush(true);
  memory::WipeStack();
  if (failed_.failure == wire::sender::Failure::kNone) {
    Tell(control_.SendEmpty(wire::sender::kFinished));
    return 0;
  }
  Tell(control_.SendOne(wire::sender::kFailed, failed_));
  const bool gateway = failed_.failure == wire::sender::Failure::kBindRefused ||
                       failed_.failure == wire::sender::Failure::kProtocol ||
                       failed_.failure == wire::sender::Failure::kTls;
  return ExitCode(gateway ? Code::kGateway : Code::kInternal);
}

// What the opener had passed on but nobody took: it never left this process. And signpost may be
// dialling for us: it should not find us gone with the socket in its hand.
void Relay::SettleRest() {
  const int64_t until = MonotonicMillis() + kSocketMs;
  while (socket_asked_ && !control_gone_ && MonotonicMillis() < until) {
    pollfd control{control_.fd(), POLLIN, 0};
    if (poll(&control, 1, 100) > 0) FromControl();
  }
  pollfd fd{opener_.fd(), POLLIN, 0};
  while (stopping_ && !opener_done_ && poll(&fd, 1, 0) > 0) FromOpener();
}

void Relay::Poll() {
  const gateway::GatewayWish wish = gateway_ ? gateway_->Wish() : gateway::GatewayWish{};
  const bool wants_numbers = !opener_done_ && waiting() == 0;
  pollfd fds[] = {{control_gone_ ? -1 : control_.fd(), POLLIN, 0},
                  {wants_numbers ? opener_.fd() : -1, POLLIN, 0},
                  {stopping_ ? -1 : sealer_.fd(), 0, 0},
                  {wish.fd, wish.events, 0}};
  const int64_t now = MonotonicMillis();
  const int64_t until = stopping_ ? kNever : send_until_ms_;
  // The pace may have let one more go since Feed looked, and nothing else would wake us for it.
  const bool can_feed = gateway_ && !stopping_ && waiting() > 0 && gateway_->Room() > 0;
  const int64_t wake =
      can_feed ? now : std::min({wish.wake_ms, phase_due_ms_, block_due_ms_, until});
  const int timeout =
      wake == kNever ? -1 : static_cast<int>(std::clamp<int64_t>(wake - now, 0, 60000));
  if (poll(fds, std::size(fds), timeout) < 0) {
    if (errno != EINTR) Stop(wire::sender::Failure::kInternal);
    for (pollfd& fd : fds) fd.revents = 0;
  }
  if (fds[0].revents != 0) FromControl();
  if (fds[1].revents != 0) FromOpener();
  if ((fds[2].revents & (POLLHUP | POLLERR)) != 0) Stop(wire::sender::Failure::kSealer);
  if (gateway_) gateway_->Turn(fds[3].revents);
}

void Relay::FromControl() {
  Result<std::optional<wire::Frames>> received = control_.Receive();
  if (!received || !*received) {
    LoseControl();
    return;
  }
  wire::Frames& frames = **received;
  switch (frames.kind) {
    case wire::sender::kSocket:
      socket_asked_ = false;
      if (gateway_) gateway_->Attach(std::move(frames.fds[0]));
      return;
    case wire::sender::kNoSocket:
      socket_asked_ = false;
      if (gateway_) gateway_->NoSocket();
      return;
    case wire::sender::kRecorded: {
      const auto sequence = frames.As<uint64_t>();
      const auto open = std::find_if(open_replies_.begin(), open_replies_.end(),
                                     [&](const OpenReply& o) { return o.sequence == sequence; });
      if (open == open_replies_.end() || !gateway_) return;
      gateway_->Answer(open->handle);
      open_replies_.erase(open);
      return;
    }
    case wire::sender::kStop:
      return Stop();
    default:
      return;
  }
}

void Relay::FromOpener() {
  Result<std::optional<wire::Frames>> received = opener_.Receive();
  if (!received || !*received) {
    opener_done_ = true;
    if (!stopping_) Stop(wire::sender::Failure::kOpener);
    return;
  }
  wire::Frames& frames = **received;
  switch (frames.kind) {
    case wire::sender::kSession: {
      const auto session = frames.AsKnown<wire::sender::Session>();
      if (!session) return Stop(wire::sender::Failure::kOpener);
      session_ = *session;
      send_until_ms_ = MonotonicMillis() + int64_t{session_.send_for_seconds} * 1000;
      return;
    }
    case wire::sender::kText:
      return OnSession(frames);
    case wire::sender::kNumbers:
      return OnNumbers(frames);
    default:
      opener_done_ = true;
      return;
  }
}

void Relay::OnSession(const wire::Frames& frames) {
  if (stopping_) return;
  gateway::MadeGateway gateway = make_(session_, AsText(frames.bytes));
  if (!gateway) return Stop(gateway.error());
  gateway_ = *std::move(gateway);
}

void Relay::OnNumbers(wire::Frames& frames) {
  next_ = 0;
  count_ = frames.count;
  const std::span<uint8_t> all = numbers_.Expose(memory::ExposeSecret{}).first(frames.bytes.size());
  std::copy(frames.bytes.begin(), frames.bytes.end(), all.begin());
  opener_.WipeReceived();
  memory::WipeStack();  // of the range before
  const bool rehearsal = session_.mode == Mode::kRehearsal;
  wire::sender::Failure failure = wire::sender::Failure::kNone;
  for (size_t i = 0; i < count_; ++i) {
    const Result<number::PhoneNumber> number = number::PhoneNumber::FromPadded(
        std::span<const uint8_t, number::PhoneNumber::kBytes>(NumberAt(i).subspan(
            offsetof(wire::sender::Numbered, number), number::PhoneNumber::kBytes)));
    if (!number) {
      failure = wire::sender::Failure::kOpener;
    } else if (rehearsal && !number->IsFictional()) {
      failure = wire::sender::Failure::kNotFictional;
    }
  }
  if (failure != wire::sender::Failure::kNone || stopping_) Stop(failure);
}

void Relay::Settle(uint32_t position) {
  wire::sender::Settled settled{};
  settled.position = position;
  settled.outcome = wire::sender::Outcome::kNotSubmitted;
  settled_.push_back(settled);
}

// Nothing new from here on. Called again for numbers that arrive later: they are settled, unseen.
void Relay::Stop(wire::sender::Failure failure) {
  if (failed_.failure == wire::sender::Failure::kNone) failed_.failure = failure;
  while (waiting() > 0) {
    const std::span<uint8_t> raw = NumberAt(next_++);
    Settle(GetLe<uint32_t>(raw.first<4>()));
    memory::Wipe(raw);
  }
  if (stopping_) return;
  stopping_ = true;
  if (gateway_) gateway_->Drain();
}

void Relay::Feed() {
  if (!gateway_ || stopping_) return;
  while (waiting() > 0 && gateway_->Room() > 0) {
    const std::span<uint8_t> raw = NumberAt(next_++);
    const auto position = GetLe<uint32_t>(raw.first<4>());
    Result<number::PhoneNumber> number =
        number::PhoneNumber::FromPadded(std::span<const uint8_t, number::PhoneNumber::kBytes>(
            raw.subspan(offsetof(wire::sender::Numbered, number), number::PhoneNumber::kBytes)));
    memory::Wipe(raw);
    if (!number) continue;  // was checked when it came
    gateway::NumberedRecord record{position, *std::move(number)};
    gateway_->Submit(std::span(&record, 1));
  }
  gateway_->Turn(0);
  while (auto event = gateway_->Next()) Handle(std::move(*event));
}

void Relay::Handle(gateway::GatewayEvent event) {
  if (std::holds_alternative<gateway::GatewayReady>(event)) {
    Tell(control_.SendEmpty(wire::sender::kBound));
  } else if (std::holds_alternative<gateway::GatewayNeedsSocket>(event)) {
    if (control_gone_) {
      gateway_->NoSocket();
    } else {
      socket_asked_ = true;
      Tell(control_.SendEmpty(wire::sender::kNeedSocket));
    }
  } else if (const auto* settled = std::get_if<wire::sender::Settled>(&event)) {
    settled_.push_back(*settled);
  } else if (const auto* late = std::get_if<gateway::LateAnswer>(&event)) {
    late_.push_back(late->settled);
  } else if (const auto* receipt = std::get_if<wire::sender::Receipt>(&event)) {
    receipts_.push_back(*receipt);
  } else if (auto* reply = std::get_if<gateway::Reply>(&event)) {
    OnReply(std::move(*reply));
  } else if (const auto* ended = std::get_if<gateway::GatewayEnded>(&event)) {
    OnEnded(ended->failed);
  }
}

void Relay::OnReply(gateway::Reply reply) {
  wire::sender::Inbound inbound{};
  inbound.sequence = ++inbound_;
  inbound.opt_out = reply.opt_out && reply.from ? 1 : 0;
  if (control_gone_) return;  // nobody could record it: not answered, so that it comes again
  if (inbound.opt_out == 1) {
    memory::Wiped<wire::sealer::ReplyNumber> number{};
    number.sequence = inbound.sequence;
    const auto digits = reply.from->Expose(number::ExposeNumber{});
    std::copy(digits.begin(), digits.end(), number.number);
    const Result<void> sent =
        sealer_.SendOne<wire::sealer::ReplyNumber>(wire::sealer::kReplyNumber, number);
    if (!sent) return Stop(wire::sender::Failure::kSealer);
    open_replies_.push_back({inbound.sequence, reply.handle});
  }
  Tell(control_.SendOne(wire::sender::kInbound, inbound));
}

void Relay::OnEnded(const wire::sender::Failed& failed) {
  gateway_ended_ = true;
  if (failed_.failure == wire::sender::Failure::kNone) failed_ = failed;
  Stop();
}

void Relay::Tell(const Result<void>& sent) {
  if (!sent) LoseControl();
}

void Relay::LoseControl() {
  if (control_gone_) return;
  control_gone_ = true;
  Stop();
  phase_due_ms_ = std::min(phase_due_ms_, MonotonicMillis() + kOrphanMs);
}

void Relay::Advance() {
  const int64_t now = MonotonicMillis();
  if (control_gone_ && now >= phase_due_ms_ && gateway_ && !gateway_->Idle()) gateway_->Abort();
  if (phase_ == Phase::kSending && !stopping_ && now >= send_until_ms_) Stop();
  const bool idle = waiting() == 0 && (!gateway_ || gateway_->Idle());
  if (phase_ == Phase::kSending && idle && (opener_done_ || stopping_)) {
    phase_ = Phase::kListening;
    phase_due_ms_ = now + int64_t{session_.receipt_wait_ms};
  }
  if (phase_ == Phase::kListening && (stopping_ || now >= phase_due_ms_)) {
    phase_ = Phase::kAnswering;
    phase_due_ms_ = now + kLastRepliesMs;
  }
  const bool owed = !open_replies_.empty() && !control_gone_ && !gateway_ended_;
  if (phase_ == Phase::kAnswering && (!owed || now >= phase_due_ms_)) Leave();
  if (phase_ == Phase::kClosing && (!gateway_ || gateway_ended_)) phase_ = Phase::kDone;
}

void Relay::Leave() {
  phase_ = Phase::kClosing;
  phase_due_ms_ = kNever;
  if (!gateway_) return;
  gateway_->Close();
  while (auto event = gateway_->Next()) Handle(std::move(*event));
}

void Relay::Flush(bool now) {
  const int64_t at = MonotonicMillis();
  if (settled_.empty() && late_.empty() && receipts_.empty()) {
    block_due_ms_ = kNever;
    // A carrier that only says "not now" gives nothing to tell: signpost must not take that for a
    // sender that is gone.
    const bool holds = waiting() > 0 || (gateway_ && !gateway_->Idle());
    if (!holds || control_gone_ || at - said_ms_ < kAliveMs) return;
    said_ms_ = at;
    Tell(control_.Send(wire::sender::kSettled, std::span<const wire::sender::Settled>()));
    return;
  }
  if (block_due_ms_ == kNever) block_due_ms_ = at + kBlockMs;
  // signpost asks for the next range when it has all of this one: do not let it wait.
  const bool last = waiting() == 0 && (!gateway_ || gateway_->Idle()) && !settled_.empty();
  const bool full =
      settled_.size() >= kBlock || late_.size() >= kBlock || receipts_.size() >= kBlock;
  if (!now && !last && !full && at < block_due_ms_) return;
  // Outcomes first: a late answer is to a record that was settled, and a receipt is matched by the
  // id that came with its outcome.
  const auto send = [this](uint8_t kind, const auto& all) {
    for (size_t from = 0; from < all.size() && !control_gone_; from += 1024) {
      const size_t count = std::min<size_t>(1024, all.size() - from);
      Tell(control_.Send(kind, std::span(all.data() + from, count)));
    }
  };
  const std::vector<wire::sender::Settled> settled = std::move(settled_);
  const std::vector<wire::sender::Settled> late = std::move(late_);
  const std::vector<wire::sender::Receipt> receipts = std::move(receipts_);
  settled_.clear();
  late_.clear();
  receipts_.clear();
  block_due_ms_ = kNever;
  said_ms_ = at;
  send(wire::sender::kSettled, settled);
  send(wire::sender::kLate, late);
  send(wire::sender::kReceipts, receipts);
}

}  // namespace

int RunRelay(RelayFds fds, const MakeGateway& make) {
  Result<memory::SecretBuffer> numbers =
      memory::SecretBuffer::Create(wire::sender::kNumbersMax * sizeof(wire::sender::Numbered));
  if (!numbers) return ExitCode(Code::kInternal);
  return Relay(std::move(fds), make, *std::move(numbers)).Run();
}

}  // namespace signpost::sender
