// Peers that are broken, or mean it.
#include "tests/core/sender/smpp/peer.h"

namespace signpost::sender::smpp {
namespace {

TEST_F(SessionTest, BindRefusedIsNotTakenForSuccess) {
  for (const Status status : {Status::kInvalidPassword, Status::kInvalidSystemId,
                              Status::kBindFailed, Status::kSystemError}) {
    lost_.clear();
    Start(Fast());
    session_->Attach(peer_.Connect(), now_);
    peer_.Send(Command::kBindTransceiverResp, status,
               peer_.TakeOnly(Command::kBindTransceiver).at(0).sequence);
    Turn();
    ASSERT_EQ(lost_.size(), 1u);
    EXPECT_EQ(lost_[0].first, LinkEnd::kBindRefused);
    EXPECT_EQ(lost_[0].second, static_cast<uint32_t>(status));
    EXPECT_EQ(bound_, 0u);
    EXPECT_EQ(session_->Room(now_), 0u);
  }
}

TEST_F(SessionTest, BindThatIsNeverAnsweredEnds) {
  Start(Fast());
  session_->Attach(peer_.Connect(), now_);
  Pass(1000);
  ASSERT_EQ(lost_.size(), 1u);
  EXPECT_EQ(lost_[0].first, LinkEnd::kTimedOut);
}

TEST_F(SessionTest, SilenceIsNotWaitedForLongerThanTheTimeOut) {
  SessionOptions options = Fast();
  options.enquire_link_ms = 1000000;
  Start(options);
  Bind();
  Submit(1);
  Pass(999);
  EXPECT_TRUE(settled_.empty());
  Pass(2);  // nothing came at all: poll had nothing to report
  EXPECT_EQ(Count(Verdict::kUnknown), 1u);
}

TEST_F(SessionTest, WhatIsNoSmppIsRecognised) {
  for (const std::string& answer :
       {std::string("HTTP/1.1 400 Bad Request\r\n\r\n"), std::string(4, '\0'),
        std::string("\0\0\0\x04", 4), std::string("\0\0\0\x0f", 4),
        std::string("\x7f\xff\xff\xff")}) {
    lost_.clear();
    Start(Fast());
    session_->Attach(peer_.Connect(), now_);
    peer_.SendRaw(answer);
    Turn();
    ASSERT_EQ(lost_.size(), 1u);
    EXPECT_EQ(lost_[0].first, LinkEnd::kProtocol);
  }
}

TEST_F(SessionTest, GarbageInMidWindowLeavesNothingToResubmit) {
  Start(Fast());
  Bind();
  Submit(5);
  peer_.SendRaw(std::string("\0\0\0\x04", 4));
  Turn();
  EXPECT_EQ(Count(Verdict::kUnknown), 5u);
  EXPECT_EQ(lost_.at(0).first, LinkEnd::kProtocol);
}

TEST_F(SessionTest, OneByteASecondIsNotWaitedForForEver) {
  Start(Fast());
  Bind();
  const std::string pdu = Peer::Deliver("447700900001", "hello", 3);
  for (int i = 0; i < 15 && lost_.empty(); ++i) {
    peer_.SendRaw(pdu.substr(static_cast<size_t>(i), 1));
    Turn();
    Pass(1000);
  }
  ASSERT_EQ(lost_.size(), 1u);
  EXPECT_EQ(lost_[0].first, LinkEnd::kTimedOut);
}

TEST_F(SessionTest, PduCutByTheEndIsNotServed) {
  Start(Fast());
  Bind();
  const std::string pdu = Peer::Deliver("447700900001", "STOP", 3);
  peer_.SendRaw(pdu.substr(0, pdu.size() - 1));
  peer_.HangUp();
  Turn();
  EXPECT_TRUE(replies_.empty());
  EXPECT_EQ(lost_.size(), 1u);
}

TEST_F(SessionTest, AnswerThatFitsNothingSettlesNothing) {
  Start(Fast());
  Bind();
  Submit(1);
  const auto submit = peer_.TakeOnly(Command::kSubmitSm).at(0);
  for (const uint32_t sequence :
       {0u, submit.sequence + 1, submit.sequence + 2048, 0x7FFFFFFFu, 0xFFFFFFFFu}) {
    Pdu other = submit;
    other.sequence = sequence;
    peer_.Accept(other, "1");
    peer_.Send(Command::kGenericNack, Status::kInvalidCommandId, sequence);
  }
  Turn();
  EXPECT_TRUE(settled_.empty());
  EXPECT_TRUE(session_->bound());
}

TEST_F(SessionTest, AnswerTwiceSettlesOnce) {
  Start(Fast());
  Bind();
  Submit(1);
  const auto submit = peer_.TakeOnly(Command::kSubmitSm).at(0);
  peer_.Accept(submit, "1");
  peer_.Accept(submit, "2");
  peer_.Refuse(submit, Status::kThrottled);
  Turn();
  ASSERT_EQ(settled_.size(), 1u);
  EXPECT_EQ(ids_[0], "1");
  Pass(400);
  EXPECT_TRUE(peer_.TakeOnly(Command::kSubmitSm).empty());
}

TEST_F(SessionTest, AnswerOfTheWrongTypeIsUnknown) {
  Start(Fast());
  Bind();
  for (const Command command : {Command::kEnquireLinkResp, Command::kGenericNack,
                                Command::kDataSmResp, Command::kBindTransceiverResp}) {
    settled_.clear();
    Submit(1);
    peer_.Send(command, Status::kThrottled, peer_.TakeOnly(Command::kSubmitSm).at(0).sequence);
    Turn();
    ASSERT_EQ(Count(Verdict::kUnknown), 1u);
  }
}

TEST_F(SessionTest, AcceptanceWithABadIdIsStillAnAcceptance) {
  Start(Fast());
  Bind();
  Submit(2);
  const auto submits = peer_.TakeOnly(Command::kSubmitSm);
  peer_.Send(Command::kSubmitSmResp, Status::kOk, submits[0].sequence);  // no body at all
  std::string head("\0\0\0\xd8\x80\0\0\x04\0\0\0\0\0\0\0\0", 16);
  head[15] = static_cast<char>(submits[1].sequence);
  peer_.SendRaw(head + std::string(200, 'x'));  // 200 octets, never terminated
  Turn();
  EXPECT_EQ(Count(Verdict::kSent), 2u);
  EXPECT_EQ(ids_[0], "");
  EXPECT_EQ(ids_[1], "");
}

TEST_F(SessionTest, UnknownRequestIsRefusedAndOutbindIgnored) {
  Start(Fast());
  Bind();
  peer_.Send(static_cast<Command>(0x03), Status::kOk, 5);
  peer_.Send(Command::kSubmitSm, Status::kOk, 6);
  peer_.Send(Command::kOutbind, Status::kOk, 7);
  peer_.Send(static_cast<Command>(0x80000003), Status::kOk, 8);
  Turn();
  const auto nacks = peer_.Take();
  ASSERT_EQ(nacks.size(), 2u);
  EXPECT_EQ(nacks[0].command, static_cast<uint32_t>(Command::kGenericNack));
  EXPECT_EQ(nacks[0].sequence, 5u);
  EXPECT_TRUE(session_->bound());
}

TEST_F(SessionTest, DeliverBeforeTheBindIsRefused) {
  Start(Fast());
  session_->Attach(peer_.Connect(), now_);
  peer_.SendRaw(Peer::Deliver("447700900001", "STOP", 3));
  Turn();
  EXPECT_TRUE(replies_.empty());
  const auto answers = peer_.TakeOnly(Command::kDeliverSmResp);
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].status, static_cast<uint32_t>(Status::kWrongBindState));
}

