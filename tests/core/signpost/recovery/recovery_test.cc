#include "core/signpost/recovery/recovery.h"

#include "core/signpost/optout/optout_log.h"
#include "tests/core/signpost/dispatch/real_home.h"

namespace signpost::test {
namespace {

class RecoveryTest : public RealHome {
 protected:
  RecoveryTest() { MakeHome(); }
  Result<home::Home> Open(bool with_lock) {
    home::HomeOptions options;
    options.path = Path();
    options.by = "tester";
    options.moves_files = with_lock;
    options.clock = Clock::StandingAt(At(kMorning));
    return recovery::OpenAndRecover(options);
  }
  size_t Sealed() const {
    size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(Path() + "/sealed")) {
      count += entry.is_regular_file() ? 1 : 0;
    }
    return count;
  }
  std::string AnIntake() const {
    for (const auto& entry : std::filesystem::directory_iterator(Path() + "/sealed")) {
      if (entry.path().extension() == ".intake") return entry.path();
    }
    return {};
  }
};

TEST_F(RecoveryTest, OrphanGoesUnderTheLockAndOnlyThere) {
  Import(0, 5);
  const std::string orphan = Path() + "/sealed/" + FileId::Random().Hex() + ".intake";
  std::filesystem::copy(AnIntake(), orphan);
  home_.reset();
  ASSERT_TRUE(Open(false).has_value());
  EXPECT_TRUE(std::filesystem::exists(orphan)) << "an import under way would lose its file";
  ASSERT_TRUE(Open(true).has_value());
  EXPECT_FALSE(std::filesystem::exists(orphan));
  EXPECT_EQ(Sealed(), 1U) << "and nothing else";
}

TEST_F(RecoveryTest, HalfAPolicyIsRemovedAndTheWholeOneStays) {
  const std::string half = Path() + "/policy.toml.tmp-0123456789ab";
  std::filesystem::copy(Path() + "/policy.toml", half);
  home_.reset();
  ASSERT_TRUE(Open(true).has_value());
  EXPECT_FALSE(std::filesystem::exists(half));
  EXPECT_TRUE(std::filesystem::exists(Path() + "/policy.toml"));
}

TEST_F(RecoveryTest, LostFileIsCountedOnceAndItsPeopleComeBack) {
  Import(0, 5);
  std::filesystem::remove(AnIntake());
  home_.reset();
  ASSERT_TRUE(Open(false).has_value());
  Reopen(kMorning);
  Reopen(kMorning);
  EXPECT_EQ(Events<ledger::RecordsLost>().size(), 1U);
  EXPECT_EQ(home_->store->Count().value().records, 0U);
  Import(0, 5);
  ExpectEvidenceHolds();
}

TEST_F(RecoveryTest, OptOutThatOnlyTheLogHasIsReplayed) {
  const token::OptOutToken token = OptOutOf(1);
  {
    optout::OptOutLog log = optout::OptOutLog::Open(Path() + "/optouts.log", *home_->store,
                                                    optout::OptOutLog::Check::kTail)
                                .value();
    ASSERT_TRUE(log.Append(std::span(&token, 1), home_->clock.Now().day()).has_value());
  }
  EXPECT_EQ(home_->store->Count().value().opt_outs, 0U);
  home_.reset();
  EXPECT_EQ(Open(false).value().store->Count().value().opt_outs, 1U) << "needs no lock";
  Reopen(kMorning);
  EXPECT_EQ(home_->store->Count().value().opt_outs, 1U);
  EXPECT_EQ(Events<ledger::OptOutsRecorded>().size(), 1U) << "once";
  ExpectEvidenceHolds();
}

TEST_F(RecoveryTest, ShortenedOptOutLogOpensNoHome) {
  OptOut(3);
  home_.reset();
  std::filesystem::resize_file(Path() + "/optouts.log", 90);
  const auto home = Open(true);
  ASSERT_FALSE(home.has_value());
  EXPECT_EQ(home.error().code, Code::kCorrupt);
}

TEST_F(RecoveryTest, NothingToMendChangesNothing) {
  Import(0, 5);
  const size_t entries = home_->store->Entries().value().size();
  Reopen(kMorning);
  EXPECT_EQ(home_->store->Entries().value().size(), entries);
  EXPECT_EQ(Sealed(), 1U);
}

}  // namespace
}  // namespace signpost::test
