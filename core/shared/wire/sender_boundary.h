// Lists the messages between signpost and signpost-sender, and from signpost-opener to
// signpost-sender.
//
// Descriptors of signpost-sender: 3 control (signpost), 4 from the opener (session and numbers),
// 5 to the sealer (replies that say STOP: sealer_boundary.h), 6 credentials, read-only, as the
// gateway's kind writes them; 7 the certificates that the site trusts, PEM, read-only, at most
// kTrustMax bytes: empty when the manifest asks for no TLS.
// The sender cannot open a socket: it asks, signpost dials the address of the manifest and passes
// the connected descriptor. What was in flight when a socket is lost is unknown.
#pragma once

#include "core/shared/sms/alphabet.h"
#include "core/shared/wire/channel.h"
#include "crypto/base/gateway_kind.h"
#include "crypto/base/mode.h"

namespace signpost::wire::sender {

constexpr int kOpenerFd = 4;
constexpr int kSealerFd = 5;
constexpr int kCredentialsFd = 6;
constexpr int kTrustFd = 7;

constexpr size_t kTrustMax = 1 << 20;

constexpr uint32_t kSourceMax = 20;   // as in source_addr of SMPP 3.4, without its NUL
constexpr uint32_t kNotSentMax = 16;  // statuses of a gateway's profile

// Whom to believe at the other end. Without a name there is no TLS, and with one never less.
struct Tls {
  uint8_t name_bytes;  // 0: none
  uint8_t has_pin;
  uint8_t zero[2];
  char name[200];   // a DNS name or an address
  uint8_t pin[32];  // SHA-256 of the server key's SubjectPublicKeyInfo
  static constexpr bool kNoEnums = true;
};
static_assert(sizeof(Tls) == 236);

// What only a gateway of kind smpp is told.
struct Smpp {
  uint32_t enquire_link_ms;
  uint8_t source_ton;   // 5 alphanumeric, 1 international, 3 network specific
  uint8_t source_npi;   // 0 or 1
  uint8_t packed;       // GSM septets as on the air instead of one to an octet
  uint8_t payload;      // a text of several segments in one message_payload
  uint8_t data_coding;  // 0 the carrier's default alphabet, 3 Latin-1, 8 UCS-2
  uint8_t not_sent_count;
  uint8_t zero[2];
  uint32_t not_sent[kNotSentMax];  // statuses by which this carrier says that it took nothing
  static constexpr bool kNoEnums = true;
};
static_assert(sizeof(Smpp) == 76);

// From the signed manifest, by way of the opener, which the sender trusts rather than signpost.
struct Session {
  uint32_t window;               // texts without an answer, 1..1000
  uint32_t per_second;           // token bucket, 1..1000000
  uint32_t response_timeout_ms;  // then the record is unknown
  uint32_t send_for_seconds;     // then the approved hours are over: nothing new is submitted
  uint32_t receipt_wait_ms;      // how long to stay for receipts and replies after the last outcome
  Mode mode;                     // in a rehearsal the sender passes fictional numbers only
  GatewayKind kind;
  uint8_t want_receipts;
  sms::Alphabet alphabet;
  uint8_t sender_bytes;  // length of sender, 1..kSourceMax
  uint8_t zero[3];
  char sender[kSourceMax];  // what the phone shows
  Smpp smpp;
  Tls tls;
  constexpr bool IsKnown() const {
    return IsValueOf(mode) && IsValueOf(kind) && IsValueOf(alphabet);
  }
};
static_assert(sizeof(Session) == 360);

struct Numbered {
  uint32_t position;  // in the batch
  uint8_t number[16];
  static constexpr bool kNoEnums = true;
};
static_assert(sizeof(Numbered) == 20);

// How one record ended. Stable numbers: they are in the store.
enum class Outcome : uint8_t {
  kFirst = 1,
  kSent = 1,       // accepted by the carrier
  kRefused = 2,    // explicitly not accepted, for good (bad address, ...)
  kUnknown = 3,    // no answer, an ambiguous one, or the link was lost: never sent again by itself
  kDelivered = 4,  // by receipt
  kUndelivered = 5,   // by receipt: expired, rejected, undeliverable, deleted
  kNotSubmitted = 6,  // the sender still held it when it had to stop: it never left this process
  kLast = kNotSubmitted
};

struct Settled {
  uint32_t position;
  Outcome outcome;   // kSent, kRefused, kUnknown or kNotSubmitted
  uint8_t segments;  // parts submitted
  uint8_t zero[2];
  uint32_t status;      // the gateway's own code of a refusal (SMPP: command_status), else 0
  uint8_t id_hash[16];  // SHA-256("signpost/message-id/v1" || id), first 16 bytes; zero if
                        // there is none, or no receipt was asked for that would name it
  constexpr bool IsKnown() const { return IsValueOf(outcome); }
};
static_assert(sizeof(Settled) == 28);

// A receipt may name the id in another base than the answer did: hashes of the id as given, of its
// hexadecimal value in decimal, and of its decimal value in hexadecimal (zero where there is none).
struct Receipt {
  Outcome outcome;      // kDelivered, kUndelivered or kUnknown; kSent for ACCEPTD
  uint8_t final_state;  // 0 for an intermediate one
  uint8_t zero[6];
  uint8_t id_hashes[3][16];
  constexpr bool IsKnown() const { return IsValueOf(outcome); }
};
static_assert(sizeof(Receipt) == 56);

enum class Failure : uint32_t {
  kNone = 0,
  kCredentials,   // the file is not as the gateway's kind writes it
  kBindRefused,   // it does not know us (SMPP: wrong password, unknown system id): nothing was sent
  kProtocol,      // the peer does not speak what the gateway's kind says
  kOpener,        // the opener broke off or sent what its table does not allow
  kSealer,        // the sealer is gone: a STOP could not be recorded
  kNotFictional,  // a rehearsal, and a number outside the drama range
  kInternal,
  kTls,  // the gateway is not the one that was approved, or not to be known for it
  kLast = kTls
};
enum class TlsFault : uint32_t {
  kNone = 0,
  kHandshake,  // it speaks no TLS, or none that is good enough
  kName,       // its certificate is for another name
  kUntrusted,  // no certificate that the site trusts vouches for it
  kExpired,    // or not valid yet
  kPin,        // another key than the pinned one
  kTrust,      // the site's own certificates cannot be read
  kLast = kTrust
};

struct Failed {
  Failure failure;
  TlsFault tls_fault;  // for kTls
  uint32_t status;     // the gateway's own code, where there is one
  constexpr bool IsKnown() const { return IsValueOf(failure) && IsValueOf(tls_fault); }
};

struct Inbound {      // a reply arrived; its number went to the sealer if it says STOP
  uint64_t sequence;  // from 1
  uint8_t opt_out;    // 1: answered only when kRecorded comes; 0: answered at once
  uint8_t zero[7];
  static constexpr bool kNoEnums = true;
};

enum Kind : uint8_t {
  kStart = 1,
  kSocket,
  kNoSocket,
  kRecorded,
  kStop,  // from signpost
  kNeedSocket,
  kBound,
  kSettled,
  kReceipts,
  kInbound,
  kFailed,
  kFinished,  // to signpost
  kSession,
  kText,
  kNumbers,
  kEnd,   // from the opener
  kLate,  // to signpost
};

constexpr uint32_t kTextMax = 4096;
constexpr uint32_t kNumbersMax = 1024;

enum ToState : uint8_t { kAtStart = 0, kAtWork, kAtStop };
enum FromState : uint8_t { kSpeaking = 0, kSilent };
enum OpenerState : uint8_t { kAtSession = 0, kAtText, kAtNumbers, kAtEnd };

constexpr Rule kToSender[] = {
    {kStart, kAtStart, kAtWork, 0, 0, 1},
    {kSocket, kAtWork, kAtWork, 0, 0, 0, 1},
    // signpost could not connect and gives up: fail what is held
    {kNoSocket, kAtWork, kAtWork, 0, 0, 0},
    // the opt-out with this sequence number is durable
    {kRecorded, kAtWork, kAtWork, sizeof(uint64_t), 1, 0},
    {kStop, kAtWork, kAtStop, 0, 0, 1},  // stop submitting, collect answers, unbind
    {kRecorded, kAtStop, kAtStop, sizeof(uint64_t), 1, 0},
    {kSocket, kAtStop, kAtStop, 0, 0, 0, 1},
    {kNoSocket, kAtStop, kAtStop, 0, 0, 0},
};
constexpr Rule kFromSender[] = {
    {kNeedSocket, kSpeaking, kSpeaking, 0, 0, 0},
    {kBound, kSpeaking, kSpeaking, 0, 0, 0},
    // None: still there, with records in hand
    {kSettled, kSpeaking, kSpeaking, sizeof(Settled), 1024, 0},
    // Of records that kSettled called unknown: the answer came after all. kSent or kRefused.
    {kLate, kSpeaking, kSpeaking, sizeof(Settled), 1024, 0},
    {kReceipts, kSpeaking, kSpeaking, sizeof(Receipt), 1024, 0},
    {kInbound, kSpeaking, kSpeaking, sizeof(Inbound), 1, 0},
    {kFailed, kSpeaking, kSilent, sizeof(Failed), 1, 1},
    // Everything is settled, receipts waited for, unbound
    {kFinished, kSpeaking, kSilent, 0, 0, 1},
};
constexpr Rule kOpenerToSender[] = {
    {kSession, kAtSession, kAtText, sizeof(Session), 1, 1},
    {kText, kAtText, kAtNumbers, 1, kTextMax, 1},  // the message, UTF-8
    {kNumbers, kAtNumbers, kAtNumbers, sizeof(Numbered), kNumbersMax, 0, 0, true},
    {kEnd, kAtNumbers, kAtEnd, 0, 0, 1},  // no more ranges in this run
};

}  // namespace signpost::wire::sender
