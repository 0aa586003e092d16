// Runs the client's side of an SMPP 3.4 session: one transceiver bind, a window of submits, their
// answers, and what comes in meanwhile. Driven by poll(2), one thread; it never dials and never
// sleeps: the time is an argument, and sockets are handed to it, the first one and each later one.
//
// Never twice. Each record is in exactly one state, and leaves it only by an answer or a fact:
//   waiting    -> not written yet; survives the loss of a link
//   in flight  -> at least its first byte went to the kernel. Link loss, time-out, an ambiguous
//                 status, an answer of the wrong type: unknown, and never submitted again
//   cooling    -> the carrier said explicitly that it did not take it (throttled, queue full, or a
//                 status that this carrier is known to mean so); it waits and is submitted again,
//                 unless a late acceptance comes before that
// A text of several segments is one record: the next segment goes when the one before was accepted;
// unknown if any segment is, or if some were accepted and the rest cannot be sent. Where the
// carrier takes the whole text in a message_payload there is one submit.
//
// An answer that comes after its record was settled as timed out, over the same link, is reported
// as OnLate: the record is not touched (its number is gone), but what became of it is known.
//
// A peer that answers nothing must not eat the batch a window at a time: while a text has timed out
// and none was answered since, the next one goes alone; a link after one that ended with texts
// unanswered begins with a single text, and is left when that gets no answer.
//
// Numbers: a record's digits are kept in locked memory until it is settled (a throttled one must be
// submitted again), and wiped then; the socket buffers are wiped as they are used up (link.h).
//
// Answers come first: in every turn all responses that were read are served; requests are served
// up to a bound and while their answers fit the output; the rest wait in the input buffer, and when
// that is full nothing more is read. An answer counts as late only when the socket has been read
// dry after its deadline and reading was not held back shortly before, so a flood of inbound
// requests makes no record unknown. When such an answer may stand behind a full buffer, of a peer
// that does not read ours, the requests are served unanswered: what a carrier gets no answer to, it
// delivers again.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "core/sender/smpp/link.h"
#include "core/sender/smpp/pace.h"
#include "core/sender/smpp/pdu/pdu.h"
#include "core/sender/smpp/pdu/receipt.h"
#include "crypto/number/phone_number.h"

namespace signpost::sender::smpp {

constexpr uint32_t kMaxWindow = 1000;
constexpr size_t kAnswerRoom = 64;  // more than the answer to any request
constexpr size_t kMaxPayload = 1600;

struct SessionOptions {
  uint32_t window = 10;  // 1..kMaxWindow
  uint32_t per_second = 10;
  uint32_t response_timeout_ms = 60000;
  uint32_t enquire_link_ms = 30000;  // of silence
  uint32_t pdu_timeout_ms = 10000;   // for the rest of a PDU that has begun
  uint32_t throttle_wait_ms = 1000;  // doubles up to 30 s
  unsigned throttle_limit = 20;      // then the refusal is final
  uint32_t after_sequence = 0;       // the first sequence number is the next; up to kMaxSequence
  uint8_t source_ton = 0, source_npi = 0;
  std::string source;  // at most 20
  bool want_receipts = true;
  uint8_t data_coding = 0;
  std::vector<Bytes> parts;  // 1..255; of several, at most 248 octets each
  bool payload = false;      // the one part goes as message_payload: up to kMaxPayload octets
  // Besides throttled and queue full: what this carrier answers when it did not take a text. A
  // wrong one here texts somebody twice.
  std::vector<uint32_t> not_sent;
  std::optional<TlsOptions> tls;  // none: plain
};

struct Credentials {
  std::string system_id;  // 1..15
  memory::SecretBuffer password;
  size_t password_bytes;  // 0..8
};

enum class Verdict : uint8_t { kSent, kRefused, kUnknown, kNotSubmitted };
struct Settlement {
  uint32_t position = 0;
  Verdict verdict = Verdict::kUnknown;
  uint8_t segments = 0;  // that were submitted
  uint32_t status = 0;   // the command_status that decided it, where one did
  std::string_view id;   // of the last segment that was accepted; may be empty
};

enum class LinkEnd : uint8_t {
  kClosed,       // the peer ended or reset it, or unbound
  kTimedOut,     // silence, or a PDU that never ended
  kProtocol,     // what came was not SMPP 3.4
  kBindRefused,  // with the status
  kTls,          // the peer is not believed, or has no TLS; with the TlsFault as status
  kUnbound,      // by us
};

// How a reply is answered: at once, by Answer() later, with "queue full" (the carrier keeps it and
// comes again), or as one that can never be taken.
enum class ReplyAnswer : uint8_t { kNow, kLater, kBusy, kNever };
struct ReplyHandle {
  uint64_t link = 0;
  uint32_t sequence = 0;
  Command response = Command::kDeliverSmResp;
};

// Called from inside the session's functions; must not call back into it. Views are valid during
// the call.
class SessionEvents {
 public:
  virtual ~SessionEvents() = default;
  virtual void OnBound() = 0;
  virtual void OnSettled(const Settlement& settlement) = 0;
  // A record that OnSettled had called unknown because its time was over: kSent or kRefused.
  virtual void OnLate(const Settlement&) {}
  virtual void OnReceipt(const Receipt& receipt) = 0;
  virtual ReplyAnswer OnReply(const Message& message, const ReplyHandle& handle) = 0;
  virtual void OnLost(LinkEnd end, uint32_t status) = 0;  // another socket may be attached
};

struct PollWish {
  int fd = -1;  // -1: no socket
  short events = 0;
  int64_t wake_ms = INT64_MAX;  // absolute
};

class Session {
 public:
  // kInput when an option is out of its range; kStorage when memory cannot be locked. `events` must
  // outlive the session.
  static Result<std::unique_ptr<Session>> Create(SessionOptions options, Credentials credentials,
                                                 SessionEvents* events);

