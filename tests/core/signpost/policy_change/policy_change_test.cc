#include "core/signpost/policy_change/policy_change.h"

#include <gtest/gtest.h>

#include "tests/core/signpost/home/small_home.h"

namespace signpost::policy_change {
namespace {

using test::SmallHome;

class PolicyChange : public ::testing::Test {
 protected:
  PolicyChange() { home_.clock = Clock::StandingAt(SmallHome::kMade + 3600); }
  // The statement for `text` with these signatures.
  note::Note Signed(const std::string& text, const std::vector<const note::NoteSigner*>& signers) {
    note::Note note = PolicyStatement(home_, text).value();
    for (const note::NoteSigner* signer : signers) note.Sign(*signer);
    return note;
  }
  Code CodeOf(const Result<std::vector<std::string>>& applied) {
    EXPECT_FALSE(applied.has_value());
    return applied ? Code::kInternal : applied.error().code;
  }
  size_t Entries() { return home_.store->Entries().value().size(); }

  SmallHome small_;
  home::Home home_ = small_.Open().value();
  std::string next_ = small_.policy + "# the second year\n";
};

TEST_F(PolicyChange, ApprovedPolicyIsInForceFromItsEntryOn) {
  const auto names = ApplyPolicy(home_, next_, Signed(next_, {&small_.ann, &small_.bob}));
  ASSERT_TRUE(names.has_value()) << names.error().message;
  EXPECT_EQ(*names, (std::vector<std::string>{"ann", "bob"}));
  EXPECT_EQ(home_.policy_hash, Sha256(next_));
  EXPECT_EQ(small_.Read("policy.toml"), next_);
  const ledger::Event last = ledger::DecodeEvent(home_.store->Entries().value().back()).value();
  const auto& applied = std::get<ledger::PolicyApplied>(last.body);
  EXPECT_EQ(applied.previous, Sha256(small_.policy));
  EXPECT_EQ(applied.next, Sha256(next_));
  EXPECT_TRUE(home_.store->FindDocument("policy-change", ToHex(Sha256(next_))).value());
  EXPECT_TRUE(small_.Open().has_value());
}

TEST_F(PolicyChange, TooFewApproversChangeNothing) {
  EXPECT_EQ(CodeOf(ApplyPolicy(home_, next_, Signed(next_, {&small_.ann}))), Code::kRefused);
  EXPECT_EQ(CodeOf(ApplyPolicy(home_, next_, Signed(next_, {}))), Code::kRefused);
  EXPECT_EQ(Entries(), 1u);
  EXPECT_EQ(small_.Read("policy.toml"), small_.policy);
}

TEST_F(PolicyChange, PlannersAndStrangersDoNotCount) {
  const note::NoteSigner stranger = note::NoteSigner::Generate("bob").value();
  EXPECT_EQ(CodeOf(ApplyPolicy(home_, next_, Signed(next_, {&small_.ann, &small_.pat}))),
            Code::kRefused);
  EXPECT_EQ(CodeOf(ApplyPolicy(home_, next_, Signed(next_, {&small_.ann, &stranger}))),
            Code::kRefused);
}

TEST_F(PolicyChange, SignaturesForAnotherTextDoNotCarryThisOne) {
  const note::Note other = Signed(small_.policy + "# another\n", {&small_.ann, &small_.bob});
  EXPECT_EQ(CodeOf(ApplyPolicy(home_, next_, other)), Code::kRefused);
}

TEST_F(PolicyChange, SignaturesUnderAnEarlierPolicyDoNotCarryIt) {
  const std::string third = next_ + "# the third year\n";
  const note::Note early = Signed(third, {&small_.ann, &small_.bob});
  ASSERT_TRUE(ApplyPolicy(home_, next_, Signed(next_, {&small_.ann, &small_.bob})).has_value());
  EXPECT_EQ(CodeOf(ApplyPolicy(home_, third, early)), Code::kRefused);
}

// Back to the first, and to the second again with the signatures of its first time.
TEST_F(PolicyChange, PolicyDoesNotComeBackAsItWas) {
  ASSERT_TRUE(ApplyPolicy(home_, next_, Signed(next_, {&small_.ann, &small_.bob})).has_value());
  const auto back = PolicyStatement(home_, small_.policy);
  ASSERT_FALSE(back.has_value());
  EXPECT_EQ(back.error().code, Code::kRefused);
  EXPECT_FALSE(back.error().hint.empty());
}

TEST_F(PolicyChange, PolicyInForceIsNotChangedIntoItself) {
  EXPECT_FALSE(PolicyStatement(home_, small_.policy).has_value());
}

TEST_F(PolicyChange, PolicyThatDoesNotParseIsNotStated) {
  const auto stated = PolicyStatement(home_, small_.policy + "\n[retentoin]\n");
  ASSERT_FALSE(stated.has_value());
  EXPECT_EQ(stated.error().code, Code::kInput);
}

TEST_F(PolicyChange, PolicyThatWouldLockEverybodyOutIsNotStated) {
  std::string slip = next_;
  const size_t at = slip.find("ann+") + 4;
  slip[at] = slip[at] == '0' ? '1' : '0';  // the key's id: the shape is right
  const auto stated = PolicyStatement(home_, slip);
  ASSERT_FALSE(stated.has_value());
  EXPECT_EQ(stated.error().code, Code::kInput);
}

// A crash between the ledger entry and the file.
TEST_F(PolicyChange, CrashBeforeTheFileIsMended) {
  ASSERT_TRUE(ApplyPolicy(home_, next_, Signed(next_, {&small_.ann, &small_.bob})).has_value());
  small_.Write("policy.toml", small_.policy);
  const home::Home again = small_.Open().value();
  EXPECT_EQ(again.policy_text, next_);
  EXPECT_EQ(small_.Read("policy.toml"), next_);
}

}  // namespace
}  // namespace signpost::policy_change
