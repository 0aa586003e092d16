#include "core/sender/smpp/pdu/pdu.h"

#include <algorithm>
#include <cstring>

namespace signpost::sender::smpp {
namespace {

constexpr uint16_t kTagReceiptedId = 0x001E;
constexpr uint16_t kTagVersion = 0x0210;
constexpr uint16_t kTagPayload = 0x0424;
constexpr uint16_t kTagState = 0x0427;

constexpr Command kAllowed[] = {
    Command::kBindTransceiver, Command::kSubmitSm,      Command::kDeliverSm,
    Command::kUnbind,          Command::kOutbind,       Command::kEnquireLink,
    Command::kDataSm,          Command::kGenericNack,   Command::kBindTransceiverResp,
    Command::kSubmitSmResp,    Command::kDeliverSmResp, Command::kUnbindResp,
    Command::kEnquireLinkResp, Command::kDataSmResp,
};

uint32_t Get32(ByteView in, size_t at) {
  return uint32_t{in[at]} << 24 | uint32_t{in[at + 1]} << 16 | uint32_t{in[at + 2]} << 8 |
         uint32_t{in[at + 3]};
}

// Reads fields in order; the first that does not fit sets `failed`, and the rest read as empty.
class Reader {
 public:
  explicit Reader(ByteView in) : in_(in) {}

  uint8_t Octet() {
    if (in_.empty()) return Bad(Status::kInvalidCommandLength), uint8_t{0};
    const uint8_t value = in_[0];
    in_ = in_.subspan(1);
    return value;
  }
  // `field` includes the NUL.
  std::string_view String(size_t field) {
    const size_t window = std::min(field, in_.size());
    const auto nul = std::find(in_.begin(), in_.begin() + window, uint8_t{0});
    if (nul == in_.begin() + window) return Bad(Status::kInvalidCommandLength), std::string_view{};
    const auto length = static_cast<size_t>(nul - in_.begin());
    const std::string_view value = AsText(in_.first(length));
    in_ = in_.subspan(length + 1);
    return value;
  }
  ByteView Octets(size_t count, Status otherwise) {
    if (count > in_.size()) return Bad(otherwise), ByteView{};
    const ByteView value = in_.first(count);
    in_ = in_.subspan(count);
    return value;
  }
  uint16_t Short() {
    const ByteView two = Octets(2, Status::kInvalidTlvStream);
    return two.size() == 2 ? static_cast<uint16_t>(two[0] << 8 | two[1]) : uint16_t{0};
  }
  Address ReadAddress(size_t field) {
    Address address;
    address.ton = Octet();
    address.npi = Octet();
    address.text = String(field);
    return address;
  }

  bool empty() const { return in_.empty(); }
  bool failed() const { return status_ != Status::kOk; }
  Status status() const { return status_; }

 private:
  void Bad(Status status) {
    if (!failed()) status_ = status;
    in_ = {};
  }
  ByteView in_;
  Status status_ = Status::kOk;
};

std::string_view WithoutNul(ByteView value) {
  const auto nul = std::find(value.begin(), value.end(), uint8_t{0});
  return AsText(value.first(static_cast<size_t>(nul - value.begin())));
}

// To the end of the PDU. Unknown tags are skipped; of a repeated one the first counts.
void ReadTlvs(Reader& in, Message& message) {
  while (!in.empty() && !in.failed()) {
    const uint16_t tag = in.Short();
    const uint16_t length = in.Short();
    const ByteView value = in.Octets(length, Status::kInvalidTlvStream);
    if (in.failed()) return;
    if (tag == kTagPayload && !message.payload) message.payload = value;
    if (tag == kTagReceiptedId && !message.receipted_id) message.receipted_id = WithoutNul(value);
    if (tag == kTagState && length == 1 && !message.state) message.state = value[0];
  }
}

// Writes fields in order; the first that does not fit makes the whole PDU 0 bytes.
class Writer {
 public:
  Writer(std::span<uint8_t> out, Command command, Status status, uint32_t sequence) : out_(out) {
    Long(0);
    Long(static_cast<uint32_t>(command));
    Long(static_cast<uint32_t>(status));
    Long(sequence);
  }
  void Octet(uint8_t value) {
    if (at_ >= out_.size()) {
      failed_ = true;
      return;
    }
    out_[at_++] = value;
  }
  void Short(size_t value) {
    Octet(static_cast<uint8_t>(value >> 8));
    Octet(static_cast<uint8_t>(value));
  }
  void Long(uint32_t value) {
    Short(value >> 16);
    Short(value & 0xFFFF);
  }
  void Octets(ByteView value) {
    if (value.size() > out_.size() - at_) {
      failed_ = true;
      return;
    }
    if (!value.empty()) std::memcpy(out_.data() + at_, value.data(), value.size());
    at_ += value.size();
  }
  void String(std::string_view value, size_t field) {
    if (value.size() >= field || value.find('\0') != std::string_view::npos) failed_ = true;
    Octets(AsBytes(value));
    Octet(0);
  }
  void WriteAddress(const Address& address) {
    Octet(address.ton);
    Octet(address.npi);
    String(address.text, 21);
  }
  size_t Finish() {
    if (failed_ || at_ > kMaxPdu) return 0;
    const size_t length = at_;
    at_ = 0;
    Long(static_cast<uint32_t>(length));
    return length;
  }
  void Fail() { failed_ = true; }

