// Encodes and decodes SMPP 3.4, as much of it as sending texts takes: an allow-list of commands, a
// hard cap on length, and no allocation: what is decoded are views into the caller's buffer, valid
// as long as that buffer is. Made for hostile input: whatever the bytes are, decoding ends with a
// value or with the command_status to answer; it never reads past the span.
//
// Lenient only where real message centres differ from the specification (SMPP v3.4 issue 1.2):
// a response's body may be missing, and the last C-string of a response may lack its NUL; unknown
// TLVs are skipped. A TLV that overruns the PDU, a string that is longer than its field, and a
// message longer than the PDU are errors.
//
// Not here: time-outs, order, who may send what (session.h). No state, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <tl/expected.hpp>

#include "crypto/base/bytes.h"

namespace signpost::sender::smpp {

constexpr size_t kHeaderBytes = 16;
// The longest legitimate PDU here is a deliver_sm with its text in message_payload; 16 KiB is some
// forty times the longest text a handset sends, and small enough that a peer which announces a
// length and then trickles cannot make anyone hold much. A length of "HTTP" is far above it.
constexpr size_t kMaxPdu = 16384;
constexpr uint32_t kMaxSequence = 0x7FFFFFFF;

enum class Command : uint32_t {
  kBindTransceiver = 0x09,
  kSubmitSm = 0x04,
  kDeliverSm = 0x05,
  kUnbind = 0x06,
  kOutbind = 0x0B,
  kEnquireLink = 0x15,
  kDataSm = 0x103,
  kGenericNack = 0x80000000,
  kBindTransceiverResp = 0x80000009,
  kSubmitSmResp = 0x80000004,
  kDeliverSmResp = 0x80000005,
  kUnbindResp = 0x80000006,
  kEnquireLinkResp = 0x80000015,
  kDataSmResp = 0x80000103,
};
constexpr bool IsResponse(uint32_t command) { return (command & 0x80000000u) != 0; }
constexpr Command ResponseTo(Command command) {
  return static_cast<Command>(static_cast<uint32_t>(command) | 0x80000000u);
}
bool IsAllowed(uint32_t command);  // in the list above

// command_status, section 5.1.3: the values that are used by name.
enum class Status : uint32_t {
  kOk = 0x00,
  kInvalidMessageLength = 0x01,
  kInvalidCommandLength = 0x02,
  kInvalidCommandId = 0x03,
  kWrongBindState = 0x04,
  kAlreadyBound = 0x05,
  kSystemError = 0x08,
  kInvalidSource = 0x0A,
  kInvalidDestination = 0x0B,
  kBindFailed = 0x0D,
  kInvalidPassword = 0x0E,
  kInvalidSystemId = 0x0F,
  kQueueFull = 0x14,
  kSubmitFailed = 0x45,
  kThrottled = 0x58,
  kTemporaryAppError = 0x64,
  kPermanentAppError = 0x65,
  kInvalidTlvStream = 0xC0,
  kTlvNotAllowed = 0xC1,
};

template <class T>
using Decoded = tl::expected<T, Status>;

struct Pdu {
  uint32_t command = 0;  // any value: see IsAllowed
  uint32_t status = 0;
  uint32_t sequence = 0;
  ByteView body;
  size_t bytes = 0;  // of the whole PDU
};

// The PDU at the front of `stream`; nullopt: more bytes are needed. kInvalidCommandLength when the
// length is below 16 or above kMaxPdu: then nothing behind it can be trusted, and the link must go.
Decoded<std::optional<Pdu>> TakePdu(ByteView stream);

struct Address {
  uint8_t ton = 0, npi = 0;
  std::string_view text;  // at most 20
};

struct Bind {
  std::string_view system_id;  // at most 15
  std::string_view password;   // at most 8: wipe the buffer it is in
  std::string_view system_type;
  uint8_t version = 0x34;
  uint8_t ton = 0, npi = 0;
  std::string_view address_range;
};

// submit_sm, deliver_sm and data_sm.
struct Message {
  std::string_view service_type;
  Address source, destination;
  uint8_t esm_class = 0, protocol_id = 0, priority = 0;
  std::string_view schedule, validity;
  uint8_t registered_delivery = 0, replace_if_present = 0, data_coding = 0, default_message = 0;
  ByteView short_message;
  // TLVs; absent when nullopt or empty.
  std::optional<ByteView> payload;               // 0x0424
  std::optional<std::string_view> receipted_id;  // 0x001E
  std::optional<uint8_t> state;                  // 0x0427

  // The text, wherever it is.
  ByteView text() const { return payload && short_message.empty() ? *payload : short_message; }
};

constexpr uint8_t kHasHeader = 0x40;  // esm_class: the text begins with a user data header

Decoded<Bind> DecodeBind(ByteView body);
Decoded<Message> DecodeMessage(ByteView body);  // submit_sm, deliver_sm
Decoded<Message> DecodeData(ByteView body);     // data_sm
// submit_sm_resp and data_sm_resp: the message id, empty when the body is missing.
Decoded<std::string_view> DecodeMessageId(ByteView body);

// Each writes one PDU to the front of `out` and returns its bytes, or 0 when it does not fit or a
// field is too long.
size_t EncodeEmpty(std::span<uint8_t> out, Command command, Status status, uint32_t sequence);
size_t EncodeBind(std::span<uint8_t> out, const Bind& bind, uint32_t sequence);
size_t EncodeBindResp(std::span<uint8_t> out, Status status, uint32_t sequence,
                      std::string_view system_id);
// kSubmitSm or kDeliverSm.
size_t EncodeMessage(std::span<uint8_t> out, Command command, const Message& message,
                     uint32_t sequence);
// submit_sm_resp, deliver_sm_resp, data_sm_resp: body present only when status is kOk.
size_t EncodeMessageResp(std::span<uint8_t> out, Command command, Status status, uint32_t sequence,
                         std::string_view id);

}  // namespace signpost::sender::smpp
