#include "cli/carrier/client.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdio>

#include "core/sender/reply/reply.h"
#include "core/shared/sms/alphabet.h"
#include "crypto/number/phone_number.h"

namespace signpost::carrier {
namespace {

using sender::smpp::Command;
using sender::smpp::Status;

constexpr size_t kMaxOut = 1u << 20;  // beyond it nothing more is read

bool IsFictional(const sender::smpp::Address& address) {
  const Result<number::PhoneNumber> number =
      number::PhoneNumber::FromE164("+" + std::string(address.text));
  return number && number->IsFictional();
}

// The segment's segment from a concatenation header (05 00 03 ref total seq); {1, 1} without one.
struct Segment {
  unsigned total = 1, at = 1;
};
Segment SegmentOf(const sender::smpp::Message& m) {
  const ByteView t = m.text();
  const bool header = (m.esm_class & sender::smpp::kHasHeader) != 0 && t.size() >= 6 && t[0] == 5 &&
                      t[1] == 0 && t[2] == 3;
  return header ? Segment{t[4], t[5]} : Segment{};
}

bool Nth(uint64_t count, uint32_t every) { return every != 0 && count % every == 0; }

std::string Printable(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') {
      out += "\n    ";
    } else {
      out.push_back(static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c);
    }
  }
  return out;
}

}  // namespace

short Client::Events() const {
  short events = out_.size() < kMaxOut ? POLLIN : 0;
  if (!out_.empty() && !deaf_) events |= POLLOUT;
  return events;
}

int64_t Client::wake_ms() const {
  if (wire_.Unread() && (Events() & POLLIN) != 0) return 0;
  return later_.empty() || deaf_ ? INT64_MAX : later_.begin()->first;
}

void Client::Turn(short revents, int64_t now_ms) {
  now_ms_ = now_ms;
  if ((revents & (POLLIN | POLLHUP | POLLERR)) != 0 || wire_.Unread()) Read();
  while (open() && !deaf_ && !later_.empty() && later_.begin()->first <= now_ms) {
    out_ += later_.begin()->second;
    later_.erase(later_.begin());
  }
  if (open() && !deaf_) Flush();
  if (open() && leaving_ && out_.empty()) {
    wire_.EndWriting();
    fd_ = OwnedFd();
  }
}

void Client::Read() {
  std::array<char, 65536> chunk;
  const ssize_t n = wire_.Read(chunk.data(), chunk.size());
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n <= 0) return Drop();
  if (deaf_) return;
  in_.append(chunk.data(), static_cast<size_t>(n));
  size_t used = 0;
  while (open() && !leaving_ && !deaf_) {
    const auto pdu = sender::smpp::TakePdu(AsBytes(in_).subspan(used));
    if (!pdu) {
      Empty(Command::kGenericNack, pdu.error(), 0);
      leaving_ = true;
      break;
    }
    if (!*pdu) break;
    used += (*pdu)->bytes;
    Serve(**pdu);
  }
  in_.erase(0, used);
}

void Client::Drop() {
  if (bound_ && !leaving_) shared_.held_until_ms = now_ms_ + shared_.options.hold_bind_ms;
  fd_ = OwnedFd();
}

void Client::Serve(const sender::smpp::Pdu& pdu) {
  switch (static_cast<Command>(pdu.command)) {
    case Command::kBindTransceiver:
      return ServeBind(pdu);
    case Command::kSubmitSm:
      return ServeSubmit(pdu);
    case Command::kEnquireLink:
      return Empty(Command::kEnquireLinkResp, Status::kOk, pdu.sequence);
    case Command::kUnbind:
      ++shared_.tally.unbinds;
      shared_.client_left = bound_;
      Empty(Command::kUnbindResp, Status::kOk, pdu.sequence);
      leaving_ = true;
      return;
    case Command::kDeliverSmResp:
      if (stops_.erase(pdu.sequence) > 0 && pdu.status == 0) ++shared_.tally.stops_accepted;
      return;
    default:
      if (!sender::smpp::IsResponse(pdu.command)) {
        Empty(Command::kGenericNack, Status::kInvalidCommandId, pdu.sequence);
      }
  }
}

