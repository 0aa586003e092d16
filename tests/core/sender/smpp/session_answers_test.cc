// What an answer to a submit does: refusals, answers that come late, texts of several parts.
#include "core/sender/smpp/session.h"
#include "tests/core/sender/smpp/peer.h"

namespace signpost::sender::smpp {
namespace {

constexpr uint32_t kFinal = static_cast<uint32_t>(Status::kInvalidDestination);

TEST_F(SessionTest, ThrottledIsSubmittedAgainAfterAWait) {
  for (const Status status : {Status::kThrottled, Status::kQueueFull}) {
    SessionOptions options = Fast();
    options.enquire_link_ms = 10000000;
    Start(options);
    Bind();
    Submit(1);
    peer_.Refuse(peer_.TakeOnly(Command::kSubmitSm).at(0), status);
    Turn();
    EXPECT_EQ(session_->held(), 1u);
    Pass(900);
    EXPECT_TRUE(peer_.TakeOnly(Command::kSubmitSm).empty());
    Pass(2000);
    const auto again = peer_.TakeOnly(Command::kSubmitSm);
    ASSERT_EQ(again.size(), 1u);
    peer_.Accept(again[0], "1");
    Turn();
    EXPECT_EQ(settled_.back().verdict, Verdict::kSent);
    EXPECT_EQ(session_->held(), 0u);
  }
}

TEST_F(SessionTest, LateAcceptanceAfterAThrottleStopsTheRetry) {
  Start(Fast());
  Bind();
  Submit(1);
  const auto submit = peer_.TakeOnly(Command::kSubmitSm).at(0);
  peer_.Refuse(submit, Status::kThrottled);
  Turn();
  peer_.Accept(submit, "late");
  Pass(60000);
  EXPECT_EQ(Count(Verdict::kSent), 1u);
  EXPECT_TRUE(peer_.TakeOnly(Command::kSubmitSm).empty());
}

TEST_F(SessionTest, ThrottlingForEverEndsAsRefused) {
  SessionOptions options = Fast();
  options.throttle_limit = 3;
  options.enquire_link_ms = 10000000;
  Start(options);
  Bind();
  Submit(1);
  for (int i = 0; i < 4; ++i) {
    peer_.Refuse(peer_.TakeOnly(Command::kSubmitSm).at(0), Status::kThrottled);
    Turn();
    Pass(60000);
  }
  ASSERT_EQ(Count(Verdict::kRefused), 1u);
  EXPECT_EQ(settled_[0].status, static_cast<uint32_t>(Status::kThrottled));
}

TEST_F(SessionTest, FinalRefusalIsNotRetried) {
  Start(Fast());
  Bind();
  Submit(1);
  peer_.Refuse(peer_.TakeOnly(Command::kSubmitSm).at(0), Status::kInvalidDestination);
  Turn();
  ASSERT_EQ(Count(Verdict::kRefused), 1u);
  EXPECT_EQ(settled_[0].status, kFinal);
  Pass(400);
  EXPECT_TRUE(peer_.TakeOnly(Command::kSubmitSm).empty());
}

TEST_F(SessionTest, AmbiguousAnswerIsNeitherRefusedNorRetried) {
  Start(Fast());
  Bind();
  for (const uint32_t status : {0x08u, 0x45u, 0x64u, 0xFFu, 0x400u, 0x4FFu, 34u, 0xFFFFFFFFu}) {
    settled_.clear();
    Submit(1);
    peer_.Refuse(peer_.TakeOnly(Command::kSubmitSm).at(0), static_cast<Status>(status));
    Turn();
    ASSERT_EQ(Count(Verdict::kUnknown), 1u) << status;
    Pass(100);
    EXPECT_TRUE(peer_.TakeOnly(Command::kSubmitSm).empty()) << status;
  }
}

TEST_F(SessionTest, NoAnswerInTimeIsUnknownAndALateOneIsToldOnce) {
  Start(Fast());
  Bind();
  Submit(1);
  const auto submit = peer_.TakeOnly(Command::kSubmitSm).at(0);
  Pass(999);
  EXPECT_TRUE(settled_.empty());
  peer_.Send(Command::kEnquireLink, Status::kOk, 1);  // alive, but silent about the text
  Pass(2);
  ASSERT_EQ(Count(Verdict::kUnknown), 1u);
  peer_.Accept(submit, "late");
  peer_.Accept(submit, "twice");
  Turn();
  EXPECT_EQ(settled_.size(), 1u);
  EXPECT_EQ(session_->held(), 0u);
  ASSERT_EQ(late_.size(), 1u);
  EXPECT_EQ(late_[0].verdict, Verdict::kSent);
  EXPECT_EQ(late_[0].position, settled_[0].position);
  EXPECT_EQ(ids_.back(), "late");
}

TEST_F(SessionTest, PayloadCarriesTheWholeTextAndNoHeader) {
  SessionOptions options = Fast();
  options.parts = {Bytes(kMaxPayload, 'x')};
  EXPECT_FALSE(Session::Create(options, TestCredentials(), this)) << "not as a short message";
  options.payload = true;
  Start(options);
  Bind();
  EXPECT_EQ(Submit(10), 10u);
  std::vector<Pdu> submits;
  for (int i = 0; i < 50 && submits.size() < 10; ++i) {
    for (const Pdu& submit : peer_.TakeOnly(Command::kSubmitSm)) submits.push_back(submit);
    Pass(1);
  }
  ASSERT_EQ(submits.size(), 10u);
  const Message message = *DecodeMessage(submits[0].body);
  EXPECT_EQ(message.esm_class, 0);
  EXPECT_TRUE(message.short_message.empty());
  ASSERT_TRUE(message.payload);
  EXPECT_EQ(message.payload->size(), kMaxPayload);
  peer_.Accept(submits[0], "1");
  Turn();
  EXPECT_EQ(Count(Verdict::kSent), 1u);
  options.parts = {Bytes(kMaxPayload + 1, 'x')};
  EXPECT_FALSE(Session::Create(options, TestCredentials(), this));
  options.parts = {Bytes(3, 'x'), Bytes(3, 'x')};
  EXPECT_FALSE(Session::Create(options, TestCredentials(), this)) << "never header and payload";
}

TEST_F(SessionTest, LinkThatOnlySeemsGoneIsUnboundBeforeTheNextBind) {
  Start(Fast());
  Bind();
  Pass(500);
  ASSERT_EQ(peer_.TakeOnly(Command::kEnquireLink).size(), 1u);
  Pass(1000);
  ASSERT_EQ(lost_.size(), 1u);
  EXPECT_EQ(lost_[0].first, LinkEnd::kTimedOut);
  EXPECT_EQ(peer_.TakeOnly(Command::kUnbind).size(), 1u);
}

TEST_F(SessionTest, StatusOfTheProfileIsNotSentAndTriedAgainAfterAWait) {
  SessionOptions options = Fast();
  options.enquire_link_ms = 10000000;
  options.not_sent = {0x08, 0x400};
  options.throttle_limit = 2;
  Start(options);
  Bind();
  for (const uint32_t status : options.not_sent) {
    settled_.clear();
    Submit(1);
    peer_.Refuse(peer_.TakeOnly(Command::kSubmitSm).at(0), static_cast<Status>(status));
    Turn();
    EXPECT_EQ(session_->held(), 1u) << status;
    Pass(900);
    EXPECT_TRUE(peer_.TakeOnly(Command::kSubmitSm).empty()) << "the grace period";
    Pass(2000);
    const auto second = peer_.TakeOnly(Command::kSubmitSm);
    ASSERT_EQ(second.size(), 1u);
    peer_.Refuse(second[0], static_cast<Status>(status));
    Turn();
    peer_.Accept(second[0], "after all");  // a late acceptance wins
    Pass(60000);
    EXPECT_EQ(Count(Verdict::kSent), 1u);
    EXPECT_TRUE(peer_.TakeOnly(Command::kSubmitSm).empty());
  }
  settled_.clear();
  Submit(1);
  for (int i = 0; i < 3; ++i) {  // for ever: refused, for good
    peer_.Refuse(peer_.TakeOnly(Command::kSubmitSm).at(0), Status::kSystemError);
    Turn();
    Pass(60000);
  }
  ASSERT_EQ(Count(Verdict::kRefused), 1u);
  // What the profile does not name stays what it is.
  Submit(1);
  peer_.Refuse(peer_.TakeOnly(Command::kSubmitSm).at(0), Status::kSubmitFailed);
  Turn();
  EXPECT_EQ(Count(Verdict::kUnknown), 1u);
}

TEST_F(SessionTest, ManyLateAnswersDoNotGrowTheTable) {
  SessionOptions options = Fast();
  options.window = 1000;
  options.enquire_link_ms = 100000000;
  Start(options);
  Bind();
  std::vector<Pdu> submits;
  for (int round = 0; round < 2; ++round) {
    while (Submit(1000) > 0 || session_->Room(now_) > 0) Pass(20);
    for (const Pdu& submit : peer_.TakeOnly(Command::kSubmitSm)) submits.push_back(submit);
    peer_.Send(Command::kEnquireLink, Status::kOk, 1);
    peer_.Accept(submits.back(), "in time");  // one in a round, so that the link is kept
    Turn();
    for (size_t i = 0; i + 10 < submits.size() && round == 0; ++i) peer_.Accept(submits[i], "1");
    Pass(1100);
  }
  const size_t before = late_.size();
  for (const Pdu& submit : submits) peer_.Accept(submit, "late");
  Turn();
  EXPECT_LE(late_.size() - before, 1024u);
}

TEST_F(SessionTest, LateAnswerOfAnotherLinkOrTypeSaysNothing) {
  Start(Fast());
  Bind();
  Submit(2);
  const auto submits = peer_.TakeOnly(Command::kSubmitSm);
  peer_.Send(Command::kEnquireLink, Status::kOk, 1);
  Pass(1100);
  ASSERT_EQ(Count(Verdict::kUnknown), 2u);
  peer_.Send(Command::kGenericNack, Status::kOk, submits[0].sequence);
  peer_.Send(Command::kSubmitSmResp, Status::kOk, 0);
  Turn();
  peer_.HangUp();
  Turn();
  Bind();
  for (const Pdu& submit : submits) peer_.Accept(submit, "1");
  Turn();
  EXPECT_TRUE(late_.empty());
}

TEST_F(SessionTest, LateRefusalSettlesAndALateAmbiguousAnswerDoesNot) {
  SessionOptions options = Fast();
  options.not_sent = {0x08};
  for (const uint32_t status : {kFinal, 0x58u, 0x14u, 0x08u, 0x45u, 0xFFu}) {
    late_.clear();
    Start(options);
    Bind();
    Submit(1);
    const auto submit = peer_.TakeOnly(Command::kSubmitSm).at(0);
    peer_.Send(Command::kEnquireLink, Status::kOk, 1);
    Pass(1100);
    peer_.Refuse(submit, static_cast<Status>(status));
    Pass(10000);
    const bool refused = status != 0x45 && status != 0xFF;
    ASSERT_EQ(late_.size(), refused ? 1u : 0u) << status;
    if (refused) {
      EXPECT_EQ(late_[0].verdict, Verdict::kRefused);
    }
    EXPECT_TRUE(peer_.TakeOnly(Command::kSubmitSm).empty()) << "its number is gone";
  }
}

class Parts : public SessionTest {
 protected:
  void StartTwoParts() {
    SessionOptions options = Fast();
    options.parts = {Bytes{'o', 'n', 'e'}, Bytes{'t', 'w', 'o'}};
    Start(options);
    Bind();
    Submit(1);
  }
};

TEST_F(Parts, CarryOneReferenceAndSettleOnce) {
  StartTwoParts();
  auto submits = peer_.TakeOnly(Command::kSubmitSm);
  ASSERT_EQ(submits.size(), 1u);  // the second waits for the first's acceptance
  const Message first = *DecodeMessage(submits[0].body);
  EXPECT_EQ(first.esm_class, kHasHeader);
  EXPECT_EQ(AsText(first.short_message.subspan(6)), "one");
  peer_.Accept(submits[0], "1");
  Turn();
  EXPECT_TRUE(settled_.empty());
  submits = peer_.TakeOnly(Command::kSubmitSm);
  ASSERT_EQ(submits.size(), 1u);
  const Message second = *DecodeMessage(submits[0].body);
  EXPECT_EQ(second.short_message[3], first.short_message[3]);
  EXPECT_EQ(second.short_message[4], 2);
  EXPECT_EQ(second.short_message[5], 2);
  peer_.Accept(submits[0], "2");
  Turn();
  ASSERT_EQ(Count(Verdict::kSent), 1u);
  EXPECT_EQ(settled_[0].segments, 2);
  EXPECT_EQ(ids_[0], "2");
}

TEST_F(Parts, HalfSentIsUnknownWhateverEndsIt) {
  StartTwoParts();
  peer_.Accept(peer_.TakeOnly(Command::kSubmitSm).at(0), "1");
  Turn();
  peer_.Refuse(peer_.TakeOnly(Command::kSubmitSm).at(0), Status::kInvalidDestination);
  Turn();
  EXPECT_EQ(Count(Verdict::kUnknown), 1u);
  EXPECT_EQ(settled_[0].segments, 2);
}

TEST_F(Parts, LateAcceptanceOfOnePartIsNotTakenForAllOfThem) {
  StartTwoParts();
  const auto first = peer_.TakeOnly(Command::kSubmitSm).at(0);
  peer_.Send(Command::kEnquireLink, Status::kOk, 1);
  Pass(1100);
  ASSERT_EQ(Count(Verdict::kUnknown), 1u);
  peer_.Accept(first, "1");
  Turn();
  EXPECT_TRUE(late_.empty());
  EXPECT_TRUE(peer_.TakeOnly(Command::kSubmitSm).empty());
}

TEST_F(Parts, LateAcceptanceOfTheLastPartIsOneOfAll) {
  StartTwoParts();
  peer_.Accept(peer_.TakeOnly(Command::kSubmitSm).at(0), "1");
  Turn();
  const auto second = peer_.TakeOnly(Command::kSubmitSm).at(0);
  peer_.Send(Command::kEnquireLink, Status::kOk, 1);
  Pass(1100);
  ASSERT_EQ(Count(Verdict::kUnknown), 1u);
  peer_.Refuse(second, Status::kInvalidDestination);  // half sent all the same
  Turn();
  EXPECT_TRUE(late_.empty());
  StartTwoParts();
  peer_.Accept(peer_.TakeOnly(Command::kSubmitSm).at(0), "1");
  Turn();
  const auto again = peer_.TakeOnly(Command::kSubmitSm).at(0);
  peer_.Send(Command::kEnquireLink, Status::kOk, 1);
  Pass(1100);
  peer_.Accept(again, "2");
  Turn();
  ASSERT_EQ(late_.size(), 1u);
  EXPECT_EQ(late_[0].segments, 2);
}

TEST_F(Parts, HalfSentIsFinishedWhileDraining) {
  StartTwoParts();
  const auto first = peer_.TakeOnly(Command::kSubmitSm).at(0);
  session_->Drain();
  peer_.Accept(first, "1");
  Turn();
  peer_.Accept(peer_.TakeOnly(Command::kSubmitSm).at(0), "2");
  Turn();
  EXPECT_EQ(Count(Verdict::kSent), 1u);
}

TEST_F(Parts, RefusedFirstPartSendsNoSecond) {
  StartTwoParts();
  peer_.Refuse(peer_.TakeOnly(Command::kSubmitSm).at(0), Status::kInvalidDestination);
  Turn();
  EXPECT_EQ(Count(Verdict::kRefused), 1u);
  EXPECT_TRUE(peer_.TakeOnly(Command::kSubmitSm).empty());
}

}  // namespace
}  // namespace signpost::sender::smpp
