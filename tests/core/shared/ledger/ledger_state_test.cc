#include "core/shared/ledger/ledger_state.h"

#include <gtest/gtest.h>

#include "tests/core/shared/ledger/samples.h"

namespace signpost::ledger {
namespace {

class FactsTest : public ::testing::Test {
 protected:
  FactsTest() : samples_(test::OneOfEach()) {}

  template <class Body>
  Body Of() const {
    for (const Event& event : samples_) {
      if (const Body* body = std::get_if<Body>(&event.body)) return *body;
    }
    std::abort();
  }
  Result<void> Add(EventBody body) {
    Event event = samples_.front();
    event.at = now_;
    event.body = std::move(body);
    return facts_.Add(event);
  }
  void Begin() {
    ASSERT_TRUE(Add(Of<HomeCreated>()));
    ASSERT_TRUE(Add(Of<EpochCreated>()));
    ASSERT_TRUE(Add(Of<ImportDone>()));
  }
  void Plan() {
    Begin();
    ASSERT_TRUE(Add(Of<BatchPlanned>()));
  }
  void Open() {
    Plan();
    ASSERT_TRUE(Add(Of<BatchOpened>()));
  }
  void ExpectRefused(EventBody body, const std::string& why) {
    const uint64_t size = facts_.size();
    const auto added = Add(std::move(body));
    ASSERT_FALSE(added) << why;
    EXPECT_EQ(added.error().code, Code::kCorrupt);
    EXPECT_EQ(added.error().place, "entry " + std::to_string(size));
    EXPECT_NE(added.error().message.find(why), std::string::npos) << added.error().message;
    EXPECT_EQ(facts_.size(), size) << "a refused entry changed the facts";
  }

