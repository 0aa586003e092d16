#include "core/opener/opener.h"

#include <algorithm>
#include <deque>
#include <map>

#include "core/opener/keys.h"
#include "core/opener/make.h"
#include "core/opener/messages.h"
#include "core/opener/tls_of.h"
#include "core/shared/wire/sender_boundary.h"
#include "crypto/memory/locked_vector.h"
#include "crypto/memory/stack.h"
#include "crypto/memory/wiped.h"
#include "crypto/seal/opening/section_opener.h"
#include "crypto/token/tokeniser/tokeniser.h"

namespace signpost::opener {
namespace {

using wire::opener::Job;

class Opener {
 public:
  explicit Opener(OpenerFds fds)
      : control_(std::move(fds.control), wire::opener::kFromOpener, wire::opener::kToOpener,
                 "signpost"),
        sender_fds_(std::move(fds.senders)),
        passphrase_(std::move(fds.passphrase)),
        state_file_(std::move(fds.state)) {}

  Result<void> Run();

 private:
  Result<void> Dispatch();
  Result<std::string> ReceiveKeys();  // up to the checkpoint, which it returns
  Result<OpenerState> LoadState();
  Result<void> Drain();  // up to kGo
  Result<void> ReceiveEvidence(OpenerEvidence& evidence);
  // False: it was refused, and the answer was sent.
  Result<bool> Decide(OpenerEvidence& evidence, OpenerState& state);
  policy::Refusal Remember(const OpenerEvidence& evidence, OpenerState& state,
                           policy::Refusal refusal);
  policy::Refusal UseKeys(const OpenerEvidence& evidence);
  Result<void> StartSenders(const OpenerEvidence& evidence);
  Result<void> ServeRanges(const OpenerEvidence& evidence, OpenerState& state);
  // False: the run is over (an answer was sent).
  Result<bool> Open(const wire::opener::Range& range, const OpenerEvidence& evidence);
  Result<bool> Release(ByteView verdicts, const OpenerEvidence& evidence, OpenerState& state);
  policy::Refusal MayOpenRange(const wire::opener::Range& range,
                               const policy::Manifest& manifest) const;
  policy::Refusal MaySendRange(const wire::opener::Range& range,
                               const policy::Manifest& manifest) const;
  bool IsVerdict(uint8_t verdict) const;
  Result<uint32_t> Pass(const wire::opener::Range& range, ByteView verdicts,
                        memory::LockedVector<number::PhoneNumber>& numbers);
  void EndSenders();
  bool AllSendersGone() const {
    return std::all_of(senders_.begin(), senders_.end(), [](const Sender& s) { return s.gone; });
  }
  Result<void> Refuse(policy::Refusal refusal, uint64_t entry = 0) {
    return control_.SendOne(wire::opener::kRefused,
                            wire::opener::Refused{static_cast<uint32_t>(refusal), 0, entry});
  }
  Instant Now() const { return clock_.Now(); }

  struct Sender {
    wire::Channel channel;
    bool gone = false;
  };
  struct OpenRange {  // opened, and not yet released
    wire::opener::Range range;
    memory::LockedVector<number::PhoneNumber> numbers;
  };

