#include "core/shared/signatures/signatures.h"

#include <gtest/gtest.h>

namespace signpost::signatures {
namespace {

class SignaturesTest : public ::testing::Test {
 protected:
  SignaturesTest() {
    policy_.approvers = {{"ann", "lead", ann_.verifier().Text()},
                         {"bob", "", bob_.verifier().Text()}};
    policy_.planners = {{"pat", pat_.verifier().Text()}};
  }
  // The signatures of one note under the text of another.
  static note::Note UnderAnotherText(const note::Note& note) {
    std::string bytes = note.Encode();
    bytes[0] = 'T';
    return note::Note::Parse(bytes).value();
  }
  // Changes one digit of the key's id.
  static void Slip(std::string& vkey) {
    char& digit = vkey[vkey.find('+') + 1];
    digit = digit == '0' ? '1' : '0';
  }

  policy::Policy policy_;
  note::NoteSigner ann_ = note::NoteSigner::Generate("ann").value();
  note::NoteSigner bob_ = note::NoteSigner::Generate("bob").value();
  note::NoteSigner pat_ = note::NoteSigner::Generate("pat").value();
  note::Note note_ = note::Note::Of("the manifest\n").value();
};

using Names = std::vector<std::string>;

TEST_F(SignaturesTest, ApproversAreNamedInThePolicysOrder) {
  EXPECT_EQ(ApproversWhoSigned(policy_, note_).value(), Names());
  note_.Sign(bob_);
  EXPECT_EQ(ApproversWhoSigned(policy_, note_).value(), Names{"bob"});
  note_.Sign(ann_);
  EXPECT_EQ(ApproversWhoSigned(policy_, note_).value(), (Names{"ann", "bob"}));
}

TEST_F(SignaturesTest, OnePersonSigningTwiceIsOneApproval) {
  note_.Sign(ann_);
  note_.Sign(ann_);
  EXPECT_EQ(ApproversWhoSigned(policy_, note_).value(), Names{"ann"});
}

TEST_F(SignaturesTest, PlannerAndStrangersAreNoApprovers) {
  note_.Sign(pat_);
  note_.Sign(note::NoteSigner::Generate("eve").value());
  note_.Sign(note::NoteSigner::Generate("ann").value());  // another key under a known name
  EXPECT_EQ(ApproversWhoSigned(policy_, note_).value(), Names());
}

TEST_F(SignaturesTest, SignatureUnderAnotherTextRefusesTheNote) {
  note_.Sign(ann_);
  note_.Sign(bob_);
  const auto names = ApproversWhoSigned(policy_, UnderAnotherText(note_));
  ASSERT_FALSE(names.has_value());
  EXPECT_EQ(names.error().code, Code::kRefused);
}

TEST_F(SignaturesTest, OnlyThePlannerOfThatNameIsThePlanner) {
  note_.Sign(ann_);
  EXPECT_FALSE(PlannerSigned(policy_, "pat", note_).value());
  EXPECT_FALSE(PlannerSigned(policy_, "ann", note_).value()) << "an approver is no planner";
  note_.Sign(note::NoteSigner::Generate("pat").value());
  EXPECT_FALSE(PlannerSigned(policy_, "pat", note_).value());
  note_.Sign(pat_);
  EXPECT_TRUE(PlannerSigned(policy_, "pat", note_).value());
  EXPECT_FALSE(PlannerSigned(policy_, "somebody", note_).value());
  const auto changed = PlannerSigned(policy_, "pat", UnderAnotherText(note_));
  ASSERT_FALSE(changed.has_value());
  EXPECT_EQ(changed.error().code, Code::kRefused);
}

TEST_F(SignaturesTest, KeyThatNobodyCouldSignUnderIsNotTaken) {
  EXPECT_TRUE(CheckPeople(policy_).has_value());
  policy::Policy slipped = policy_;
  Slip(slipped.approvers[1].vkey);
  const auto approver = CheckPeople(slipped);
  ASSERT_FALSE(approver.has_value());
  EXPECT_EQ(approver.error().code, Code::kInput);
  EXPECT_NE(approver.error().message.find("approver \"bob\""), std::string::npos);
  slipped = policy_;
  Slip(slipped.planners[0].vkey);
  EXPECT_FALSE(CheckPeople(slipped).has_value());
  slipped = policy_;
  slipped.approvers[0].name = "someone";  // the key is good, of another name
  EXPECT_FALSE(CheckPeople(slipped).has_value());
}

}  // namespace
}  // namespace signpost::signatures
