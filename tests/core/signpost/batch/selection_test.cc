#include "core/signpost/batch/selection.h"

#include <cmath>

#include "tests/core/signpost/batch/batch_home.h"

namespace signpost::test {
namespace {

class SelectionTest : public BatchHome {
 protected:
  batch::Selection Draw(size_t at_most) {
    auto drawn = batch::DrawPeople(home_, Today(), at_most);
    EXPECT_TRUE(drawn.has_value()) << (drawn ? "" : drawn.error().message);
    return drawn.value_or(batch::Selection());
  }
};

// 40 people of two intakes, ten of them erased and three not to be texted; 9 of the rest are drawn,
// 4,000 times. Chi-squared with 26 degrees of freedom is below 70 but once in 100,000 runs.
TEST_F(SelectionTest, NobodyIsLikelierThanAnotherWhereverTheyLie) {
  Import(People(0, 30), "C1");
  Import(People(30, 40), "C2");
  Plan(10);
  std::map<int, int> times;
  for (const int person : PeopleIn(seal::SealedKind::kIntake)) times[person] = 0;
  int listed = 0;
  for (auto it = times.begin(); it != times.end() && listed < 3; it = times.erase(it), ++listed) {
    Protect(it->first);
  }
  ASSERT_EQ(times.size(), 27U);
  constexpr int kRounds = 4000, kDrawn = 9;
  for (int round = 0; round < kRounds; ++round) {
    for (const auto selection = Draw(kDrawn); const seal::FileRecord& record : selection.records) {
      ++times.at(people_.at(record.record.id));
    }
  }
  const double expected = 1.0 * kRounds * kDrawn / 27;
  // Without replacement within a round: less spread than independent draws, by 1 - 9/27.
  double chi_squared = 0;
  for (const auto& [person, count] : times) {
    chi_squared += std::pow(count - expected, 2) / (expected * (1 - kDrawn / 27.0));
  }
  EXPECT_LT(chi_squared, 70);
}

TEST_F(SelectionTest, WhoWasNotDrawnIsNotLookedAt) {
  Import(People(0, 2000));
  const batch::Selection drawn = Draw(10);
  EXPECT_EQ(drawn.records.size(), 10U);
  EXPECT_EQ(drawn.left, 1990U);
  ASSERT_EQ(drawn.shares.size(), 1U);
  EXPECT_EQ(drawn.shares[0].to_erase.size(), 10U);
}

TEST_F(SelectionTest, TheFewWhoMayBeTextedAreFoundAmongMany) {
  Import(People(0, 300));
  for (int person = 0; person < 297; ++person) Protect(person);
  const batch::Selection drawn = Draw(10);
  EXPECT_EQ(drawn.records.size(), 3U);
  EXPECT_EQ(Get(drawn.withheld, "withheld.protected"), 297U);
  EXPECT_EQ(drawn.left, 0U);
}

TEST_F(SelectionTest, ARecordThatIsMissingInItsFileIsSaid) {
  Import(People(0, 5));
  const store::SealedFileRow row = home_.store->SealedFiles().value()[0];
  const std::string path = home_.SealedPath(row.file, row.kind);
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - seal::FileRecord::kBytes);
  const auto drawn = batch::DrawPeople(home_, Today(), 10);
  ASSERT_FALSE(drawn.has_value());
  EXPECT_EQ(drawn.error().code, Code::kCorrupt);
}

// What a plan took, byte for byte: the intake's places and the batch's records.
class ErasureTest : public SelectionTest {
 protected:
  Bytes PlaceOf(const FileId& intake, uint64_t place) {
    const std::string file = ReadFile(home_.SealedPath(intake, seal::SealedKind::kIntake)).value();
    const size_t at = 40 + 116 + place * seal::FileRecord::kBytes;  // one section
    const ByteView bytes = AsBytes(file).subspan(at, seal::FileRecord::kBytes);
    return Bytes(bytes.begin(), bytes.end());
  }
  static Bytes Zeros() { return Bytes(seal::FileRecord::kBytes); }
  // As PlanBatch does, and dies right after the commit.
  store::IntakeShare CommitAndDie(size_t people) {
    batch::Selection selection = Draw(people);
    selection.header.kind = seal::SealedKind::kBatch;
    selection.header.file = FileId::Random();
    ingest::SealedWriter writer = ingest::SealedWriter::Create(home_, selection.header).value();
    for (const seal::FileRecord& record : selection.records) {
      EXPECT_TRUE(writer.Append(record).has_value());
    }
    store::PlanCommit commit;
    commit.batch_file = writer.Commit().value().row;
    commit.batch.batch = BatchId::Random();
    commit.batch.file = commit.batch_file.file;
    commit.batch.records = static_cast<uint32_t>(people);
    commit.shares = selection.shares;
    const store::NewEntry note{home_.Now(ledger::EvidencePublished{}), std::nullopt};
    EXPECT_TRUE(home_.store->CommitPlan(commit, note).has_value());
    Reopen();
    return selection.shares.front();
  }
};

TEST_F(ErasureTest, NoCiphertextOfABatchStaysInItsIntake) {
  Import(People(0, 50));
  const FileId intake = home_.store->SealedFiles().value()[0].file;
  std::map<uint64_t, Bytes> before;
  for (uint64_t i = 0; i < 50; ++i) before[i] = PlaceOf(intake, i);
  const batch::PlanReport plan = Plan(20);
  EXPECT_FALSE(plan.not_erased);
  std::set<RecordId> planned;
  for (const RecordId& id : RecordsOf(FileOf(plan.batch))) planned.insert(id);
  for (uint64_t i = 0; i < 50; ++i) {
    RecordId id;
    std::copy_n(before[i].begin() + 4, id.bytes.size(), id.bytes.begin());
    EXPECT_EQ(PlaceOf(intake, i), planned.count(id) != 0 ? Zeros() : before[i]);
  }
  ExpectFilesAndRowsAgree();
}

TEST_F(ErasureTest, ACrashBeforeTheErasureIsMadeUpForAtTheNextStart) {
  Import(People(0, 50));
  const store::IntakeShare share = CommitAndDie(20);
  ASSERT_EQ(share.to_erase.size(), 20U);
  EXPECT_NE(PlaceOf(share.intake, share.to_erase[7]), Zeros());
  ASSERT_TRUE(ingest::RecoverSealedFolder(home_).has_value());
  for (const uint64_t place : share.to_erase) EXPECT_EQ(PlaceOf(share.intake, place), Zeros());
  EXPECT_TRUE(home_.store->PendingErasures().value().empty());
  ExpectFilesAndRowsAgree();
  EXPECT_EQ(PeopleIn(seal::SealedKind::kIntake).size(), 30U);
}

TEST_F(ErasureTest, WhoIsInABatchIsNotDrawnAgainEvenIfTheIntakeStillHasThem) {
  Import(People(0, 50));
  CommitAndDie(20);  // and nothing is erased
  const batch::Selection rest = Draw(100);
  EXPECT_EQ(rest.records.size(), 30U);
  EXPECT_EQ(rest.shares[0].to_erase.size(), 50U) << "what is nobody's is erased, too";
}

TEST_F(ErasureTest, AnIntakeThatWasCutOffDoesNotStopTheNextStart) {
  for (const uintmax_t bytes : {40 + 116 + 10 * seal::FileRecord::kBytes, size_t{20}}) {
    Import(People(0, 50));
    const store::IntakeShare share = CommitAndDie(20);
    const std::string path = home_.SealedPath(share.intake, seal::SealedKind::kIntake);
    std::filesystem::resize_file(path, bytes);
    EXPECT_TRUE(ingest::RecoverSealedFolder(home_).has_value()) << bytes;
    for (const uint64_t place : share.to_erase) {
      if (bytes > 20 && place < 10) {
        EXPECT_EQ(PlaceOf(share.intake, place), Zeros());
      }
    }
    std::filesystem::remove(path);
    EXPECT_TRUE(ingest::RecoverSealedFolder(home_).has_value());
  }
}

TEST_F(ErasureTest, AFileThatGoesTakesItsErasuresAlong) {
  Import(People(0, 50));
  CommitAndDie(20);
  for (const auto all = home_.store->SealedFiles().value(); const store::SealedFileRow& row : all) {
    std::filesystem::remove(home_.SealedPath(row.file, row.kind));
  }
  ASSERT_TRUE(ingest::RecoverSealedFolder(home_).has_value());
  EXPECT_TRUE(home_.store->PendingErasures().value().empty());
  ExpectFilesAndRowsAgree();
}

}  // namespace
}  // namespace signpost::test
