#include "core/sender/gateway/smpp_gateway.h"

#include <set>

#include "core/sender/gateway/message_id.h"
#include "core/shared/sms/alphabet.h"
#include "tests/core/sender/gateway/gateway_test.h"

namespace signpost::sender::gateway {
namespace {

using smpp::Command;
using smpp::Peer;
using smpp::Status;

class GatewayTest : public DrivenGateway {
 protected:
  void Start(const wire::sender::Session& session = TestSession(), std::string_view text = "Hi") {
    Create(session, text);
    Turn();
  }
  void Connect() {
    ASSERT_GT(needs_socket_, 0u);
    gateway_->Attach(peer_.Connect());
    Turn();
  }
  void Bind() {
    Connect();
    peer_.AcceptBind();
    Turn();
    Pass(100);
  }
  void Pass(int64_t ms) {
    now_ += ms;
    Turn();
  }
  void Submit(unsigned count) {
    for (unsigned i = 0; i < count; ++i) {
      NumberedRecord record{i, smpp::Fictional(i)};
      gateway_->Submit(std::span(&record, 1));
    }
    Turn();
  }
  unsigned Count(wire::sender::Outcome outcome) const {
    unsigned n = 0;
    for (const auto& s : settled_) n += s.outcome == outcome ? 1 : 0;
    return n;
  }

