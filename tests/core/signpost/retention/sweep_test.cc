#include "core/signpost/retention/sweep.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>

#include "core/signpost/retention/destroy_key.h"
#include "tests/core/signpost/batch/batch_home.h"

namespace signpost::test {
namespace {

class SweepTest : public BatchHome {
 protected:
  retention::SweepReport SweepNow() {
    auto report = retention::Sweep(home_);
    EXPECT_TRUE(report.has_value()) << (report ? "" : report.error().message);
    ExpectFilesAndRowsAgree();
    Ledger();
    return report.value_or(retention::SweepReport());
  }
  template <class Body>
  size_t Entries() {
    size_t count = 0;
    for (const ledger::Event& event : Ledger()) count += std::holds_alternative<Body>(event.body);
    return count;
  }
  // Looks through every byte of the home.
  bool Holds(ByteView needle) const {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(home_.path)) {
      if (!entry.is_regular_file()) continue;
      const std::string content = ReadFile(entry.path()).value();
      if (content.find(AsText(needle)) != std::string::npos) return true;
    }
    return false;
  }
};

TEST_F(SweepTest, ASweepOfNothingIsVisibleAllTheSame) {
  const retention::SweepReport report = SweepNow();
  EXPECT_EQ(Entries<ledger::Swept>(), 1U);
  EXPECT_EQ(Get(report.counts, "outstanding"), 0U);
  EXPECT_TRUE(report.batches_expired.empty());
  EXPECT_TRUE(report.epochs_destroyed.empty());
}

TEST_F(SweepTest, NothingGoesBeforeItsTime) {
  Import(People(0, 20));
  const batch::PlanReport plan = Plan(10);
  SetTime("2026-11-30T09:59:00Z");
  const retention::SweepReport report = SweepNow();
  EXPECT_EQ(Get(report.counts, "numbers.expired"), 0U);
  EXPECT_EQ(Get(report.counts, "outstanding"), 20U);
  EXPECT_EQ(batch::ViewBatch(home_, plan.batch).value().row.state, store::BatchState::kPlanned);
}

TEST_F(SweepTest, ExpiredNumbersGoAndOthersStay) {
  Import(People(0, 20), "OLD");
  SetTime("2026-11-28T10:00:00Z");
  Import(People(20, 50), "NEW");
  SetTime("2026-12-24T10:00:00Z");
  const retention::SweepReport report = SweepNow();
  EXPECT_EQ(Get(report.counts, "numbers.expired"), 20U);
  EXPECT_EQ(Get(report.counts, "outstanding"), 30U);
  const std::vector<int> young = People(20, 50);
  EXPECT_EQ(PeopleIn(seal::SealedKind::kIntake), std::multiset<int>(young.begin(), young.end()));
  EXPECT_EQ(LastCounts<ledger::Swept>(), report.counts);
}

TEST_F(SweepTest, AnIntakeThatWasCutOffExpiresAllTheSame) {
  Import(People(0, 20));
  const store::SealedFileRow row = home_.store->SealedFiles().value()[0];
  std::filesystem::resize_file(home_.SealedPath(row.file, row.kind),
                               40 + 116 + 7 * seal::FileRecord::kBytes);
  SetTime("2026-12-24T10:00:00Z");
  const retention::SweepReport report = SweepNow();
  EXPECT_EQ(Get(report.counts, "numbers.expired"), 20U);
  EXPECT_EQ(home_.store->Count().value().records, 0U);
  EXPECT_TRUE(FilesOnDisk().empty());
}

TEST_F(SweepTest, AnIntakeThatCannotBeReadDoesNotStopTheSweepOfOthers) {
  Import(People(0, 20));
  SetTime("2026-11-28T10:00:00Z");
  Import(People(20, 30));
  const store::SealedFileRow row = home_.store->SealedFiles().value()[1];
  std::filesystem::resize_file(home_.SealedPath(row.file, row.kind), 20);
  SetTime("2026-12-22T10:00:00Z");
  const auto report = retention::Sweep(home_);
  ASSERT_TRUE(report.has_value()) << report.error().message;
  EXPECT_EQ(Get(report->counts, "outstanding"), 30U);
}

TEST_F(SweepTest, AMixedIntakeIsRewrittenWithoutTheExpired) {
  Import(People(0, 20));
  SetTime("2026-11-28T10:00:00Z");
  Import(People(20, 40));
  const batch::PlanReport plan = Plan();
  ASSERT_TRUE(batch::CancelBatch(home_, plan.batch).has_value());  // one intake of two sections
  SetTime("2026-12-24T10:00:00Z");
  const retention::SweepReport report = SweepNow();
  EXPECT_EQ(Get(report.counts, "numbers.expired"), 20U);
  const std::vector<int> young = People(20, 40);
  EXPECT_EQ(PeopleIn(seal::SealedKind::kIntake), std::multiset<int>(young.begin(), young.end()));
}

TEST_F(SweepTest, AnIntakeThatIsMostlyErasedGivesItsRoomBack) {
  Import(People(0, 100));
  Plan(40);
  const auto intake_bytes = [&] {
    for (const auto all = home_.store->SealedFiles().value();
         const store::SealedFileRow& row : all) {
      if (row.kind != seal::SealedKind::kIntake) continue;
      return std::filesystem::file_size(home_.SealedPath(row.file, row.kind));
    }
    return uintmax_t{0};
  };
  SweepNow();
  EXPECT_EQ(intake_bytes(), 40U + 116 + 100 * seal::FileRecord::kBytes) << "less than half";
  Plan(20);
  SweepNow();
  EXPECT_EQ(intake_bytes(), 40U + 116 + 40 * seal::FileRecord::kBytes);
  ExpectFilesAndRowsAgree();
  EXPECT_EQ(Get(Plan().counts, "records"), 40U);
  EXPECT_EQ(PeopleIn(seal::SealedKind::kBatch).size(), 100U);
}

// Plans erase in place, so that a backup of an intake comes back under a name that has a row.
class RestoredIntakeTest : public SweepTest {
 protected:
  store::SealedFileRow Intake() {
    for (const auto all = home_.store->SealedFiles().value();
         const store::SealedFileRow& row : all) {
      if (row.kind == seal::SealedKind::kIntake) return row;
    }
    ADD_FAILURE() << "there is no intake";
    return {};
  }
  std::string PathOf(const store::SealedFileRow& row) const {
    return home_.SealedPath(row.file, row.kind);
  }
  // An intake of twenty who have just expired and twenty who have not.
  void ImportOldAndYoung() {
    Import(People(0, 20));
    SetTime("2026-11-28T10:00:00Z");
    Import(People(20, 40));
    const batch::PlanReport plan = Plan();
    ASSERT_TRUE(batch::CancelBatch(home_, plan.batch).has_value());
    SetTime("2026-12-24T10:00:00Z");
  }
};

TEST_F(RestoredIntakeTest, TheSweepLeavesABatchItsRecords) {
  ImportOldAndYoung();
  const std::string backup = ReadFile(PathOf(Intake())).value();
  const batch::PlanReport plan = Plan(10);
  std::ofstream(PathOf(Intake()), std::ios::binary) << backup;
  SweepNow();
  EXPECT_EQ(PeopleIn(seal::SealedKind::kIntake).size(), 10U);
  Attempt(plan.batch, 0, 10);
  EXPECT_EQ(Get(Plan().counts, "records"), 10U);
}

TEST_F(RestoredIntakeTest, TheSweepDoesNotStopAtWhoWasTexted) {
  ImportOldAndYoung();
  const std::string backup = ReadFile(PathOf(Intake())).value();
  const batch::PlanReport plan = Plan(10);
  Attempt(plan.batch, 0, 5);
  std::ofstream(PathOf(Intake()), std::ios::binary) << backup;
  SweepNow();
  EXPECT_EQ(PeopleIn(seal::SealedKind::kIntake).size(), 10U);
  Attempt(plan.batch, 5, 5);
}

TEST_F(RestoredIntakeTest, CompactionTakesOutWhatPlansHadErased) {
  Import(People(0, 100));
  const std::string backup = ReadFile(PathOf(Intake())).value();
  Plan(60);
  std::ofstream(PathOf(Intake()), std::ios::binary) << backup;
  SweepNow();
  EXPECT_EQ(PeopleIn(seal::SealedKind::kIntake).size(), 40U);
  EXPECT_EQ(Get(Plan().counts, "records"), 40U);
}

TEST_F(SweepTest, ABatchPastItsExpiryEndsAndAccountsForAll) {
  Import(People(0, 20));
  const batch::PlanReport plan = Plan();
  Attempt(plan.batch, 0, 5);
  Attempt(plan.batch, 5, 5, /*crash=*/true);
  SetTime("2026-11-30T10:00:00Z");
  const retention::SweepReport report = SweepNow();
  EXPECT_EQ(report.batches_expired, std::vector<BatchId>{plan.batch});
  const ledger::Counts finished = LastCounts<ledger::BatchFinished>();
  EXPECT_EQ(Get(finished, "sent"), 5U);
  EXPECT_EQ(Get(finished, "unknown"), 5U);
  EXPECT_EQ(Get(finished, "expired"), 10U);
  EXPECT_EQ(Get(report.counts, "numbers.expired"), 0U) << "counted with its batch";
  EXPECT_EQ(Get(report.counts, "outstanding"), 0U);
  EXPECT_EQ(batch::ViewBatch(home_, plan.batch).value().row.state, store::BatchState::kExpired);
  EXPECT_TRUE(FilesOnDisk().empty());
}

TEST_F(SweepTest, AnEpochsKeyIsGoneWhenTheLedgerSaysSo) {
  Import(People(0, 20));
  const std::string key = home_.EpochKeyPath(epoch_.epoch);
  ASSERT_TRUE(std::filesystem::exists(key));
  SetTime(epoch_.deadline.Text() + "T03:00:00Z");
  const retention::SweepReport report = SweepNow();
  EXPECT_EQ(report.epochs_destroyed, std::vector<EpochId>{epoch_.epoch});
  EXPECT_FALSE(std::filesystem::exists(key));
  EXPECT_EQ(Entries<ledger::EpochDestroyed>(), 1U);
  EXPECT_TRUE(home_.store->LiveEpochs().value().empty());
  EXPECT_TRUE(FilesOnDisk().empty());
  SweepNow();
  EXPECT_EQ(Entries<ledger::EpochDestroyed>(), 1U);
}

TEST_F(SweepTest, APendingBatchDiesWithItsEpoch) {
  home_.policy.sending.batch_expiry_days = 31;
  home_.policy.retention.sealed_number_days = 2;
  home_.policy.epochs.length_days = 1;
  epoch_ = AddEpoch(Today());  // deadline: two days from now
  Import(People(0, 7));
  const batch::PlanReport plan = Plan();
  SetTime("2026-11-25T03:00:00Z");  // the deadline's day; the batch would last until its end
  const retention::SweepReport report = SweepNow();
  EXPECT_EQ(report.batches_expired, std::vector<BatchId>{plan.batch});
  EXPECT_EQ(Get(LastCounts<ledger::BatchFinished>(), "expired"), 7U);
  EXPECT_TRUE(FilesOnDisk().empty());
}

TEST_F(SweepTest, AnInterruptedDestructionIsCompleted) {
  Import(People(0, 3));
  SetTime(epoch_.deadline.Text() + "T03:00:00Z");
  ASSERT_TRUE(retention::DestroyKeyFile(home_.EpochKeyPath(epoch_.epoch)).has_value());
  EXPECT_EQ(SweepNow().epochs_destroyed.size(), 1U);
}

TEST_F(SweepTest, TokensOfPeopleNeverMessagedGoAfterTheirTime) {
  Import(People(0, 5));
  SetTime("2027-02-22T10:00:00Z");  // 91 days
  SweepNow();
  for (int person = 0; person < 5; ++person) {
    EXPECT_FALSE(Holds(ContactOf(person).bytes)) << "the token of somebody never messaged";
  }
  EXPECT_EQ(home_.store->Count().value().contacts_unmessaged, 0U);
}

TEST_F(SweepTest, AnOptOutOutlivesEverythingElse) {
  Import(People(0, 5));
  OptOut(2);
  SetTime("2031-11-24T10:00:00Z");
  SweepNow();
  EXPECT_EQ(home_.store->Count().value().opt_outs, 1U);
  EXPECT_TRUE(Holds(OptOutOf(2).bytes));
  epoch_ = AddEpoch(Today());
  EXPECT_EQ(Import({2}), 0U);
}

TEST_F(SweepTest, WhoWasMessagedIsRememberedLongerThanTheNumber) {
  Import(People(0, 5));
  const batch::PlanReport plan = Plan();
  Attempt(plan.batch, 0, 5);
  SetTime("2027-11-23T10:00:00Z");
  SweepNow();
  EXPECT_EQ(home_.store->Count().value().contacts_messaged, 5U);
  epoch_ = AddEpoch(Today());
  EXPECT_EQ(Import(People(0, 5)), 0U);
}

TEST_F(SweepTest, KilledAtAnyMomentTheNextSweepCompletesIt) {
  Import(People(0, 500));
  const batch::PlanReport plan = Plan(100);
  Attempt(plan.batch, 0, 40);
  SetTime(epoch_.deadline.Text() + "T03:00:00Z");
  std::mt19937 random(20261123);
  for (int round = 0; round < 6; ++round) {
    home_.store.reset();
    const pid_t pid = fork();
    ASSERT_GE(pid, 0);
    if (pid == 0) {
      Reopen();
      (void)retention::Sweep(home_).has_value();
      _exit(0);
    }
    usleep(static_cast<useconds_t>(random() % 25000));
    kill(pid, SIGKILL);
    ASSERT_EQ(waitpid(pid, nullptr, 0), pid);
    Reopen();
    ASSERT_TRUE(ingest::RecoverSealedFolder(home_).has_value());
    ExpectFilesAndRowsAgree();
    Ledger();
  }
  SweepNow();
  EXPECT_EQ(Entries<ledger::EpochDestroyed>(), 1U);
  EXPECT_EQ(Entries<ledger::BatchFinished>(), 1U);
  EXPECT_EQ(Get(LastCounts<ledger::BatchFinished>(), "expired"), 60U);
  EXPECT_EQ(home_.store->Count().value().records, 0U);
  EXPECT_TRUE(FilesOnDisk().empty());
  EXPECT_FALSE(std::filesystem::exists(home_.EpochKeyPath(epoch_.epoch)));
}

TEST_F(SweepTest, AKeyFileIsOverwrittenBeforeItIsUnlinked) {
  const std::string path = home_.Path("keys/live/some.key");
  ASSERT_TRUE(WriteFileNew(path, "wrapped secret").has_value());
  std::filesystem::create_hard_link(path, home_.Path("keys/live/other-name"));
  ASSERT_TRUE(retention::DestroyKeyFile(path).has_value());
  EXPECT_EQ(ReadFile(home_.Path("keys/live/other-name")).value(), std::string(14, '\0'));
  EXPECT_TRUE(retention::DestroyKeyFile(path).has_value());
}

TEST_F(SweepTest, WithoutTheLocksNothingIsSwept) {
  home_.dispatch_lock = OwnedFd();
  EXPECT_FALSE(retention::Sweep(home_).has_value());
  EXPECT_EQ(Entries<ledger::Swept>(), 0U);
}

}  // namespace
}  // namespace signpost::test
