// The input is a stream of PDUs. What decodes is written again and must decode to the same.
#include <array>
#include <cstdlib>

#include "core/sender/smpp/pdu/pdu.h"

namespace {

using namespace signpost;
using namespace signpost::sender::smpp;

void Check(bool held) {
  if (!held) std::abort();
}

bool Same(ByteView a, ByteView b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); }

void RoundTrip(const sender::smpp::Message& m) {
  static std::array<uint8_t, sender::smpp::kMaxPdu + 64> out;
  const size_t bytes = sender::smpp::EncodeMessage(out, sender::smpp::Command::kDeliverSm, m, 1);
  if (bytes == 0) return;  // 255 octets of text can be read, not written
  const auto pdu = sender::smpp::TakePdu(ByteView(out).first(bytes));
  Check(pdu && *pdu && (*pdu)->bytes == bytes);
  const auto again = sender::smpp::DecodeMessage((*pdu)->body);
  Check(again.has_value());
  Check(again->source.text == m.source.text && again->destination.text == m.destination.text);
  Check(again->esm_class == m.esm_class && again->data_coding == m.data_coding);
  Check(Same(again->text(), m.text()) && again->state == m.state);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ByteView stream(data, size);
  while (true) {
    const auto pdu = sender::smpp::TakePdu(stream);
    if (!pdu || !*pdu) break;
    Check((*pdu)->bytes >= sender::smpp::kHeaderBytes && (*pdu)->bytes <= stream.size());
    const ByteView body = (*pdu)->body;
    (void)sender::smpp::DecodeData(body);
    if (const auto bind = sender::smpp::DecodeBind(body)) {
      std::array<uint8_t, 256> out;
      Check(sender::smpp::EncodeBind(out, *bind, 1) > 0);
    }
    if (const auto id = sender::smpp::DecodeMessageId(body)) Check(id->size() <= 64);
    if (const auto message = sender::smpp::DecodeMessage(body)) RoundTrip(*message);
    stream = stream.subspan((*pdu)->bytes);
  }
  return 0;
}
