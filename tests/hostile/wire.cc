#include "tests/hostile/wire.h"

#include <cstdio>
#include <cstdlib>

namespace signpost::hostile {

std::string CString(std::string_view text) { return std::string(text) + '\0'; }

namespace {

std::string Octet(unsigned value) { return std::string(1, static_cast<char>(value)); }

std::string Tlv(unsigned tag, std::string_view value) {
  return Octet(tag >> 8) + Octet(tag) + Octet(static_cast<unsigned>(value.size()) >> 8) +
         Octet(static_cast<unsigned>(value.size())) + std::string(value);
}

struct Parts {
  std::string from = "447700900999";
  unsigned esm_class = 0, coding = 0;
  std::string text, tlvs;
  int length = -1;  // sm_length, where it is not the text's
};

std::string Body(const Parts& p) {
  const auto length = p.length < 0 ? static_cast<unsigned>(p.text.size()) : unsigned(p.length);
  return CString("") + "\x01\x01" + CString(p.from) + "\x01\x01" + CString("60006") +
         Octet(p.esm_class) + Octet(0) + Octet(0) + CString("") + CString("") + Octet(0) +
         Octet(0) + Octet(p.coding) + Octet(0) + Octet(length) + p.text + p.tlvs;
}

// The fictional numbers 500 to 999: none of them is in a batch of the suite.
std::string SomebodyElse(uint64_t nth) { return "447700900" + std::to_string(500 + nth % 500); }

std::string ManyTlvs() {
  std::string tlvs;
  for (unsigned i = 0; i < 3000; ++i) tlvs += Tlv(0x1400 + i, "");
  return tlvs;
}

std::string BodyOf(std::string_view kind, uint64_t nth) {
  Parts p;
  p.text = "hello";
  if (kind == "stop") {
    p.from = SomebodyElse(nth);
    p.text = "STOP";
  } else if (kind == "unknown-tlvs") {
    p.tlvs = Tlv(0x1454, "abc") + Tlv(0x060D, "x") + Tlv(0x2B, std::string(400, 'y'));
  } else if (kind == "many-tlvs") {
    p.tlvs = ManyTlvs();
  } else if (kind == "tlv-overrun") {
    p.tlvs = Octet(0x04) + Octet(0x24) + Octet(0xFF) + Octet(0xFF) + "short";
  } else if (kind == "length-overrun") {
    p.length = 200;
  } else if (kind == "length-short") {  // the total is right: the rest reads as a broken TLV
    p.length = 2;
  } else if (kind == "length-255") {
    p.text = std::string(255, 'x');
  } else if (kind == "bad-udh") {
    p.esm_class = 0x40;
    p.text = "\xFF\x00STOP";
  } else if (kind == "bad-ucs2") {
    p.coding = 8;
    p.text = std::string("\xD8\x00\xD8\x00\xDC", 5);
  } else if (kind == "no-nul") {
    return CString("") + "\x01\x01" + std::string(300, '7');
  } else if (kind == "empty") {
    return {};
  } else if (kind == "long-payload") {
    p.text.clear();
    p.tlvs = Tlv(0x0424, std::string(16000, 'S'));
  } else if (kind == "receipt") {  // for an id that nobody was given
    p.esm_class = 4;
    p.text = "id:" + std::to_string(900000000 + nth) + " stat:DELIVRD err:000";
  } else if (kind != "plain") {
    std::fprintf(stderr, "cases: no such kind of deliver_sm\n");
    std::exit(2);
  }
  return Body(p);
}

}  // namespace

uint32_t Get32(std::string_view bytes, size_t at) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

std::string Put32(uint32_t value) {
  return Octet(value >> 24) + Octet(value >> 16) + Octet(value >> 8) + Octet(value);
}

std::string Pdu(uint32_t command, uint32_t status, uint32_t sequence, std::string_view body) {
  std::string pdu;
  pdu.reserve(16 + body.size());
  for (const uint32_t each : {static_cast<uint32_t>(16 + body.size()), command, status, sequence}) {
    pdu += Put32(each);
  }
  return pdu += body;
}

std::string Inbound(std::string_view kind, uint64_t nth, uint32_t sequence) {
  if (kind == "enquire") return Pdu(kEnquire, 0, sequence);
  if (kind == "enquire-resp") return Pdu(kEnquire | kResponse, 0, sequence);
  if (kind == "submit-resp") return Pdu(kSubmit | kResponse, 0, sequence, CString("77"));
  return Pdu(kDeliver, 0, sequence, BodyOf(kind, nth));
}

std::string TextReceipt(std::string_view number, std::string_view text, uint32_t sequence) {
  Parts p;
  p.from = number;
  p.esm_class = 4;
  p.text = text;
  return Pdu(kDeliver, 0, sequence, Body(p));
}

std::string TlvReceipt(std::string_view number, std::string_view id, uint8_t state, bool data,
                       uint32_t sequence) {
  const std::string tlvs = Tlv(0x001E, CString(id)) + Tlv(0x0427, Octet(state));
  if (data) {
    return Pdu(kData, 0, sequence,
               CString("") + "\x01\x01" + CString(number) + "\x01\x01" + CString("60006") +
                   Octet(4) + Octet(0) + Octet(0) + tlvs);
  }
  Parts p;
  p.from = number;
  p.esm_class = 4;
  p.tlvs = tlvs;
  return Pdu(kDeliver, 0, sequence, Body(p));
}

std::string FromHex(std::string_view hex) {
  std::string out;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    out += Octet(static_cast<unsigned>(std::stoul(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return out;
}

namespace {
// What stands behind destination_addr, and the address; npos when the body ends before.
size_t AfterDestination(std::string_view body, std::string* address) {
  size_t at = body.find('\0');                                     // service_type
  if (at != std::string_view::npos) at = body.find('\0', at + 3);  // source
  if (at == std::string_view::npos) return at;
  const size_t begin = at + 3;
  const size_t end = body.find('\0', begin);
  if (end != std::string_view::npos && address != nullptr) {
    *address = std::string(body.substr(begin, end - begin));
  }
  return end;
}
}  // namespace

std::string Destination(std::string_view body) {
  std::string address;
  AfterDestination(body, &address);
  return address;
}

unsigned PlaceOf(std::string_view body) {
  const size_t end = AfterDestination(body, nullptr);
  // esm_class, protocol, priority, two empty times, four octets and sm_length come before the text.
  const size_t text = end + 11;
  if (end == std::string_view::npos || text + 6 > body.size()) return 1;
  const bool header = (static_cast<unsigned char>(body[end + 1]) & 0x40) != 0;
  return header ? static_cast<unsigned char>(body[text + 5]) : 1;
}

}  // namespace signpost::hostile
