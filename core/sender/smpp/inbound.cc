// What the peer sends: the half of Session that reads.
#include <algorithm>
#include <cstring>
#include <utility>

#include "core/sender/smpp/session.h"

namespace signpost::sender::smpp {
namespace {

constexpr unsigned kRequestsPerTurn = 64;
constexpr int64_t kPeerUnbindGraceMs = 1000;
constexpr int64_t kThrottleWaitMaxMs = 30000;

// Statuses with which a message centre says: nothing was taken, and the same again would not be
// either. Section 5.1.3: refused fields. Everything that is in no list here is ambiguous.
bool IsFinalRefusal(uint32_t status) {
  constexpr uint32_t kFinal[] = {
      0x01,                          // message length
      0x06,                          // priority flag
      0x07,                          // registered delivery flag
      0x0A, 0x0B,                    // source, destination address
      0x15,                          // service type
      0x42, 0x43,                    // submit with replace, esm_class
      0x48, 0x49, 0x50, 0x51,        // source and destination ton and npi
      0x54,                          // replace_if_present
      0x61, 0x62, 0x63,              // schedule, validity, default message
      0xC0, 0xC1, 0xC2, 0xC3, 0xC4,  // optional parameters
  };
  return std::find(std::begin(kFinal), std::end(kFinal), status) != std::end(kFinal);
}

}  // namespace

bool Session::SaysNotSent(uint32_t status) const {
  return status == static_cast<uint32_t>(Status::kThrottled) ||
         status == static_cast<uint32_t>(Status::kQueueFull) ||
         std::find(options_.not_sent.begin(), options_.not_sent.end(), status) !=
             options_.not_sent.end();
}

void Session::ServeInput(bool ended) {
  const std::span<uint8_t> in = link_.input();
  size_t read = 0, kept = 0;
  unsigned budget = kRequestsPerTurn;
  bool defer = false;
  const bool reads_on = ReadsOn();
  while (true) {
    const Decoded<std::optional<Pdu>> pdu = TakePdu(in.subspan(read));
    if (!pdu) return Lose(LinkEnd::kProtocol);
    if (!*pdu) break;
    const size_t bytes = (*pdu)->bytes;
    // When the peer has ended nothing can be answered, but what it said last still counts.
    const bool room = reads_on || link_.OutRoom().size() >= kAnswerRoom;
    const bool serve = ended || (!defer && budget > 0 && room);
    if (IsResponse((*pdu)->command)) {
      ServeResponse(**pdu);
    } else if (serve) {
      if (budget > 0) --budget;
      ServeRequest(**pdu);
    } else {
      defer = true;
      std::memmove(in.data() + kept, in.data() + read, bytes);
      kept += bytes;
    }
    read += bytes;
    if (!link_.open()) return;
  }
  const size_t rest = in.size() - read;
  std::memmove(in.data() + kept, in.data() + read, rest);
  link_.KeepInput(kept + rest);
  deferred_ = defer;
  NotePartial(rest);
}

void Session::NotePartial(size_t rest) {
  const uint64_t begins_at = link_.read_total() - rest;
  if (rest == 0 || !link_.CanRead()) {
    partial_ms_ = -1;
  } else if (partial_ms_ < 0 || partial_at_ != begins_at) {
    partial_ms_ = now_ms_;
    partial_at_ = begins_at;
  }
}

Session::Slot* Session::InRing(uint32_t sequence, size_t& index) {
  const uint16_t entry = ring_[sequence % kRing];
  if (entry == 0 || slots_[entry - 1].sequence != sequence) return nullptr;
  index = entry - 1u;
  return &slots_[index];
}

void Session::ServeResponse(const Pdu& pdu) {
  if (state_ == State::kBinding) return ServeBindResponse(pdu);
  const auto command = static_cast<Command>(pdu.command);
  if (state_ == State::kUnbinding && pdu.sequence == own_sequence_ &&
      (command == Command::kUnbindResp || command == Command::kGenericNack)) {
    return Lose(LinkEnd::kUnbound);
  }
  size_t index = 0;
  Slot* const slot = InRing(pdu.sequence, index);
  if (slot == nullptr) return ServeLateResponse(pdu);
  if (slot->state == SlotState::kInFlight && slot->stream_begin >= link_.written_total()) {
    return;  // an answer to what was not yet said
  }
  if (command == Command::kSubmitSmResp) return ServeSubmitResponse(index, pdu);
  // Another type of answer to a submit says nothing certain about it.
  if (slot->state == SlotState::kInFlight) {
    Answered();
    Settle(index, Verdict::kUnknown, pdu.status);
  }
}

void Session::ServeBindResponse(const Pdu& pdu) {
  const auto command = static_cast<Command>(pdu.command);
  const bool ours = pdu.sequence == own_sequence_;
  if (command == Command::kGenericNack) return Lose(LinkEnd::kProtocol, pdu.status);
  if (!ours || command != Command::kBindTransceiverResp) return Lose(LinkEnd::kProtocol);
  if (pdu.status != 0) return Lose(LinkEnd::kBindRefused, pdu.status);
  state_ = State::kBound;
  events_->OnBound();
}

void Session::ServeSubmitResponse(size_t index, const Pdu& pdu) {
  Slot& slot = slots_[index];
  Answered();
  if (pdu.status == 0) {
    // Cooling or about to go again, too: accepted after it was refused. The acceptance counts.
    std::erase(waiting_, static_cast<uint16_t>(index));
    const auto id = DecodeMessageId(pdu.body);
    ++slot.part;
    if (slot.part == options_.parts.size()) {
      return Settle(index, Verdict::kSent, 0, id ? *id : std::string_view{});
    }
    FreeSequence(slot);
    slot.state = SlotState::kWaiting;
    waiting_.insert(waiting_.begin(), static_cast<uint16_t>(index));
    return;
  }
  if (slot.state != SlotState::kInFlight) return;
  slot.status = pdu.status;
  if (SaysNotSent(pdu.status) && slot.throttles < options_.throttle_limit) {
    const int64_t wait = int64_t{options_.throttle_wait_ms}
                         << std::min<unsigned>(slot.throttles, 5);
    ++slot.throttles;
    slot.state = SlotState::kCooling;
    slot.due_ms = now_ms_ + std::min(wait, kThrottleWaitMaxMs);
    Due(slot.due_ms);
    pace_.Halve(now_ms_);
    return;
  }
  const bool refused = SaysNotSent(pdu.status) || IsFinalRefusal(pdu.status);
  Settle(index, refused && slot.part == 0 ? Verdict::kRefused : Verdict::kUnknown, pdu.status);
}

// Too late, twice, or to something that was never asked. Only the first of these says something:
// that all of the text was taken, or that none of it was. Anything else leaves it unknown.
void Session::ServeLateResponse(const Pdu& pdu) {
  LateSubmit& late = late_[pdu.sequence % kLate];
  const bool submit = pdu.command == static_cast<uint32_t>(Command::kSubmitSmResp);
  if (!submit || pdu.sequence == 0 || late.sequence != pdu.sequence) return;
  const auto segments = static_cast<uint8_t>(late.part + 1);
  const LateSubmit it = std::exchange(late, {});
  Answered();  // slowly
  if (pdu.status == 0 && segments == options_.parts.size()) {
    const auto id = DecodeMessageId(pdu.body);
    events_->OnLate({it.position, Verdict::kSent, segments, 0, id ? *id : std::string_view{}});
  } else if (it.part == 0 && (SaysNotSent(pdu.status) || IsFinalRefusal(pdu.status))) {
    events_->OnLate({it.position, Verdict::kRefused, segments, pdu.status, {}});
  }
}

void Session::ServeRequest(const Pdu& pdu) {
  switch (static_cast<Command>(pdu.command)) {
    case Command::kEnquireLink:
      return SendEmpty(Command::kEnquireLinkResp, Status::kOk, pdu.sequence);
    case Command::kDeliverSm:
    case Command::kDataSm:
      return ServeMessage(pdu);
    case Command::kUnbind:
      SendEmpty(Command::kUnbindResp, Status::kOk, pdu.sequence);
      // Answers may still be on their way: a moment for them, then the link is closed.
      if (state_ != State::kPeerUnbound) state_due_ms_ = now_ms_ + kPeerUnbindGraceMs;
      state_ = State::kPeerUnbound;
      return;
    case Command::kOutbind:
      return;  // asks for a bind that is there already
    default:
      return SendEmpty(Command::kGenericNack, Status::kInvalidCommandId, pdu.sequence);
  }
}

void Session::ServeMessage(const Pdu& pdu) {
  const auto command = static_cast<Command>(pdu.command);
  const auto answer = [&](Status status) {
    link_.Queue(EncodeMessageResp(link_.OutRoom(), ResponseTo(command), status, pdu.sequence, {}));
  };
  if (state_ == State::kBinding) return answer(Status::kWrongBindState);
  const Decoded<Message> message =
      command == Command::kDataSm ? DecodeData(pdu.body) : DecodeMessage(pdu.body);
  if (!message) return answer(message.error());
  if (const auto receipt = ParseReceipt(*message)) {
    events_->OnReceipt(*receipt);
    return answer(Status::kOk);
  }
  switch (events_->OnReply(*message, {links_, pdu.sequence, ResponseTo(command)})) {
    case ReplyAnswer::kNow:
      return answer(Status::kOk);
    case ReplyAnswer::kLater:
      return;
    case ReplyAnswer::kBusy:
      return answer(Status::kQueueFull);
    case ReplyAnswer::kNever:
      return answer(Status::kPermanentAppError);
  }
}

}  // namespace signpost::sender::smpp
