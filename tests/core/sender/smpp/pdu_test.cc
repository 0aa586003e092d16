#include "core/sender/smpp/pdu/pdu.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <array>
#include <list>

#include "tests/core/vectors.h"

namespace signpost::sender::smpp {
namespace {

class PduVectors : public testing::Test {
 protected:
  // The vector's bytes live as long as the test, for the views into them.
  Pdu Take(const std::string& name) {
    bytes_.push_back(*FromHex(vectors_.at(name)));
    return **TakePdu(bytes_.back());
  }
  Bytes Of(const std::string& name) { return *FromHex(vectors_.at(name)); }
  std::map<std::string, std::string> vectors_ =
      ReadVectors("tests/core/sender/smpp/vectors/pdus.vec");
  std::list<Bytes> bytes_;
  std::array<uint8_t, 1024> out_{};

  std::string Written(size_t bytes) { return ToHex(ByteView(out_).first(bytes)); }
};

TEST_F(PduVectors, EveryVectorFramesExactly) {
  ASSERT_EQ(vectors_.size(), 19u);
  for (const auto& [name, hex] : vectors_) {
    const Pdu pdu = Take(name);
    EXPECT_EQ(pdu.bytes, hex.size() / 2) << name;
    EXPECT_EQ(IsAllowed(pdu.command), name.find("query") == std::string::npos) << name;
    // One byte short is not a PDU yet; one byte long is the next one's.
    Bytes bytes = Of(name);
    bytes.pop_back();
    EXPECT_FALSE(TakePdu(bytes)->has_value()) << name;
  }
}

TEST_F(PduVectors, BindIsWrittenAndReadAsOthersDo) {
  const Pdu pdu = Take("bind_transceiver");
  const auto bind = DecodeBind(pdu.body);
  ASSERT_TRUE(bind);
  EXPECT_EQ(bind->system_id, "user");
  EXPECT_EQ(bind->password, "pass");
  EXPECT_EQ(bind->version, 0x34);
  EXPECT_EQ(Written(EncodeBind(out_, *bind, pdu.sequence)), vectors_["bind_transceiver"]);
  EXPECT_EQ(Written(EncodeBindResp(out_, Status::kOk, 2, "SMSC")),
            vectors_["bind_transceiver_resp"]);
}

TEST_F(PduVectors, MessagesAreWrittenAsOthersDo) {
  for (const char* name : {"submit_sm_gsm7_alnum", "submit_sm_ucs2", "submit_sm_udh_part1of2",
                           "submit_sm_message_payload", "deliver_sm_dlr", "deliver_sm_mo_stop"}) {
    const Pdu pdu = Take(name);
    const auto message = DecodeMessage(pdu.body);
    ASSERT_TRUE(message) << name;
    EXPECT_EQ(
        Written(EncodeMessage(out_, static_cast<Command>(pdu.command), *message, pdu.sequence)),
        vectors_[name])
        << name;
  }
  EXPECT_EQ(DecodeMessage(Take("submit_sm_message_payload").body)->text().size(), 14u);
}

TEST_F(PduVectors, ResponsesAreReadWithAndWithoutABody) {
  EXPECT_EQ(*DecodeMessageId(Take("submit_sm_resp_ok").body), "1A2B3C");
  EXPECT_EQ(*DecodeMessageId(Take("submit_sm_resp_throttled").body), "");
  EXPECT_EQ(Take("submit_sm_resp_throttled").status, 0x58u);
  EXPECT_EQ(*DecodeMessageId(AsBytes("noend")), "noend");
  EXPECT_EQ(*DecodeMessageId(AsBytes(std::string(64, 'x') + '\0')), std::string(64, 'x'));
  EXPECT_FALSE(DecodeMessageId(AsBytes(std::string(200, 'x'))));
  EXPECT_EQ(Written(EncodeMessageResp(out_, Command::kSubmitSmResp, Status::kOk, 8, "1A2B3C")),
            vectors_["submit_sm_resp_ok"]);
  EXPECT_EQ(Written(EncodeMessageResp(out_, Command::kSubmitSmResp, Status::kThrottled, 9, "")),
            vectors_["submit_sm_resp_throttled"]);
  EXPECT_EQ(Written(EncodeMessageResp(out_, Command::kDeliverSmResp, Status::kOk, 12, "")),
            vectors_["deliver_sm_resp"]);
  EXPECT_EQ(Written(EncodeEmpty(out_, Command::kEnquireLink, Status::kOk, 13)),
            vectors_["enquire_link"]);
  EXPECT_EQ(Written(EncodeEmpty(out_, Command::kGenericNack, Status::kInvalidCommandId, 17)),
            vectors_["generic_nack"]);
}

TEST(Framing, ImpossibleLengthIsRefusedFromItsFirstFourBytes) {
  for (const char* hex : {"00000000", "00000004", "0000000f", "7fffffff", "80000010", "ffffffff",
                          "00004001", "48545450"}) {  // the last is "HTTP"
    const auto pdu = TakePdu(*FromHex(hex));
    ASSERT_FALSE(pdu) << hex;
    EXPECT_EQ(pdu.error(), Status::kInvalidCommandLength);
  }
  EXPECT_TRUE(TakePdu(*FromHex("00004000")));
  EXPECT_FALSE(TakePdu(*FromHex("000000"))->has_value());
}

// A deliver_sm body with the given short message length octet and what follows it.
Bytes Deliver(uint8_t length, std::string_view rest) {
  Bytes body(17, 0);
  body[16] = length;
  body.insert(body.end(), rest.begin(), rest.end());
  return body;
}

TEST(Message, LengthBeyondThePduIsRefused) {
  ASSERT_TRUE(DecodeMessage(Deliver(4, "STOP")));
  EXPECT_EQ(DecodeMessage(Deliver(5, "STOP")).error(), Status::kInvalidMessageLength);
  EXPECT_TRUE(DecodeMessage(Deliver(255, std::string(255, 'x'))));
}

TEST(Message, OverrunningTlvIsRefused) {
  using namespace std::string_view_literals;
  EXPECT_TRUE(DecodeMessage(Deliver(0, "\x14\x54\x00\x02zz"sv)));  // unknown
  EXPECT_TRUE(DecodeMessage(Deliver(0, "\x14\x54\x00\x00"sv)));
  for (const std::string_view tlvs :
       {"\x04\x24\xff\xff"sv, "\x04\x24\x00\x05zzzz"sv, "\x04\x24\x00"sv, "\x04"sv,
        "\x14\x54\x00\x01z\x04\x27\x00\x02z"sv}) {
    EXPECT_EQ(DecodeMessage(Deliver(0, tlvs)).error(), Status::kInvalidTlvStream);
  }
}

TEST(Message, UnterminatedStringIsRefused) {
  EXPECT_FALSE(DecodeMessage(Bytes(16, 0)));
  EXPECT_FALSE(DecodeMessage({}));
  EXPECT_FALSE(DecodeMessage(Bytes(200, 'x')));
  Bytes long_address = {0, 1, 1};
  long_address.insert(long_address.end(), 21, '7');
  long_address.insert(long_address.end(), 64, 0);
  EXPECT_FALSE(DecodeMessage(long_address));
  EXPECT_FALSE(DecodeBind(Bytes(200, 'x')));
}

TEST(Message, FieldThatIsTooLongIsNotWritten) {
  std::array<uint8_t, 512> out;
  Message m;
  EXPECT_GT(EncodeMessage(out, Command::kSubmitSm, m, 1), 0u);
  EXPECT_EQ(EncodeMessage(std::span(out).first(20), Command::kSubmitSm, m, 1), 0u);
  const std::string long_text(21, '7');
  m.source.text = long_text;
  EXPECT_EQ(EncodeMessage(out, Command::kSubmitSm, m, 1), 0u);
  m.source.text = {};
  const Bytes body(255, 'x');
  m.short_message = body;
  EXPECT_EQ(EncodeMessage(out, Command::kSubmitSm, m, 1), 0u);
}

TEST(Message, CutAnywhereIsNeverReadAsWhole) {
  const auto vectors = ReadVectors("tests/core/sender/smpp/vectors/pdus.vec");
  for (const auto& [name, hex] : vectors) {
    const Bytes whole = *FromHex(hex);
    for (size_t cut = kHeaderBytes; cut < whole.size(); ++cut) {
      const ByteView body = ByteView(whole).subspan(kHeaderBytes, cut - kHeaderBytes);
      (void)DecodeBind(body);
      (void)DecodeData(body);
      (void)DecodeMessageId(body);
      const auto message = DecodeMessage(body);
      if (name == "deliver_sm_mo_stop") {
        EXPECT_FALSE(message);
      }
    }
  }
}

TEST(Message, WhatIsWrittenIsRead) {
  EXPECT_TRUE(rc::check([](uint8_t esm, uint8_t coding, const std::vector<uint8_t>& raw) {
    Message m;
    m.source = {1, 1, "447700900001"};
    m.destination = {0, 0, "60006"};
    m.esm_class = esm;
    m.data_coding = coding;
    m.short_message = ByteView(raw).first(std::min<size_t>(raw.size(), 254));
    std::array<uint8_t, 512> out;
    const size_t bytes = EncodeMessage(out, Command::kDeliverSm, m, 7);
    const auto pdu = TakePdu(ByteView(out).first(bytes));
    RC_ASSERT(pdu.has_value() && pdu->has_value() && (*pdu)->sequence == 7u);
    const auto read = DecodeMessage((*pdu)->body);
    RC_ASSERT(read.has_value());
    RC_ASSERT(read->source.text == m.source.text && read->esm_class == esm);
    RC_ASSERT(std::equal(read->short_message.begin(), read->short_message.end(),
                         m.short_message.begin(), m.short_message.end()));
  }));
}

}  // namespace
}  // namespace signpost::sender::smpp
