// Providers that want a text in their own form, have several hosts, or answer in their own way.
#include "core/signpost/dispatch/evidence_sender.h"
#include "tests/core/signpost/dispatch/dispatch_home.h"

namespace signpost::test {
namespace {

class ProviderTest : public DispatchHome {
 protected:
  void Start(std::vector<std::string> carrier = {}) {
    StartCarrier(std::move(carrier));
    MakeHome();
  }
  home::GatewayConfig& Gateway() { return home_->site.gateways.at(0); }
  // A batch of one person more, with this text, approved.
  BatchId BatchOf(int person, std::string_view text) {
    Import(person, person + 1);
    batch::PlanRequest request;
    request.message = text;
    const auto plan = batch::PlanBatch(*home_, request, *planner_);
    EXPECT_TRUE(plan.has_value()) << (plan ? "" : plan.error().message);
    if (!plan) return BatchId();
    Approve(plan->batch);
    return plan->batch;
  }
};

struct Form {
  const char* alphabet;
  bool latin1, payload;
  const char* text;    // repeated until it is two segments
  const char* shows;   // the manifest's alphabet
  const char* option;  // of the carrier, besides the alphabet
};

TEST_F(ProviderTest, LongTextArrivesWholeInEveryForm) {
  Start();
  const uint16_t port = carrier_->port();
  int person = 0;
  for (const Form& form :
       {Form{"gsm7", false, false, "Help {is} near. ", "gsm7", "--no-payload"},
        Form{"gsm7-packed", false, false, "Help [is] near. ", "gsm7", "--no-payload"},
        Form{"gsm7-packed", false, true, "Help is near: 5 \u20ac. ", "gsm7", ""},
        Form{"latin1", false, false, "Help \u00e2 near. ", "latin1", "--no-payload"},
        Form{"gsm7", true, true, "Help \u00e2 near. ", "latin1", ""},
        Form{"gsm7", false, true, "Help \u0175 near. ", "ucs2", ""}}) {
    carrier_->Stop();
    std::vector<std::string> options = {"--alphabet", form.alphabet, "--receipts", "none"};
    if (*form.option != 0) options.push_back(form.option);
    carrier_ = std::make_unique<carrier::CarrierProcess>(options, port);
    policy::SmppProfile& profile = Gateway().profile;
    profile.alphabet = *policy::ParseDefaultAlphabet(form.alphabet);
    profile.latin1 = form.latin1;
    profile.payload = form.payload;
    std::string text;
    const size_t enough = std::string_view(form.shows) == "ucs2" ? 90 : 200;
    while (text.size() < enough) text += form.text;
    text += "End";
    const BatchId batch = BatchOf(person++, text);
    const policy::Manifest manifest =
        dispatch::LoadBatchDocuments(*home_, batch).value().paper.manifest;
    EXPECT_EQ(manifest.profile, profile);
    EXPECT_EQ(manifest.segments, 2u);
    EXPECT_NE(manifest.Encode().find(std::string("alphabet ") + form.shows + "\n"),
              std::string::npos);
    EXPECT_EQ(Dispatch(batch).counts, (ledger::Counts{{"sent", 1}}));
    std::string shown;
    for (int part = 0; part < (form.payload ? 1 : 2); ++part) {
      const std::string line = carrier_->ReadLine();
      shown += line.substr(line.find(": ") + 2);
    }
    EXPECT_EQ(shown, text) << form.alphabet;
  }
}

TEST_F(ProviderTest, StatusThatMeansNotSentIsRetriedOnlyWhereItWasApproved) {
  Start({"--refuse", "5", "--refuse-status", "0x08"});
  Gateway().profile.not_sent = {0x08};
  const BatchId approved = ApprovedBatch(0, 40);
  // What signpost.toml says later changes nothing of what was approved.
  Gateway().profile.not_sent.clear();
  EXPECT_EQ(Dispatch(approved).counts, (ledger::Counts{{"sent", 40}}));
  ExpectFinished(approved, 40);
  const BatchId usual = ApprovedBatch(40, 80);
  Gateway().profile.not_sent = {0x08};
  const dispatch::DispatchReport report = Dispatch(usual);
  EXPECT_GT(Get(report.counts, "unknown"), 0U);
  EXPECT_EQ(Get(report.counts, "unknown") + Get(report.counts, "sent"), 40U);
  carrier_->Stop();
  EXPECT_EQ(carrier_->Count("people_with_more_than_one"), 0);
  EXPECT_EQ(carrier_->Count("people"), static_cast<long>(40 + Get(report.counts, "sent")));
}

TEST_F(ProviderTest, AnswerThatComesLateIsNotLeftUnknown) {
  Start({"--late", "7", "--late-by", "1600", "--receipts", "none"});
  const BatchId batch = ApprovedBatch(0, 40);
  Gateway().response_timeout_seconds = 1;
  Gateway().receipt_wait_seconds = 2;
  EXPECT_EQ(Dispatch(batch).counts, (ledger::Counts{{"sent", 40}}));
  EXPECT_EQ(CountsInLedger<ledger::BatchFinished>(), (ledger::Counts{{"sent", 40}}));
  ExpectFinished(batch, 40);
  ExpectTexted(40);
}

TEST_F(ProviderTest, NextHostIsTriedWhenOneIsNotThere) {
  StartCarrier();
  const uint16_t dead = carrier_->port();
  carrier_->Stop();
  StartCarrier();
  MakeHome(dead);
  Gateway().hosts = {{"127.0.0.2", dead}, {"127.0.0.1", carrier_->port()}};
  const BatchId batch = ApprovedBatch(0, 20);
  EXPECT_EQ(Dispatch(batch).counts, (ledger::Counts{{"sent", 20}}));
  ExpectFinished(batch, 20);
  ExpectTexted(20);
}

TEST_F(ProviderTest, LinkLostInMidBatchGoesOnAtTheNextHostAndTextsNobodyTwice) {
  Start({"--disconnect-after", "20", "--disconnect-unanswered", "3"});
  carrier::CarrierProcess second({"--quiet"});
  Gateway().hosts = {{"127.0.0.1", second.port()}};
  const BatchId batch = ApprovedBatch(0, 60);
  const dispatch::DispatchReport report = Dispatch(batch);
  EXPECT_TRUE(report.finished) << report.why.Name();
  const uint64_t sent = Get(report.counts, "sent"), unknown = Get(report.counts, "unknown");
  EXPECT_GE(unknown, 3U);
  EXPECT_EQ(sent + unknown, 60U);
  ExpectFinished(batch, 60);
  carrier_->Stop();
  second.Stop();
  EXPECT_EQ(second.Count("binds"), 1);
  EXPECT_EQ(second.Count("people"), static_cast<long>(sent) - 17) << "17 were answered before";
  EXPECT_LE(carrier_->Count("people") + second.Count("people"), 60);
  EXPECT_EQ(second.Count("people_with_more_than_one"), 0);
}

TEST_F(ProviderTest, BindThatTheCarrierStillHoldsIsWaitedOut) {
  Start({"--disconnect-after", "10", "--hold-bind", "2500"});
  const BatchId batch = ApprovedBatch(0, 60);
  Gateway().enquire_link_seconds = 1;
  const dispatch::DispatchReport report = Dispatch(batch);
  EXPECT_TRUE(report.finished) << report.why.Name();
  ExpectFinished(batch, 60);
  carrier_->Stop();
  EXPECT_EQ(carrier_->Count("binds"), 2);
  EXPECT_GE(carrier_->Count("binds_refused"), 1);
  EXPECT_LE(carrier_->Count("binds_refused"), 3);
  EXPECT_EQ(carrier_->Count("people_with_more_than_one"), 0);
}

TEST_F(ProviderTest, WrongPasswordLeavesTheBatchAsItWas) {
  Start();
  const BatchId batch = ApprovedBatch(0, 10);
  const std::string right = Gateway().credentials_file;
  Gateway().credentials_file = File("rehearsal\nwrong\n", "credentials");
  EXPECT_EQ(DispatchError(batch).code, Code::kGateway);
  ExpectNobodyAttempted(batch);
  Gateway().credentials_file = right;
  EXPECT_EQ(Dispatch(batch).counts, (ledger::Counts{{"sent", 10}}));
  ExpectFinished(batch, 10);
  ExpectTexted(10);
  EXPECT_EQ(carrier_->Count("binds_refused"), 1) << "asking again could lock the account";
}

}  // namespace
}  // namespace signpost::test
