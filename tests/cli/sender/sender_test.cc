// The sealed sender itself, under its sandbox, against the rehearsal carrier.
#include <fcntl.h>

#include "core/sender/gateway/message_id.h"
#include "tests/cli/sender/sender_process.h"

namespace signpost::sender {
namespace {

using wire::sender::Outcome;

TEST(Sender, EveryNumberHasOneOutcomeAndOneCopy) {
  carrier::CarrierProcess carrier({"--quiet"});
  SenderProcess sender(carrier, kCredentials);
  sender.Open();
  sender.Numbers(0, 500);
  sender.Serve([&] { return sender.settled.size() == 500; });  // a range before the next
  sender.Numbers(500, 400);
  sender.Serve([&] { return sender.receipts.size() == 900; });
  sender.End();
  sender.Serve();
  EXPECT_TRUE(sender.bound);
  EXPECT_TRUE(sender.finished);
  EXPECT_EQ(sender.failed.failure, wire::sender::Failure::kNone);
  EXPECT_TRUE(sender.Wait());
  EXPECT_EQ(sender.Count(Outcome::kSent), 900u);
  EXPECT_EQ(sender.receipts.size(), 900u);
  std::map<gateway::MessageIdHash, int> sent;
  for (const auto& entry : sender.settled) {
    EXPECT_EQ(entry.second.segments, 1);
    gateway::MessageIdHash hash;
    std::copy(std::begin(entry.second.id_hash), std::end(entry.second.id_hash), hash.begin());
    ++sent[hash];
  }
  EXPECT_EQ(sent.size(), 900u);
  for (const wire::sender::Receipt& receipt : sender.receipts) {
    gateway::MessageIdHash hash;
    std::copy(std::begin(receipt.id_hashes[0]), std::end(receipt.id_hashes[0]), hash.begin());
    EXPECT_EQ(sent.count(hash), 1u);
    EXPECT_EQ(receipt.outcome, Outcome::kDelivered);
  }
  carrier.Stop();
  EXPECT_EQ(carrier.Count("messages"), 900);
  EXPECT_EQ(carrier.Count("people"), 900);
  EXPECT_EQ(carrier.Count("people_with_more_than_one"), 0);
  EXPECT_EQ(carrier.Count("unbinds"), 1);
}

// They were released in time, and the carrier or the pace kept them waiting.
TEST(Sender, WhatWaitsWhenTheHoursEndIsNotSubmitted) {
  carrier::CarrierProcess carrier({"--quiet"});
  SenderProcess sender(carrier, kCredentials);
  wire::sender::Session session = TestSession();
  session.per_second = 2;
  session.send_for_seconds = 2;
  sender.Open(session);
  sender.Numbers(0, 50);
  sender.Serve();
  EXPECT_TRUE(sender.finished);
  ASSERT_EQ(sender.settled.size(), 50u);
  long sent = 0;
  for (const auto& entry : sender.settled) {
    const auto outcome = entry.second.outcome;
    EXPECT_TRUE(outcome == Outcome::kSent || outcome == Outcome::kNotSubmitted);
    sent += outcome == Outcome::kSent ? 1 : 0;
  }
  EXPECT_LE(sent, 6);
  carrier.Stop();
  EXPECT_EQ(carrier.Count("messages"), sent);
}

TEST(Sender, StopIsAcknowledgedOnlyWhenItIsRecorded) {
  carrier::CarrierProcess carrier({"--quiet", "--stop", "5"});
  SenderProcess sender(carrier, kCredentials);
  sender.record = false;
  sender.Open();
  sender.Numbers(0, 50);
  sender.Serve([&] { return sender.stops.size() == 10 && sender.inbound.size() == 10; });
  ASSERT_EQ(sender.stops.size(), 10u);
  for (const wire::sender::Inbound& inbound : sender.inbound) EXPECT_EQ(inbound.opt_out, 1);
  // Four of them become durable; the sender leaves without having answered the others.
  for (size_t i = 0; i < 4; ++i) sender.Recorded(sender.stops[i]);
  sender.End();
  sender.Serve();
  EXPECT_TRUE(sender.finished);
  carrier.Stop();
  EXPECT_EQ(carrier.Count("stops"), 10);
  EXPECT_EQ(carrier.Count("stops_accepted"), 4);
}

TEST(Sender, WrongPasswordSendsNothing) {
  carrier::CarrierProcess carrier({"--quiet"});
  SenderProcess sender(carrier, "rehearsal\nwrong\n");
  sender.Open();
  sender.Numbers(0, 20);
  sender.Serve();
  EXPECT_FALSE(sender.bound);
  EXPECT_FALSE(sender.finished);
  EXPECT_EQ(sender.failed.failure, wire::sender::Failure::kBindRefused);
  EXPECT_EQ(sender.failed.status, 0x0Eu);
  EXPECT_EQ(sender.Count(Outcome::kNotSubmitted), 20u);
  carrier.Stop();
  EXPECT_EQ(carrier.Count("messages"), 0);
}

TEST(Sender, BadCredentialsFileIsReportedBeforeASocketIsAskedFor) {
  carrier::CarrierProcess carrier({"--quiet"});
  SenderProcess empty(carrier, "");
  empty.Open();
  empty.Serve();
  EXPECT_EQ(empty.failed.failure, wire::sender::Failure::kCredentials);
  EXPECT_EQ(empty.sockets, 0u);
}

TEST(Sender, RehearsalNeverSubmitsARealNumber) {
  carrier::CarrierProcess carrier({"--quiet"});
  SenderProcess sender(carrier, kCredentials);
  sender.Open();
  std::vector<wire::sender::Numbered> numbers(2);
  const std::string fictional = "+447700900001";
  std::string other = fictional;
  other[7] = '8';
  std::copy(fictional.begin(), fictional.end(), numbers[0].number);
  std::copy(other.begin(), other.end(), numbers[1].number);
  numbers[1].position = 1;
  sender.NumbersAsTheyAre(numbers);
  sender.Serve();
  EXPECT_EQ(sender.failed.failure, wire::sender::Failure::kNotFictional);
  EXPECT_EQ(sender.Count(Outcome::kNotSubmitted), 2u);
  carrier.Stop();
  EXPECT_EQ(carrier.Count("messages"), 0);
  EXPECT_EQ(carrier.Count("not_fictional"), 0);
}

TEST(Sender, DroppedLinkTextsNobodyTwice) {
  carrier::CarrierProcess carrier(
      {"--quiet", "--disconnect-after", "60", "--disconnect-unanswered", "9"});
  SenderProcess sender(carrier, kCredentials);
  sender.Open();
  sender.Numbers(0, 200);
  sender.End();
  sender.Serve();
  EXPECT_TRUE(sender.finished);
  EXPECT_EQ(sender.sockets, 2u);
  EXPECT_EQ(sender.settled.size(), 200u);
  EXPECT_GE(sender.Count(Outcome::kUnknown), 9u);
  EXPECT_LE(sender.Count(Outcome::kUnknown), 29u);  // at most a window more
  EXPECT_EQ(sender.Count(Outcome::kUnknown) + sender.Count(Outcome::kSent), 200u);
  carrier.Stop();
  EXPECT_EQ(carrier.Count("people_with_more_than_one"), 0);
  EXPECT_EQ(carrier.Count("binds"), 2);
}

TEST(Sender, CarriersUnbindTextsNobodyTwice) {
  carrier::CarrierProcess carrier({"--quiet", "--unbind-after", "50", "--latency", "20"});
  SenderProcess sender(carrier, kCredentials);
  sender.Open();
  sender.Numbers(0, 150);
  sender.End();
  sender.Serve();
  EXPECT_TRUE(sender.finished);
  EXPECT_EQ(sender.settled.size(), 150u);
  carrier.Stop();
  EXPECT_EQ(carrier.Count("people_with_more_than_one"), 0);
}

TEST(Sender, ThrottledTextsArriveOnceInTheEnd) {
  carrier::CarrierProcess carrier({"--quiet", "--throttle", "10"});
  SenderProcess sender(carrier, kCredentials);
  sender.Open();
  sender.Numbers(0, 60);
  sender.End();
  sender.Serve();
  EXPECT_EQ(sender.Count(Outcome::kSent), 60u);
  carrier.Stop();
  EXPECT_GE(carrier.Count("throttled"), 6);
  EXPECT_EQ(carrier.Count("messages"), 60);
  EXPECT_EQ(carrier.Count("people_with_more_than_one"), 0);
}

TEST(Sender, RefusedAndAmbiguousAreToldApart) {
  for (const auto& [status, outcome] :
       {std::pair("0x0B", Outcome::kRefused), std::pair("0x45", Outcome::kUnknown)}) {
    carrier::CarrierProcess carrier({"--quiet", "--refuse", "4", "--refuse-status", status});
    SenderProcess sender(carrier, kCredentials);
    sender.Open();
    sender.Numbers(0, 40);
    sender.End();
    sender.Serve();
    EXPECT_EQ(sender.Count(outcome), 10u);
    EXPECT_EQ(sender.Count(Outcome::kSent), 30u);
  }
}

TEST(Sender, LongTextArrivesInPartsAndIsOneOutcome) {
  carrier::CarrierProcess carrier;
  SenderProcess sender(carrier, kCredentials);
  sender.Open(TestSession(), std::string(200, 'a'));
  sender.Numbers(0, 3);
  sender.End();
  sender.Serve();
  EXPECT_EQ(sender.Count(Outcome::kSent), 3u);
  EXPECT_EQ(sender.settled.at(0).segments, 2);
  EXPECT_NE(carrier.ReadLine().find("(part 1 of 2)"), std::string::npos);
  carrier.Stop();
  EXPECT_EQ(carrier.Count("messages"), 3);
  EXPECT_EQ(carrier.Count("segments"), 6);
}

// Of `count`; so slowly that a busy machine, too, stops the rest in time.
void SendTen(SenderProcess& sender, uint32_t count) {
  wire::sender::Session session = TestSession();
  session.per_second = 10;
  session.receipt_wait_ms = 60000;  // is not waited for
  sender.Open(session);
  sender.Numbers(0, count);
  sender.Serve([&] { return sender.settled.size() >= 10; });
}

TEST(Sender, StopSettlesEverythingAndSubmitsNothingMore) {
  carrier::CarrierProcess carrier({"--quiet", "--latency", "100"});
  SenderProcess sender(carrier, kCredentials);
  SendTen(sender, 500);
  sender.Stop();
  sender.Serve();
  EXPECT_TRUE(sender.finished);
  EXPECT_EQ(sender.settled.size(), 500u);
  EXPECT_GT(sender.Count(Outcome::kNotSubmitted), 300u);
  EXPECT_EQ(sender.Count(Outcome::kUnknown), 0u);
  carrier.Stop();
  EXPECT_EQ(carrier.Count("messages"), sender.Count(Outcome::kSent));
  EXPECT_EQ(carrier.Count("unbinds"), 1);
}

TEST(Sender, DeadSignpostStopsTheTexts) {
  carrier::CarrierProcess carrier({"--quiet"});
  SenderProcess sender(carrier, kCredentials);
  SendTen(sender, 1000);
  sender.BreakControl();
  EXPECT_TRUE(sender.Wait());
  carrier.Stop();
  EXPECT_LT(carrier.Count("messages"), 200);
  EXPECT_EQ(carrier.Count("unbinds"), 1);
}

TEST(Sender, BrokenOpenerIsReportedAfterTheAnswers) {
  carrier::CarrierProcess carrier({"--quiet"});
  SenderProcess sender(carrier, kCredentials);
  sender.Open();
  sender.Numbers(0, 30);
  sender.BreakOpener();
  sender.Serve();
  EXPECT_EQ(sender.failed.failure, wire::sender::Failure::kOpener);
  EXPECT_EQ(sender.settled.size(), 30u);
}

TEST(Sender, DeadSealerStopsTheTexts) {
  carrier::CarrierProcess carrier({"--quiet"});
  SenderProcess sender(carrier, kCredentials);
  SendTen(sender, 500);
  sender.BreakSealer();
  sender.Serve();
  EXPECT_EQ(sender.failed.failure, wire::sender::Failure::kSealer);
  EXPECT_EQ(sender.settled.size(), 500u);
  EXPECT_GT(sender.Count(Outcome::kNotSubmitted), 400u);
}

TEST(Sender, NoCarrierMeansNothingSubmitted) {
  carrier::CarrierProcess carrier({"--quiet"});
  SenderProcess sender(carrier, kCredentials);
  sender.dial = false;
  sender.Open();
  sender.Numbers(0, 20);
  sender.Serve();
  EXPECT_TRUE(sender.finished);
  EXPECT_EQ(sender.sockets, 1u);
  EXPECT_EQ(sender.Count(Outcome::kNotSubmitted), 20u);
}

}  // namespace
}  // namespace signpost::sender