  wire::Channel control_;
  std::vector<OwnedFd> sender_fds_;
  std::vector<Sender> senders_;
  OwnedFd passphrase_;
  OwnedFd state_file_;
  wire::opener::Start start_{};
  Clock clock_;
  std::optional<OpenerKeys> keys_;
  bool key_refused_ = false;
  std::map<uint32_t, seal::SectionOpener> sections_;
  std::optional<token::Tokeniser<token::OptOut>> tokeniser_;
  std::deque<OpenRange> out_;  // at most two, together at most the manifest's range
  uint32_t mark_ = 0;          // the next position to be opened, and no other
};

Result<void> Opener::Run() {
  TRY_ASSIGN(const wire::Frames start, control_.Expect(wire::opener::kStart));
  const auto known = start.AsKnown<wire::opener::Start>();
  if (!known) return Fail(Code::kCorrupt, "an unknown job");
  start_ = *known;
  clock_ = Clock::Shifted(start_.clock_shift_seconds);
  switch (start_.job) {
    case Job::kMakeState:
      return MakeState(control_, passphrase_.get(), std::move(state_file_));
    case Job::kMakeEpoch:
      return MakeEpoch(control_, passphrase_.get(), start_);
    case Job::kDispatch:
      break;
  }
  return Dispatch();
}

Result<std::string> Opener::ReceiveKeys() {
  std::optional<KeyRing> ring;
  if (Result<memory::SecretBuffer> passphrase = memory::ReadPassphrase(passphrase_.get());
      passphrase) {
    ring.emplace(*std::move(passphrase));
  }
  key_refused_ = !ring;
  for (;;) {
    TRY_ASSIGN(const std::optional<wire::Frames> message, control_.Receive());
    if (!message) return Fail(Code::kInternal, "signpost is gone");
    if (message->kind == wire::opener::kCheckpoint) {
      if (ring) {
        if (Result<OpenerKeys> keys = ring->Take(); keys) keys_ = *std::move(keys);
      }
      if (!keys_ || !keys_->opt_out) key_refused_ = true;
      return std::string(AsText(message->bytes));
    }
    if (!key_refused_ && !ring->Add(AsText(message->bytes))) key_refused_ = true;
  }
}

Result<OpenerState> Opener::LoadState() {
  TRY_ASSIGN(token::HmacSha256 mac,
             token::HmacSha256::Create(keys_->state.Expose(memory::ExposeSecret{})));
  return OpenerState::Load(std::move(state_file_), std::move(mac));
}

Result<void> Opener::Drain() {
  for (;;) {
    TRY_ASSIGN(const std::optional<wire::Frames> message, control_.Receive());
    if (!message) return Fail(Code::kInternal, "signpost is gone");
    if (message->kind == wire::opener::kGo) return {};
  }
}

Result<void> Opener::ReceiveEvidence(OpenerEvidence& evidence) {
  for (;;) {
    TRY_ASSIGN(const std::optional<wire::Frames> message, control_.Receive());
    if (!message) return Fail(Code::kInternal, "signpost is gone");
    const std::string_view text = AsText(message->bytes);
    switch (message->kind) {
      case wire::opener::kEntry:
        evidence.AddEntry(text);
        break;
      case wire::opener::kPolicy:
        evidence.AddPolicy(text);
        break;
      case wire::opener::kPolicyChange:
        evidence.AddPolicyChange(text);
        break;
      case wire::opener::kManifest:
        evidence.SetManifest(text);
        break;
      case wire::opener::kMessage:
        evidence.SetMessage(text);
        break;
      case wire::opener::kBatchFile:
        evidence.AddFileBytes(message->bytes);
        break;
      default:
        return {};  // kGo
    }
  }
}

Result<void> Opener::Dispatch() {
  TRY_ASSIGN(const std::string checkpoint, ReceiveKeys());
  std::optional<OpenerState> state;
  if (keys_) {
    if (Result<OpenerState> loaded = LoadState(); loaded) state = *std::move(loaded);
  }
  if (!state) {
    TRY(Drain());
    return Refuse(key_refused_ ? policy::Refusal::kKey : policy::Refusal::kState);
  }
  OpenerEvidence evidence(keys_->trust, *state, start_.run);
  evidence.SetCheckpoint(checkpoint);
  TRY(ReceiveEvidence(evidence));
  TRY_ASSIGN(const bool accepted, Decide(evidence, *state));
  if (!accepted) return {};
  TRY(StartSenders(evidence));
  TRY(control_.SendOne(wire::opener::kAccepted,
                       wire::opener::Accepted{mark_, evidence.manifest().records}));
  return ServeRanges(evidence, *state);
}

Result<bool> Opener::Decide(OpenerEvidence& evidence, OpenerState& state) {
  policy::Refusal refusal = policy::Refusal::kNone;
  if (key_refused_) {
    refusal = policy::Refusal::kKey;
  } else if (clock_.shift_seconds() != 0 && keys_->trust.mode != Mode::kRehearsal) {
    refusal = policy::Refusal::kClock;
  } else {
    refusal = evidence.Decide(keys_->epochs, start_.batch, Now());
  }
  refusal = Remember(evidence, state, refusal);
  if (refusal == policy::Refusal::kNone) refusal = UseKeys(evidence);
  if (refusal == policy::Refusal::kNone) return true;
  TRY(Refuse(refusal, evidence.broken_entry()));
  return false;
}

// What any later run must show at least, durably; before a key is used. A ledger that holds counts
// also when the batch is refused. A state that cannot be written is a refusal like a missing one.
policy::Refusal Opener::Remember(const OpenerEvidence& evidence, OpenerState& state,
                                 policy::Refusal refusal) {
  if (evidence.ledger_holds() &&
      !state.SawLedger(evidence.ledger_size(), evidence.ledger_root(), evidence.opt_out_hash())) {
    return policy::Refusal::kState;
  }
  if (refusal != policy::Refusal::kNone) return refusal;
  const BatchId& batch = start_.batch;
  if (start_.next_position < state.NextRecord(batch)) return policy::Refusal::kOpenedFurther;
  if (start_.next_position > evidence.manifest().records) return policy::Refusal::kOutOfOrder;
  mark_ = start_.next_position;
  if (!state.Advance(batch, mark_, evidence.manifest().expires.day(), Now().day())) {
    return policy::Refusal::kState;
  }
  return policy::Refusal::kNone;
}

policy::Refusal Opener::UseKeys(const OpenerEvidence& evidence) {
  for (uint32_t i = 0; i < evidence.file().header.sections.size(); ++i) {
    const seal::SectionHeader& header = evidence.file().header.sections[i];
    const auto epoch =
        std::find_if(keys_->epochs.begin(), keys_->epochs.end(),
                     [&](const OpenerKeys::Epoch& e) { return e.facts.epoch == header.epoch; });
    if (epoch == keys_->epochs.end()) return policy::Refusal::kKey;
    Result<seal::SectionOpener> section = seal::SectionOpener::Create(epoch->key, header);
    if (!section) return policy::Refusal::kCorrupt;
    sections_.emplace(i, *std::move(section));
  }
  Result<token::Tokeniser<token::OptOut>> tokeniser = token::Tokeniser<token::OptOut>::Create(
      *std::move(keys_->opt_out), keys_->opt_out_generation);
  if (!tokeniser) return policy::Refusal::kKey;
  tokeniser_ = *std::move(tokeniser);
  return policy::Refusal::kNone;
}

Result<void> Opener::StartSenders(const OpenerEvidence& evidence) {
  const policy::Manifest& manifest = evidence.manifest();
  wire::sender::Session session{};
  session.window = std::clamp<uint32_t>(manifest.window, 1, 1000);
  session.response_timeout_ms = start_.response_timeout_ms;
  session.smpp.enquire_link_ms = start_.enquire_link_ms;
  session.receipt_wait_ms = start_.receipt_wait_ms;
  session.mode = keys_->trust.mode;
  session.want_receipts = start_.want_receipts;
  session.send_for_seconds = policy::SecondsLeft(manifest, Now());
  DescribeMessages(manifest, session);
  session.tls = TlsOf(manifest.gateway);
  // The approved pace is that of all binds together.
  const size_t wanted = std::clamp<size_t>(start_.senders, 1, sender_fds_.size());
  const auto count = static_cast<uint32_t>(std::min<size_t>(wanted, manifest.pace));
  if (count != start_.senders) return Fail(Code::kCorrupt, "a number of senders that cannot be");
  for (uint32_t i = 0; i < count; ++i) {
    session.per_second = manifest.pace / count + (i < manifest.pace % count ? 1 : 0);
    wire::Channel channel(std::move(sender_fds_[i]), wire::sender::kOpenerToSender, {},
                          "signpost-sender");
    TRY(channel.SendOne(wire::sender::kSession, session));
    TRY(channel.SendText(wire::sender::kText, evidence.message()));
    senders_.push_back({std::move(channel), false});
  }
  return {};
}

policy::Refusal Opener::MayOpenRange(const wire::opener::Range& range,
                                     const policy::Manifest& manifest) const {
  if (range.first < mark_) return policy::Refusal::kOpenedFurther;
  uint32_t held = 0;
  for (const OpenRange& out : out_) held += out.range.count;
  if (range.first > mark_ || range.count == 0 || range.count > manifest.range - held ||
      range.first > manifest.records || range.count > manifest.records - range.first) {
    return policy::Refusal::kOutOfOrder;
  }
  return MaySendRange(range, manifest);
}

// The budget counts every record before this one as sent, whichever run it was in: none is opened
// twice, so that is the most that can have been submitted.
policy::Refusal Opener::MaySendRange(const wire::opener::Range& range,
                                     const policy::Manifest& manifest) const {
  return policy::MaySend(manifest, uint64_t{range.first} * manifest.segments, range.count, Now());
}

// One may be gone already, which signpost sees for itself.
void Opener::EndSenders() {
  for (Sender& sender : senders_) {
    if (!sender.gone) sender.gone = !sender.channel.SendEmpty(wire::sender::kEnd);
  }
}

Result<void> Opener::ServeRanges(const OpenerEvidence& evidence, OpenerState& state) {
  for (;;) {
    TRY_ASSIGN(const std::optional<wire::Frames> message, control_.Receive());
    if (!message) return Fail(Code::kInternal, "signpost is gone");
    // Without a sender there is nothing to open for.
    if (message->kind == wire::opener::kEndRun || AllSendersGone()) {
      out_.clear();
      EndSenders();
      return control_.SendEmpty(wire::opener::kDone);
    }
    const Result<bool> goes_on = message->kind == wire::opener::kRelease
                                     ? Release(message->bytes, evidence, state)
                                     : Open(message->As<wire::opener::Range>(), evidence);
    memory::WipeStack();
    TRY(goes_on);
    if (!*goes_on) {
      out_.clear();
      EndSenders();
      return {};
    }
  }
}

// Opens a range and asks: its tokens.
Result<bool> Opener::Open(const wire::opener::Range& range, const OpenerEvidence& evidence) {
  if (const policy::Refusal r = MayOpenRange(range, evidence.manifest());
      r != policy::Refusal::kNone) {
    TRY(Refuse(r));
    return false;
  }
  TRY_ASSIGN(auto numbers, memory::LockedVector<number::PhoneNumber>::Create(range.count));
  memory::Wiped<std::vector<std::array<uint8_t, 32>>> tokens;
  tokens.reserve(range.count);
  for (uint32_t i = range.first; i < range.first + range.count; ++i) {
    const seal::FileRecord& record = evidence.file().records[i];
    Result<number::PhoneNumber> number = sections_.at(record.section).Open(record.record);
    // Nothing is skipped: a record that does not open, or that is not of this home's kind, ends it.
    const bool rehearsal = keys_->trust.mode == Mode::kRehearsal;
    if (!number || number->IsFictional() != rehearsal) {
      TRY(Refuse(policy::Refusal::kCorrupt));
      return false;
    }
    tokens.push_back(tokeniser_->Of(*number).bytes);
    numbers.push_back(*std::move(number));
  }
  out_.push_back({range, std::move(numbers)});
  mark_ = range.first + range.count;
  TRY(control_.Send(wire::opener::kTokens, std::span<const std::array<uint8_t, 32>>(tokens)));
  return true;
}

Result<bool> Opener::Release(ByteView verdicts, const OpenerEvidence& evidence,
                             OpenerState& state) {
  OpenRange& out = out_.front();  // the table has no release without a range
  const wire::opener::Range range = out.range;
  if (verdicts.size() != range.count) return Fail(Code::kCorrupt, "a release of another size");
  if (!std::all_of(verdicts.begin(), verdicts.end(), [this](uint8_t v) { return IsVerdict(v); })) {
    return Fail(Code::kCorrupt, "a release that is neither a sender nor a reason");
  }
  // The answer may have taken its time: the hours are those of the moment when numbers leave.
  policy::Refusal refusal = MaySendRange(range, evidence.manifest());
  // Durable before a number leaves: whatever happens next, these are never opened again.
  if (refusal == policy::Refusal::kNone &&
      !state.Advance(start_.batch, range.first + range.count, evidence.manifest().expires.day(),
                     Now().day())) {
    refusal = policy::Refusal::kState;
  }
  if (refusal != policy::Refusal::kNone) {
    TRY(Refuse(refusal));
    return false;
  }
  TRY_ASSIGN(const uint32_t passed, Pass(range, verdicts, out.numbers));
  out_.pop_front();
  TRY(control_.SendOne(wire::opener::kPassed, passed));
  return true;
}

bool Opener::IsVerdict(uint8_t verdict) const {
  if ((verdict & wire::opener::kReleaseTo) != 0) {
    return (verdict & ~wire::opener::kReleaseTo) < static_cast<int>(senders_.size());
  }
  return verdict > 0 && verdict < static_cast<uint8_t>(policy::Eligibility::kCount);
}

// Returns what was written to senders, also when one was lost on the way: nobody can tell how much
// of it was read, and signpost has all of it down as attempting.
Result<uint32_t> Opener::Pass(const wire::opener::Range& range, ByteView verdicts,
                              memory::LockedVector<number::PhoneNumber>& numbers) {
  uint32_t passed = 0;
  TRY_ASSIGN(auto frames, memory::LockedVector<wire::sender::Numbered>::Create(range.count));
  for (size_t s = 0; s < senders_.size(); ++s) {
    for (uint32_t i = 0; i < range.count; ++i) {
      if (verdicts[i] != (wire::opener::kReleaseTo | s)) continue;
      frames.push_back({range.first + i, {}});
      wire::sender::Numbered& numbered = frames[frames.size() - 1];
      const auto bytes = numbers[i].Expose(number::ExposeNumber{});
      std::copy(bytes.begin(), bytes.end(), numbered.number);
    }
    if (frames.empty()) continue;
    Sender& to = senders_[s];
    if (!to.gone) {
      to.gone =
          !to.channel.Send(wire::sender::kNumbers, std::span<const wire::sender::Numbered>(frames));
    }
    passed += static_cast<uint32_t>(frames.size());
    frames.clear();
  }
  numbers.clear();
  return passed;
}

}  // namespace

Result<void> RunOpener(OpenerFds fds) { return Opener(std::move(fds)).Run(); }

}  // namespace signpost::opener