TEST_F(SessionTest, MalformedDeliverIsRefusedAndTheLinkLives) {
  Start(Fast());
  Bind();
  std::string pdu = Peer::Deliver("447700900001", "STOP", 3);
  pdu[pdu.size() - 5] = '\x7f';  // sm_length beyond the PDU
  peer_.SendRaw(pdu);
  Turn();
  const auto answers = peer_.TakeOnly(Command::kDeliverSmResp);
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].status, static_cast<uint32_t>(Status::kInvalidMessageLength));
  EXPECT_TRUE(session_->bound());
}

TEST_F(SessionTest, SameSequenceFromBothSidesIsNotConfused) {
  Start(Fast());
  Bind();
  Submit(1);
  const auto submit = peer_.TakeOnly(Command::kSubmitSm).at(0);
  peer_.SendRaw(Peer::Deliver("447700900001", "hello", submit.sequence));
  Turn();
  EXPECT_TRUE(settled_.empty());
  EXPECT_EQ(peer_.TakeOnly(Command::kDeliverSmResp).at(0).sequence, submit.sequence);
  peer_.Accept(submit, "1");
  Turn();
  EXPECT_EQ(Count(Verdict::kSent), 1u);
}

TEST_F(SessionTest, EnquireFloodIsServedInBoundedTurns) {
  Start(Fast());
  Bind();
  size_t answered = 0;
  for (int i = 0; i < 1000; ++i) {
    for (uint32_t k = 0; k < 100; ++k) peer_.Send(Command::kEnquireLink, Status::kOk, k + 1);
    Turn();
    answered += peer_.TakeOnly(Command::kEnquireLinkResp).size();
  }
  EXPECT_EQ(answered, 100000u);
}