  Peer peer_;
};

wire::sender::Failure Why(const wire::sender::Failed& failed) { return failed.failure; }

// Anybody can write any number as the source of a text.
TEST_F(GatewayTest, StopFromTheOtherKindOfHomeIsAnsweredAndGoesNowhere) {
  for (const Mode mode : {Mode::kLive, Mode::kRehearsal}) {
    replies_.clear();
    wire::sender::Session session = TestSession();
    session.mode = mode;
    Start(session);
    Bind();
    const std::string landline = "44" + std::string("20") + "71234567";
    peer_.SendRaw(Peer::Deliver("447700900000", "STOP", 9));
    peer_.SendRaw(Peer::Deliver(landline, "STOP", 10));
    Turn();
    ASSERT_EQ(replies_.size(), 2u);
    EXPECT_EQ(replies_[0].from.has_value(), mode == Mode::kRehearsal);
    EXPECT_EQ(replies_[1].from.has_value(), mode == Mode::kLive);
    EXPECT_EQ(gateway_->OpenReplies(), 1u) << "the other one was answered for good";
  }
}

TEST_F(GatewayTest, IdThatNoReceiptWillNameIsNotKept) {
  for (const bool asked : {true, false}) {
    settled_.clear();
    wire::sender::Session session = TestSession();
    session.want_receipts = asked ? 1 : 0;
    Start(session);
    Bind();
    Submit(1);
    peer_.Accept(peer_.TakeOnly(Command::kSubmitSm).at(0), "FF");
    Turn();
    ASSERT_EQ(Count(wire::sender::Outcome::kSent), 1u);
    const auto& hash = settled_[0].id_hash;
    EXPECT_EQ(std::any_of(std::begin(hash), std::end(hash), [](uint8_t b) { return b != 0; }),
              asked);
  }
}

TEST_F(GatewayTest, ReceiptMatchesItsTextByHash) {
  Start();
  EXPECT_EQ(needs_socket_, 1u);
  Bind();
  EXPECT_EQ(bound_, 1u);
  Submit(1);
  peer_.Accept(peer_.TakeOnly(Command::kSubmitSm).at(0), "FF");
  peer_.SendRaw(Peer::Deliver("447700900000", "id:255 stat:DELIVRD", 9, 0x04));
  peer_.SendRaw(Peer::Deliver("447700900000", "id:255 stat:ENROUTE", 9, 0x04));
  peer_.SendRaw(Peer::Deliver("447700900000", "stat:DELIVRD", 9, 0x04));  // nobody's
  Turn();
  ASSERT_EQ(Count(wire::sender::Outcome::kSent), 1u);
  ASSERT_EQ(receipts_.size(), 2u);
  EXPECT_TRUE(std::equal(std::begin(settled_[0].id_hash), std::end(settled_[0].id_hash),
                         receipts_[0].id_hashes[2]));
  EXPECT_EQ(receipts_[0].outcome, wire::sender::Outcome::kDelivered);
  EXPECT_EQ(receipts_[0].final_state, 1);
  EXPECT_EQ(receipts_[1].final_state, 0);
}

TEST_F(GatewayTest, LostLinkIsAskedForAgainButNotAtOnceAndNotForEver) {
  Start();
  Bind();
  Submit(5);
  peer_.HangUp();
  Turn();
  EXPECT_EQ(Count(wire::sender::Outcome::kUnknown), 5u);
  EXPECT_EQ(needs_socket_, 1u);
  int64_t last_wait = 0;
  for (unsigned tries = 2; ended_.empty(); ++tries) {
    const int64_t begin = now_;
    while (needs_socket_ < tries && ended_.empty()) Pass(50);
    const int64_t wait = now_ - begin;
    EXPECT_GE(wait, 500);
    EXPECT_LE(wait, 90000);
    last_wait = std::max(last_wait, wait);
    gateway_->NoSocket();
    Turn();
    ASSERT_LT(tries, 20u);
  }
  EXPECT_GT(last_wait, 2000);
  EXPECT_EQ(Why(ended_[0]), wire::sender::Failure::kNone);
  EXPECT_EQ(gateway_->Room(), 0u);
}

TEST_F(GatewayTest, SlowSilenceIsNoSteadyBind) {
  wire::sender::Session session = TestSession();
  session.response_timeout_ms = 60000;
  session.smpp.enquire_link_ms = 70000;
  Start(session);
  unsigned submitted = 0;
  for (int link = 0; link < 20 && ended_.empty(); ++link) {
    peer_ = Peer();
    Connect();
    peer_.AcceptBind();
    Turn();
    Pass(1000);
    for (; gateway_->Room() > 0; ++submitted) {
      NumberedRecord record{submitted, smpp::Fictional(submitted)};
      gateway_->Submit(std::span(&record, 1));
      Turn();
    }
    Pass(61000);   // answers nothing, for longer than what counts as steady
    Pass(200000);  // and the longest wait
  }
  EXPECT_EQ(ended_.size(), 1u);
  EXPECT_LE(submitted, 15u);  // a window, then one for each further link
}

TEST_F(GatewayTest, NobodyThereEndsAtOnce) {
  Start();
  gateway_->NoSocket();
  Turn();
  ASSERT_EQ(ended_.size(), 1u);
  EXPECT_EQ(Why(ended_[0]), wire::sender::Failure::kNone);
}

TEST_F(GatewayTest, WrongPasswordIsNotTriedTwice) {
  Start();
  Connect();
  peer_.Send(Command::kBindTransceiverResp, Status::kInvalidPassword,
             peer_.TakeOnly(Command::kBindTransceiver).at(0).sequence);
  Turn();
  ASSERT_EQ(ended_.size(), 1u);
  EXPECT_EQ(Why(ended_[0]), wire::sender::Failure::kBindRefused);
  EXPECT_EQ(ended_[0].status, static_cast<uint32_t>(Status::kInvalidPassword));
  Pass(1000000);
  EXPECT_EQ(needs_socket_, 1u);
}

TEST_F(GatewayTest, AlreadyBoundIsTriedLater) {
  Start();
  Connect();
  peer_.Send(Command::kBindTransceiverResp, Status::kAlreadyBound,
             peer_.TakeOnly(Command::kBindTransceiver).at(0).sequence);
  Turn();
  EXPECT_TRUE(ended_.empty());
  Pass(kBindHeldMs - 1);
  EXPECT_EQ(needs_socket_, 1u) << "it still holds the bind";
  Pass(kBindHeldMs);
  EXPECT_EQ(needs_socket_, 2u);
  Bind();
  EXPECT_EQ(bound_, 1u);
}

TEST_F(GatewayTest, LinkThatFellSilentIsNotBoundAgainWhileTheCarrierMayHoldIt) {
  Start();
  Bind();
  Pass(kBindHeldMs);  // an enquire_link, and no answer to it
  Pass(1000);
  EXPECT_EQ(peer_.TakeOnly(Command::kUnbind).size(), 1u);
  EXPECT_EQ(needs_socket_, 1u);
  Pass(kBindHeldMs - 1);
  EXPECT_EQ(needs_socket_, 1u);
  Pass(kBindHeldMs);
  EXPECT_EQ(needs_socket_, 2u);
  Bind();
  EXPECT_EQ(bound_, 2u);
}

TEST_F(GatewayTest, WaitsAreNotTheSameForEverybody) {
  std::set<int64_t> waits;
  for (int i = 0; i < 12; ++i) {
    needs_socket_ = 0;
    Start();
    Bind();
    peer_.HangUp();
    Turn();
    const int64_t begin = now_;
    while (needs_socket_ < 2) Pass(1);
    waits.insert(now_ - begin);
    EXPECT_GE(now_ - begin, 500);
    EXPECT_LE(now_ - begin, 1501);
  }
  EXPECT_GT(waits.size(), 6u);
}

TEST_F(GatewayTest, LateAnswerIsToldWithItsIdAfterItsRecordWasUnknown) {
  Start();
  Bind();
  Submit(2);
  const auto submits = peer_.TakeOnly(Command::kSubmitSm);
  peer_.Send(Command::kEnquireLink, Status::kOk, 1);
  Pass(1001);
  ASSERT_EQ(Count(wire::sender::Outcome::kUnknown), 2u);
  peer_.Accept(submits.at(0), "A7");
  peer_.Refuse(submits.at(1), Status::kInvalidDestination);
  Turn();
  ASSERT_EQ(late_.size(), 2u);
  EXPECT_EQ(late_[0].outcome, wire::sender::Outcome::kSent);
  const MessageIdHash hash = HashMessageId("a7");
  EXPECT_TRUE(std::equal(hash.begin(), hash.end(), late_[0].id_hash));
  EXPECT_EQ(late_[1].outcome, wire::sender::Outcome::kRefused);
  EXPECT_EQ(late_[1].status, 0x0Bu);
  EXPECT_EQ(settled_.size(), 2u);
}

TEST_F(GatewayTest, TextGoesInTheFormThatTheProfileSays) {
  const auto submitted = [this](uint8_t alphabet, uint8_t coding, bool packed, bool payload,
                                const std::string& text) {
    needs_socket_ = 0;
    wire::sender::Session session = TestSession();
    session.alphabet = static_cast<sms::Alphabet>(alphabet);
    session.smpp.data_coding = coding;
    session.smpp.packed = packed ? 1 : 0;
    session.smpp.payload = payload ? 1 : 0;
    Start(session, text);
    Bind();
    Submit(1);
    return *smpp::DecodeMessage(peer_.TakeOnly(Command::kSubmitSm).at(0).body);
  };
  EXPECT_EQ(ToHex(submitted(0, 0, false, false, "hi €").short_message), "6869201b65");
  EXPECT_EQ(ToHex(submitted(0, 0, true, false, "hellohello").short_message), "e8329bfd4697d9ec37");
  const auto latin1 = submitted(2, 3, false, false, "â");
  EXPECT_EQ(ToHex(latin1.short_message), "e2");
  EXPECT_EQ(latin1.data_coding, 3);
  EXPECT_EQ(submitted(2, 0, false, false, "â").data_coding, 0);
  EXPECT_EQ(submitted(1, 8, false, false, "ŵ").data_coding, 8);
  EXPECT_FALSE(submitted(0, 0, false, true, "one segment").payload);
  const std::string two = std::string(153, 'x') + std::string(47, 'y');
  const auto whole = submitted(0, 0, true, true, two);
  ASSERT_TRUE(whole.payload);
  EXPECT_EQ(whole.esm_class, 0);
  EXPECT_EQ(sms::DecodeGsm(sms::Unpack(*whole.payload, 0)), two);
  const auto part = submitted(0, 0, true, false, two);
  EXPECT_EQ(part.short_message.size(), 140u);
  EXPECT_EQ(sms::DecodeGsm(sms::Unpack(part.short_message.subspan(6), 1)), two.substr(0, 153));
}

TEST_F(GatewayTest, ReceiptsOverAnotherBindInDataSmAndTwiceAreTaken) {
  Start();
  Bind();
  Submit(1);
  peer_.SendRaw(
      Peer::Deliver("447700900000", "id:255 stat:DELIVRD", 7, 0x04));  // before its answer
  Turn();
  peer_.Accept(peer_.TakeOnly(Command::kSubmitSm).at(0), "00FF");
  Turn();
  peer_.HangUp();
  Turn();
  Pass(2000);
  Bind();
  peer_.SendRaw(Peer::Deliver("447700900000",
                              "done date:260101120130 id:0000255 err:0A1 stat:DELIVRD", 8, 0x04));
  peer_.SendRaw(Peer::DataReceipt("447700900000", "ff", 2, 9));
  Turn();
  EXPECT_EQ(peer_.TakeOnly(Command::kDataSmResp).size(), 1u);
  ASSERT_EQ(Count(wire::sender::Outcome::kSent), 1u);
  ASSERT_EQ(receipts_.size(), 3u);
  for (const wire::sender::Receipt& receipt : receipts_) {
    EXPECT_EQ(receipt.outcome, wire::sender::Outcome::kDelivered);
    bool matches = false;
    for (const auto& hash : receipt.id_hashes) {
      matches = matches || std::equal(std::begin(hash), std::end(hash), settled_[0].id_hash);
    }
    EXPECT_TRUE(matches);
  }
}

TEST_F(GatewayTest, WebServerIsNotTakenForACarrier) {
  Start();
  Connect();
  peer_.SendRaw("HTTP/1.1 400 Bad Request\r\n\r\n");
  Turn();
  ASSERT_EQ(ended_.size(), 1u);
  EXPECT_EQ(Why(ended_[0]), wire::sender::Failure::kProtocol);
}

TEST_F(GatewayTest, StopIsOfferedWithItsNumberAndHeldOpen) {
  Start();
  Bind();
  peer_.SendRaw(Peer::Deliver("447700900007", " Stop. ", 31));
  Turn();
  ASSERT_EQ(replies_.size(), 1u);
  EXPECT_TRUE(replies_[0].opt_out);
  ASSERT_TRUE(replies_[0].from);
  EXPECT_EQ(AsText(replies_[0].from->Expose(number::ExposeNumber{}).subspan(1, 12)),
            "447700900007");
  EXPECT_TRUE(peer_.TakeOnly(Command::kDeliverSmResp).empty());
  EXPECT_EQ(gateway_->OpenReplies(), 1u);
  gateway_->Answer(replies_[0].handle);
  Turn();
  EXPECT_EQ(peer_.TakeOnly(Command::kDeliverSmResp).size(), 1u);
  EXPECT_EQ(gateway_->OpenReplies(), 0u);
}

TEST_F(GatewayTest, OtherReplyIsAnsweredAndItsNumberDropped) {
  Start();
  Bind();
  peer_.SendRaw(Peer::Deliver("447700900007", "who is this", 31));
  Turn();
  ASSERT_EQ(replies_.size(), 1u);
  EXPECT_FALSE(replies_[0].opt_out);
  EXPECT_FALSE(replies_[0].from);
  EXPECT_EQ(peer_.TakeOnly(Command::kDeliverSmResp).size(), 1u);
}

TEST_F(GatewayTest, StopThatCannotBeRecordedIsNotAcknowledged) {
  Start();
  Bind();
  peer_.SendRaw(Peer::Deliver("INFO", "STOP", 31));
  Turn();
  const auto answers = peer_.TakeOnly(Command::kDeliverSmResp);
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_NE(answers[0].status, 0u);
  ASSERT_EQ(replies_.size(), 1u);
  EXPECT_TRUE(replies_[0].opt_out);
  EXPECT_FALSE(replies_[0].from);
}

TEST_F(GatewayTest, TooManyOpenStopsAreSentBackNotDropped) {
  Start();
  Bind();
  for (uint32_t i = 0; i < 300; ++i) {
    peer_.SendRaw(Peer::Deliver("447700900007", "STOP", i + 1));
    Turn();
  }
  EXPECT_EQ(gateway_->OpenReplies(), 256u);
  const auto answers = peer_.TakeOnly(Command::kDeliverSmResp);
  ASSERT_EQ(answers.size(), 44u);
  for (const auto& answer : answers) {
    EXPECT_EQ(answer.status, static_cast<uint32_t>(Status::kQueueFull));
  }
}

TEST_F(GatewayTest, CloseUnbindsAndEnds) {
  Start();
  Bind();
  gateway_->Close();
  Turn();
  const auto unbinds = peer_.TakeOnly(Command::kUnbind);
  ASSERT_EQ(unbinds.size(), 1u);
  peer_.Send(Command::kUnbindResp, Status::kOk, unbinds[0].sequence);
  Turn();
  ASSERT_EQ(ended_.size(), 1u);
  EXPECT_EQ(Why(ended_[0]), wire::sender::Failure::kNone);
}

TEST_F(GatewayTest, AbortLeavesNothingOpen) {
  Start();
  Bind();
  Submit(4);
  gateway_->Abort();
  Turn();
  EXPECT_TRUE(gateway_->Idle());
  EXPECT_EQ(Count(wire::sender::Outcome::kUnknown), 4u);
}

TEST_F(GatewayTest, TextThatTheAlphabetLacksIsRefused) {
  const auto create = [](wire::sender::Session session, std::string_view text) {
    return SmppGateway::Create(session, text, smpp::TestCredentials()).has_value();
  };
  EXPECT_TRUE(create(TestSession(), "plain"));
  EXPECT_FALSE(create(TestSession(), "ŵ"));
  EXPECT_FALSE(create(TestSession(), ""));
  wire::sender::Session ucs2 = TestSession();
  ucs2.alphabet = sms::Alphabet::kUcs2;
  EXPECT_FALSE(create(ucs2, "ŵ")) << "the form of another alphabet";
  ucs2.smpp.data_coding = 8;
  EXPECT_TRUE(create(ucs2, "ŵ"));
  ucs2.smpp.packed = 1;
  EXPECT_FALSE(create(ucs2, "ŵ"));
  ucs2 = TestSession();
  ucs2.alphabet = sms::Alphabet::kLatin1;
  ucs2.smpp.data_coding = 3;
  EXPECT_TRUE(create(ucs2, "â"));
  EXPECT_FALSE(create(ucs2, "ŵ"));
  ucs2.smpp.data_coding = 8;
  EXPECT_FALSE(create(ucs2, "â"));
  ucs2.alphabet = static_cast<sms::Alphabet>(3);
  EXPECT_FALSE(create(ucs2, "â"));
  wire::sender::Session many = TestSession();
  many.smpp.not_sent_count = 17;
  EXPECT_FALSE(create(many, "plain"));
  wire::sender::Session wide = TestSession();
  wide.window = 100000;
  EXPECT_FALSE(create(wide, "plain"));
}

}  // namespace
}  // namespace signpost::sender::gateway
