#include "core/signpost/batch/plan.h"

#include "tests/core/signpost/batch/batch_home.h"

namespace signpost::test {
namespace {

using PlanTest = BatchHome;

TEST_F(PlanTest, NobodyIsLostOrDoubledBetweenIntakesAndBatch) {
  Import(People(0, 300), "C1");
  Import(People(200, 500), "C2");
  const batch::PlanReport plan = Plan(120);
  EXPECT_EQ(Get(plan.counts, "records"), 120U);
  EXPECT_EQ(Get(plan.counts, "left"), 380U);
  ExpectFilesAndRowsAgree();
  std::multiset<int> everybody = PeopleIn(seal::SealedKind::kIntake);
  const std::multiset<int> planned = PeopleIn(seal::SealedKind::kBatch);
  EXPECT_EQ(planned.size(), 120U);
  everybody.insert(planned.begin(), planned.end());
  const std::vector<int> all = People(0, 500);
  EXPECT_EQ(everybody, std::multiset<int>(all.begin(), all.end()));
}

TEST_F(PlanTest, WhoMustNotBeTextedIsDroppedForGoodAndCounted) {
  Import(People(0, 50));
  for (const int person : {1, 2, 3}) Protect(person);
  const batch::PlanReport plan = Plan();
  EXPECT_EQ(Get(plan.counts, "records"), 47U);
  EXPECT_EQ(Get(plan.counts, "withheld.protected"), 3U);
  EXPECT_EQ(LastCounts<ledger::BatchPlanned>(), plan.counts);
  EXPECT_TRUE(PeopleIn(seal::SealedKind::kIntake).empty());
  for (const int person : {1, 2, 3})
    EXPECT_EQ(PeopleIn(seal::SealedKind::kBatch).count(person), 0U);
  EXPECT_EQ(home_.store->Count().value().records, 47U);
}

TEST_F(PlanTest, TheOrderOfAFileDoesNotSurviveThePlan) {
  Import(People(0, 400));
  const batch::PlanReport plan = Plan();
  std::vector<int> order;
  for (const RecordId& id : RecordsOf(FileOf(plan.batch))) order.push_back(people_.at(id));
  EXPECT_FALSE(std::ranges::is_sorted(order));
  int kept = 0;
  for (size_t i = 1; i < order.size(); ++i) kept += order[i] == order[i - 1] + 1 ? 1 : 0;
  EXPECT_LT(kept, 20) << "neighbours of the file are neighbours of the batch";
}

TEST_F(PlanTest, TheManifestIsSignedAndNamesTheFileAsItIs) {
  Import(People(0, 20));
  const batch::PlanReport plan = Plan();
  const policy::Manifest manifest = policy::Manifest::Parse(plan.manifest).value();
  const std::string file = home_.SealedPath(FileOf(plan.batch).file, seal::SealedKind::kBatch);
  EXPECT_EQ(manifest.file_hash, Sha256(ReadFile(file).value()));
  EXPECT_EQ(manifest.records, 20U);
  EXPECT_EQ(manifest.budget, 20U);
  EXPECT_EQ(manifest.policy_hash, home_.policy_hash);
  const note::Note note = note::Note::Parse(plan.note).value();
  EXPECT_EQ(note.VerifiedBy(std::vector{planner_.verifier()}).value().size(), 1U);
  const std::string text =
      home_.store->FindDocument("message", ToHex(manifest.message_hash)).value().value();
  EXPECT_EQ(text, "Help is there. Reply STOP and we will not write again.");
  EXPECT_EQ(Sha256(text), manifest.message_hash);
}

TEST_F(PlanTest, ABatchDoesNotOutliveItsNumbersOrItsKeys) {
  home_.policy.sending.batch_expiry_days = 31;
  Import(People(0, 5));
  SetTime("2026-12-20T10:00:00Z");
  const policy::Manifest manifest = policy::Manifest::Parse(Plan().manifest).value();
  // Numbers of 2026-11-23 with 30 days: the last day is 2026-12-23.
  EXPECT_EQ(manifest.expires.Text(), "2026-12-24T00:00:00Z");
  ASSERT_FALSE(manifest.hours.empty());
  EXPECT_LE(manifest.hours.back().until, manifest.expires);
}

TEST_F(PlanTest, ExpiredNumbersAreNotPlanned) {
  Import(People(0, 5));
  SetTime("2026-12-24T10:00:00Z");
  EXPECT_EQ(PlanError(Message()), Code::kRefused);
}

TEST_F(PlanTest, NobodyEligibleChangesNothing) {
  EXPECT_EQ(PlanError(Message()), Code::kRefused);
  Import({1, 2, 3});
  for (const int person : {1, 2, 3}) Protect(person);
  const auto before = FilesOnDisk();
  const size_t entries = home_.store->Entries().value().size();
  const auto report = batch::PlanBatch(home_, Message(), planner_);
  ASSERT_FALSE(report.has_value());
  EXPECT_NE(report.error().message.find("fewer than 5 protected"), std::string::npos)
      << report.error().message;
  EXPECT_EQ(FilesOnDisk(), before);
  EXPECT_EQ(home_.store->Entries().value().size(), entries);
}

TEST_F(PlanTest, ASecondPlanTakesOnlyWhoIsLeft) {
  Import(People(0, 100));
  Plan(60);
  const batch::PlanReport second = Plan();
  EXPECT_EQ(Get(second.counts, "records"), 40U);
  const std::multiset<int> planned = PeopleIn(seal::SealedKind::kBatch);
  EXPECT_EQ(planned.size(), 100U);
  for (const int person : People(0, 100)) EXPECT_EQ(planned.count(person), 1U);
  EXPECT_EQ(PlanError(Message()), Code::kRefused);
}

TEST_F(PlanTest, NoFileAndNoRowLinksAPlannedPersonToACase) {
  Import(People(0, 100), "CASE-ONE");
  Import(People(100, 110), "CASE-TWO");
  Protect(105);
  Plan(50);
  for (const auto all = home_.store->SealedFiles().value(); const store::SealedFileRow& row : all) {
    if (row.kind == seal::SealedKind::kBatch) {
      EXPECT_EQ(row.case_ref, "");
    }
    bool gave = false;
    const std::multiset<int> planned = PeopleIn(seal::SealedKind::kBatch);
    for (const int person : planned) gave = gave || person >= 100;
    for (const RecordId& id : RecordsOf(row)) {
      if (people_.at(id) < 100 || gave) {
        EXPECT_EQ(row.case_ref, "") << "an intake that gave records";
      }
    }
  }
}

TEST_F(PlanTest, ThePolicysLimitsHold) {
  Import(People(0, 30));
  home_.policy.batches.max_records = 10;
  EXPECT_EQ(Get(Plan(25).counts, "records"), 10U);
  batch::PlanRequest request = Message();
  request.message = std::string(161, 'a');
  EXPECT_EQ(PlanError(request), Code::kRefused);
  request.message = "\n\n";
  EXPECT_EQ(PlanError(request), Code::kInput);
  request = Message();
  request.gateway = "elsewhere";
  EXPECT_EQ(PlanError(request), Code::kNotFound);
  request = Message();
  request.basis = "two\nlines";
  EXPECT_EQ(PlanError(request), Code::kInput);
  ExpectFilesAndRowsAgreeAfterRecovery();
}

TEST_F(PlanTest, TlsOfTheSiteIsWhatIsApproved) {
  Import(People(0, 10));
  home::GatewayConfig& gateway = home_.site.gateways.at(0);
  const policy::Manifest plain = policy::Manifest::Parse(Plan(5).manifest).value();
  EXPECT_EQ(plain.gateway.tls_name, "-");
  EXPECT_EQ(plain.gateway.tls_pin, "-");
  gateway.tls_name = "carrier.example";
  gateway.tls_pin = std::string(64, 'c');
  const policy::Manifest tls = policy::Manifest::Parse(Plan(5).manifest).value();
  EXPECT_EQ(tls.gateway.tls_name, "carrier.example");
  EXPECT_EQ(tls.gateway.tls_pin, gateway.tls_pin);
}

TEST_F(PlanTest, LinkInTheClearIsSaid) {
  Import(People(0, 30));
  home::GatewayConfig& gateway = home_.site.gateways.at(0);
  EXPECT_FALSE(Plan(5).in_the_clear) << "on this machine";
  gateway.host = "smsc.example.org";
  EXPECT_TRUE(Plan(5).in_the_clear);
  gateway.tls_name = "smsc.example.org";
  EXPECT_FALSE(Plan(5).in_the_clear);
}

TEST_F(PlanTest, AMessageThatActsOnAHandsetIsRefused) {
  Import(People(0, 5));
  batch::PlanRequest request = Message();
  for (const char* control : {"\x1b", "\x07", "\t", "\r", "\x7f", "\xc2\x80", "\xc2\x9b"}) {
    request.message = "Help is" + std::string(control) + " there.";
    EXPECT_EQ(PlanError(request), Code::kInput) << "control " << ToHex(AsBytes(control));
  }
  request.message = std::string("Help\0is there.", 14);
  EXPECT_EQ(PlanError(request), Code::kInput);
}

TEST_F(PlanTest, LineEndsOfAnotherSystemDoNotReachAHandset) {
  Import(People(0, 5));
  batch::PlanRequest request = Message();
  request.message = "Help is there.\r\nReply STOP.\r\n";
  const auto plan = batch::PlanBatch(home_, request, planner_);
  ASSERT_TRUE(plan.has_value());
  const policy::Manifest manifest = policy::Manifest::Parse(plan->manifest).value();
  EXPECT_EQ(manifest.message_hash, Sha256("Help is there.\nReply STOP."));
}

TEST_F(PlanTest, APlannerThePolicyDoesNotNameIsRefused) {
  Import(People(0, 5));
  EXPECT_FALSE(batch::PlanBatch(home_, Message(), first_).has_value());
  const note::NoteSigner impostor = note::NoteSigner::Generate("planner").value();
  const auto report = batch::PlanBatch(home_, Message(), impostor);
  ASSERT_FALSE(report.has_value());
  EXPECT_EQ(report.error().code, Code::kRefused);
}

TEST_F(PlanTest, NoSendingHoursBeforeTheEndIsAnErrorNow) {
  home_.policy.sending.days.fill(false);
  home_.policy.sending.days[6] = true;  // Sundays
  home_.policy.sending.batch_expiry_days = 3;
  Import(People(0, 5));
  EXPECT_EQ(PlanError(Message()), Code::kRefused);
}

}  // namespace
}  // namespace signpost::test
