#include "core/signpost/batch/cancel.h"

#include "tests/core/signpost/batch/batch_home.h"

namespace signpost::test {
namespace {

using CancelTest = BatchHome;

TEST_F(CancelTest, ItsPeopleCanBePlannedAgain) {
  Import(People(0, 40));
  const batch::PlanReport plan = Plan();
  const batch::CancelReport report = batch::CancelBatch(home_, plan.batch).value();
  EXPECT_EQ(Get(report.counts, "returned"), 40U);
  EXPECT_EQ(LastCounts<ledger::BatchCancelled>(), report.counts);
  ExpectFilesAndRowsAgree();
  EXPECT_EQ(PeopleIn(seal::SealedKind::kIntake).size(), 40U);
  EXPECT_EQ(Get(Plan().counts, "records"), 40U);
}

TEST_F(CancelTest, WhoWasAttemptedDoesNotComeBack) {
  Import(People(0, 40));
  const batch::PlanReport plan = Plan();
  Attempt(plan.batch, 0, 15);
  const batch::CancelReport report = batch::CancelBatch(home_, plan.batch).value();
  EXPECT_EQ(Get(report.counts, "returned"), 25U);
  EXPECT_EQ(Get(report.counts, "sent"), 15U);
  EXPECT_EQ(PeopleIn(seal::SealedKind::kIntake).size(), 25U);
  EXPECT_EQ(Import(People(0, 40)), 0U) << "attempted or held: nobody is new";
  Ledger();
}

TEST_F(CancelTest, ACrashedRunIsClosedFirstAndItsPeopleStayUnknown) {
  Import(People(0, 40));
  const batch::PlanReport plan = Plan();
  Attempt(plan.batch, 0, 10);
  Attempt(plan.batch, 10, 10, /*crash=*/true);
  const batch::CancelReport report = batch::CancelBatch(home_, plan.batch).value();
  EXPECT_EQ(report.became_unknown, 10U);
  EXPECT_EQ(Get(report.counts, "unknown"), 10U);
  EXPECT_EQ(Get(report.counts, "returned"), 20U);
  EXPECT_EQ(Get(LastCounts<ledger::BatchRunEnded>(), "unknown"), 10U);
  Ledger();
}

TEST_F(CancelTest, ABatchOfWhichAllWereAttemptedLeavesNoIntake) {
  Import(People(0, 5));
  const batch::PlanReport plan = Plan();
  Attempt(plan.batch, 0, 5);
  EXPECT_EQ(Get(batch::CancelBatch(home_, plan.batch).value().counts, "returned"), 0U);
  EXPECT_TRUE(FilesOnDisk().empty());
  ExpectFilesAndRowsAgree();
}

TEST_F(CancelTest, WhatIsOverIsNotCancelledAgain) {
  Import(People(0, 5));
  const batch::PlanReport plan = Plan();
  ASSERT_TRUE(batch::CancelBatch(home_, plan.batch).has_value());
  EXPECT_EQ(batch::CancelBatch(home_, plan.batch).error().code, Code::kRefused);
  EXPECT_EQ(batch::CancelBatch(home_, BatchId::Random()).error().code, Code::kNotFound);
}

TEST_F(CancelTest, ReturnedPeopleStillExpireWithTheirNumbers) {
  Import(People(0, 5));
  const batch::PlanReport plan = Plan();
  ASSERT_TRUE(batch::CancelBatch(home_, plan.batch).has_value());
  SetTime("2026-12-24T10:00:00Z");
  EXPECT_EQ(PlanError(Message()), Code::kRefused);
}

}  // namespace
}  // namespace signpost::test
