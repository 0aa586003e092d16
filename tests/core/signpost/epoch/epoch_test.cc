#include "core/signpost/epoch/epoch.h"

#include "tests/core/signpost/dispatch/real_home.h"

namespace signpost::test {
namespace {

class EpochTest : public RealHome {
 protected:
  EpochTest() { MakeHome(); }
  std::vector<store::EpochRow> Epochs() { return home_->store->LiveEpochs().value(); }
  store::EpochRow Ensure() {
    auto row = epoch::EnsureEpoch(*home_);
    EXPECT_TRUE(row.has_value()) << (row ? "" : row.error().message);
    return row.value_or(store::EpochRow());
  }
  std::set<std::string> KeyFiles() const {
    std::set<std::string> paths;
    for (const auto& entry : std::filesystem::directory_iterator(home_->Path("keys/live"))) {
      const std::string name = entry.path().filename();
      if (name.starts_with("epoch-")) paths.insert(entry.path());
    }
    return paths;
  }
  void ExpectFilesAndRowsAgree() {
    std::set<std::string> named;
    for (const store::EpochRow& row : Epochs()) named.insert(home_->EpochKeyPath(row.epoch));
    EXPECT_EQ(KeyFiles(), named);
    EXPECT_EQ(Events<ledger::EpochCreated>().size(), named.size());
  }
  // What a crash between the key file and its row leaves.
  void MakeKeyOnly() {
    const store::EpochRow known = Epochs().at(0);
    const std::string key = ReadFile(home_->EpochKeyPath(known.epoch)).value();
    stray_ = home_->EpochKeyPath(EpochId::Random());
    ASSERT_TRUE(WriteFileNew(stray_, key).has_value());
  }
  std::string stray_;
};

TEST_F(EpochTest, OnePeriodHasOneEpoch) {
  const store::EpochRow first = Epochs().at(0);
  for (int day = 0; day < 6; ++day) {
    Reopen((Instant::StartOf(first.from + day) + 36000).Text());
    EXPECT_EQ(Ensure().epoch, first.epoch) << day;
  }
  EXPECT_EQ(Epochs().size(), 1U);
  ExpectFilesAndRowsAgree();
}

TEST_F(EpochTest, NextOneIsThereBeforeItIsNeededAndOnce) {
  const store::EpochRow first = Epochs().at(0);
  Reopen((Instant::StartOf(first.until) + 36000).Text());
  for (int i = 0; i < 2; ++i) EXPECT_EQ(Ensure().epoch, first.epoch);
  const std::vector<store::EpochRow> epochs = Epochs();
  ASSERT_EQ(epochs.size(), 2U);
  EXPECT_EQ(epochs[1].from, first.until + 1);
  Reopen((Instant::StartOf(first.until + 1) + 36000).Text());
  EXPECT_EQ(Ensure().epoch, epochs[1].epoch);
  EXPECT_EQ(Epochs().size(), 2U);
  ExpectFilesAndRowsAgree();
  ExpectEvidenceHolds();
}

TEST_F(EpochTest, AfterASilenceTheEpochBeginsToday) {
  const store::EpochRow first = Epochs().at(0);
  const Day late = first.until + 10;
  Reopen((Instant::StartOf(late) + 36000).Text());
  const store::EpochRow row = Ensure();
  EXPECT_EQ(row.from, late);
  EXPECT_EQ(row.deadline, policy::EpochDeadline(home_->policy, late));
  ExpectFilesAndRowsAgree();
}

TEST_F(EpochTest, KeyFileWithoutARowIsHarmlessAndGoes) {
  const store::EpochRow known = Epochs().at(0);
  MakeKeyOnly();
  EXPECT_EQ(Ensure().epoch, known.epoch);
  Import(0, 5);
  ASSERT_TRUE(std::filesystem::exists(stray_));
  Reopen(kMorning);
  EXPECT_FALSE(std::filesystem::exists(stray_));
  ExpectFilesAndRowsAgree();
  ExpectEvidenceHolds();
}

TEST_F(EpochTest, WithoutTheLockNoKeyIsTakenForAStray) {
  MakeKeyOnly();
  home_->files_lock = OwnedFd();
  EXPECT_EQ(epoch::RemoveStrayEpochKeys(*home_).value(), 0U);
  EXPECT_TRUE(std::filesystem::exists(stray_)) << "somebody may be about to record it";
}

TEST_F(EpochTest, WrongPassphraseMakesNoEpoch) {
  const store::EpochRow first = Epochs().at(0);
  Reopen((Instant::StartOf(first.until + 1) + 36000).Text());
  home_->site.passphrase_file = File("another passphrase\n", "wrong");
  const auto made = epoch::EnsureEpoch(*home_);
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().code, Code::kRefused) << made.error().message;
  EXPECT_EQ(Epochs().size(), 1U);
  ExpectFilesAndRowsAgree();
}

TEST_F(EpochTest, StateThatExistsIsNotMadeAgain) {
  const std::string path = home_->Path("keys/live/opener.state");
  const std::string before = ReadFile(path).value();
  EXPECT_FALSE(epoch::MakeOpenerState(*home_).has_value());
  EXPECT_EQ(ReadFile(path).value(), before);
}

}  // namespace
}  // namespace signpost::test
