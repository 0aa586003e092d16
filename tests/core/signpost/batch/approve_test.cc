#include "core/signpost/batch/approve.h"

#include "tests/core/signpost/batch/batch_home.h"

namespace signpost::test {
namespace {

class ApproveTest : public BatchHome {
 protected:
  ApproveTest() {
    Import(People(0, 10));
    plan_ = Plan();
  }
  size_t Approvals() {
    size_t count = 0;
    for (const ledger::Event& event : Ledger())
      count += std::holds_alternative<ledger::BatchApproved>(event.body);
    return count;
  }
  batch::PlanReport plan_;
};

TEST_F(ApproveTest, TwoApproversAreEnoughAndOneIsNot) {
  const batch::ApprovalReport one = batch::ApproveBatch(home_, plan_.batch, first_).value();
  EXPECT_FALSE(one.missing.Enough());
  EXPECT_EQ(one.missing.missing, 1);
  const batch::ApprovalReport two = batch::ApproveBatch(home_, plan_.batch, second_).value();
  EXPECT_TRUE(two.missing.Enough());
  EXPECT_EQ(two.given, (std::vector<std::string>{"first", "second"}));
  EXPECT_EQ(Approvals(), 2U);
  const batch::BatchView view = batch::ViewBatch(home_, plan_.batch).value();
  EXPECT_EQ(view.approvals, two.given);
  EXPECT_TRUE(view.missing.Enough());
}

TEST_F(ApproveTest, NobodyApprovesTwice) {
  ASSERT_TRUE(batch::ApproveBatch(home_, plan_.batch, first_).has_value());
  EXPECT_FALSE(batch::ApproveBatch(home_, plan_.batch, first_).has_value());
  EXPECT_EQ(Approvals(), 1U);
}

TEST_F(ApproveTest, ThePlannerDoesNotApprove) {
  EXPECT_FALSE(batch::ApproveBatch(home_, plan_.batch, planner_).has_value());
  home_.policy.approvers.push_back({"planner", "", planner_.verifier().Text()});
  EXPECT_FALSE(batch::ApproveBatch(home_, plan_.batch, planner_).has_value());
  EXPECT_FALSE(batch::ImportApprovals(home_, plan_.batch, plan_.note).has_value());
  EXPECT_EQ(Approvals(), 0U);
}

TEST_F(ApproveTest, AStrangerOfTheSameNameDoesNotApprove) {
  const note::NoteSigner stranger = note::NoteSigner::Generate("first").value();
  EXPECT_FALSE(batch::ApproveBatch(home_, plan_.batch, stranger).has_value());
  note::Note note = note::Note::Parse(plan_.note).value();
  note.Sign(stranger);
  EXPECT_FALSE(batch::ImportApprovals(home_, plan_.batch, note.Encode()).has_value());
  EXPECT_EQ(Approvals(), 0U);
}

TEST_F(ApproveTest, ASignatureFromAnotherMachineCounts) {
  note::Note note = note::Note::Parse(plan_.note).value();
  note.Sign(first_);
  note.Sign(second_);
  note.Sign(note::NoteSigner::Generate("nobody").value());
  const batch::ApprovalReport report =
      batch::ImportApprovals(home_, plan_.batch, note.Encode()).value();
  EXPECT_EQ(report.added, (std::vector<std::string>{"first", "second"}));
  EXPECT_EQ(Approvals(), 2U);
  const note::Note kept =
      note::Note::Parse(batch::ViewBatch(home_, plan_.batch).value().note).value();
  EXPECT_EQ(kept.signatures().size(), 3U) << "planner and two approvers, not nobody";
  EXPECT_FALSE(batch::ImportApprovals(home_, plan_.batch, note.Encode()).has_value());
}

TEST_F(ApproveTest, ASignatureUnderAnotherTextDoesNotCount) {
  std::string text = plan_.manifest;
  text.replace(text.find("pace "), 6, "pace 9");
  note::Note note = note::Note::Of(text).value();
  note.Sign(first_);
  const auto report = batch::ImportApprovals(home_, plan_.batch, note.Encode());
  ASSERT_FALSE(report.has_value());
  EXPECT_EQ(report.error().code, Code::kInput);
  // The right text under the wrong text's signature.
  std::string forged = note.Encode();
  forged.replace(0, text.size(), plan_.manifest);
  EXPECT_FALSE(batch::ImportApprovals(home_, plan_.batch, forged).has_value());
  EXPECT_EQ(Approvals(), 0U);
}

TEST_F(ApproveTest, AnApprovalThatIsWithdrawnNoLongerStands) {
  ASSERT_TRUE(batch::ApproveBatch(home_, plan_.batch, first_).has_value());
  ASSERT_TRUE(batch::ApproveBatch(home_, plan_.batch, second_).has_value());
  const batch::ApprovalReport report = batch::WithdrawApproval(home_, plan_.batch, first_).value();
  EXPECT_EQ(report.given, std::vector<std::string>{"second"});
  EXPECT_FALSE(report.missing.Enough());
  EXPECT_FALSE(batch::WithdrawApproval(home_, plan_.batch, first_).has_value());
  EXPECT_TRUE(batch::ApproveBatch(home_, plan_.batch, first_).value().missing.Enough());
  Ledger();  // every entry may stand where it does
}

TEST_F(ApproveTest, APastCancelledOrUnknownBatchIsNotApproved) {
  EXPECT_EQ(batch::ApproveBatch(home_, BatchId::Random(), first_).error().code, Code::kNotFound);
  SetTime("2026-11-30T10:00:01Z");
  EXPECT_EQ(batch::ApproveBatch(home_, plan_.batch, first_).error().code, Code::kRefused);
  ASSERT_TRUE(batch::CancelBatch(home_, plan_.batch).has_value());
  EXPECT_EQ(batch::ApproveBatch(home_, plan_.batch, first_).error().code, Code::kRefused);
}

TEST_F(ApproveTest, AChangeOfPolicyEndsWhatWasPlannedBefore) {
  home_.policy_hash = Sha256("another policy");
  EXPECT_EQ(batch::ApproveBatch(home_, plan_.batch, first_).error().code, Code::kRefused);
}

}  // namespace
}  // namespace signpost::test
