#include "core/sender/smpp/session.h"

#include "tests/core/sender/smpp/peer.h"

namespace signpost::sender::smpp {
namespace {

TEST_F(SessionTest, AcceptedOnceIsSentOnce) {
  Start(Fast());
  Bind();
  EXPECT_EQ(Submit(3), 3u);
  const auto submits = peer_.TakeOnly(Command::kSubmitSm);
  ASSERT_EQ(submits.size(), 3u);
  const auto message = DecodeMessage(submits[0].body);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->destination.text, "447700900000");
  EXPECT_EQ(message->destination.ton, 1);
  EXPECT_EQ(message->source.text, "60006");
  EXPECT_EQ(message->registered_delivery, 1);
  EXPECT_EQ(AsText(message->short_message), "Hi");
  for (const Pdu& submit : submits) peer_.Accept(submit, "A1");
  Turn();
  EXPECT_EQ(Count(Verdict::kSent), 3u);
  EXPECT_EQ(ids_[0], "A1");
  EXPECT_EQ(settled_[0].segments, 1);
  EXPECT_EQ(session_->held(), 0u);
}

TEST_F(SessionTest, WindowIsNeverExceeded) {
  Start(Fast());
  Bind();
  EXPECT_EQ(Submit(100), 10u);
  auto submits = peer_.TakeOnly(Command::kSubmitSm);
  EXPECT_EQ(submits.size(), 10u);
  peer_.Accept(submits[4], "1");
  Turn();
  EXPECT_EQ(session_->Room(now_), 1u);
  EXPECT_EQ(Submit(100), 1u);
  EXPECT_EQ(peer_.TakeOnly(Command::kSubmitSm).size(), 1u);
}

TEST_F(SessionTest, PaceIsNeverExceeded) {
  SessionOptions options = Fast();
  options.per_second = 10;
  options.window = 1000;
  Start(options);
  Bind();
  size_t written = 0;
  for (int i = 0; i < 100; ++i) {
    Submit(1000);
    for (const Pdu& submit : peer_.TakeOnly(Command::kSubmitSm)) {
      peer_.Accept(submit, "1");
      ++written;
    }
    Pass(10);
  }
  EXPECT_LE(written, 11u);
  EXPECT_GE(written, 9u);
}

TEST_F(SessionTest, LinkLossMakesEverythingInFlightUnknownForGood) {
  Start(Fast());
  Bind();
  Submit(9);
  const auto submits = peer_.TakeOnly(Command::kSubmitSm);
  peer_.Accept(submits[0], "1");
  peer_.HangUp();
  Turn();
  EXPECT_EQ(Count(Verdict::kSent), 1u);  // the answer that was there before the end counts
  EXPECT_EQ(Count(Verdict::kUnknown), 8u);
  ASSERT_EQ(lost_.size(), 1u);
  EXPECT_EQ(lost_[0].first, LinkEnd::kClosed);
  Bind();
  Pass(5000);
  EXPECT_TRUE(peer_.TakeOnly(Command::kSubmitSm).empty());
}

TEST_F(SessionTest, WhatWasNeverWrittenGoesOverTheNextLink) {
  SessionOptions options = Fast();
  options.window = 1000;
  options.parts = {Bytes(160, 'x')};
  Start(options);
  session_->Attach(peer_.Connect(), now_);
  peer_.AcceptBind();
  Turn();
  // The peer stops reading: the kernel fills, the rest is never written.
  while (Submit(1000) > 0) now_ += 50;
  ASSERT_EQ(next_, 1000u);
  peer_.HangUp();
  Turn();
  const unsigned unknown = Count(Verdict::kUnknown);
  EXPECT_GT(unknown, 0u);
  EXPECT_LT(unknown, 1000u);
  const size_t held = session_->held();
  EXPECT_EQ(unknown + held, 1000u);
  Bind();
  size_t again = 0;
  for (int i = 0; i < 2000 && session_->held() > 0; ++i) {
    for (const Pdu& submit : peer_.TakeOnly(Command::kSubmitSm)) {
      peer_.Accept(submit, "1");
      ++again;
    }
    Pass(1);
  }
  EXPECT_EQ(again, held);
  EXPECT_EQ(Count(Verdict::kSent), held);
}

TEST_F(SessionTest, PeerThatAnswersNothingDoesNotEatTheBatch) {
  Start(Fast());
  Bind();
  uint32_t submitted = 0;
  for (int i = 0; i < 100 && lost_.empty(); ++i) {
    submitted += Submit(1000);
    for (const Pdu& ping : peer_.TakeOnly(Command::kEnquireLink)) {
      peer_.Send(Command::kEnquireLinkResp, Status::kOk, ping.sequence);
    }
    Pass(100);
  }
  ASSERT_FALSE(lost_.empty());
  EXPECT_EQ(lost_[0].first, LinkEnd::kTimedOut);
  EXPECT_LE(submitted, 20u);
}

TEST_F(SessionTest, SilentLinkIsAskedAndThenGivenUp) {
  Start(Fast());
  Bind();
  Pass(500);
  const auto pings = peer_.TakeOnly(Command::kEnquireLink);
  ASSERT_EQ(pings.size(), 1u);
  peer_.Send(Command::kEnquireLinkResp, Status::kOk, pings[0].sequence);
  Turn();
  Pass(499);
  EXPECT_TRUE(lost_.empty());
  Pass(1);
  EXPECT_EQ(peer_.TakeOnly(Command::kEnquireLink).size(), 1u);
  Pass(1000);
  ASSERT_EQ(lost_.size(), 1u);
  EXPECT_EQ(lost_[0].first, LinkEnd::kTimedOut);
}

TEST_F(SessionTest, UnbindInMidWindowDoesNotResubmit) {
  Start(Fast());
  Bind();
  Submit(9);
  const auto submits = peer_.TakeOnly(Command::kSubmitSm);
  peer_.Send(Command::kUnbind, Status::kOk, 77);
  Turn();
  const auto answers = peer_.TakeOnly(Command::kUnbindResp);
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].sequence, 77u);
  EXPECT_EQ(session_->Room(now_), 0u);
  peer_.Accept(submits[0], "1");  // still on its way
  Pass(1000);
  EXPECT_EQ(Count(Verdict::kSent), 1u);
  EXPECT_EQ(Count(Verdict::kUnknown), 8u);
  ASSERT_EQ(lost_.size(), 1u);
}

