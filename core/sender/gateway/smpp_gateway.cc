#include "core/sender/gateway/smpp_gateway.h"

#include <algorithm>
#include <array>

#include "core/sender/gateway/message_id.h"
#include "core/sender/reply/reply.h"
#include "core/shared/sms/alphabet.h"
#include "crypto/base/mode.h"
#include "crypto/base/time.h"
#include "crypto/memory/wiped.h"

namespace signpost::sender::gateway {
namespace {

constexpr size_t kMaxOpenReplies = 256;
constexpr int64_t kSteadyMs = 10000;  // a bind that held so long was no failure

smpp::TlsOptions ToTls(const wire::sender::Tls& tls, std::shared_ptr<const smpp::TlsTrust> trust) {
  smpp::TlsOptions options;
  options.trust = std::move(trust);
  options.name.assign(tls.name, tls.name_bytes);
  if (tls.has_pin != 0)
    std::copy(std::begin(tls.pin), std::end(tls.pin), options.pin.emplace().begin());
  return options;
}

// Of alphabet, packing and data_coding, what can be meant together.
bool FormIsKnown(const wire::sender::Session& session) {
  const uint8_t coding = session.smpp.data_coding;
  switch (session.alphabet) {
    case sms::Alphabet::kGsm:
      return coding == 0;
    case sms::Alphabet::kUcs2:
      return coding == 8 && session.smpp.packed == 0;
    case sms::Alphabet::kLatin1:
      return (coding == 0 || coding == 3) && session.smpp.packed == 0;
  }
  return false;
}

Result<smpp::SessionOptions> ToOptions(const wire::sender::Session& session,
                                       std::string_view text) {
  const bool lengths = session.sender_bytes <= sizeof session.sender &&
                       session.smpp.not_sent_count <= std::size(session.smpp.not_sent) &&
                       session.tls.name_bytes <= sizeof session.tls.name &&
                       (session.tls.has_pin == 0 || session.tls.name_bytes > 0);
  if (!lengths || !FormIsKnown(session)) {
    return Fail(Code::kInput, "the session is out of range", "session");
  }
  smpp::SessionOptions options;
  options.window = session.window;
  options.per_second = session.per_second;
  options.response_timeout_ms = session.response_timeout_ms;
  options.enquire_link_ms = session.smpp.enquire_link_ms;
  options.source_ton = session.smpp.source_ton;
  options.source_npi = session.smpp.source_npi;
  options.source.assign(session.sender, session.sender_bytes);
  options.want_receipts = session.want_receipts != 0;
  options.data_coding = session.smpp.data_coding;
  options.not_sent.assign(session.smpp.not_sent,
                          session.smpp.not_sent + session.smpp.not_sent_count);
  TRY_ASSIGN(options.parts, sms::Split(text, session.alphabet));
  const bool several = options.parts.size() > 1;
  options.payload = several && session.smpp.payload != 0;
  if (options.payload) {
    Bytes whole;
    for (const Bytes& part : options.parts) whole.insert(whole.end(), part.begin(), part.end());
    options.parts = {std::move(whole)};
  }
  if (session.smpp.packed != 0) {
    const unsigned fill = several && !options.payload ? sms::kFillBehindHeader : 0;
    for (Bytes& part : options.parts) part = sms::Pack(part, fill);
  }
  return options;
}

// A national or alphanumeric source has no E.164 form that we could know.
std::optional<number::PhoneNumber> NumberOf(const smpp::Address& source) {
  constexpr uint8_t kUnknownTon = 0, kInternational = 1;
  constexpr size_t kLongEnough = 11;  // without a type of number: shorter may be national
  std::string_view digits = source.text;
  bool international = source.ton == kInternational;
  if (digits.substr(0, 1) == "+") {
    digits.remove_prefix(1);
    international = true;
  } else if (digits.substr(0, 2) == "00") {
    digits.remove_prefix(2);
    international = true;
  }
  const bool known = international || (source.ton == kUnknownTon && digits.size() >= kLongEnough);
  memory::Wiped<std::array<char, number::PhoneNumber::kBytes>> text{{'+'}};
  if (!known || digits.size() >= text.size()) return std::nullopt;
  std::copy(digits.begin(), digits.end(), text.begin() + 1);
  Result<number::PhoneNumber> number =
      number::PhoneNumber::FromE164({text.data(), digits.size() + 1});
  if (!number) return std::nullopt;
  return *std::move(number);
}

bool MayBindLater(uint32_t status) {
  constexpr smpp::Status kLater[] = {smpp::Status::kAlreadyBound, smpp::Status::kSystemError,
                                     smpp::Status::kQueueFull, smpp::Status::kThrottled,
                                     smpp::Status::kTemporaryAppError};
  return std::find(std::begin(kLater), std::end(kLater), static_cast<smpp::Status>(status)) !=
         std::end(kLater);
}

wire::sender::Failed Failure(wire::sender::Failure failure, uint32_t status = 0) {
  return {failure, wire::sender::TlsFault::kNone, status};
}

wire::sender::Failed TlsFailure(wire::sender::TlsFault fault) {
  return {wire::sender::Failure::kTls, fault, 0};
}

wire::sender::TlsFault ToBoundary(smpp::TlsFault fault) {
  switch (fault) {
    case smpp::TlsFault::kNone:
    case smpp::TlsFault::kHandshake:
      return wire::sender::TlsFault::kHandshake;
    case smpp::TlsFault::kName:
      return wire::sender::TlsFault::kName;
    case smpp::TlsFault::kUntrusted:
      return wire::sender::TlsFault::kUntrusted;
    case smpp::TlsFault::kExpired:
      return wire::sender::TlsFault::kExpired;
    case smpp::TlsFault::kPin:
      return wire::sender::TlsFault::kPin;
  }
  return wire::sender::TlsFault::kHandshake;
}

}  // namespace

Result<std::unique_ptr<SmppGateway>> SmppGateway::Create(const wire::sender::Session& session,
                                                         std::string_view text,
                                                         smpp::Credentials credentials,
                                                         SmppGatewayOptions options) {
  if (!options.now_ms) options.now_ms = MonotonicMillis;
  TRY_ASSIGN(smpp::SessionOptions session_options, ToOptions(session, text));
  const bool wants_tls = session.tls.name_bytes > 0;
  const bool can_tls = options.trust != nullptr;
  if (wants_tls && can_tls) session_options.tls = ToTls(session.tls, std::move(options.trust));
  std::unique_ptr<SmppGateway> gateway(new SmppGateway(std::move(options)));
  gateway->bind_held_ms_ = session.smpp.enquire_link_ms;
  gateway->keeps_ids_ = session.want_receipts != 0;
  gateway->rehearsal_ = session.mode == Mode::kRehearsal;
  TRY_ASSIGN(gateway->session_, smpp::Session::Create(std::move(session_options),
                                                      std::move(credentials), gateway.get()));
  // Not a socket is asked for: it could only be used in the clear.
  if (wants_tls && !can_tls) gateway->End(TlsFailure(wire::sender::TlsFault::kTrust));
  return gateway;
}

SmppGateway::SmppGateway(SmppGatewayOptions options) : options_(std::move(options)) {
  open_replies_.reserve(kMaxOpenReplies);
  ask_at_ms_ = options_.now_ms();
}

void SmppGateway::Attach(OwnedFd connected) {
  if (ended_ || !asked_) return;
  asked_ = false;
  session_->Attach(std::move(connected), options_.now_ms());
  Act();
}

void SmppGateway::NoSocket() {
  if (ended_ || !asked_) return;
  asked_ = false;
  // Not even once: there is nobody there, and a person had better look.
  if (!ever_bound_) return End(Failure(wire::sender::Failure::kNone));
  RetryLater(Failure(wire::sender::Failure::kNone));
}

size_t SmppGateway::Room() { return ended_ ? 0 : session_->Room(options_.now_ms()); }

void SmppGateway::Submit(std::span<NumberedRecord> records) {
  for (NumberedRecord& record : records) {
    const number::PhoneNumber number =
        std::move(record.number);  // and wiped at the end of this turn
    session_->Submit(record.position, number);
  }
}

void SmppGateway::Answer(uint64_t handle) {
  const auto open = std::find_if(open_replies_.begin(), open_replies_.end(),
                                 [&](const OpenReply& o) { return o.handle == handle; });
  if (open == open_replies_.end()) return;
  session_->Answer(open->session);  // a lost link: the carrier delivers it again, and it is durable
  open_replies_.erase(open);
}

void SmppGateway::Drain() {
  session_->Drain();
  Act();
}

void SmppGateway::Abort() {
  session_->GiveUp();
  Act();
}

void SmppGateway::Close() {
  if (ended_ || closing_) return;
  closing_ = true;
  if (!session_->connected()) return End(Failure(wire::sender::Failure::kNone));
  session_->Unbind(options_.now_ms());
  Act();
}

GatewayWish SmppGateway::Wish() {
  if (ended_) return {};
  const smpp::PollWish wish = session_->Wish(options_.now_ms());
  GatewayWish ours{wish.fd, wish.events, wish.wake_ms};
  if (!session_->connected() && !asked_) ours.wake_ms = std::min(ours.wake_ms, ask_at_ms_);
  return ours;
}

void SmppGateway::Turn(short revents) {
  if (ended_) return;
  const int64_t now = options_.now_ms();
  session_->Turn(revents, now);
  Act();
  if (!ended_ && !session_->connected() && !asked_ && now >= ask_at_ms_) {
    asked_ = true;
    events_.emplace_back(GatewayNeedsSocket{});
  }
}

std::optional<GatewayEvent> SmppGateway::Next() {
  if (events_.empty()) return std::nullopt;
  std::optional<GatewayEvent> event(std::move(events_.front()));
  events_.pop_front();
  return event;
}

void SmppGateway::OnBound() {
  ever_bound_ = true;
  bound_at_ms_ = options_.now_ms();
  unanswered_ = false;
  events_.emplace_back(GatewayReady{});
}

namespace {

// `with_id`: receipts were asked for, and name it. Else nobody ever asks, and it is not kept.
wire::sender::Settled ToSettled(const smpp::Settlement& settlement, bool with_id) {
  wire::sender::Settled settled{};
  settled.position = settlement.position;
  settled.segments = settlement.segments;
  settled.status = settlement.status;
  switch (settlement.verdict) {
    case smpp::Verdict::kSent:
      settled.outcome = wire::sender::Outcome::kSent;
      break;
    case smpp::Verdict::kRefused:
      settled.outcome = wire::sender::Outcome::kRefused;
      break;
    case smpp::Verdict::kUnknown:
      settled.outcome = wire::sender::Outcome::kUnknown;
      break;
    case smpp::Verdict::kNotSubmitted:
      settled.outcome = wire::sender::Outcome::kNotSubmitted;
      break;
  }
  if (!with_id) return settled;
  const MessageIdHash hash = HashMessageId(settlement.id);
  std::copy(hash.begin(), hash.end(), settled.id_hash);
  return settled;
}

}  // namespace

void SmppGateway::OnSettled(const smpp::Settlement& settlement) {
  const bool answered =
      settlement.verdict == smpp::Verdict::kSent || settlement.verdict == smpp::Verdict::kRefused;
  if (answered) failures_ = 0;
  if (settlement.verdict == smpp::Verdict::kUnknown) unanswered_ = true;
  events_.emplace_back(ToSettled(settlement, keeps_ids_));
}

void SmppGateway::OnLate(const smpp::Settlement& settlement) {
  failures_ = 0;
  events_.emplace_back(LateAnswer{ToSettled(settlement, keeps_ids_)});
}

void SmppGateway::OnReceipt(const smpp::Receipt& receipt) {
  if (receipt.id.empty()) return;  // nothing that it could be matched by
  wire::sender::Receipt out{};
  out.final_state = receipt.intermediate ? 0 : 1;
  switch (receipt.delivery) {
    case smpp::Delivery::kDelivered:
      out.outcome = wire::sender::Outcome::kDelivered;
      break;
    case smpp::Delivery::kUndelivered:
      out.outcome = wire::sender::Outcome::kUndelivered;
      break;
    case smpp::Delivery::kAccepted:
    case smpp::Delivery::kEnroute:
      out.outcome = wire::sender::Outcome::kSent;
      break;
    case smpp::Delivery::kUnknown:
      out.outcome = wire::sender::Outcome::kUnknown;
      break;
  }
  const auto hashes = HashReceiptId(receipt.id);
  for (size_t i = 0; i < hashes.size(); ++i) {
    std::copy(hashes[i].begin(), hashes[i].end(), out.id_hashes[i]);
  }
  events_.emplace_back(out);
}

smpp::ReplyAnswer SmppGateway::OnReply(const smpp::Message& message,
                                       const smpp::ReplyHandle& handle) {
  const bool has_header = (message.esm_class & smpp::kHasHeader) != 0;
  Reply event;
  event.opt_out = reply::SaysStop(message.text(), message.data_coding, has_header);
  if (!event.opt_out) {
    events_.emplace_back(std::move(event));
    return smpp::ReplyAnswer::kNow;
  }
  if (open_replies_.size() >= kMaxOpenReplies) return smpp::ReplyAnswer::kBusy;
  event.from = NumberOf(message.source);
  // Of the other kind of home: nobody was ever texted there, and the sealer takes none of them.
  if (event.from && event.from->IsFictional() != rehearsal_) event.from.reset();
  if (!event.from) {
    events_.emplace_back(std::move(event));
    return smpp::ReplyAnswer::kNever;
  }
  event.handle = next_handle_++;
  open_replies_.push_back({event.handle, handle});
  events_.emplace_back(std::move(event));
  return smpp::ReplyAnswer::kLater;
}

void SmppGateway::OnLost(smpp::LinkEnd end, uint32_t status) { loss_ = Loss{end, status}; }

void SmppGateway::Act() {
  if (!loss_ || ended_) return;
  const Loss loss = *loss_;
  loss_.reset();
  if (closing_) return End(Failure(wire::sender::Failure::kNone));
  switch (loss.end) {
    case smpp::LinkEnd::kBindRefused: {
      const wire::sender::Failed refused =
          Failure(wire::sender::Failure::kBindRefused, loss.status);
      if (!MayBindLater(loss.status)) return End(refused);
      const bool held = loss.status == static_cast<uint32_t>(smpp::Status::kAlreadyBound);
      return RetryLater(refused, held ? bind_held_ms_ : 0);
    }
    case smpp::LinkEnd::kTls: {
      const wire::sender::TlsFault fault = ToBoundary(static_cast<smpp::TlsFault>(loss.status));
      const bool passing = ever_bound_ && fault == wire::sender::TlsFault::kHandshake;
      return passing ? RetryLater(TlsFailure(fault)) : End(TlsFailure(fault));
    }
    case smpp::LinkEnd::kProtocol: {
      const wire::sender::Failed protocol = Failure(wire::sender::Failure::kProtocol, loss.status);
      return ever_bound_ ? RetryLater(protocol) : End(protocol);
    }
    case smpp::LinkEnd::kClosed:
    case smpp::LinkEnd::kTimedOut:
    case smpp::LinkEnd::kUnbound:
      // Connected, but it never took a bind: whatever it is, it is no message centre of ours.
      return RetryLater(
          Failure(ever_bound_ ? wire::sender::Failure::kNone : wire::sender::Failure::kProtocol),
          loss.end == smpp::LinkEnd::kTimedOut ? bind_held_ms_ : 0);
  }
}

void SmppGateway::RetryLater(wire::sender::Failed failed, int64_t at_least_ms) {
  const int64_t now = options_.now_ms();
  // One that left texts unanswered was, however long it held.
  const bool steady = bound_at_ms_ > 0 && now - bound_at_ms_ >= kSteadyMs && !unanswered_;
  if (steady) failures_ = 0;
  bound_at_ms_ = 0;
  if (++failures_ >= options_.tries) return End(failed);
  const uint64_t wait =
      std::min<uint64_t>(uint64_t{options_.reconnect_first_ms} << std::min(failures_ - 1, 16u),
                         options_.reconnect_max_ms);
  std::array<uint8_t, 4> random;
  RandomBytes(random);
  const uint64_t jitter = GetLe<uint32_t>(random) % (wait + 1);
  const auto after = static_cast<int64_t>(wait / 2 + jitter);
  // Not all of a provider's clients at the same moment either.
  const int64_t least =
      at_least_ms + at_least_ms * GetLe<uint8_t>(ByteView(random).first<1>()) / 512;
  ask_at_ms_ = now + std::max(after, least);
}

void SmppGateway::End(wire::sender::Failed failed) {
  session_->GiveUp();
  ended_ = true;
  events_.emplace_back(GatewayEnded{failed});
}

}  // namespace signpost::sender::gateway
