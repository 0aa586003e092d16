#include "core/sender/smpp/session.h"

#include <poll.h>

#include <algorithm>
#include <cstring>

namespace signpost::sender::smpp {
namespace {

constexpr size_t kSubmitRoom = 512;         // more than any submit_sm here but for its payload
constexpr size_t kOutputForSubmits = 8192;  // beyond this the kernel is not taking them
constexpr uint32_t kUnbindWaitMs = 5000;
constexpr unsigned kTimeoutsInARow = 10;
constexpr size_t kUdhBytes = 6;
constexpr int kLateFactor = 3;  // times the time-out: then an answer is late however busy we are
constexpr int64_t kCatchUpMs = 500;  // for the peer, after reading was held back

}  // namespace

Result<std::unique_ptr<Session>> Session::Create(SessionOptions options, Credentials credentials,
                                                 SessionEvents* events) {
  const bool lengths =
      !options.parts.empty() && options.parts.size() <= 255 && options.source.size() <= 20 &&
      !credentials.system_id.empty() && credentials.system_id.size() <= 15 &&
      credentials.password_bytes <= std::min<size_t>(8, credentials.password.size());
  const size_t part_room = options.payload             ? kMaxPayload
                           : options.parts.size() == 1 ? 254
                                                       : 254 - kUdhBytes;
  const bool parts = (!options.payload || options.parts.size() == 1) &&
                     std::all_of(options.parts.begin(), options.parts.end(),
                                 [&](const Bytes& p) { return p.size() <= part_room; });
  const bool nul = options.source.find('\0') != std::string::npos ||
                   credentials.system_id.find('\0') != std::string::npos;
  if (!lengths || !parts || nul || options.window < 1 || options.window > kMaxWindow ||
      options.per_second < 1 || options.response_timeout_ms < 1 || options.enquire_link_ms < 1 ||
      (options.tls && !options.tls->trust)) {
    return Fail(Code::kInput, "a session option is out of its range");
  }
  TRY_ASSIGN(Link link, Link::Create(std::move(options.tls)));
  TRY_ASSIGN(memory::SecretBuffer digits, memory::SecretBuffer::Create(options.window * kDigits));
  return std::unique_ptr<Session>(new Session(std::move(options), std::move(credentials), events,
                                              std::move(link), std::move(digits)));
}

Session::Session(SessionOptions options, Credentials credentials, SessionEvents* events, Link link,
                 memory::SecretBuffer digits)
    : options_(std::move(options)),
      credentials_(std::move(credentials)),
      events_(events),
      link_(std::move(link)),
      digits_(std::move(digits)),
      pace_(options_.per_second),
      slots_(options_.window),
      sequence_(options_.after_sequence) {
  free_.reserve(slots_.size());
  waiting_.reserve(slots_.size());
  for (size_t i = slots_.size(); i > 0; --i) free_.push_back(static_cast<uint16_t>(i - 1));
}

void Session::Attach(OwnedFd connected, int64_t now_ms) {
  now_ms_ = now_ms;
  if (link_.open()) Lose(LinkEnd::kClosed);
  link_.Attach(std::move(connected));
  ++links_;
  state_ = State::kBinding;
  state_due_ms_ = now_ms + options_.response_timeout_ms;
  heard_ms_ = dry_ms_ = now_ms;
  ping_due_ms_ = partial_ms_ = -1;
  deferred_ = false;
  timeouts_in_a_row_ = 0;
  own_sequence_ = NextSequence();
  Bind bind;
  bind.system_id = credentials_.system_id;
  bind.password = AsText(std::as_const(credentials_.password)
                             .Expose(memory::ExposeSecret{})
                             .first(credentials_.password_bytes));
  link_.Queue(EncodeBind(link_.OutRoom(), bind, own_sequence_));
  link_.Flush();
}

size_t Session::Room(int64_t now_ms) {
  if (state_ != State::kBound || draining_ || link_.broken()) return 0;
  if (OneAtATime()) return held() == 0 ? std::min<size_t>(1, pace_.Available(now_ms)) : 0;
  const size_t tokens = pace_.Available(now_ms);
  return std::min(free_.size(), tokens - std::min(tokens, waiting_.size()));
}

void Session::Submit(uint32_t position, const number::PhoneNumber& number) {
  if (free_.empty() || draining_) {
    events_->OnSettled({position, Verdict::kNotSubmitted, 0, 0, {}});
    return;
  }
  const uint16_t index = free_.back();
  free_.pop_back();
  slots_[index] = Slot{};
  slots_[index].state = SlotState::kWaiting;
  slots_[index].position = position;
  slots_[index].reference = ++reference_;
  const auto digits = number.Expose(number::ExposeNumber{});
  std::copy(digits.begin(), digits.end(),
            digits_.Expose(memory::ExposeSecret{}).begin() + index * kDigits);
  waiting_.push_back(index);
}

void Session::Drain() {
  draining_ = true;
  const std::vector<uint16_t> waiting = waiting_;
  for (const uint16_t index : waiting) {
    if (slots_[index].part == 0) SettleHeld(index);
  }
}

void Session::GiveUp() {
  draining_ = true;
  for (size_t i = 0; i < slots_.size(); ++i) {
    if (slots_[i].state == SlotState::kWaiting || slots_[i].state == SlotState::kCooling) {
      SettleHeld(i);
    } else if (slots_[i].state == SlotState::kInFlight) {
      Settle(i, Verdict::kUnknown, 0);
    }
  }
}

void Session::Unbind(int64_t now_ms) {
  now_ms_ = now_ms;
  if (!link_.open()) return;
  if (state_ != State::kBound) return Lose(LinkEnd::kUnbound);
  state_ = State::kUnbinding;
  state_due_ms_ = now_ms + std::min(options_.response_timeout_ms, kUnbindWaitMs);
  own_sequence_ = NextSequence();
  SendEmpty(Command::kUnbind, Status::kOk, own_sequence_);
  link_.Flush();
}

bool Session::Answer(const ReplyHandle& handle) {
  if (!link_.open() || handle.link != links_) return false;
  const size_t bytes =
      EncodeMessageResp(link_.OutRoom(), handle.response, Status::kOk, handle.sequence, {});
  link_.Queue(bytes);
  link_.Flush();
  return bytes > 0;
}

PollWish Session::Wish(int64_t now_ms) {
  PollWish wish;
  wish.wake_ms = next_due_ms_;
  if (!link_.open()) return wish;
  const auto by = [&wish](int64_t at) { wish.wake_ms = std::min(wish.wake_ms, at); };
  wish.fd = link_.fd();
  if (link_.CanRead()) wish.events |= POLLIN;
  if (link_.WantsToWrite()) wish.events |= POLLOUT;
  if (state_ != State::kBound) by(state_due_ms_);
  if (state_ == State::kBound && !link_.broken()) {
    by(ping_due_ms_ >= 0 ? ping_due_ms_ : heard_ms_ + options_.enquire_link_ms);
    const bool could = !Hesitates() && (!waiting_.empty() || (!draining_ && !free_.empty()));
    const int64_t token_at = pace_.NextAt(now_ms);
    if (could && (token_at > now_ms || (!waiting_.empty() && link_.pending() == 0))) by(token_at);
  }
  if (partial_ms_ >= 0) by(partial_ms_ + options_.pdu_timeout_ms);
  if (link_.broken() || (deferred_ && (ReadsOn() || link_.OutRoom().size() >= kAnswerRoom))) {
    by(now_ms);
  }
  if (link_.unread() && link_.CanRead()) by(now_ms);
  return wish;
}

void Session::Turn(short revents, int64_t now_ms) {
  now_ms_ = now_ms;
  bool ended = false;
  // At a deadline, too, whatever poll said: late is what the socket does not hold.
  const bool readable = link_.unread() || (revents & (POLLIN | POLLHUP | POLLERR)) != 0 ||
                        now_ms >= next_due_ms_ || link_.broken();
  if (link_.open() && readable) {
    const uint64_t before = link_.read_total();
    const Link::Read read = link_.ReadSome();
    // Who takes nothing any more has ended once all that it said is read.
    ended = read == Link::Read::kEnd || (read == Link::Read::kDry && link_.broken());
    (read == Link::Read::kFull ? full_ms_ : dry_ms_) = now_ms;
    if (link_.read_total() != before) {
      heard_ms_ = now_ms;
      ping_due_ms_ = -1;
    }
  }
  if (link_.open()) {
    link_.Flush();
    ServeInput(ended);
  }
  if (link_.open() && ended) LoseEnded();
  if (link_.open()) CheckLink();
  CheckSlots();
  if (state_ == State::kBound) WriteWaiting();
  if (link_.open()) link_.Flush();
}

uint32_t Session::NextSequence() {
  do {
    sequence_ = sequence_ >= kMaxSequence ? 1 : sequence_ + 1;
  } while (ring_[sequence_ % kRing] != 0);
  return sequence_;
}

void Session::SendEmpty(Command command, Status status, uint32_t sequence) {
  link_.Queue(EncodeEmpty(link_.OutRoom(), command, status, sequence));
}

bool Session::Hesitates() const {
  return OneAtATime() && std::any_of(slots_.begin(), slots_.end(), [](const Slot& slot) {
           return slot.state == SlotState::kInFlight;
         });
}

void Session::WriteWaiting() {
  while (!waiting_.empty() && !Hesitates() && pace_.Available(now_ms_) > 0 && !link_.broken() &&
         link_.pending() < kOutputForSubmits) {
    if (!WriteSubmit(waiting_.front())) return;
    waiting_.erase(waiting_.begin());
    pace_.Take();
  }
}

bool Session::WriteSubmit(size_t index) {
  Slot& slot = slots_[index];
  const std::span<uint8_t> out = link_.OutRoom();
  const Bytes& part = options_.parts[slot.part];
  if (out.size() < kSubmitRoom + (options_.payload ? part.size() : 0)) return false;
  std::array<uint8_t, 254> text;  // the same for everyone: no content to one person
  size_t at = 0;
  if (options_.parts.size() > 1) {
    const uint8_t header[kUdhBytes] = {5,
                                       0,
                                       3,
                                       slot.reference,
                                       static_cast<uint8_t>(options_.parts.size()),
                                       static_cast<uint8_t>(slot.part + 1)};
    std::copy(std::begin(header), std::end(header), text.begin());
    at = kUdhBytes;
  }
  if (!options_.payload) std::copy(part.begin(), part.end(), text.begin() + at);
  const auto digits =
      std::as_const(digits_).Expose(memory::ExposeSecret{}).subspan(index * kDigits, kDigits);
  const auto end = std::find(digits.begin(), digits.end(), uint8_t{0});
  Message m;
  m.source = {options_.source_ton, options_.source_npi, options_.source};
  // E.164 is written without its plus.
  m.destination = {1, 1, AsText(digits.subspan(1, static_cast<size_t>(end - digits.begin()) - 1))};
  m.esm_class = options_.parts.size() > 1 ? kHasHeader : 0;
  m.registered_delivery = options_.want_receipts ? 1 : 0;
  m.data_coding = options_.data_coding;
  if (options_.payload) {
    m.payload = part;
  } else {
    m.short_message = ByteView(text).first(at + part.size());
  }
  FreeSequence(slot);
  slot.sequence = NextSequence();
  const size_t bytes = EncodeMessage(out, Command::kSubmitSm, m, slot.sequence);
  slot.state = SlotState::kInFlight;
  slot.stream_begin = link_.queued_total();
  slot.due_ms = now_ms_ + options_.response_timeout_ms;
  ring_[slot.sequence % kRing] = static_cast<uint16_t>(index + 1);
  Due(slot.due_ms);
  link_.Queue(bytes);
  return true;
}

void Session::FreeSequence(Slot& slot) {
  if (slot.sequence != 0) ring_[slot.sequence % kRing] = 0;
  slot.sequence = 0;
}

void Session::Settle(size_t index, Verdict verdict, uint32_t status, std::string_view id) {
  Slot& slot = slots_[index];
  const bool submitted = slot.state == SlotState::kInFlight || slot.state == SlotState::kCooling;
  // A part that was accepted is counted in `part`; of a sent record all were.
  const size_t segments = verdict == Verdict::kSent ? slot.part : slot.part + (submitted ? 1u : 0u);
  const Settlement settlement{slot.position, verdict, static_cast<uint8_t>(segments), status, id};
  waiting_.erase(std::remove(waiting_.begin(), waiting_.end(), static_cast<uint16_t>(index)),
                 waiting_.end());
  FreeSequence(slot);
  slot = Slot{};
  memory::Wipe(digits_.Expose(memory::ExposeSecret{}).subspan(index * kDigits, kDigits));
  free_.push_back(static_cast<uint16_t>(index));
  events_->OnSettled(settlement);
}

void Session::SettleHeld(size_t index) {
  const Slot& slot = slots_[index];
  if (slot.part > 0) return Settle(index, Verdict::kUnknown, slot.status);
  if (slot.throttles > 0) return Settle(index, Verdict::kRefused, slot.status);
  Settle(index, Verdict::kNotSubmitted, 0);
}

void Session::Lose(LinkEnd end, uint32_t status) {
  // It only seems gone, and may hold the bind for long: the next one would be the second.
  if (end == LinkEnd::kTimedOut && state_ == State::kBound && link_.pending() == 0) {
    SendEmpty(Command::kUnbind, Status::kOk, NextSequence());
    link_.Flush();
  }
  const uint64_t written = link_.written_total();
  late_.fill({});
  link_.Close();
  state_ = State::kNone;
  deferred_ = false;
  partial_ms_ = ping_due_ms_ = -1;
  for (size_t i = 0; i < slots_.size(); ++i) {
    Slot& slot = slots_[i];
    if (slot.state != SlotState::kInFlight) continue;
    if (slot.stream_begin < written) {
      probing_ = true;
      Settle(i, Verdict::kUnknown, 0);
      continue;
    }
    FreeSequence(slot);  // not one byte of it left: it waits for the next socket
    slot.state = SlotState::kWaiting;
    waiting_.push_back(static_cast<uint16_t>(i));
    if (draining_ && slot.part == 0) SettleHeld(i);
  }
  events_->OnLost(end, status);
}

// The peer has ended it, or was not believed.
void Session::LoseEnded() {
  const TlsFault fault = link_.fault();
  if (fault == TlsFault::kNone) return Lose(LinkEnd::kClosed);
  Lose(LinkEnd::kTls, static_cast<uint32_t>(fault));
}

void Session::CheckLink() {
  const auto passed = [this](int64_t at) { return now_ms_ >= at; };
  if (partial_ms_ >= 0 && passed(partial_ms_ + options_.pdu_timeout_ms)) {
    return Lose(LinkEnd::kTimedOut);
  }
  switch (state_) {
    case State::kBinding:
      if (!passed(state_due_ms_)) return;
      if (!link_.securing()) return Lose(LinkEnd::kTimedOut);
      return Lose(LinkEnd::kTls, static_cast<uint32_t>(TlsFault::kHandshake));
    case State::kUnbinding:
      if (passed(state_due_ms_)) Lose(LinkEnd::kUnbound);
      return;
    case State::kPeerUnbound:
      if (passed(state_due_ms_)) Lose(LinkEnd::kClosed);
      return;
    case State::kBound:
      break;
    case State::kNone:
      return;
  }
  if (ping_due_ms_ >= 0 && passed(ping_due_ms_)) return Lose(LinkEnd::kTimedOut);
  if (ping_due_ms_ < 0 && passed(heard_ms_ + options_.enquire_link_ms)) {
    if (link_.OutRoom().size() < kHeaderBytes) return Lose(LinkEnd::kTimedOut);
    SendEmpty(Command::kEnquireLink, Status::kOk, NextSequence());
    ping_due_ms_ = now_ms_ + options_.response_timeout_ms;
  }
}

void Session::CheckSlots() {
  if (now_ms_ < next_due_ms_) return;
  next_due_ms_ = INT64_MAX;
  overdue_ = false;
  for (size_t i = 0; i < slots_.size(); ++i) {
    Slot& slot = slots_[i];
    if (slot.state == SlotState::kCooling && now_ms_ >= slot.due_ms) {
      if (draining_ && slot.part == 0) {
        SettleHeld(i);
        continue;
      }
      slot.state = SlotState::kWaiting;  // keeps its sequence: an acceptance may still come
      waiting_.push_back(static_cast<uint16_t>(i));
    } else if (slot.state == SlotState::kInFlight && now_ms_ >= slot.due_ms) {
      const bool late =
          (dry_ms_ >= slot.due_ms && now_ms_ >= full_ms_ + kCatchUpMs) ||
          now_ms_ >= slot.due_ms + kLateFactor * int64_t{options_.response_timeout_ms};
      // Still in our buffer at its deadline: the peer reads nothing. Closing makes sure that it
      // never leaves, so that it may wait for another socket.
      if (late && slot.stream_begin >= link_.written_total()) {
        Due(now_ms_);
        return Lose(LinkEnd::kTimedOut);
      }
      if (late) {
        late_[slot.sequence % kLate] = {slot.sequence, slot.position, slot.part};
        ++timeouts_in_a_row_;
        Settle(i, Verdict::kUnknown, 0);
        continue;
      }
      Due(now_ms_ + 10);
      overdue_ = true;
      continue;
    }
    if (slot.state == SlotState::kInFlight || slot.state == SlotState::kCooling) Due(slot.due_ms);
  }
  // A peer that answers nothing must not eat the batch a window at a time.
  const unsigned most = probing_ ? 1 : std::min(options_.window, kTimeoutsInARow);
  if (link_.open() && timeouts_in_a_row_ >= most) {
    probing_ = true;
    Lose(LinkEnd::kTimedOut);
  }
}

}  // namespace signpost::sender::smpp
