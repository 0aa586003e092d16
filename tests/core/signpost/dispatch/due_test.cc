#include <sqlite3.h>

#include "core/signpost/batch/view.h"
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

// As somebody with a database editor would leave it.
void Edit(const home::Home& home, const std::string& sql) {
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(home.Path("store.db").c_str(), &database), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
  EXPECT_EQ(sqlite3_changes(database), 1);
  sqlite3_close(database);
}

TEST_F(DueTest, BatchWithoutAManifestDoesNotHoldUpTheOthers) {
  Approve();
  const BatchId damaged = Plan().batch;
  Edit(home_, "DELETE FROM document WHERE kind = 'manifest' AND id = '" + damaged.Hex() + "'");
  EXPECT_EQ(Due(), std::vector<BatchId>{batch_});
  Edit(home_,
       "UPDATE document SET content = 'x' WHERE kind = 'manifest' AND id = '" + batch_.Hex() + "'");
  EXPECT_TRUE(Due().empty());
}

// A signature that never came through `approve` is a claim: the opener would refuse it, too.
TEST_F(DueTest, SignatureWithoutItsEntryInTheLedgerIsNoApproval) {
  note::Note note =
      note::Note::Parse(home_.store->FindDocument("manifest", batch_.Hex()).value().value())
          .value();
  note.Sign(first_);
  note.Sign(second_);
  Edit(home_, "UPDATE document SET content = '" + note.Encode() +
                  "' WHERE kind = 'manifest' AND id = '" + batch_.Hex() + "'");
  EXPECT_TRUE(Due().empty());
  EXPECT_TRUE(batch::ViewBatch(home_, batch_).value().approvals.empty());
  Approve();
  EXPECT_EQ(Due(), std::vector<BatchId>{batch_});
}

TEST_F(DueTest, BatchOfAnEarlierPolicyDoesNotStopTheTimerForEver) {
  Approve();
  home_.policy_hash = Sha256("the next policy");
  EXPECT_TRUE(Due().empty());
}

}  // namespace
}  // namespace signpost::test
