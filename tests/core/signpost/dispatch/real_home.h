// A rehearsal home with real keys, the real sealed processes and a carrier: everything that a
// dispatch needs. The home keeps its own time, a Monday morning.
#pragma once

#include <fmt/format.h>

#include <memory>

#include "core/signpost/batch/approve.h"
#include "core/signpost/batch/plan.h"
#include "core/signpost/ingest/import.h"
#include "core/signpost/init/create_home.h"
#include "core/signpost/optout/optout.h"
#include "core/signpost/recovery/recovery.h"
#include "core/signpost/report/evidence_of.h"
#include "core/verifier/verify.h"
#include "tests/cli/carrier/carrier_process.h"
#include "tests/core/signpost/ingest/test_home.h"

namespace signpost::test {

inline std::string Fictional(int n) { return fmt::format("07700 900{:03}", n); }

class RealHome : public ::testing::Test {
 protected:
  static constexpr std::string_view kMorning = "2026-11-23T10:00:00Z";
  static constexpr std::string_view kAfterThePlan = "2026-11-23T10:05:00Z";  // its hours have begun
  static constexpr std::string_view kMessage = "Help is there. Reply STOP and we stop.";

  void StartCarrier(std::vector<std::string> options = {}, uint16_t port = 0) {
    options.push_back("--quiet");
    carrier_ = std::make_unique<carrier::CarrierProcess>(std::move(options), port);
  }

  // The rehearsal's policy with office hours, so that there is an outside.
  void MakeHome(uint16_t gateway_port = 0) {
    init::NewHome request;
    request.path = Path();
    request.mode = Mode::kRehearsal;
    request.policy_text = ReadFile(SIGNPOST_SOURCE_DIR "/policy/rehearsal.toml").value();
    Replace(request.policy_text, "from = \"00:00\"", "from = \"09:00\"");
    Replace(request.policy_text, "to = \"24:00\"", "to = \"19:00\"");
    request.approvers = {{"first", "", first_.verifier().Text()},
                         {"second", "", second_.verifier().Text()}};
    request.planner = "planner";
    request.cost = init::KeyCost::kMinimal;
    request.rehearsal_gateway_port = gateway_port != 0 ? gateway_port
                                     : carrier_        ? carrier_->port()
                                                       : uint16_t{0};
    request.by = "tester";
    request.clock = Clock::StandingAt(At(kMorning));
    const auto created = init::CreateHome(request);
    ASSERT_TRUE(created.has_value()) << created.error().message;
    ledger_vkey_ = created->ledger_vkey;
    planner_ = note::NoteSigner::Parse(ReadFile(Path() + "/keys/planner.key").value()).value();
    Reopen(kMorning);
  }

  // The command before has ended, and one at another time begins; time stands still in it. (The
  // opener has a clock of its own, which runs on from there.)
  void Reopen(std::string_view at) {
    home_.reset();
    home::HomeOptions options;
    options.path = Path();
    options.by = "tester";
    options.moves_files = options.dispatches = true;
    options.clock = Clock::StandingAt(At(at));
    auto home = recovery::OpenAndRecover(options);
    ASSERT_TRUE(home.has_value()) << home.error().message;
    home_ = std::make_unique<home::Home>(*std::move(home));
    home_->site.gateways.at(0).receipt_wait_seconds = 0;
    home_->site.gateways.at(0).response_timeout_seconds = 3;
  }

  std::string Path() const { return folder_.path() + "/home"; }
  std::string File(const std::string& content, const std::string& name) const {
    const std::string path = folder_.path() + "/" + name;
    std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
    return path;
  }
  static void Replace(std::string& text, std::string_view what, std::string_view with) {
    ASSERT_NE(text.find(what), std::string::npos) << what;
    text.replace(text.find(what), what.size(), with);
  }

  void Import(int from, int to) {
    std::string text;
    for (int n = from; n < to; ++n) text += Fictional(n) + "\n";
    ingest::ImportRequest request;
    request.path = File(text, "list.txt");
    request.case_ref = "C1";
    const auto report = ingest::ImportFile(*home_, request);
    ASSERT_TRUE(report.has_value()) << report.error().message;
    ASSERT_EQ(Get(report->counts, "new"), static_cast<uint64_t>(to - from));
  }
  BatchId Plan() {
    batch::PlanRequest request;
    request.message = kMessage;
    const auto plan = batch::PlanBatch(*home_, request, *planner_);
    EXPECT_TRUE(plan.has_value()) << (plan ? "" : plan.error().message);
    return plan ? plan->batch : BatchId();
  }
  void Approve(const BatchId& batch) {
    for (const note::NoteSigner* approver : {&first_, &second_}) {
      const auto approved = batch::ApproveBatch(*home_, batch, *approver);
      ASSERT_TRUE(approved.has_value()) << approved.error().message;
    }
  }
  BatchId ApprovedBatch(int from, int to) {
    Import(from, to);
    const BatchId batch = Plan();
    Approve(batch);
    return batch;
  }
  void OptOut(int person) {
    const std::string list = File(Fictional(person) + "\n", "optouts.txt");
    ASSERT_TRUE(optout::AddOptOuts(*home_, ingest::OpenExtractionFile(list).value(), "optouts.txt")
                    .has_value());
  }
  void Protect(int person) {
    const std::string list = File(Fictional(person) + "\n", "protected.txt");
    ASSERT_TRUE(
        optout::AddProtected(*home_, ingest::OpenExtractionFile(list).value(), "protected.txt")
            .has_value());
  }

  template <class Body>
  std::vector<Body> Events() {
    std::vector<Body> found;
    for (const auto all = home_->store->Entries().value(); const std::string& entry : all) {
      ledger::Event event = ledger::DecodeEvent(entry).value();
      if (auto* body = std::get_if<Body>(&event.body)) found.push_back(std::move(*body));
    }
    return found;
  }
  static uint64_t Get(const ledger::Counts& counts, const std::string& name) {
    const auto found = counts.find(name);
    return found == counts.end() ? 0 : found->second;
  }

  // The ledger, and the home as a whole, by the auditor's own code.
  void ExpectEvidenceHolds() {
    const ledger::Evidence evidence = report::EvidenceOf(*home_).value();
    const verifier::HomeContents contents =
        verifier::ReadHomeContents(Path(), verifier::HomeLock()).value();
    verifier::VerifyOptions options;
    options.key = ledger_vkey_;
    options.now = home_->clock.Now();
    for (const verifier::HomeContents* home :
         {static_cast<const verifier::HomeContents*>(nullptr), &contents}) {
      const auto report = verifier::Verify(evidence, home, options);
      ASSERT_TRUE(report.has_value()) << report.error().message;
      EXPECT_FALSE(report->AnyBroken()) << verifier::ReportText(*report);
    }
  }

  TemporaryFolder folder_;
  note::NoteSigner first_ = note::NoteSigner::Generate("first").value();
  note::NoteSigner second_ = note::NoteSigner::Generate("second").value();
  std::optional<note::NoteSigner> planner_;
  std::string ledger_vkey_;
  std::unique_ptr<carrier::CarrierProcess> carrier_;
  std::unique_ptr<home::Home> home_;
};

}  // namespace signpost::test
