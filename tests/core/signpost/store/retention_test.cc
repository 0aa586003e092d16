#include <sys/stat.h>

#include <algorithm>
#include <fstream>

#include "tests/core/signpost/store/home_of_one.h"

namespace signpost::store {
namespace {

using wire::sender::Outcome;

class RetentionOfStore : public HomeOfOne {
 protected:
  // All bytes of the database and of what SQLite keeps beside it.
  std::string Bytes() const {
    std::string bytes;
    for (const char* suffix : {"", "-wal", "-shm", "-journal"}) {
      std::ifstream in(Path() + suffix, std::ios::binary);
      bytes += std::string(std::istreambuf_iterator<char>(in), {});
    }
    return bytes;
  }
  static size_t Occurrences(const std::string& bytes, const std::string& marker) {
    size_t count = 0;
    for (size_t at = bytes.find(marker); at != bytes.npos; at = bytes.find(marker, at + 1)) ++count;
    return count;
  }
  Planned SendTo(const std::vector<uint32_t>& people) {
    const Planned batch = Plan(Import(people), people);
    const RunId run = BeginRun(batch);
    EXPECT_TRUE(Attempt(batch, 0, static_cast<uint32_t>(people.size())));
    SettleAll(batch, Outcome::kSent);
    EXPECT_TRUE(store_->EndRun(batch.batch, run, true, {}));
    return batch;
  }
};

TEST_F(RetentionOfStore, NothingIsDueBeforeItsDay) {
  const Imported imported = Import({1, 2});
  Import({3}, kToday, kExpiry + 10);
  store::EpochRow epoch;
  epoch.epoch = EpochId::Random();
  epoch.deadline = kToday + 36;
  ASSERT_TRUE(store_->AddEpoch(epoch, NoteOf()));
  store::SweepPlan due = *store_->Due(kExpiry, Instant::StartOf(kExpiry));
  EXPECT_TRUE(due.files_with_expired.empty());
  EXPECT_TRUE(due.epochs_due.empty());
  due = *store_->Due(kExpiry + 1, Instant::StartOf(kExpiry + 1));
  EXPECT_EQ(due.files_with_expired, (std::vector{imported.file->file}));
  due = *store_->Due(kToday + 36, Instant::StartOf(kToday + 36));
  EXPECT_EQ(due.epochs_due, (std::vector{epoch.epoch}));
}

TEST_F(RetentionOfStore, ABatchEndsAtItsExpiryOrWithItsFirstNumber) {
  const Planned soon = Plan(Import({1}), {1});
  const Instant expires = now_ + 7 * 86400;
  EXPECT_TRUE(store_->Due(kToday, expires + -1)->batches_expired.empty());
  EXPECT_EQ(store_->Due(kToday, expires)->batches_expired, (std::vector{soon.batch}));
  const Planned short_lived = Plan(Import({2}, kToday, kToday + 1), {2});
  EXPECT_EQ(store_->Due(kToday + 2, now_)->batches_expired, (std::vector{short_lived.batch}));
  EXPECT_TRUE(store_->Due(kToday + 2, now_)->files_with_expired.empty());
}

TEST_F(RetentionOfStore, AnExpiredBatchGivesUpItsNumbers) {
  const Planned batch = Plan(Import({1, 2}), {1, 2});
  BeginRun(batch);
  ASSERT_TRUE(Attempt(batch, 0, 1));
  store::SweepCommit commit;
  commit.today = kToday + 8;
  commit.batches_expired = {batch.batch};
  EXPECT_EQ(store_->CommitSweep(commit, Describing()).error().code, Code::kRefused);
  ASSERT_TRUE(store_->Resume(batch.batch, [&](RunId, const ledger::Counts&) { return NoteOf(); }));
  ledger::Counts counts;
  ASSERT_TRUE(store_->CommitSweep(commit, Describing(&counts)));
  EXPECT_EQ(counts.count("numbers.expired"), 0u);  // they are in batch.finished
  EXPECT_EQ(counts.count("outstanding"), 0u);
  EXPECT_EQ((*store_->FindBatch(batch.batch))->state, store::BatchState::kExpired);
  EXPECT_TRUE(store_->SealedFiles()->empty());
  EXPECT_TRUE(store_->Due(kToday + 9, now_ + 9 * 86400)->batches_expired.empty());
  ExpectConsistent();
}

TEST_F(RetentionOfStore, ASweepMovesWhatLivesAndDropsTheRest) {
  const Imported imported = Import({1, 2, 3});
  const store::SealedFileRow rest{FileId::Random(), seal::SealedKind::kIntake, kExpiry + 5, 1, ""};
  store::SweepCommit commit;
  commit.today = kExpiry + 1;
  commit.expired_records = {imported.records.at(1), imported.records.at(2), RandomRecord()};
  commit.rewritten = {rest};
  commit.superseded = {imported.file->file};
  commit.moved = {{imported.records.at(3), rest.file}};
  ledger::Counts counts;
  ASSERT_TRUE(store_->CommitSweep(commit, Describing(&counts)));
  EXPECT_EQ(counts, (ledger::Counts{{"numbers.expired", 2}, {"outstanding", 1}}));
  EXPECT_EQ(store_->SealedFiles()->size(), 1u);
  ExpectConsistent();
}

TEST_F(RetentionOfStore, ASweepThatForgetsARecordIsRefused) {
  const Imported imported = Import({1, 2});
  store::SweepCommit commit;
  commit.today = kExpiry + 1;
  commit.expired_records = {imported.records.at(1)};
  commit.superseded = {imported.file->file};
  EXPECT_EQ(store_->CommitSweep(commit, Describing()).error().code, Code::kCorrupt);
  EXPECT_EQ(store_->Count()->records, 2u);
}

TEST_F(RetentionOfStore, EachClassIsKeptToItsLastDayAndNoLonger) {
  const policy::Retention keep;
  const Imported seen = Import({1});
  SendTo({2});
  OptOut({3});
  Protect({4});
  Sweep(kToday, {seen.records.at(1)});
  const auto kept = [&](int days) { return Sweep(policy::LastDay(kToday, days)); };
  EXPECT_EQ(kept(keep.contact_token_unmessaged_days), (ledger::Counts{}));
  EXPECT_EQ(Sweep(policy::LastDay(kToday, 90) + 1),
            (ledger::Counts{{"contacts", 1}, {"outcomes", 1}}));
  EXPECT_EQ(kept(keep.import_totals_days), (ledger::Counts{}));
  EXPECT_EQ(Sweep(policy::LastDay(kToday, 366) + 1), (ledger::Counts{{"imports", 2}}));
  EXPECT_EQ(kept(keep.contact_token_messaged_days), (ledger::Counts{}));
  EXPECT_EQ(Sweep(policy::LastDay(kToday, 1826) + 1), (ledger::Counts{{"contacts", 1}}));
  EXPECT_EQ(kept(keep.opt_out_days), (ledger::Counts{}));
  EXPECT_EQ(Sweep(policy::LastDay(kToday, 36500) + 1), (ledger::Counts{{"opt-outs", 1}}));
  EXPECT_EQ(store_->Count()->protected_numbers, 1u);
}

TEST_F(RetentionOfStore, WhoWaitsIsNotForgottenWithTheOthers) {
  Import({1}, kToday, kToday + 10'000);
  EXPECT_EQ(Sweep(kToday + 5'000).count("contacts"), 0u);
  EXPECT_EQ(store_->Count()->contacts_unmessaged, 1u);
}

TEST_F(RetentionOfStore, OutcomesOfABatchThatIsNotOverAreKept) {
  const Planned batch = Plan(Import({1, 2}), {1, 2});
  BeginRun(batch);
  ASSERT_TRUE(Attempt(batch, 0, 1));
  EXPECT_EQ(Sweep(kToday + 1000).count("outcomes"), 0u);
  EXPECT_EQ(Attempt(batch, 0, 1).error().code, Code::kCorrupt);
}

TEST_F(RetentionOfStore, AnEpochIsDestroyedOnce) {
  store::EpochRow epoch;
  epoch.epoch = EpochId::Random();
  ASSERT_TRUE(store_->AddEpoch(epoch, NoteOf()));
  store::SweepCommit commit;
  commit.today = kToday;
  commit.epochs_destroyed = {epoch.epoch};
  ASSERT_TRUE(store_->CommitSweep(commit, Describing()));
  EXPECT_TRUE(store_->LiveEpochs()->empty());
  EXPECT_EQ(store_->CommitSweep(commit, Describing()).error().code, Code::kCorrupt);
}

TEST_F(RetentionOfStore, ASweepWithNothingDueIsInTheLedger) {
  EXPECT_EQ(Sweep(kToday), (ledger::Counts{}));
  EXPECT_EQ(store_->Entries()->size(), 1u);
}

TEST_F(RetentionOfStore, RecordsOfMissingFilesAreCountedAndForgotten) {
  const Imported lost = Import({1, 2});
  const Imported there = Import({3});
  ledger::Counts counts;
  EXPECT_EQ(*store_->DropMissingFiles(std::span(&there.file->file, 1), Describing(&counts)), 2u);
  EXPECT_EQ(counts, (ledger::Counts{{"lost", 2}}));
  EXPECT_EQ(store_->SealedFiles()->size(), 1u);
  const auto entries = store_->Entries()->size();
  EXPECT_EQ(*store_->DropMissingFiles(std::span(&there.file->file, 1), Describing()), 0u);
  EXPECT_EQ(store_->Entries()->size(), entries);
  EXPECT_EQ(Import({1}).reasons, (std::vector{policy::Eligibility::kEligible}));
  ExpectConsistent();
}

TEST_F(RetentionOfStore, ALostBatchCanStillBeEnded) {
  const Planned batch = Plan(Import({1, 2}), {1, 2});
  EXPECT_EQ(*store_->DropMissingFiles({}, Describing()), 2u);
  EXPECT_EQ(store_->CountsOf(batch.batch)->waiting, 0u);
  ASSERT_TRUE(store_->CommitCancel(batch.batch, std::nullopt, {}, NoteOf()));
  ExpectConsistent();
}

// A token of person n is a marker that a scan can find. Deleted ones may lie in free pages, in the
// gaps of live pages and in the WAL; the sweep's last step must leave none.
TEST_F(RetentionOfStore, DeletedTokensLeaveNoBytesBehindAfterTheSweep) {
  const std::string marker = "MARKER-OF-A-DELETED-TOKEN";
  const std::string control = "MARKER-OF-A-TOKEN-THAT-STAYS";
  const auto token = [](const std::string& text, uint32_t n) {
    std::array<uint8_t, 32> bytes{};
    PutLe<uint32_t>(std::span(bytes).first<4>(), n * 2654435761u);  // anywhere in the table
    std::copy(text.begin(), text.end(), bytes.begin() + 4);
    return bytes;
  };
  constexpr uint32_t kMany = 6000;
  std::vector<token::OptOutToken> opt_outs;
  for (uint32_t n = 0; n < kMany; ++n) {
    opt_outs.push_back({token(n % 7 == 0 ? control : marker, n), 1});
  }
  // Who stays said so later.
  std::vector<token::OptOutToken> kept;
  for (uint32_t n = 0; n < kMany; n += 7) kept.push_back(opt_outs[n]);
  ASSERT_TRUE(store_->RecordOptOuts(opt_outs, kToday, 1, Digest{}, Describing()));
  ASSERT_TRUE(store_->RecordOptOuts(kept, kToday + 40'000, 2, Digest{}, Describing()));
  std::vector<Came> people;
  for (uint32_t n = 0; n < kMany; ++n) {
    Came each;
    each.contact = {token(marker, n), 1};
    each.opt_out = OptOutOf(n);
    each.record = RandomRecord();
    people.push_back(each);
  }
  std::vector<RecordId> records;
  for (const Came& each : people) records.push_back(each.record);
  {
    auto session = store_->BeginImport(kToday);
    ASSERT_TRUE(session);
    ASSERT_TRUE(AdmitAll(**session, people));
    const store::SealedFileRow file{FileId::Random(), seal::SealedKind::kIntake, kExpiry, kMany,
                                    ""};
    ASSERT_TRUE((*session)->Finish(file, {ImportId::Random(), kToday, ""}, Describing()));
    EXPECT_GE(Occurrences(Bytes(), marker), kMany);
  }
  const ledger::Counts counts = Sweep(kToday + 36'501, records);
  EXPECT_EQ(counts.at("contacts"), kMany);
  EXPECT_EQ(counts.at("opt-outs"), kMany - kept.size());
  EXPECT_GT(Occurrences(Bytes(), marker), 0u);  // deleted is not gone: why the last step exists

  ASSERT_TRUE(store_->ForgetDeleted());
  const std::string bytes = Bytes();
  EXPECT_EQ(Occurrences(bytes, marker), 0u);
  EXPECT_EQ(Occurrences(bytes, control), kept.size());
  struct stat info {};
  ASSERT_EQ(::stat((Path() + "-wal").c_str(), &info), 0);
  EXPECT_EQ(info.st_size, 0);
}

TEST_F(RetentionOfStore, WhatAnotherProcessDeletedCarelesslyIsForgottenToo) {
  const std::string marker = "MARKER-OF-A-DOCUMENT-THAT-GOES";
  const store::Document document{"message", "ab", marker};
  ASSERT_TRUE(store_->Append({}, std::span(&document, 1)));
  ASSERT_TRUE(store_->ForgetDeleted());
  Execute("PRAGMA secure_delete = OFF; DELETE FROM document");  // another process, carelessly
  ASSERT_GT(Occurrences(Bytes(), marker), 0u);
  ASSERT_TRUE(store_->ForgetDeleted());
  EXPECT_EQ(Occurrences(Bytes(), marker), 0u);
}

TEST_F(RetentionOfStore, AReaderInTheWayIsNotPassedOverInSilence) {
  const store::NewEntry note = NoteOf();
  ASSERT_TRUE(store_->Append(std::span(&note, 1), {}));
  sqlite3* reader = nullptr;
  ASSERT_EQ(sqlite3_open(Path().c_str(), &reader), SQLITE_OK);
  ASSERT_EQ(
      sqlite3_exec(reader, "BEGIN; SELECT count(*) FROM ledger_entry", nullptr, nullptr, nullptr),
      SQLITE_OK);
  ASSERT_TRUE(store_->Append(std::span(&note, 1), {}));
  const auto truncated = store_->ForgetDeleted();
  ASSERT_FALSE(truncated);
  EXPECT_EQ(truncated.error().code, Code::kStorage);
  EXPECT_FALSE(truncated.error().hint.empty());
  sqlite3_close(reader);
  EXPECT_TRUE(store_->ForgetDeleted());
}

TEST_F(RetentionOfStore, AnIntakeIsNotCompactedWhileItsErasuresArePending) {
  const Imported imported = Import({1, 2, 3});
  Plan(imported, {1, 2});
  ASSERT_EQ(store_->PendingErasures()->size(), 1u);
  store::SweepCommit commit;
  commit.today = kToday;
  const store::SealedFileRow compacted{FileId::Random(), seal::SealedKind::kIntake, kExpiry, 1, ""};
  commit.compacted.emplace_back(imported.file->file, compacted);
  EXPECT_EQ(store_->CommitSweep(commit, Describing()).error().code, Code::kInternal);
  ASSERT_TRUE(store_->ErasuresDone());
  EXPECT_TRUE(store_->CommitSweep(commit, Describing()));
  EXPECT_TRUE(FactsOf({{}, compacted, {}, {}}, imported.records.at(3)).held);
}

}  // namespace
}  // namespace signpost::store
