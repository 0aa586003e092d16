// Runs against a carrier that behaves, or does not: everybody is accounted for, nobody twice.
#include "core/signpost/batch/cancel.h"
#include "tests/cli/carrier/tls_files.h"
#include "tests/core/signpost/dispatch/dispatch_home.h"

namespace signpost::test {
namespace {

class RunTest : public DispatchHome {
 protected:
  void Start(std::vector<std::string> carrier = {}) {
    StartCarrier(std::move(carrier));
    MakeHome();
  }
};

TEST_F(RunTest, NobodyIsLeftOutOrTextedTwice) {
  Start();
  const BatchId batch = ApprovedBatch(0, 120);
  std::vector<dispatch::DispatchProgress> steps;
  dispatch::DispatchRequest request = Of(batch);
  request.progress = [&](const dispatch::DispatchProgress& step) { steps.push_back(step); };
  const dispatch::DispatchReport report = Dispatch(request);
  EXPECT_EQ(report.why, ledger::RunEnd::kDone);
  EXPECT_TRUE(report.finished);
  EXPECT_EQ(report.counts, (ledger::Counts{{"sent", 120}}));
  EXPECT_EQ(CountsInLedger<ledger::BatchRunEnded>(), report.counts);
  ASSERT_FALSE(steps.empty());
  EXPECT_EQ(steps.back().attempted, 120U);
  EXPECT_EQ(steps.back().settled, 120U);
  ExpectFinished(batch, 120);
  ExpectTexted(120);
}

TEST_F(RunTest, FinishedBatchIsNotDispatchedAgain) {
  Start();
  const BatchId batch = ApprovedBatch(0, 8);
  Dispatch(batch);
  const size_t entries = home_->store->Entries().value().size();
  EXPECT_EQ(DispatchError(batch).code, Code::kRefused);
  EXPECT_EQ(home_->store->Entries().value().size(), entries);
  ExpectTexted(8);
}

TEST_F(RunTest, ReceiptsAreNotCountedAsOtherPeople) {
  Start({"--receipts", "mixed"});
  const BatchId batch = ApprovedBatch(0, 30);
  home_->site.gateways.at(0).receipt_wait_seconds = 1;
  EXPECT_EQ(Dispatch(batch).counts, (ledger::Counts{{"sent", 30}}));
  const ledger::Counts counts = home_->store->CountsOf(batch).value().counts;
  EXPECT_EQ(Get(counts, "delivered"), 20U);
  EXPECT_EQ(Get(counts, "undelivered"), 10U);
  EXPECT_EQ(CountsInLedger<ledger::BatchFinished>(), (ledger::Counts{{"sent", 30}}));
  ExpectFinished(batch, 30);
  ExpectTexted(30);
}

TEST_F(RunTest, CarrierThatIsNotThereCostsNobodyTheirText) {
  StartCarrier();
  const uint16_t port = carrier_->port();
  carrier_->Stop();
  MakeHome(port);
  const BatchId batch = ApprovedBatch(0, 10);
  const Error error = DispatchError(batch);
  EXPECT_EQ(error.code, Code::kGateway) << error.message;
  ExpectNobodyAttempted(batch);
  ASSERT_EQ(Events<ledger::BatchRunEnded>().size(), 1U);
  EXPECT_EQ(Events<ledger::BatchRunEnded>()[0].why, ledger::RunEnd::kGateway);
  ExpectEvidenceHolds();
  StartCarrier({}, port);
  EXPECT_TRUE(Dispatch(batch).finished);
  ExpectFinished(batch, 10);
  ExpectTexted(10);
}

TEST_F(RunTest, WrongPasswordAttemptsNobodyAndIsNamed) {
  Start();
  const BatchId batch = ApprovedBatch(0, 10);
  home_->site.gateways.at(0).credentials_file = File("rehearsal\nwrong\n", "credentials");
  const Error error = DispatchError(batch);
  EXPECT_EQ(error.code, Code::kGateway);
  EXPECT_NE(error.message.find("refused the bind"), std::string::npos) << error.message;
  EXPECT_NE(error.message.find("password"), std::string::npos) << error.message;
  ExpectNobodyAttempted(batch);
  EXPECT_EQ(Events<ledger::BatchRunEnded>().at(0).why, ledger::RunEnd::kGateway);
  ExpectEvidenceHolds();
  ExpectTexted(0);
}

TEST_F(RunTest, ServerThatDoesNotFitTheManifestAttemptsNobodyAndIsNamed) {
  const sender::smpp::Authority trusted;
  const sender::smpp::Identity identity = trusted.Issue();
  const carrier::TlsFiles files(identity);
  Start(files.Options());
  home_->site.ca_file = File(trusted.self().Pem(), "trusted.pem");
  Import(0, 10);
  home::GatewayConfig& gateway = home_->site.gateways.at(0);
  const auto expect_refused = [&](const std::string& name, const std::string& pin,
                                  std::string_view why) {
    gateway.tls_name = name;
    gateway.tls_pin = pin;
    const BatchId batch = Plan();  // of those whom the cancelled one gave back
    Approve(batch);
    const Error error = DispatchError(batch);
    EXPECT_EQ(error.code, Code::kGateway) << error.message;
    EXPECT_NE(error.message.find(why), std::string::npos) << error.message;
    ExpectNobodyAttempted(batch);
    EXPECT_EQ(Events<ledger::BatchRunEnded>().back().why, ledger::RunEnd::kGateway);
    ASSERT_TRUE(batch::CancelBatch(*home_, batch).has_value());
  };
  expect_refused("other.example", "", "does not fit the name");
  expect_refused("carrier.example", std::string(64, '0'), "does not fit the pin");
  home_->site.ca_file = File(sender::smpp::Authority("somebody").self().Pem(), "other.pem");
  expect_refused("carrier.example", "", "ca_file");
  ExpectTexted(0);
}

TEST_F(RunTest, BundleThatCannotBeOpenedAttemptsNobody) {
  Start();
  home_->site.gateways.at(0).tls_name = "carrier.example";
  home_->site.ca_file = "nothing.pem";
  const BatchId batch = ApprovedBatch(0, 5);
  EXPECT_EQ(DispatchError(batch).code, Code::kNotFound);
  ExpectNobodyAttempted(batch);
  ExpectTexted(0);
}

TEST_F(RunTest, NobodyIsLeftOutOrTextedTwiceOverTls) {
  const sender::smpp::Authority trusted;
  const sender::smpp::Identity identity = trusted.Issue();
  const carrier::TlsFiles files(identity);
  Start(files.Options());
  home_->site.ca_file = File(trusted.self().Pem(), "trusted.pem");
  home_->site.gateways.at(0).tls_name = "carrier.example";
  home_->site.gateways.at(0).tls_pin = ToHex(identity.Pin());
  const BatchId batch = ApprovedBatch(0, 120);
  // What stands in signpost.toml later changes nothing of what was approved.
  home_->site.gateways.at(0).tls_name.clear();
  home_->site.gateways.at(0).tls_pin.clear();
  EXPECT_EQ(Dispatch(batch).counts, (ledger::Counts{{"sent", 120}}));
  ExpectFinished(batch, 120);
  ExpectTexted(120);
}

TEST_F(RunTest, CredentialsThatAreNoneAttemptNobodyAndAreNamed) {
  Start();
  const BatchId batch = ApprovedBatch(0, 5);
  home_->site.gateways.at(0).credentials_file =
      File("a system id that is too long\nx\n", "credentials");
  const Error error = DispatchError(batch);
  EXPECT_EQ(error.code, Code::kInput) << error.message;
  EXPECT_NE(error.message.find("two lines"), std::string::npos) << error.message;
  ExpectNobodyAttempted(batch);
  home_->site.gateways.at(0).credentials_file = folder_.path() + "/nothing";
  DispatchError(batch);
  ExpectNobodyAttempted(batch);
  const std::vector<ledger::BatchRunEnded> ended = Events<ledger::BatchRunEnded>();
  ASSERT_EQ(ended.size(), 2U);
  for (const ledger::BatchRunEnded& run : ended) EXPECT_EQ(run.why, ledger::RunEnd::kGateway);
  ExpectEvidenceHolds();
  ExpectTexted(0);
}

// The sender ends, then the opener, and signpost may still have a range to ask it for.
TEST_F(RunTest, CarrierThatDiesInMidBatchIsSaidToBeTheGateway) {
  Start();
  const BatchId batch = ApprovedBatch(0, 400);
  bool died = false;
  dispatch::DispatchRequest request = Of(batch);
  request.progress = [&](const dispatch::DispatchProgress& step) {
    if (step.attempted < 100) return;
    if (!std::exchange(died, true)) {  // and what is there instead wants nothing of us
      const uint16_t port = carrier_->port();
      carrier_->Stop();
      StartCarrier({"--credentials", File("rehearsal\nother\n", "other")}, port);
    }
    usleep(20'000);  // everybody else is faster than signpost
  };
  const dispatch::DispatchReport report = Dispatch(request);
  EXPECT_EQ(report.why, ledger::RunEnd::kGateway);
  EXPECT_FALSE(report.finished);
  EXPECT_EQ(Events<ledger::BatchRunEnded>().at(0).why, ledger::RunEnd::kGateway);
  ExpectEvidenceHolds();
}

TEST_F(RunTest, LinkLostInMidWindowTextsNobodyTwice) {
  Start({"--disconnect-after", "30", "--disconnect-unanswered", "4"});
  const BatchId batch = ApprovedBatch(0, 80);
  const dispatch::DispatchReport report = Dispatch(batch);
  EXPECT_TRUE(report.finished) << report.why.Name();
  const uint64_t sent = Get(report.counts, "sent"), unknown = Get(report.counts, "unknown");
  EXPECT_GE(unknown, 4U);
  EXPECT_EQ(sent + unknown, 80U);
  ExpectFinished(batch, 80);
  carrier_->Stop();
  EXPECT_EQ(carrier_->Count("disconnects"), 1);
  EXPECT_EQ(carrier_->Count("people_with_more_than_one"), 0);
  EXPECT_GE(carrier_->Count("people"), static_cast<long>(sent));
  EXPECT_LE(carrier_->Count("people"), static_cast<long>(sent + unknown));
}

TEST_F(RunTest, ThrottledTextsGoLaterAndOnce) {
  Start({"--throttle", "7"});
  const BatchId batch = ApprovedBatch(0, 60);
  EXPECT_EQ(Dispatch(batch).counts, (ledger::Counts{{"sent", 60}}));
  ExpectFinished(batch, 60);
  ExpectTexted(60);
  EXPECT_GT(carrier_->Count("throttled"), 0);
}

TEST_F(RunTest, RefusedByTheCarrierIsNotTriedAgain) {
  Start({"--refuse", "5"});
  const BatchId batch = ApprovedBatch(0, 60);
  EXPECT_EQ(Dispatch(batch).counts, (ledger::Counts{{"refused", 12}, {"sent", 48}}));
  ExpectFinished(batch, 60);
  ExpectTexted(48);
}

TEST_F(RunTest, OptOutAndProtectionAfterTheApprovalHold) {
  Start();
  const BatchId batch = ApprovedBatch(0, 20);
  OptOut(7);
  Protect(9);
  EXPECT_EQ(Dispatch(batch).counts,
            (ledger::Counts{{"sent", 18}, {"withheld.opted-out", 1}, {"withheld.protected", 1}}));
  ExpectFinished(batch, 20);
  ExpectTexted(18);
}

TEST_F(RunTest, ReplyOfStopIsAnOptOut) {
  Start({"--stop", "4"});
  const BatchId batch = ApprovedBatch(0, 40);
  home_->site.gateways.at(0).receipt_wait_seconds = 1;
  const dispatch::DispatchReport report = Dispatch(batch);
  EXPECT_EQ(report.opt_outs_by_reply, 10U);
  EXPECT_EQ(home_->store->Count().value().opt_outs, 10U);
  ASSERT_FALSE(Events<ledger::OptOutsRecorded>().empty());
  EXPECT_EQ(Events<ledger::OptOutsRecorded>().back().source, "reply");
  ExpectFinished(batch, 40);
  ExpectTexted(40);
  EXPECT_EQ(carrier_->Count("stops_accepted"), 10);
}

TEST_F(RunTest, StoppedRunLosesNobodyAndTheNextGoesOn) {
  Start({"--latency", "5"});
  const BatchId batch = ApprovedBatch(0, 160);
  volatile std::sig_atomic_t stop = 0;
  dispatch::DispatchRequest request = Of(batch);
  request.stop = &stop;
  request.progress = [&](const dispatch::DispatchProgress& step) {
    stop = step.settled >= 10 && step.attempted >= 50 ? 1 : 0;
  };
  const dispatch::DispatchReport first = Dispatch(request);
  EXPECT_EQ(first.why, ledger::RunEnd::kStopped);
  EXPECT_FALSE(first.finished);
  EXPECT_EQ(first.counts, (ledger::Counts{{"sent", 50}})) << "the range in flight, whole";
  EXPECT_EQ(StateOf(batch), store::BatchState::kOpened);
  ExpectEvidenceHolds();
  const dispatch::DispatchReport second = Dispatch(batch);
  EXPECT_EQ(second.counts, (ledger::Counts{{"sent", 110}}));
  ExpectFinished(batch, 160);
  ExpectTexted(160);
}

TEST_F(RunTest, StopBeforeTheBindIsNoFailureOfTheGateway) {
  Start();
  const BatchId batch = ApprovedBatch(0, 5);
  const volatile std::sig_atomic_t stop = 1;
  dispatch::DispatchRequest request = Of(batch);
  request.stop = &stop;
  EXPECT_EQ(Dispatch(request).why, ledger::RunEnd::kStopped);
  ExpectNobodyAttempted(batch);
  ExpectEvidenceHolds();
  EXPECT_TRUE(Dispatch(batch).finished);
  ExpectTexted(5);
}

TEST_F(RunTest, TwoBindsTextNobodyTwice) {
  Start({"--latency", "20"});
  const BatchId batch = ApprovedBatch(0, 120);
  home_->site.gateways.at(0).binds = 2;
  EXPECT_EQ(Dispatch(batch).counts, (ledger::Counts{{"sent", 120}}));
  ExpectFinished(batch, 120);
  ExpectTexted(120);
  EXPECT_EQ(carrier_->Count("binds"), 2);
}

TEST_F(RunTest, OneOfTwoBindsLostTextsNobodyTwice) {
  Start({"--latency", "20", "--disconnect-after", "30", "--disconnect-unanswered", "4"});
  const BatchId batch = ApprovedBatch(0, 100);
  home_->site.gateways.at(0).binds = 2;
  const dispatch::DispatchReport report = Dispatch(batch);
  EXPECT_TRUE(report.finished) << report.why.Name();
  const uint64_t sent = Get(report.counts, "sent"), unknown = Get(report.counts, "unknown");
  EXPECT_GE(unknown, 4U);
  EXPECT_EQ(sent + unknown, 100U);
  ExpectFinished(batch, 100);
  carrier_->Stop();
  EXPECT_EQ(carrier_->Count("people_with_more_than_one"), 0);
  EXPECT_GE(carrier_->Count("people"), static_cast<long>(sent));
}

TEST_F(RunTest, CrashedRunLeavesUnknownsThatAreNotSentAgain) {
  Start({"--latency", "20"});
  const BatchId batch = ApprovedBatch(0, 120);
  home_.reset();
  const pid_t pid = fork();
  ASSERT_GE(pid, 0);
  if (pid == 0) {
    Reopen(kAfterThePlan);
    dispatch::DispatchRequest request = Of(batch);
    request.progress = [](const dispatch::DispatchProgress& step) {
      if (step.settled >= 10 && step.attempted >= 50) kill(getpid(), SIGKILL);
    };
    (void)dispatch::DispatchBatch(*home_, request).has_value();
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(pid, &status, 0), pid);
  ASSERT_TRUE(WIFSIGNALED(status));
  Reopen(kAfterThePlan);
  const dispatch::DispatchReport report = Dispatch(batch);
  EXPECT_GT(report.closed_crashed_run_unknown, 0U);
  EXPECT_LE(report.closed_crashed_run_unknown, 50U);
  EXPECT_EQ(Get(report.counts, "sent"), 70U);
  EXPECT_EQ(Events<ledger::BatchRunEnded>().at(0).why, ledger::RunEnd::kCrashed);
  ExpectFinished(batch, 120);
  carrier_->Stop();
  EXPECT_EQ(carrier_->Count("people_with_more_than_one"), 0);
}

}  // namespace
}  // namespace signpost::test
