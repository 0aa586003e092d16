#include "core/signpost/report/status.h"

#include "core/signpost/retention/sweep.h"
#include "tests/core/signpost/batch/batch_home.h"

namespace signpost::test {
namespace {

class StatusTest : public BatchHome {
 protected:
  report::Status Now() {
    auto status = report::StatusOf(home_);
    EXPECT_TRUE(status.has_value()) << (status ? "" : status.error().message);
    return status.value_or(report::Status());
  }
  static report::HeldClass Held(const report::Status& status, const std::string& name) {
    for (const report::HeldClass& held : status.held) {
      if (held.name == name) return held;
    }
    ADD_FAILURE() << "no class " << name;
    return {};
  }
};

TEST_F(StatusTest, EmptyHomeHoldsNothing) {
  const report::Status status = Now();
  for (const report::HeldClass& held : status.held) EXPECT_EQ(held.count, 0U) << held.name;
  EXPECT_FALSE(Held(status, "sealed numbers").gone_by);
  EXPECT_EQ(status.policy_hash, home_.policy_hash);
  EXPECT_EQ(status.ledger_entries, home_.store->Entries().value().size());
  EXPECT_FALSE(status.last_sweep);
  EXPECT_FALSE(status.sweep_overdue);
}

TEST_F(StatusTest, TotalsAreThoseOfTheHome) {
  Import(People(0, 30));
  OptOut(101);
  Protect(102);
  const BatchId open = Plan(10).batch;
  Attempt(open, 0, 4);
  const BatchId over = Plan(5).batch;
  ASSERT_TRUE(batch::CancelBatch(home_, over).has_value());
  const report::Status status = Now();
  EXPECT_EQ(Held(status, "sealed numbers").count, 26U);
  EXPECT_EQ(Held(status, "sealed numbers").gone_by, epoch_.deadline);
  EXPECT_EQ(Held(status, "sealed numbers").kept, "30 days after the import");
  EXPECT_EQ(Held(status, "contact tokens, never messaged").count, 26U);
  EXPECT_EQ(Held(status, "contact tokens, messaged").count, 4U);
  EXPECT_EQ(Held(status, "opt-outs").count, 1U);
  EXPECT_EQ(Held(status, "protected numbers").count, 1U);
  EXPECT_EQ(Held(status, "outcomes").count, 4U);
  EXPECT_EQ(Held(status, "import totals").count, 1U);
  ASSERT_EQ(status.open_batches.size(), 1U);
  EXPECT_EQ(status.open_batches[0].batch, open);
  EXPECT_EQ(status.epochs.size(), 1U);
}

TEST_F(StatusTest, SilenceOfTheSweepIsSeen) {
  SetTime("2026-11-25T09:59:00Z");
  EXPECT_FALSE(Now().sweep_overdue);
  SetTime("2026-11-25T10:00:01Z");
  EXPECT_TRUE(Now().sweep_overdue) << "never swept";
  ASSERT_TRUE(retention::Sweep(home_).has_value());
  EXPECT_EQ(Now().last_sweep, At("2026-11-25T10:00:01Z"));
  EXPECT_FALSE(Now().sweep_overdue);
  SetTime("2026-11-27T10:00:02Z");
  EXPECT_TRUE(Now().sweep_overdue) << "two days ago";
}

TEST_F(StatusTest, WhatIsPastItsLimitIsSeenTheSameDay) {
  Import(People(0, 5));
  Plan();
  SetTime("2026-11-30T09:59:00Z");
  ASSERT_TRUE(retention::Sweep(home_).has_value());
  EXPECT_FALSE(Now().sweep_overdue);
  SetTime("2026-11-30T10:00:30Z");  // the plan may have taken a moment
  EXPECT_TRUE(Now().sweep_overdue) << "a batch that has expired";
  ASSERT_TRUE(retention::Sweep(home_).has_value());
  EXPECT_FALSE(Now().sweep_overdue);
}

}  // namespace
}  // namespace signpost::test