TEST_F(SessionTest, DrainSettlesWhatWasNotSubmittedAndWaitsForTheRest) {
  SessionOptions options = Fast();
  options.per_second = 1;
  Start(options);
  Bind();
  Submit(1);
  session_->Submit(next_, Fictional(next_));  // beyond the pace: waits
  session_->Drain();
  EXPECT_EQ(Count(Verdict::kNotSubmitted), 1u);
  EXPECT_EQ(session_->held(), 1u);
  EXPECT_EQ(session_->Room(now_), 0u);
  peer_.Accept(peer_.TakeOnly(Command::kSubmitSm).at(0), "1");
  Turn();
  EXPECT_EQ(session_->held(), 0u);
  session_->Unbind(now_);
  const auto unbinds = peer_.TakeOnly(Command::kUnbind);
  ASSERT_EQ(unbinds.size(), 1u);
  peer_.Send(Command::kUnbindResp, Status::kOk, unbinds[0].sequence);
  Turn();
  ASSERT_EQ(lost_.size(), 1u);
  EXPECT_EQ(lost_[0].first, LinkEnd::kUnbound);
}

TEST_F(SessionTest, ThrottledRecordIsNotResubmittedWhileDraining) {
  Start(Fast());
  Bind();
  Submit(1);
  peer_.Refuse(peer_.TakeOnly(Command::kSubmitSm).at(0), Status::kThrottled);
  Turn();
  session_->Drain();
  Pass(1000);
  EXPECT_EQ(Count(Verdict::kRefused), 1u);
  EXPECT_TRUE(peer_.TakeOnly(Command::kSubmitSm).empty());
}

TEST_F(SessionTest, DeliverFloodDoesNotStarveTheAnswers) {
  Start(Fast());
  Bind();
  Submit(10);
  const auto submits = peer_.TakeOnly(Command::kSubmitSm);
  const std::string flood = Peer::Deliver("447700900999", "hello", 5);
  // Time runs on while the flood is read; the answers come behind it.
  for (int i = 0; i < 400; ++i) {
    for (int k = 0; k < 100; ++k) peer_.SendRaw(flood);
    const PollWish wish = session_->Wish(now_);
    pollfd fd{wish.fd, wish.events, 0};
    poll(&fd, 1, 0);
    session_->Turn(fd.revents, now_);
    now_ += 1;
    (void)peer_.Take();
  }
  Turn();
  for (const Pdu& submit : submits) peer_.Accept(submit, "1");
  Turn();
  EXPECT_EQ(Count(Verdict::kSent), 10u);
  EXPECT_EQ(Count(Verdict::kUnknown), 0u);
}