TEST_F(SessionTest, AnswersBehindAFloodThatCannotBeAnsweredAreStillFound) {
  Start(Fast());
  Bind();
  Submit(10);
  const auto submits = peer_.TakeOnly(Command::kSubmitSm);
  // More than both buffers and the kernel hold; nobody reads our answers to it.
  std::string all;
  for (int k = 0; k < 100000; ++k) all += Peer::Deliver("447700900999", "hello", 5);
  for (const Pdu& submit : submits) {
    std::array<uint8_t, 64> out;
    const size_t bytes =
        EncodeMessageResp(out, Command::kSubmitSmResp, Status::kOk, submit.sequence, "1");
    all += AsText(ByteView(out).first(bytes));
  }
  for (size_t sent = 0; sent < all.size() && settled_.empty(); ++now_) {
    sent += peer_.SendSome(std::string_view(all).substr(sent));
    Turn();
  }
  Turn();
  EXPECT_EQ(Count(Verdict::kSent), 10u);
  EXPECT_EQ(Count(Verdict::kUnknown), 0u);
}

TEST_F(SessionTest, PeerThatTakesNothingAnyMoreIsLeftWhenAllIsRead) {
  Start(Fast());
  Bind();
  Submit(3);
  const auto submits = peer_.TakeOnly(Command::kSubmitSm);
  peer_.Accept(submits[0], "1");
  peer_.StopReading();
  Submit(1);
  EXPECT_EQ(Count(Verdict::kSent), 1u);
  EXPECT_EQ(Count(Verdict::kUnknown), 2u);
  ASSERT_EQ(lost_.size(), 1u);
  EXPECT_EQ(lost_[0].first, LinkEnd::kClosed);
  EXPECT_EQ(session_->held(), 1u);  // not one octet of it was taken: it waits for the next link
}

TEST_F(SessionTest, LinkAfterAnUnansweredOneBeginsWithASingleText) {
  Start(Fast());
  Bind();
  EXPECT_EQ(Submit(10), 10u);
  peer_.HangUp();
  Turn();
  ASSERT_EQ(Count(Verdict::kUnknown), 10u);
  for (unsigned link = 1; link <= 5; ++link) {  // each takes it, says nothing, and is left
    lost_.clear();
    Bind();
    EXPECT_EQ(Submit(10), 1u);
    Pass(1001);
    EXPECT_EQ(Count(Verdict::kUnknown), 10u + link);
    ASSERT_EQ(lost_.size(), 1u);
    EXPECT_EQ(lost_[0].first, LinkEnd::kTimedOut);
  }
  Bind();
  EXPECT_EQ(Submit(10), 1u);
  peer_.Accept(peer_.TakeOnly(Command::kSubmitSm).at(0), "1");
  Turn();
  EXPECT_EQ(Submit(10), 10u);
}

TEST_F(SessionTest, NoNewTextsFollowOneThatTimedOut) {
  SessionOptions options = Fast();
  options.enquire_link_ms = 1000000;
  Start(options);
  Bind();
  EXPECT_EQ(Submit(5), 5u);
  const auto first = peer_.TakeOnly(Command::kSubmitSm);
  Pass(500);
  EXPECT_EQ(Submit(2), 2u);
  const auto then = peer_.TakeOnly(Command::kSubmitSm);
  Pass(501);
  EXPECT_EQ(Count(Verdict::kUnknown), 5u);
  EXPECT_EQ(Submit(10), 0u);
  peer_.Accept(then.at(0), "1");
  Turn();
  EXPECT_EQ(Submit(9), 9u);
}

TEST_F(SessionTest, LateAcceptanceStopsTheRetryUntilItIsWritten) {
  SessionOptions options = Fast();
  options.per_second = 2;
  options.throttle_wait_ms = 100;
  options.enquire_link_ms = 1000000;
  Start(options);
  Bind();
  Submit(1);
  const auto first = peer_.TakeOnly(Command::kSubmitSm).at(0);
  peer_.Refuse(first, Status::kThrottled);
  Turn();
  Pass(200);  // it may go again, but the pace does not allow it yet
  EXPECT_TRUE(peer_.TakeOnly(Command::kSubmitSm).empty());
  peer_.Accept(first, "late");
  Turn();
  EXPECT_EQ(Count(Verdict::kSent), 1u);
  Pass(60000);
  EXPECT_TRUE(peer_.TakeOnly(Command::kSubmitSm).empty());
}

TEST_F(SessionTest, SequenceNumbersThatStartAgainAreNotConfused) {
  SessionOptions options = Fast();
  options.after_sequence = kMaxSequence - 20;
  Start(options);
  Bind();
  Submit(1);  // open while the numbers wrap
  const auto first = peer_.TakeOnly(Command::kSubmitSm).at(0);
  std::vector<uint32_t> seen;
  while (seen.size() < 60) {
    Submit(9);
    for (const Pdu& submit : peer_.TakeOnly(Command::kSubmitSm)) {
      seen.push_back(submit.sequence);
      peer_.Accept(submit, "1");
    }
    Pass(1);
  }
  peer_.Accept(first, "1");
  Turn();
  EXPECT_EQ(Count(Verdict::kSent), next_);
  EXPECT_EQ(*std::max_element(seen.begin(), seen.end()), kMaxSequence);
  EXPECT_EQ(*std::min_element(seen.begin(), seen.end()), 1u);
}

}  // namespace
}  // namespace signpost::sender::smpp