 private:
  std::span<uint8_t> out_;
  size_t at_ = 0;
  bool failed_ = false;
};

}  // namespace

bool IsAllowed(uint32_t command) {
  return std::find(std::begin(kAllowed), std::end(kAllowed), static_cast<Command>(command)) !=
         std::end(kAllowed);
}

Decoded<std::optional<Pdu>> TakePdu(ByteView stream) {
  if (stream.size() < 4) return std::optional<Pdu>();
  const size_t length = Get32(stream, 0);
  if (length < kHeaderBytes || length > kMaxPdu) {
    return tl::unexpected(Status::kInvalidCommandLength);
  }
  if (stream.size() < length) return std::optional<Pdu>();
  Pdu pdu;
  pdu.command = Get32(stream, 4);
  pdu.status = Get32(stream, 8);
  pdu.sequence = Get32(stream, 12);
  pdu.body = stream.subspan(kHeaderBytes, length - kHeaderBytes);
  pdu.bytes = length;
  return std::optional<Pdu>(pdu);
}

Decoded<Bind> DecodeBind(ByteView body) {
  Reader in(body);
  Bind bind;
  bind.system_id = in.String(16);
  bind.password = in.String(9);
  bind.system_type = in.String(13);
  bind.version = in.Octet();
  bind.ton = in.Octet();
  bind.npi = in.Octet();
  bind.address_range = in.String(41);
  if (in.failed()) return tl::unexpected(in.status());
  return bind;
}

Decoded<Message> DecodeMessage(ByteView body) {
  Reader in(body);
  Message m;
  m.service_type = in.String(6);
  m.source = in.ReadAddress(21);
  m.destination = in.ReadAddress(21);
  m.esm_class = in.Octet();
  m.protocol_id = in.Octet();
  m.priority = in.Octet();
  m.schedule = in.String(17);
  m.validity = in.String(17);
  m.registered_delivery = in.Octet();
  m.replace_if_present = in.Octet();
  m.data_coding = in.Octet();
  m.default_message = in.Octet();
  const uint8_t length = in.Octet();
  m.short_message = in.Octets(length, Status::kInvalidMessageLength);
  ReadTlvs(in, m);
  if (in.failed()) return tl::unexpected(in.status());
  return m;
}

Decoded<Message> DecodeData(ByteView body) {
  Reader in(body);
  Message m;
  m.service_type = in.String(6);
  m.source = in.ReadAddress(65);
  m.destination = in.ReadAddress(65);
  m.esm_class = in.Octet();
  m.registered_delivery = in.Octet();
  m.data_coding = in.Octet();
  ReadTlvs(in, m);
  if (in.failed()) return tl::unexpected(in.status());
  return m;
}

Decoded<std::string_view> DecodeMessageId(ByteView body) {
  const ByteView field = body.first(std::min<size_t>(body.size(), 65));
  const std::string_view id = WithoutNul(field);
  if (id.size() > 64) return tl::unexpected(Status::kInvalidCommandLength);
  return id;
}

size_t EncodeEmpty(std::span<uint8_t> out, Command command, Status status, uint32_t sequence) {
  return Writer(out, command, status, sequence).Finish();
}

size_t EncodeBind(std::span<uint8_t> out, const Bind& bind, uint32_t sequence) {
  Writer w(out, Command::kBindTransceiver, Status::kOk, sequence);
  w.String(bind.system_id, 16);
  w.String(bind.password, 9);
  w.String(bind.system_type, 13);
  w.Octet(bind.version);
  w.Octet(bind.ton);
  w.Octet(bind.npi);
  w.String(bind.address_range, 41);
  return w.Finish();
}

size_t EncodeBindResp(std::span<uint8_t> out, Status status, uint32_t sequence,
                      std::string_view system_id) {
  Writer w(out, Command::kBindTransceiverResp, status, sequence);
  if (status == Status::kOk) {
    w.String(system_id, 16);
    w.Short(kTagVersion);
    w.Short(1);
    w.Octet(0x34);
  }
  return w.Finish();
}

size_t EncodeMessage(std::span<uint8_t> out, Command command, const Message& m, uint32_t sequence) {
  Writer w(out, command, Status::kOk, sequence);
  w.String(m.service_type, 6);
  w.WriteAddress(m.source);
  w.WriteAddress(m.destination);
  w.Octet(m.esm_class);
  w.Octet(m.protocol_id);
  w.Octet(m.priority);
  w.String(m.schedule, 17);
  w.String(m.validity, 17);
  w.Octet(m.registered_delivery);
  w.Octet(m.replace_if_present);
  w.Octet(m.data_coding);
  w.Octet(m.default_message);
  if (m.short_message.size() > 254) w.Fail();
  w.Octet(static_cast<uint8_t>(m.short_message.size()));
  w.Octets(m.short_message);
  if (m.payload) {
    w.Short(kTagPayload);
    w.Short(m.payload->size());
    w.Octets(*m.payload);
  }
  if (m.receipted_id) {
    w.Short(kTagReceiptedId);
    w.Short(m.receipted_id->size() + 1);
    w.String(*m.receipted_id, 65);
  }
  if (m.state) {
    w.Short(kTagState);
    w.Short(1);
    w.Octet(*m.state);
  }
  return w.Finish();
}

size_t EncodeMessageResp(std::span<uint8_t> out, Command command, Status status, uint32_t sequence,
                         std::string_view id) {
  Writer w(out, command, status, sequence);
  if (status == Status::kOk) w.String(id, 65);
  return w.Finish();
}

}  // namespace signpost::sender::smpp
