#include "core/sender/smpp/pdu/receipt.h"

#include <gtest/gtest.h>

#include <string>

namespace signpost::sender::smpp {
namespace {

struct Shape {
  std::string_view text, id;
  Delivery delivery;
};

Message Marked(std::string_view text) {
  Message m;
  m.esm_class = 0x04;
  m.short_message = AsBytes(text);
  return m;
}

TEST(Receipt, TextInAnyShapeIsRead) {
  const Shape shapes[] = {
      {"id:1AB2C3 sub:001 dlvrd:001 submit date:2601011200 done date:2601011201 stat:DELIVRD "
       "err:000 text:Hello",
       "1AB2C3", Delivery::kDelivered},
      {"stat:UNDELIV id:0012 err:00A", "0012", Delivery::kUndelivered},
      {"Err:12B Stat:DELIVRD Done Date:260101120130 Submit Date:260101120129 Dlvrd:001 Sub:001 "
       "Id:00AF",
       "00AF", Delivery::kDelivered},
      {"id:77\tstat:DELIVRD\r\nerr:000", "77", Delivery::kDelivered},
      {"ID:77 STAT:EXPIRED", "77", Delivery::kUndelivered},
      {"id:77 stat:REJECTD", "77", Delivery::kUndelivered},
      {"id:77 stat:DELETED", "77", Delivery::kUndelivered},
      {"id:77 stat:ACCEPTD", "77", Delivery::kAccepted},
      {"id:77 stat:ENROUTE", "77", Delivery::kEnroute},
      {"id:77 stat:BUFFERD", "77", Delivery::kEnroute},
      {"id:77 stat:SKIPPED", "77", Delivery::kUndelivered},
      {"id:77 stat:UNKNOWN", "77", Delivery::kUnknown},
      {"id:77 stat:", "77", Delivery::kUnknown},
      {"id:77 sub:001 done date:260101120130 stat:DELIVRD err:a1b", "77", Delivery::kDelivered},
      {"id: stat:DELIVRD", "", Delivery::kDelivered},
      {"sub:001 stat:DELIVRD", "", Delivery::kDelivered},
      {"id:77", "77", Delivery::kUnknown},
      {"", "", Delivery::kUnknown},
  };
  for (const Shape& shape : shapes) {
    const auto receipt = ParseReceipt(Marked(shape.text));
    ASSERT_TRUE(receipt) << shape.text;
    EXPECT_EQ(receipt->id, shape.id) << shape.text;
    EXPECT_EQ(receipt->delivery, shape.delivery) << shape.text;
  }
}

TEST(Receipt, TheMessagesOwnTextIsNotSearched) {
  const auto receipt = ParseReceipt(Marked("stat:UNDELIV text:id:99 stat:DELIVRD"));
  EXPECT_EQ(receipt->id, "");
  EXPECT_EQ(receipt->delivery, Delivery::kUndelivered);
}

TEST(Receipt, TlvWinsOverText) {
  Message m = Marked("id:77 stat:UNDELIV");
  m.receipted_id = "4D";
  m.state = 2;
  const auto receipt = ParseReceipt(m);
  EXPECT_EQ(receipt->id, "4D");
  EXPECT_EQ(receipt->delivery, Delivery::kDelivered);
  m.receipted_id = "";
  EXPECT_EQ(ParseReceipt(m)->id, "77");
  constexpr Delivery kByState[] = {
      Delivery::kEnroute,     Delivery::kEnroute,     Delivery::kDelivered, Delivery::kUndelivered,
      Delivery::kUndelivered, Delivery::kUndelivered, Delivery::kAccepted,  Delivery::kUnknown,
      Delivery::kUndelivered, Delivery::kUndelivered, Delivery::kUnknown};
  for (uint8_t state = 0; state < std::size(kByState); ++state) {
    m.state = state;
    EXPECT_EQ(ParseReceipt(m)->delivery, kByState[state]) << int{state};
  }
}

TEST(Receipt, ReplyIsNotTakenForAReceipt) {
  Message m;
  m.short_message = AsBytes("id:77 stat:DELIVRD");
  EXPECT_FALSE(ParseReceipt(m));
  m.esm_class = 0x40;  // with a header: still a reply
  EXPECT_FALSE(ParseReceipt(m));
  m.esm_class = 0x44;  // the type is masked, not compared whole
  EXPECT_TRUE(ParseReceipt(m));
  m.esm_class = 0;
  m.receipted_id = "77";
  m.state = 2;
  EXPECT_TRUE(ParseReceipt(m));
}

TEST(Receipt, IntermediateIsNotFinal) {
  Message m = Marked("id:77 stat:DELIVRD");
  EXPECT_FALSE(ParseReceipt(m)->intermediate);
  m.esm_class = 0x20;
  EXPECT_TRUE(ParseReceipt(m)->intermediate);
  EXPECT_TRUE(ParseReceipt(Marked("id:77 stat:ENROUTE"))->intermediate);
}

TEST(Receipt, HeaderInFrontOfItIsSkippedAndABrokenOneIsNotFollowed) {
  Message m = Marked(std::string_view("\x05\x00\x03\x01\x02\x01id:77 stat:DELIVRD", 24));
  m.esm_class = 0x44;
  EXPECT_EQ(ParseReceipt(m)->id, "77");
  EXPECT_EQ(ParseReceipt(m)->delivery, Delivery::kDelivered);
  m.short_message = AsBytes(
      "\xff"
      "id:77 stat:DELIVRD");
  EXPECT_EQ(ParseReceipt(m)->delivery, Delivery::kDelivered);
  m.short_message = {};
  EXPECT_EQ(ParseReceipt(m)->id, "");
}

TEST(Receipt, OverlongIdIsDropped) {
  const std::string text = "id:" + std::string(200, '7') + " stat:DELIVRD";
  EXPECT_EQ(ParseReceipt(Marked(text))->id, "");
}

}  // namespace
}  // namespace signpost::sender::smpp
