#include "core/signpost/batch/approve.h"

#include "tests/core/signpost/batch/batch_home.h"

namespace signpost::testing {
namespace {

class ApproveTest : public BatchHome {
 protected:
  ApproveTest() {
    Import(People(0, 10));
    plan_ = Plan();
  }
  size_t Approvals() {
    size_t count = 0;
    for (const Event& event : Ledger()) count += std::holds_alternative<BatchApproved>(event.body);
    return count;
  }
  PlanReport plan_;
};

TEST_F(ApproveTest, TwoApproversAreEnoughAndOneIsNot) {
  const ApprovalReport one = ApproveBatch(home_, plan_.batch, first_).value();
  EXPECT_FALSE(one.missing.Enough());
  EXPECT_EQ(one.missing.missing, 1);
  const ApprovalReport two = ApproveBatch(home_, plan_.batch, second_).value();
  EXPECT_TRUE(two.missing.Enough());
  EXPECT_EQ(two.given, (std::vector<std::string>{"first", "second"}));
  EXPECT_EQ(Approvals(), 2U);
  const BatchView view = ViewBatch(home_, plan_.batch).value();
  EXPECT_EQ(view.approvals, two.given);
  EXPECT_TRUE(view.missing.Enough());
}

TEST_F(ApproveTest, NobodyApprovesTwice) {
  ASSERT_TRUE(ApproveBatch(home_, plan_.batch, first_).has_value());
  EXPECT_FALSE(ApproveBatch(home_, plan_.batch, first_).has_value());
  EXPECT_EQ(Approvals(), 1U);
}

TEST_F(ApproveTest, ThePlannerDoesNotApprove) {
  EXPECT_FALSE(ApproveBatch(home_, plan_.batch, planner_).has_value());
  home_.policy.approvers.push_back({"planner", "", planner_.verifier().Text()});
  EXPECT_FALSE(ApproveBatch(home_, plan_.batch, planner_).has_value());
  EXPECT_FALSE(ImportApprovals(home_, plan_.batch, plan_.note).has_value());
  EXPECT_EQ(Approvals(), 0U);
}

TEST_F(ApproveTest, AStrangerOfTheSameNameDoesNotApprove) {
  const NoteSigner stranger = NoteSigner::Generate("first").value();
  EXPECT_FALSE(ApproveBatch(home_, plan_.batch, stranger).has_value());
  Note note = Note::Parse(plan_.note).value();
  note.Sign(stranger);
  EXPECT_FALSE(ImportApprovals(home_, plan_.batch, note.Encode()).has_value());
  EXPECT_EQ(Approvals(), 0U);
}

TEST_F(ApproveTest, ASignatureFromAnotherMachineCounts) {
  Note note = Note::Parse(plan_.note).value();
  note.Sign(first_);
  note.Sign(second_);
  note.Sign(NoteSigner::Generate("nobody").value());
  const ApprovalReport report = ImportApprovals(home_, plan_.batch, note.Encode()).value();
  EXPECT_EQ(report.added, (std::vector<std::string>{"first", "second"}));
  EXPECT_EQ(Approvals(), 2U);
  const Note kept = Note::Parse(ViewBatch(home_, plan_.batch).value().note).value();
  EXPECT_EQ(kept.signatures().size(), 3U) << "planner and two approvers, not nobody";
  EXPECT_FALSE(ImportApprovals(home_, plan_.batch, note.Encode()).has_value());
}

TEST_F(ApproveTest, ASignatureUnderAnotherTextDoesNotCount) {
  std::string text = plan_.manifest;
  text.replace(text.find("pace "), 6, "pace 9");
  Note note = Note::Of(text).value();
  note.Sign(first_);
  const auto report = ImportApprovals(home_, plan_.batch, note.Encode());
  ASSERT_FALSE(report.has_value());
  EXPECT_EQ(report.error().code, Code::kInput);
  // The right text under the wrong text's signature.
  std::string forged = note.Encode();
  forged.replace(0, text.size(), plan_.manifest);
  EXPECT_FALSE(ImportApprovals(home_, plan_.batch, forged).has_value());
  EXPECT_EQ(Approvals(), 0U);
}

TEST_F(ApproveTest, AnApprovalThatIsWithdrawnNoLongerStands) {
  ASSERT_TRUE(ApproveBatch(home_, plan_.batch, first_).has_value());
  ASSERT_TRUE(ApproveBatch(home_, plan_.batch, second_).has_value());
  const ApprovalReport report = WithdrawApproval(home_, plan_.batch, first_).value();
  EXPECT_EQ(report.given, std::vector<std::string>{"second"});
  EXPECT_FALSE(report.missing.Enough());
  EXPECT_FALSE(WithdrawApproval(home_, plan_.batch, first_).has_value());
  EXPECT_TRUE(ApproveBatch(home_, plan_.batch, first_).value().missing.Enough());
  Ledger();  // every entry may stand where it does
}

TEST_F(ApproveTest, APastCancelledOrUnknownBatchIsNotApproved) {
  EXPECT_EQ(ApproveBatch(home_, BatchId::Random(), first_).error().code, Code::kNotFound);
  SetTime("2026-11-30T10:00:01Z");
  EXPECT_EQ(ApproveBatch(home_, plan_.batch, first_).error().code, Code::kRefused);
  ASSERT_TRUE(CancelBatch(home_, plan_.batch).has_value());
  EXPECT_EQ(ApproveBatch(home_, plan_.batch, first_).error().code, Code::kRefused);
}

TEST_F(ApproveTest, AChangeOfPolicyEndsWhatWasPlannedBefore) {
  home_.policy_hash = Sha256("another policy");
  EXPECT_EQ(ApproveBatch(home_, plan_.batch, first_).error().code, Code::kRefused);
}

}  // namespace
}  // namespace signpost::testing
