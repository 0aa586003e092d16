// A session over TLS does what a plain one does, whatever the wire does to its records; and what
// may have left is never submitted again.
#include <map>
#include <random>

#include "tests/core/sender/smpp/tls_test.h"

namespace signpost::sender::smpp {
namespace {

// The text number that a submit is for: the last three digits of its destination.
unsigned Addressee(const Pdu& submit) {
  const auto message = DecodeMessage(submit.body);
  return message ? static_cast<unsigned>(std::stoul(std::string(message->destination.text)) % 1000)
                 : 1000;
}

class TlsVersions : public TlsTest, public testing::WithParamInterface<int> {
 protected:
  void StartBound(uint32_t window = 10) {
    StartTls(Trusted().Issue(), Expecting(), GetParam(), window);
    BindTls();
    ASSERT_EQ(SSL_version(server_->ssl()), GetParam());
  }
};
INSTANTIATE_TEST_SUITE_P(Both, TlsVersions, testing::Values(TLS1_2_VERSION, TLS1_3_VERSION),
                         [](const auto& v) {
                           return v.param == TLS1_2_VERSION ? "Tls12" : "Tls13";
                         });

TEST_P(TlsVersions, EveryTextIsAnsweredOnce) {
  StartBound();
  for (int round = 0; round < 20; ++round) {
    EXPECT_EQ(Submit(10), 10u);
    Exchange();
    EXPECT_EQ(AcceptAll(), 10u);
    Exchange();
    now_ += 10;
  }
  EXPECT_EQ(Count(Verdict::kSent), 200u);
  EXPECT_EQ(settled_.size(), 200u);
  EXPECT_TRUE(lost_.empty());
}

TEST_P(TlsVersions, OneOctetAtATimeIsStillInOrder) {
  StartTls(Trusted().Issue(), Expecting(), GetParam());
  server_->step = 1;
  BindTls();
  Submit(10);
  Exchange();
  const auto submits = server_->TakeOnly(Command::kSubmitSm);
  ASSERT_EQ(submits.size(), 10u);
  for (unsigned i = 0; i < 10; ++i) EXPECT_EQ(Addressee(submits[i]), i);
  for (const Pdu& submit : submits) server_->Accept(submit, "id");
  Exchange();
  EXPECT_EQ(Count(Verdict::kSent), 10u);
}

TEST_P(TlsVersions, OrderlyEndSaysGoodbye) {
  StartBound();
  session_->Unbind(now_);
  Exchange();
  const auto unbinds = server_->TakeOnly(Command::kUnbind);
  ASSERT_EQ(unbinds.size(), 1u);
  server_->Send(Command::kUnbindResp, Status::kOk, unbinds[0].sequence);
  Exchange();
  server_->Pump();
  EXPECT_TRUE(server_->goodbye());
  ASSERT_EQ(lost_.size(), 1u);
  EXPECT_EQ(lost_.front().first, LinkEnd::kUnbound);
}

TEST_P(TlsVersions, CutWithoutGoodbyeIsALostLink) {
  StartBound();
  Submit(5);
  Exchange();
  const auto submits = server_->TakeOnly(Command::kSubmitSm);
  ASSERT_EQ(submits.size(), 5u);
  server_->Accept(submits[0], "id");
  Exchange();
  // Half of the record with the second answer.
  std::array<uint8_t, 64> answer;
  const size_t bytes =
      EncodeMessageResp(answer, Command::kSubmitSmResp, Status::kOk, submits[1].sequence, "id");
  const std::string sealed = server_->Sealed(AsText(ByteView(answer).first(bytes)));
  server_->SendOnWire(std::string_view(sealed).substr(0, sealed.size() - 1));
  Turn();
  EXPECT_EQ(settled_.size(), 1u);
  server_->HangUp();
  Turn();
  ASSERT_EQ(lost_.size(), 1u);
  EXPECT_EQ(lost_.front().first, LinkEnd::kClosed);
  EXPECT_EQ(Count(Verdict::kSent), 1u);
  EXPECT_EQ(Count(Verdict::kUnknown), 4u);
}

TEST_P(TlsVersions, AnswersBeforeAGoodbyeStillCount) {
  StartBound();
  Submit(5);
  Exchange();
  EXPECT_EQ(AcceptAll(), 5u);
  SSL_shutdown(server_->ssl());
  Exchange();
  EXPECT_EQ(Count(Verdict::kSent), 5u);
  ASSERT_EQ(lost_.size(), 1u);
  EXPECT_EQ(lost_.front().first, LinkEnd::kClosed);
}

TEST_P(TlsVersions, AlertInMidWindowLeavesUnknownsAndNoCopies) {
  StartBound();
  Submit(7);
  Exchange();
  ASSERT_EQ(server_->TakeOnly(Command::kSubmitSm).size(), 7u);
  server_->BreakInput();
  Exchange();
  ASSERT_EQ(lost_.size(), 1u);
  EXPECT_EQ(lost_.front().first, LinkEnd::kClosed);
  EXPECT_EQ(Count(Verdict::kUnknown), 7u);
  // The next link submits none of them.
  BindTls();
  Exchange();
  EXPECT_TRUE(server_->TakeOnly(Command::kSubmitSm).empty());
}

TEST_P(TlsVersions, ChangedRecordEndsTheLink) {
  StartBound();
  Submit(3);
  Exchange();
  const auto submits = server_->TakeOnly(Command::kSubmitSm);
  std::array<uint8_t, 64> answer;
  const size_t bytes =
      EncodeMessageResp(answer, Command::kSubmitSmResp, Status::kOk, submits.at(0).sequence, "id");
  std::string sealed = server_->Sealed(AsText(ByteView(answer).first(bytes)));
  sealed.back() = static_cast<char>(sealed.back() ^ 1);
  server_->SendOnWire(sealed);
  Turn();
  EXPECT_EQ(Count(Verdict::kSent), 0u);
  EXPECT_EQ(Count(Verdict::kUnknown), 3u);
}

TEST_P(TlsVersions, ImpossibleRecordLengthEndsTheLink) {
  StartBound();
  server_->SendOnWire(std::string("\x17\x03\x03\xff\xff", 5) + std::string(40000, 'x'));
  Turn();
  ASSERT_EQ(lost_.size(), 1u);
  EXPECT_EQ(lost_.front().first, LinkEnd::kClosed);
}

TEST_P(TlsVersions, TextInTheClearInMidSessionEndsTheLink) {
  StartBound();
  Submit(1);
  Exchange();
  std::array<uint8_t, 64> answer;
  const size_t bytes =
      EncodeMessageResp(answer, Command::kSubmitSmResp, Status::kOk, 2, "injected");
  server_->SendOnWire(AsText(ByteView(answer).first(bytes)));
  Turn();
  EXPECT_EQ(Count(Verdict::kSent), 0u);
  EXPECT_EQ(Count(Verdict::kUnknown), 1u);
}

TEST_P(TlsVersions, RecordsOfTheLargestSizeAreRead) {
  StartBound(1000);
  uint32_t submitted = 0;
  while (submitted < 1000) {
    const uint32_t now = Submit(1000 - submitted);
    submitted += now;
    Exchange();
    now_ += 10;
  }
  // A thousand answers, and as many replies, in records of 16 KiB: far more than one buffer holds.
  std::string all;
  std::array<uint8_t, 64> answer;
  for (const Pdu& submit : server_->TakeOnly(Command::kSubmitSm)) {
    const size_t bytes = EncodeMessageResp(answer, Command::kSubmitSmResp, Status::kOk,
                                           submit.sequence, std::string(40, '7'));
    all += AsText(ByteView(answer).first(bytes));
    all += Peer::Deliver("447700900001", std::string(150, 'r'), submit.sequence);
  }
  ASSERT_GT(all.size(), Link::kInBytes);
  for (size_t at = 0; at < all.size(); at += 16384) {
    server_->SendRaw(std::string_view(all).substr(at, 16384));
  }
  Exchange();
  EXPECT_EQ(Count(Verdict::kSent), 1000u);
  EXPECT_EQ(replies_.size(), 1000u);
}

// A message centre that reads nothing: records back up in the session, then on the socket.
TEST_P(TlsVersions, BackedUpRecordsKeepTheirOrderAndHaveNoCopies) {
  StartTls(Trusted().Issue(), Expecting(), GetParam(), 1000);
  OwnedFd end = server_->Connect();
  const int small = 4096;
  setsockopt(end.get(), SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
  session_->Attach(std::move(end), now_);
  Exchange();
  server_->AcceptBind();
  Exchange();
  ASSERT_TRUE(session_->bound());
  server_->reading = false;
  for (int i = 0; i < 40; ++i) {
    now_ += 10;
    Submit(1000);
  }
  EXPECT_EQ(next_, 1000u);
  server_->reading = true;
  server_->step = 997;  // fits no record
  std::vector<unsigned> seen;
  while (seen.size() < 1000) {
    const size_t before = seen.size();
    Exchange();
    for (const Pdu& submit : server_->TakeOnly(Command::kSubmitSm)) {
      seen.push_back(Addressee(submit));
      server_->Accept(submit, "id");
    }
    ASSERT_GT(seen.size(), before);
  }
  Exchange();
  for (unsigned i = 0; i < 1000; ++i) ASSERT_EQ(seen[i], i);
  EXPECT_EQ(Count(Verdict::kSent), 1000u);
}

// The link breaks while records are at every stage: with the peer, with the kernel, sealed, queued.
// Whoever can read what left must never find the same person again on the next link.
TEST_P(TlsVersions, WhatMayHaveLeftInARecordIsNeverSubmittedAgain) {
  std::mt19937 chance(20261124);
  for (int round = 0; round < 12; ++round) {
    settled_.clear();
    lost_.clear();
    next_ = 0;
    StartTls(Trusted().Issue(), Expecting(), GetParam(), 300);
    OwnedFd end = server_->Connect();
    const int small = 2048;
    setsockopt(end.get(), SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    session_->Attach(std::move(end), now_);
    Exchange();
    server_->AcceptBind();
    Exchange();
    server_->reading = false;
    for (int i = 0; i < 10; ++i) {
      now_ += 3;
      Submit(static_cast<uint32_t>(1 + chance() % 60));
      server_->reading = chance() % 3 == 0;
      server_->step = 1 + chance() % 5000;
      server_->Pump();
    }
    // All that had left, also what lay in the kernel.
    server_->reading = true;
    server_->step = SIZE_MAX;
    while (server_->Pump()) {
    }
    std::map<unsigned, int> copies;
    for (const Pdu& submit : server_->TakeOnly(Command::kSubmitSm)) ++copies[Addressee(submit)];
    server_->HangUp();
    Turn();
    ASSERT_EQ(lost_.size(), 1u);
    const unsigned unknown = Count(Verdict::kUnknown);
    ASSERT_GE(unknown, copies.size()) << "what arrived may be known to have arrived by nobody";
    BindTls();
    for (int i = 0; i < 50 && session_->held() > 0; ++i) {
      now_ += 10;
      Exchange();
      for (const Pdu& submit : server_->TakeOnly(Command::kSubmitSm)) {
        ++copies[Addressee(submit)];
        server_->Accept(submit, "id");
      }
      Exchange();
    }
    for (const auto& [addressee, count] : copies) EXPECT_EQ(count, 1) << addressee;
    EXPECT_EQ(settled_.size(), next_);
    EXPECT_EQ(Count(Verdict::kSent) + unknown, next_);
  }
}

// Queued behind a handshake that fails: it waits for the next socket, and arrives once.
TEST_P(TlsVersions, RecordThatNeverLeftWaitsForTheNextLink) {
  StartBound();
  server_->reading = false;
  session_->Submit(next_++, Fictional(1));  // not written yet
  server_->HangUp();
  Turn();
  ASSERT_EQ(lost_.size(), 1u);
  server_->reading = true;
  BindTls();
  Exchange();
  const size_t arrived = AcceptAll();
  Exchange();
  EXPECT_EQ(arrived + Count(Verdict::kUnknown), 1u);
}

TEST_P(TlsVersions, SilentLinkIsTriedAndGivenUp) {
  StartBound();
  server_->writing = false;
  now_ += 500;
  Exchange();
  EXPECT_EQ(server_->TakeOnly(Command::kEnquireLink).size(), 1u);
  Pass(1000);
  ASSERT_EQ(lost_.size(), 1u);
  EXPECT_EQ(lost_.front().first, LinkEnd::kTimedOut);
}

TEST_F(TlsTest, RenegotiationIsRefused) {
  StartTls(Trusted().Issue(), Expecting(), TLS1_2_VERSION);
  BindTls();
  server_->arrived.clear();
  SSL_renegotiate(server_->ssl());
  SSL_do_handshake(server_->ssl());
  Exchange();
  // The kinds of the records that answered: an alert, and no new handshake.
  std::string_view rest = server_->arrived;
  ASSERT_GE(rest.size(), 5u);
  EXPECT_EQ(rest[0], SSL3_RT_ALERT);
  while (rest.size() >= 5) {
    EXPECT_NE(rest[0], SSL3_RT_HANDSHAKE);
    const size_t body = static_cast<uint8_t>(rest[3]) * 256u + static_cast<uint8_t>(rest[4]);
    rest.remove_prefix(std::min(rest.size(), 5 + body));
  }
}

TEST_F(TlsTest, FloodOfKeyUpdatesIsBounded) {
  StartTls(Trusted().Issue(), Expecting(), TLS1_3_VERSION);
  BindTls();
  server_->reading = false;
  std::string flood;
  for (int i = 0; i < 3000; ++i) {
    SSL_key_update(server_->ssl(), SSL_KEY_UPDATE_REQUESTED);
    SSL_do_handshake(server_->ssl());
    flood += server_->TakeOutput();
  }
  for (size_t at = 0; at < flood.size() && lost_.empty(); at += 8192) {
    server_->SendOnWire(std::string_view(flood).substr(at, 8192));
    Turn();
  }
  // Served or given up; in either case the answers do not pile up.
  EXPECT_TRUE(session_->bound() || lost_.size() == 1);
}

}  // namespace
}  // namespace signpost::sender::smpp