void Client::ServeBind(const sender::smpp::Pdu& pdu) {
  const auto bind = sender::smpp::DecodeBind(pdu.body);
  const Options& options = shared_.options;
  Status status = Status::kOk;
  if (!bind) {
    status = bind.error();
  } else if (bound_ || now_ms_ < shared_.held_until_ms) {
    status = Status::kAlreadyBound;
  } else if (bind->system_id != options.system_id) {
    status = Status::kInvalidSystemId;
  } else if (bind->password != options.password) {
    status = Status::kInvalidPassword;
  }
  if (status == Status::kOk) {
    bound_ = true;
    ++shared_.tally.binds;
  } else {
    ++shared_.tally.binds_refused;
  }
  std::array<uint8_t, 64> out;
  Later(0,
        std::span(out).first(sender::smpp::EncodeBindResp(out, status, pdu.sequence, "SIGNPOST")));
}

void Client::ServeSubmit(const sender::smpp::Pdu& pdu) {
  const auto answer = [&](Status status) {
    std::array<uint8_t, 64> out;
    Later(shared_.options.latency_ms, std::span(out).first(sender::smpp::EncodeMessageResp(
                                          out, Command::kSubmitSmResp, status, pdu.sequence, {})));
  };
  if (!bound_) return answer(Status::kWrongBindState);
  const auto message = sender::smpp::DecodeMessage(pdu.body);
  if (!message) return answer(message.error());
  if (!IsFictional(message->destination)) {
    ++shared_.tally.not_fictional;
    return answer(Status::kInvalidDestination);
  }
  const Options& options = shared_.options;
  if (message->payload && !options.takes_payload) {
    ++shared_.tally.refused;
    return answer(Status::kTlvNotAllowed);
  }
  const uint64_t nth = ++shared_.submits;
  if (Nth(nth, options.throttle_every)) {
    ++shared_.tally.throttled;
    return answer(Status::kThrottled);
  }
  if (Nth(nth, options.refuse_every)) {
    ++shared_.tally.refused;
    return answer(static_cast<Status>(options.refuse_status));
  }
  Accept(*message, pdu.sequence);
}

void Client::Accept(const sender::smpp::Message& message, uint32_t sequence) {
  const Options& options = shared_.options;
  const uint64_t nth = ++shared_.texts;
  ++shared_.tally.segments;
  if (SegmentOf(message).at == 1) shared_.tally.Count(std::string(message.destination.text));
  Show(message);

  const uint64_t until = options.disconnect_after;
  if (until != 0 && !shared_.disconnected && nth + options.disconnect_unanswered > until) {
    if (nth < until) return;  // taken, and nobody will hear of it
    shared_.disconnected = true;
    ++shared_.tally.disconnects;
    Flush();
    // Half a close, so that the answers already given arrive: what is read from now on is lost.
    wire_.EndWriting();
    deaf_ = true;
    return;
  }
  const std::string id = fmt::format("{:08x}", nth);
  std::array<uint8_t, 64> out;
  const uint32_t late_ms = Nth(nth, options.late_every) ? options.late_ms : 0;
  Later(options.latency_ms + late_ms, std::span(out).first(sender::smpp::EncodeMessageResp(
                                          out, Command::kSubmitSmResp, Status::kOk, sequence, id)));
  if ((message.registered_delivery & 3) == 1 && options.receipts != Receipts::kNone) {
    SendReceipt(message, id);
  }
  if (Nth(nth, options.stop_every)) SendStop(message);
  if (options.unbind_after != 0 && nth >= options.unbind_after && !shared_.unbound) {
    shared_.unbound = true;
    std::array<uint8_t, sender::smpp::kHeaderBytes> unbind;
    Later(options.latency_ms, std::span(unbind).first(sender::smpp::EncodeEmpty(
                                  unbind, Command::kUnbind, Status::kOk, NextSequence())));
  }
}