  void Attach(OwnedFd connected, int64_t now_ms);  // and binds
  // How many records Submit takes now: 0 unless bound and not draining.
  size_t Room(int64_t now_ms);
  // Copies the digits. Beyond Room the record is settled as not submitted.
  void Submit(uint32_t position, const number::PhoneNumber& number);
  // Nothing new: what was not submitted settles as such; half-sent texts are finished.
  void Drain();
  // No socket will come any more: everything that is held settles now.
  void GiveUp();
  void Unbind(int64_t now_ms);  // orderly, if bound; ends in OnLost(kUnbound)
  // False when the link that asked is gone or full: the carrier will deliver it again.
  bool Answer(const ReplyHandle& handle);

  PollWish Wish(int64_t now_ms);
  void Turn(short revents, int64_t now_ms);

  bool bound() const { return state_ == State::kBound; }
  bool connected() const { return link_.open(); }
  size_t held() const { return slots_.size() - free_.size(); }

 private:
  enum class State : uint8_t { kNone, kBinding, kBound, kPeerUnbound, kUnbinding };
  enum class SlotState : uint8_t { kFree, kWaiting, kInFlight, kCooling };
  struct Slot {
    SlotState state = SlotState::kFree;
    uint8_t part = 0;  // accepted so far
    uint8_t throttles = 0;
    uint8_t reference = 0;  // of its user data headers
    uint32_t position = 0;
    uint32_t sequence = 0;  // of its last submit, until it is written again
    uint32_t status = 0;    // of the last refusal
    int64_t due_ms = 0;
    uint64_t stream_begin = 0;  // of its PDU, in link_.queued_total()
  };
  // A submit whose time was over; a newer one of the same place in the table displaces it.
  struct LateSubmit {
    uint32_t sequence = 0;  // 0: none
    uint32_t position = 0;
    uint8_t part = 0;
  };
  static constexpr size_t kRing = 2048;  // more than kMaxWindow
  static constexpr size_t kLate = 1024;
  static constexpr size_t kDigits = number::PhoneNumber::kBytes;

  Session(SessionOptions options, Credentials credentials, SessionEvents* events, Link link,
          memory::SecretBuffer digits);

  // session.cc
  uint32_t NextSequence();
  bool OneAtATime() const { return probing_ || timeouts_in_a_row_ > 0; }
  bool Hesitates() const;
  void Answered() {  // to a submit, whatever it said
    timeouts_in_a_row_ = 0;
    probing_ = false;
  }
  void WriteWaiting();
  bool WriteSubmit(size_t index);
  void FreeSequence(Slot& slot);
  void Settle(size_t index, Verdict verdict, uint32_t status, std::string_view id = {});
  void SettleHeld(size_t index);  // one that will not be written any more
  void Lose(LinkEnd end, uint32_t status = 0);
  void LoseEnded();
  void CheckLink();
  void CheckSlots();
  void Due(int64_t at_ms) { next_due_ms_ = std::min(next_due_ms_, at_ms); }
  void SendEmpty(Command command, Status status, uint32_t sequence);

  // inbound.cc
  void ServeInput(bool ended);
  void ServeResponse(const Pdu& pdu);
  void ServeBindResponse(const Pdu& pdu);
  void ServeSubmitResponse(size_t index, const Pdu& pdu);
  void ServeLateResponse(const Pdu& pdu);
  bool SaysNotSent(uint32_t status) const;
  void ServeRequest(const Pdu& pdu);
  void ServeMessage(const Pdu& pdu);
  void NotePartial(size_t rest);
  // The input is full of what cannot be answered, and something behind it is wanted.
  bool ReadsOn() const { return !link_.CanRead() && (overdue_ || link_.broken()); }
  Slot* InRing(uint32_t sequence, size_t& index);

  SessionOptions options_;
  Credentials credentials_;
  SessionEvents* events_;
  Link link_;
  memory::SecretBuffer digits_;  // kDigits for each slot
  Pace pace_;
  State state_ = State::kNone;
  bool draining_ = false;
  bool deferred_ = false;  // requests wait in the input buffer
  bool overdue_ = false;   // an answer is, as far as was read

  std::vector<Slot> slots_;
  std::vector<uint16_t> free_;
  std::vector<uint16_t> waiting_;         // in order; at most the window
  std::array<uint16_t, kRing> ring_{};    // sequence % kRing -> slot + 1
  std::array<LateSubmit, kLate> late_{};  // sequence % kLate; of this link
  uint32_t sequence_ = 0;
  uint32_t own_sequence_ = 0;  // of the bind or unbind that is out
  uint8_t reference_ = 0;
  unsigned timeouts_in_a_row_ = 0;
  bool probing_ = false;  // the link before left texts unanswered, and nothing was answered since
  uint64_t links_ = 0;

  int64_t now_ms_ = 0;
  int64_t state_due_ms_ = 0;         // binding, unbinding, peer unbound
  int64_t heard_ms_ = 0;             // bytes came
  int64_t dry_ms_ = 0;               // the socket had no more
  int64_t full_ms_ = INT64_MIN / 2;  // it had more than the buffer takes
  int64_t ping_due_ms_ = -1;
  int64_t partial_ms_ = -1;  // since when the input ends inside a PDU
  uint64_t partial_at_ = 0;
  int64_t next_due_ms_ = INT64_MAX;  // of any slot
};

}  // namespace signpost::sender::smpp