  std::vector<Event> samples_;
  Instant now_ = samples_.front().at;
  LedgerState facts_;
};

TEST_F(FactsTest, FoldsAnOrderlyLedger) {
  Plan();
  ASSERT_TRUE(Add(Of<BatchApproved>()));
  const BatchId batch = Of<BatchPlanned>().batch;
  EXPECT_EQ(facts_.batches().at(batch).approvals, std::vector<std::string>{"ann"});
  ASSERT_TRUE(Add(Of<ApprovalWithdrawn>()));
  EXPECT_TRUE(facts_.batches().at(batch).approvals.empty());
  ASSERT_TRUE(Add(Of<BatchOpened>()));
  EXPECT_EQ(facts_.OpenRun(batch), Of<BatchOpened>().run);
  EXPECT_EQ(facts_.batches().at(batch).last_opened_entry, 6u);
  ASSERT_TRUE(Add(Of<BatchRunEnded>()));
  EXPECT_FALSE(facts_.OpenRun(batch));
  ASSERT_TRUE(Add(Of<BatchFinished>()));
  EXPECT_TRUE(facts_.batches().at(batch).finished);
  ASSERT_TRUE(Add(Of<OutcomesChanged>())) << "receipts come after the end";
  ASSERT_TRUE(Add(Of<PolicyApplied>()));
  EXPECT_EQ(facts_.policies().back(), Sha256("y"));
  ASSERT_TRUE(Add(Of<Swept>()));
  ASSERT_TRUE(Add(Of<EpochDestroyed>()));
  EXPECT_TRUE(facts_.epochs().begin()->second.destroyed);
  EXPECT_EQ(facts_.size(), 13u);
}

TEST_F(FactsTest, ALedgerWithoutItsBeginningIsRefused) {
  ExpectRefused(Of<EpochCreated>(), "first entry");
  Begin();
  ExpectRefused(Of<HomeCreated>(), "twice");
}

TEST_F(FactsTest, TimeDoesNotGoBackwards) {
  Begin();
  now_ = now_ + -1;
  ExpectRefused(Of<ProtectedRecorded>(), "backwards");
}

TEST_F(FactsTest, PolicyIsLoggedBeforeItIsUsed) {
  Begin();
  BatchPlanned planned = Of<BatchPlanned>();
  planned.policy = Sha256("y");
  ExpectRefused(planned, "not in force");
  PolicyApplied applied = Of<PolicyApplied>();
  applied.previous = Sha256("z");
  ExpectRefused(applied, "not in force");
  ASSERT_TRUE(Add(Of<PolicyApplied>()));
  EXPECT_TRUE(Add(planned));
  ExpectRefused(Of<PolicyApplied>(), "not in force");
}

TEST_F(FactsTest, AnApprovalIsOfThisManifest) {
  Plan();
  BatchApproved approved = Of<BatchApproved>();
  approved.manifest = Sha256("other");
  ExpectRefused(approved, "another manifest");
  ASSERT_TRUE(Add(Of<BatchApproved>()));
  ExpectRefused(Of<BatchApproved>(), "twice");
  ApprovalWithdrawn withdrawn = Of<ApprovalWithdrawn>();
  withdrawn.approver = "bob";
  ExpectRefused(withdrawn, "not given");
}

TEST_F(FactsTest, AnUnknownBatchIsRefused) {
  Begin();
  ExpectRefused(Of<BatchApproved>(), "never planned");
  ExpectRefused(Of<BatchOpened>(), "never planned");
  ExpectRefused(Of<BatchFinished>(), "never planned");
  ExpectRefused(Of<OutcomesChanged>(), "never planned");
}

TEST_F(FactsTest, NothingComesAfterTheEnd) {
  Plan();
  ASSERT_TRUE(Add(Of<BatchCancelled>()));
  ExpectRefused(Of<BatchCancelled>(), "after the batch's end");
  ExpectRefused(Of<BatchFinished>(), "after the batch's end");
  ExpectRefused(Of<BatchApproved>(), "after the batch's end");
  ExpectRefused(Of<BatchOpened>(), "after the batch's end");
  ExpectRefused(Of<BatchPlanned>(), "twice");
}

TEST_F(FactsTest, OneRunAtATime) {
  Open();
  BatchOpened second = Of<BatchOpened>();
  second.run = RunId::Random();
  ExpectRefused(second, "run of the batch is open");
  ExpectRefused(Of<BatchFinished>(), "run of the batch is open");
  ExpectRefused(Of<BatchCancelled>(), "run of the batch is open");
  BatchRunEnded other = Of<BatchRunEnded>();
  other.run = second.run;
  ExpectRefused(other, "not open");
  ASSERT_TRUE(Add(Of<BatchRunEnded>()));
  ExpectRefused(Of<BatchRunEnded>(), "not open");
  ExpectRefused(Of<BatchOpened>(), "run twice");
  EXPECT_TRUE(Add(second)) << "a second run takes up where the first stopped";
}

TEST_F(FactsTest, ADestroyedEpochIsOver) {
  Begin();
  ExpectRefused(Of<EpochCreated>(), "twice");
  ASSERT_TRUE(Add(Of<EpochDestroyed>()));
  ExpectRefused(Of<EpochDestroyed>(), "twice");
  ExpectRefused(Of<Swept>(), "destroyed epoch");
  ExpectRefused(Of<BatchPlanned>(), "destroyed");
  ImportDone import = Of<ImportDone>();
  import.import = ImportId::Random();
  import.section = SectionId::Random();
  ExpectRefused(import, "destroyed epoch");
  import.epoch = EpochId::Random();
  ExpectRefused(import, "unknown epoch");
}

TEST_F(FactsTest, AnImportHasItsOwnNames) {
  Begin();
  ExpectRefused(Of<ImportDone>(), "import twice");
  ImportDone import = Of<ImportDone>();
  import.import = ImportId::Random();
  ExpectRefused(import, "intake twice");
  BatchPlanned planned = Of<BatchPlanned>();
  planned.sections.push_back(SectionId::Random());
  ExpectRefused(planned, "never imported");
  planned.sections.clear();
  ExpectRefused(planned, "nothing");
}

}  // namespace
}  // namespace signpost::ledger
