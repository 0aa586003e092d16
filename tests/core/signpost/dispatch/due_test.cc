#include "core/signpost/dispatch/dispatch.h"
#include "tests/core/signpost/batch/batch_home.h"

namespace signpost::test {
namespace {

class DueTest : public BatchHome {
 protected:
  DueTest() {
    Import(People(0, 20));
    batch_ = Plan(10).batch;
  }
  void Approve() {
    ASSERT_TRUE(batch::ApproveBatch(home_, batch_, first_).has_value());
    ASSERT_TRUE(batch::ApproveBatch(home_, batch_, second_).has_value());
  }
  std::vector<BatchId> Due() { return dispatch::DueBatches(home_).value(); }
  BatchId batch_;
};

TEST_F(DueTest, OnlyApprovedBatchesAreDue) {
  EXPECT_TRUE(Due().empty());
  ASSERT_TRUE(batch::ApproveBatch(home_, batch_, first_).has_value());
  EXPECT_TRUE(Due().empty());
  ASSERT_TRUE(batch::ApproveBatch(home_, batch_, second_).has_value());
  const BatchId unapproved = Plan().batch;
  EXPECT_EQ(Due(), std::vector<BatchId>{batch_});
  EXPECT_NE(unapproved, batch_);
  ASSERT_TRUE(batch::WithdrawApproval(home_, batch_, first_).has_value());
  EXPECT_TRUE(Due().empty());
}

TEST_F(DueTest, NothingIsDueOutsideItsHours) {
  Approve();
  for (const char* outside :
       {"2026-11-23T08:59:59Z", "2026-11-23T19:00:00Z", "2026-11-28T10:00:00Z"}) {
    SetTime(outside);
    EXPECT_TRUE(Due().empty()) << outside;
  }
  SetTime("2026-11-24T09:00:00Z");
  EXPECT_EQ(Due().size(), 1U);
}

TEST_F(DueTest, NothingIsDueAfterItsExpiry) {
  Approve();
  SetTime("2026-11-30T09:50:00Z");
  EXPECT_EQ(Due().size(), 1U);
  SetTime("2026-11-30T10:01:00Z");
  EXPECT_TRUE(Due().empty());
}

TEST_F(DueTest, WhatIsOverIsNotDue) {
  Approve();
  Attempt(batch_, 0, 4);
  EXPECT_EQ(Due().size(), 1U) << "a run that stopped half-way goes on";
  ASSERT_TRUE(batch::CancelBatch(home_, batch_).has_value());
  EXPECT_TRUE(Due().empty());
}

TEST_F(DueTest, BatchOfAnEarlierPolicyDoesNotStopTheTimerForEver) {
  Approve();
  home_.policy_hash = Sha256("the next policy");
  EXPECT_TRUE(Due().empty());
}

}  // namespace
}  // namespace signpost::test