void Client::SendReceipt(const sender::smpp::Message& message, const std::string& id) {
  const bool bad = shared_.options.receipts == Receipts::kMixed && shared_.texts % 3 == 0;
  const std::string text = fmt::format(
      "id:{} sub:001 dlvrd:{} submit date:2601010900 done date:2601010900 stat:{} err:000 text:",
      id, bad ? "000" : "001", bad ? "UNDELIV" : "DELIVRD");
  sender::smpp::Message receipt;
  receipt.source = message.destination;
  receipt.destination = message.source;
  receipt.esm_class = 0x04;
  receipt.short_message = AsBytes(text);
  receipt.receipted_id = id;
  receipt.state = bad ? uint8_t{5} : uint8_t{2};
  std::array<uint8_t, 512> out;
  ++shared_.tally.receipts;
  Later(shared_.options.latency_ms + shared_.options.receipt_delay_ms,
        std::span(out).first(
            sender::smpp::EncodeMessage(out, Command::kDeliverSm, receipt, NextSequence())));
}

void Client::SendStop(const sender::smpp::Message& message) {
  constexpr std::string_view kWays[] = {"STOP", " stop. ", "Stop please"};
  sender::smpp::Message stop;
  stop.source = message.destination;
  stop.destination = message.source;
  stop.short_message = AsBytes(kWays[shared_.tally.stops % std::size(kWays)]);
  std::array<uint8_t, 512> out;
  const uint32_t sequence = NextSequence();
  stops_[sequence] = true;
  ++shared_.tally.stops;
  Later(shared_.options.latency_ms + 1, std::span(out).first(sender::smpp::EncodeMessage(
                                            out, Command::kDeliverSm, stop, sequence)));
}

void Client::Show(const sender::smpp::Message& message) {
  const uint64_t nth = ++shared_.shown;
  if (shared_.options.quiet) return;
  const std::string text = Printable(TextOf(message));
  const Segment segment = SegmentOf(message);
  if (segment.total > 1) {
    fmt::print("text {} (part {} of {}): {}\n", nth, segment.at, segment.total, text);
  } else {
    fmt::print("text {}: {}\n", nth, text);
  }
  std::fflush(stdout);
}

std::string Client::TextOf(const sender::smpp::Message& message) const {
  const bool header = (message.esm_class & sender::smpp::kHasHeader) != 0;
  const ByteView octets = header ? sender::reply::WithoutHeader(message.text()) : message.text();
  const DefaultAlphabet alphabet = shared_.options.alphabet;
  if (message.data_coding == 0 && alphabet == DefaultAlphabet::kLatin1) {
    return sms::DecodeLatin1(octets);
  }
  if (message.data_coding == 0 && alphabet == DefaultAlphabet::kGsm7Packed) {
    return sms::DecodeGsm(sms::Unpack(octets, header ? sms::kFillBehindHeader : 0));
  }
  return sender::reply::Decode(octets, message.data_coding, false);
}

void Client::Later(uint32_t delay_ms, std::span<const uint8_t> bytes) {
  if (bytes.empty()) return;
  const std::string pdu(AsText(bytes));
  if (delay_ms == 0) {
    out_ += pdu;
  } else {
    later_.emplace(now_ms_ + delay_ms, pdu);
  }
}

void Client::Empty(Command command, Status status, uint32_t sequence) {
  std::array<uint8_t, sender::smpp::kHeaderBytes> out;
  Later(0, std::span(out).first(sender::smpp::EncodeEmpty(out, command, status, sequence)));
}

void Client::Flush() {
  while (!out_.empty()) {
    const ssize_t n = wire_.Write(out_.data(), out_.size());
    if (n < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN && errno != EWOULDBLOCK) fd_ = OwnedFd();
      return;
    }
    out_.erase(0, static_cast<size_t>(n));
  }
}

}  // namespace signpost::carrier