TEST_F(SessionTest, AnswersOvertakeRequestsThatCannotBeAnsweredYet) {
  Start(Fast());
  Bind();
  Submit(10);
  const auto submits = peer_.TakeOnly(Command::kSubmitSm);
  // The peer floods and reads nothing, so that our answers back up; then it answers the submits.
  std::string flood;
  for (int k = 0; k < 1000; ++k) flood += Peer::Deliver("447700900999", "hello", 5);
  peer_.SendRaw(flood);
  for (const Pdu& submit : submits) peer_.Accept(submit, "1");
  for (int i = 0; i < 3; ++i) session_->Turn(POLLIN, now_);
  EXPECT_EQ(Count(Verdict::kSent), 10u);
  EXPECT_LT(replies_.size(), 1000u);  // bounded work in a turn
  Turn();
}

TEST_F(SessionTest, InboundMemoryIsBoundedWhenThePeerDoesNotRead) {
  Start(Fast());
  Bind();
  const std::string flood = Peer::Deliver("447700900999", "hello", 5);
  for (int k = 0; k < 100000; ++k) {
    peer_.SendRaw(flood);
    if (k % 100 == 0) session_->Turn(POLLIN, now_);
  }
  for (int i = 0; i < 1000; ++i) session_->Turn(POLLIN, now_);
  // Neither side moves: it waits in the two buffers and in the kernel, and nothing is lost here.
  EXPECT_TRUE(session_->connected());
  const size_t before = replies_.size();
  (void)peer_.Take();
  Turn();
  EXPECT_GT(replies_.size(), before);
}

TEST_F(SessionTest, StopIsAnsweredOnlyWhenToldTo) {
  Start(Fast());
  Bind();
  reply_answer_ = ReplyAnswer::kLater;
  peer_.SendRaw(Peer::Deliver("447700900001", "STOP", 42));
  Turn();
  ASSERT_EQ(replies_.size(), 1u);
  EXPECT_TRUE(peer_.TakeOnly(Command::kDeliverSmResp).empty());
  EXPECT_TRUE(session_->Answer(handles_[0]));
  const auto answers = peer_.TakeOnly(Command::kDeliverSmResp);
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].sequence, 42u);
  EXPECT_EQ(answers[0].status, 0u);
  // Over another link the old handle answers nothing.
  peer_.HangUp();
  Turn();
  Bind();
  EXPECT_FALSE(session_->Answer(handles_[0]));
}

TEST_F(SessionTest, StopThatTheCarrierSaidLastStillCounts) {
  Start(Fast());
  Bind();
  peer_.SendRaw(Peer::Deliver("447700900001", "STOP", 42));
  peer_.HangUp();
  Turn();
  EXPECT_EQ(replies_.size(), 1u);
}

TEST_F(SessionTest, ReceiptBeforeItsAnswerAndTwiceIsTaken) {
  Start(Fast());
  Bind();
  Submit(1);
  for (int i = 0; i < 2; ++i) {
    peer_.SendRaw(Peer::Deliver("447700900000", "id:77 stat:DELIVRD", 9, 0x04));
  }
  peer_.Accept(peer_.TakeOnly(Command::kSubmitSm).at(0), "77");
  Turn();
  EXPECT_EQ(receipts_, (std::vector<std::string>{"77", "77"}));
  EXPECT_EQ(Count(Verdict::kSent), 1u);
  EXPECT_EQ(peer_.TakeOnly(Command::kDeliverSmResp).size(), 2u);
}

TEST_F(SessionTest, OptionOutOfRangeIsRefused) {
  const auto create = [this](SessionOptions options) {
    return Session::Create(std::move(options), TestCredentials(), this).has_value();
  };
  SessionOptions good = Fast();
  good.parts = {Bytes{'x'}};
  EXPECT_TRUE(create(good));
  SessionOptions bad = good;
  bad.window = 0;
  EXPECT_FALSE(create(bad));
  bad.window = kMaxWindow + 1;
  EXPECT_FALSE(create(bad));
  bad = good;
  bad.parts = {};
  EXPECT_FALSE(create(bad));
  bad.parts = {Bytes(255, 'x')};
  EXPECT_FALSE(create(bad));
  bad = good;
  bad.source = std::string(21, 'x');
  EXPECT_FALSE(create(bad));
  bad.source = std::string("a\0b", 3);
  EXPECT_FALSE(create(bad));
}

}  // namespace
}  // namespace signpost::sender::smpp
