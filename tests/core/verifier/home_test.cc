#include <fcntl.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/file.h>

#include <filesystem>

#include "core/verifier/verify.h"
#include "crypto/base/file.h"
#include "tests/core/verifier/synthetic_ledger.h"

namespace signpost::verifier {
namespace {

namespace fs = std::filesystem;
using test::SyntheticLedger;

const char kSchema[] =
    "CREATE TABLE ledger_entry(idx INTEGER PRIMARY KEY, entry TEXT NOT NULL) STRICT;"
    "CREATE TABLE opening(idx INTEGER PRIMARY KEY, salt BLOB NOT NULL, counts TEXT NOT NULL) "
    "STRICT;"
    "CREATE TABLE document(kind TEXT NOT NULL, id TEXT NOT NULL, content TEXT NOT NULL,"
    " PRIMARY KEY(kind, id)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE checkpoint(size INTEGER PRIMARY KEY, note TEXT NOT NULL) STRICT;"
    "CREATE TABLE sealed_file(file INTEGER PRIMARY KEY, file_id BLOB NOT NULL,"
    " kind INTEGER NOT NULL) STRICT;"
    "CREATE TABLE erasure(file INTEGER NOT NULL, position INTEGER NOT NULL) STRICT;"
    "CREATE TABLE epoch(epoch_id BLOB NOT NULL) STRICT;";

// A home as it lies on a disk, on the evening of the first day: 15 numbers wait in one intake.
class HomeTest : public ::testing::Test {
 protected:
  HomeTest() : ledger_(SyntheticLedger::Orderly()) {
    ledger_.CutAfter(ledger_.Find("batch.cancelled"));
    dir_ = (fs::temp_directory_path() / ("signpost-home-" + RecordId::Random().Hex())).string();
    fs::create_directories(dir_ + "/sealed");
    fs::create_directories(dir_ + "/keys/live");
    now_ = ledger_.end() + 3600;
    header_.section = ledger_.section();
    header_.epoch = ledger_.epoch();
    header_.expiry = ledger_.BodyAt<ledger::ImportDone>(ledger_.Find("import.done")).expiry;
    // The log of opt-outs holds the hash that the ledger has.
    const std::string first = "signpost-optouts/v1 seed\n";
    const std::string second = "a token\n";
    log_ = first + second;
    const Digest begin = Sha256(first);
    Sha256Stream chain;
    chain.Update(begin);
    chain.Update(AsBytes(second));
    ledger_.BodyAt<ledger::OptOutsRecorded>(ledger_.Find("optouts.recorded")).log_hash =
        chain.Finish();
    const ledger::EpochCreated& created =
        ledger_.BodyAt<ledger::EpochCreated>(ledger_.Find("epoch.created"));
    key_.purpose = custody::KeyPurpose::kEpoch;
    key_.trust = {Mode::kRehearsal, ledger_.genesis_policy(), ledger_.key(), {}};
    key_.epoch = custody::EpochFacts{created.epoch, {}, created.from, created.deadline};
    ledger_.BodyAt<ledger::EpochCreated>(ledger_.Find("epoch.created")).public_key_hash =
        Sha256(ByteView(key_.epoch->public_key));
  }
  ~HomeTest() override { fs::remove_all(dir_); }

  void WriteStore() {
    const ledger::Evidence evidence = ledger_.Sign();
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open((dir_ + "/store.db").c_str(), &db), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(db, "PRAGMA synchronous=OFF", nullptr, nullptr, nullptr), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(db, kSchema, nullptr, nullptr, nullptr), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(db, "BEGIN", nullptr, nullptr, nullptr), SQLITE_OK);
    for (uint64_t i = 0; i < evidence.entries.size(); ++i) {
      Insert(db, "INSERT INTO ledger_entry VALUES(?,?)", {std::to_string(i), evidence.entries[i]});
    }
    for (const auto& [index, opening] : evidence.openings) {
      Insert(db, "INSERT INTO opening VALUES(?,?,?)",
             {std::to_string(index), std::string(AsText(opening.salt)),
              ledger::EncodeCounts(opening.counts)});
    }
    for (const auto& [key, content] : evidence.documents) {
      Insert(db, "INSERT INTO document VALUES(?,?,?)", {key.first, key.second, content});
    }
    Insert(db, "INSERT INTO checkpoint VALUES(?,?)",
           {std::to_string(evidence.entries.size()), evidence.checkpoint});
    const auto run = [&](const std::string& sql) {
      ASSERT_EQ(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sql;
    };
    run("INSERT INTO sealed_file(file_id, kind) VALUES(x'" + file_.Hex() + "', 1)");
    run("INSERT INTO epoch VALUES(x'" + ledger_.epoch().Hex() + "')");
    ASSERT_EQ(sqlite3_exec(db, "COMMIT", nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(db);
  }

  static void Insert(sqlite3* db, const std::string& sql, const std::vector<std::string>& values) {
    sqlite3_stmt* statement = nullptr;
    ASSERT_EQ(sqlite3_prepare_v2(db, sql.c_str(), -1, &statement, nullptr), SQLITE_OK);
    for (int i = 0; i < static_cast<int>(values.size()); ++i) {
      const std::string& value = values[static_cast<size_t>(i)];
      const bool salt = sql.find("opening") != sql.npos && i == 1;
      if (salt) {
        sqlite3_bind_blob(statement, i + 1, value.data(), static_cast<int>(value.size()),
                          SQLITE_TRANSIENT);
      } else {
        sqlite3_bind_text(statement, i + 1, value.data(), static_cast<int>(value.size()),
                          SQLITE_TRANSIENT);
      }
    }
    EXPECT_EQ(sqlite3_step(statement), SQLITE_DONE) << sqlite3_errmsg(db);
    sqlite3_finalize(statement);
  }

  // The file that the store names.
  void WriteIntake(uint32_t records) { WriteIntake(records, "a.intake", file_); }
  void WriteIntake(uint32_t records, const std::string& name, const FileId& file_id) {
    seal::SealedFile file;
    file.header.kind = seal::SealedKind::kIntake;
    file.header.file = file_id;
    file.header.sections = {header_};
    for (uint32_t i = 0; i < records; ++i) file.records.push_back({0, {RecordId::Random(), {}}});
    ASSERT_TRUE(WriteFileAtomic(dir_ + "/sealed/" + name, AsText(file.Encode())));
  }
  void WriteKey(const std::string& name = "live/epoch-a.key") {
    const std::string text = custody::EncodeKeyFileHeader(key_) + "kdf argon2id13 1 8388608 " +
                             std::string(32, '0') + "\nwrapped " + ToBase64(Bytes(72)) + "\n";
    ASSERT_TRUE(custody::ReadKeyFileHeader(text));
    ASSERT_TRUE(WriteFileAtomic(dir_ + "/keys/" + name, text));
  }
  void Execute(const std::string& sql) {
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open((dir_ + "/store.db").c_str(), &db), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sql;
    sqlite3_close(db);
  }
  void WriteLog() { ASSERT_TRUE(WriteFileAtomic(dir_ + "/optouts.log", log_)); }
  void WriteAll() {
    WriteStore();
    WriteIntake(15);
    WriteKey();
    WriteLog();
  }

  Report Judge() {
    EXPECT_TRUE(IsHome(dir_));
    const HomeLock lock = LockHome(dir_);
    const auto evidence = ReadEvidenceHome(dir_);
    EXPECT_TRUE(evidence) << evidence.error().message;
    const auto home = ReadHomeContents(dir_, lock);
    EXPECT_TRUE(home) << home.error().message;
    return Verify(*evidence, &*home, {ledger_.key(), {}, now_}).value();
  }
  static void ExpectBroken(const Part& part, const std::string& about) {
    EXPECT_EQ(part.verdict(), Verdict::kBroken);
    std::string all;
    for (const ReportLine& line : part.lines()) all += line.text + "\n";
    EXPECT_NE(all.find(about), std::string::npos) << all;
  }

  // Not broken, and what to do is said.
  static void ExpectLeftByACrash(const Report& report, const Part& part, const std::string& about) {
    EXPECT_FALSE(report.AnyBroken()) << ReportText(report);
    EXPECT_EQ(part.verdict(), Verdict::kNotProvable) << ReportText(report);
    EXPECT_NE(ReportText(report).find(about), std::string::npos) << ReportText(report);
    EXPECT_NE(ReportText(report).find("run signpost sweep"), std::string::npos);
  }

  SyntheticLedger ledger_;
  FileId file_ = FileId::Random();  // of the intake that the store names
  std::string dir_, log_;
  Instant now_;
  seal::SectionHeader header_;
  custody::KeyFileHeader key_;
};

TEST_F(HomeTest, AnOrderlyHomeHoldsAllThatCanBeShown) {
  WriteAll();
  Report report = Judge();
  EXPECT_FALSE(report.AnyBroken()) << ReportText(report);
  EXPECT_EQ(report.once().verdict(), Verdict::kHeld) << ReportText(report);
  EXPECT_EQ(report.not_kept().verdict(), Verdict::kHeld) << ReportText(report);
  EXPECT_EQ(report.not_readable().verdict(), Verdict::kNotProvable);
  EXPECT_EQ(report.stoppable().verdict(), Verdict::kHeld) << ReportText(report);
  EXPECT_EQ(report.as_approved().verdict(), Verdict::kHeld) << ReportText(report);
}

TEST_F(HomeTest, ARecordTooManyOrTooFewBreaksOnce) {
  WriteAll();
  WriteIntake(14);
  Report report = Judge();
  ExpectBroken(report.once(), "by sealed/");
  WriteIntake(16);
  report = Judge();
  ExpectBroken(report.once(), "by sealed/");
}

TEST_F(HomeTest, AFileThatTheLedgerDoesNotExplainBreaksNotKept) {
  WriteAll();
  header_.section = SectionId::Random();
  WriteIntake(15);
  ASSERT_TRUE(WriteFileAtomic(dir_ + "/sealed/copy.bak", "x"));
  Report report = Judge();
  ExpectBroken(report.not_kept(), "a.intake: holds what no import brought");
  ExpectBroken(report.not_kept(), "copy.bak: nothing in the ledger explains it");
}

TEST_F(HomeTest, ASealedFilePastItsDayBreaksNotKept) {
  WriteAll();
  now_ = Instant::StartOf(header_.expiry + 1);
  Report report = Judge();
  ExpectBroken(report.not_kept(), "a.intake: held past its day");
}

TEST_F(HomeTest, AnExpiryThatWasMovedBreaksNotKept) {
  header_.expiry = header_.expiry + 1;
  WriteAll();
  Report report = Judge();
  ExpectBroken(report.not_kept(), "its import says");
}

TEST_F(HomeTest, ABatchFileThatNoManifestNamesBreaksNotKept) {
  WriteAll();
  fs::rename(dir_ + "/sealed/a.intake", dir_ + "/sealed/a.batch");
  Report report = Judge();
  ExpectBroken(report.not_kept(), "a.batch: not a sealed file of its kind");
}

TEST_F(HomeTest, AnEpochKeyPastItsDeadlineBreaksNotKept) {
  WriteAll();
  now_ = Instant::StartOf(key_.epoch->deadline + 1);
  Report report = Judge();
  ExpectBroken(report.not_kept(), "epoch-a.key: exists past its deadline");
}

TEST_F(HomeTest, WhatACrashLeftInSealedIsNotCalledBroken) {
  WriteAll();
  ASSERT_TRUE(WriteFileAtomic(dir_ + "/sealed/b.intake.tmp", "half"));
  Report report = Judge();
  ExpectLeftByACrash(report, report.not_kept(), "b.intake.tmp: half written");
  EXPECT_EQ(report.once().verdict(), Verdict::kHeld) << ReportText(report);
  fs::remove(dir_ + "/sealed/b.intake.tmp");
  WriteIntake(15, "c.intake", FileId::Random());  // superseded, or of the same import
  report = Judge();
  ExpectLeftByACrash(report, report.not_kept(), "c.intake: the store does not name it");
  EXPECT_EQ(report.once().verdict(), Verdict::kHeld) << ReportText(report);
  header_.section = SectionId::Random();  // renamed, and its import not committed
  header_.epoch = EpochId::Random();
  WriteIntake(3, "c.intake", FileId::Random());
  report = Judge();
  ExpectLeftByACrash(report, report.not_kept(), "c.intake: the store does not name it");
}

TEST_F(HomeTest, AFileThatTheStoreDoesNotNameIsStillHeldPastItsDay) {
  WriteAll();
  header_.expiry = now_.day() + -1;
  WriteIntake(3, "c.intake", FileId::Random());
  Report report = Judge();
  ExpectBroken(report.not_kept(), "c.intake: held past its day");
}

TEST_F(HomeTest, ErasedRecordsAndThoseThatACrashKeptFromItAreNotHeld) {
  WriteAll();
  seal::SealedFile file;
  file.header.file = file_;
  file.header.sections = {header_};
  for (uint32_t i = 0; i < 20; ++i) file.records.push_back({0, {RecordId::Random(), {}}});
  for (const size_t erased : {0, 7, 19}) file.records[erased] = {};
  ASSERT_TRUE(WriteFileAtomic(dir_ + "/sealed/a.intake", AsText(file.Encode())));
  Report report = Judge();
  ExpectBroken(report.once(), "by sealed/");  // 17 are two more than the ledger knows
  Execute(
      "INSERT INTO erasure SELECT file, 3 FROM sealed_file UNION SELECT file, 4 FROM sealed_file");
  report = Judge();
  EXPECT_EQ(report.once().verdict(), Verdict::kHeld) << ReportText(report);
  ExpectLeftByACrash(report, report.not_kept(), "2 records that a plan took are not erased");
}

TEST_F(HomeTest, AHomeOfAnOlderProgramIsRead) {
  WriteAll();
  Execute("DROP TABLE erasure");
  EXPECT_EQ(Judge().once().verdict(), Verdict::kHeld);
}

TEST_F(HomeTest, ACopyOfANamedFileBreaksOnce) {
  WriteAll();
  WriteIntake(15, "copy.intake", file_);
  Report report = Judge();
  ExpectBroken(report.once(), "by sealed/");
}

TEST_F(HomeTest, AFileThatIsMissingIsSaidToBeMissing) {
  WriteAll();
  fs::remove(dir_ + "/sealed/a.intake");
  Report report = Judge();
  ExpectLeftByACrash(report, report.not_kept(), "1 files that the store names are not in sealed/");
  EXPECT_EQ(report.once().verdict(), Verdict::kNotProvable);
}

TEST_F(HomeTest, AnEpochKeyThatNothingNamesMayBeLeftByACrash) {
  WriteAll();
  key_.epoch->epoch = EpochId::Random();
  WriteKey("live/epoch-b.key");
  Report report = Judge();
  ExpectLeftByACrash(report, report.not_kept(), "epoch-b.key: nothing in the ledger explains it");
  key_.epoch->deadline = now_.day() + -1;
  key_.epoch->from = key_.epoch->deadline + -1;
  WriteKey("live/epoch-b.key");
  report = Judge();
  ExpectBroken(report.not_kept(), "epoch-b.key: exists past its deadline");
}

TEST_F(HomeTest, AnEpochKeyWhereBackupsTakeItBreaksNotKept) {
  WriteAll();
  WriteKey("epoch-a.key");
  Report report = Judge();
  ExpectBroken(report.not_kept(), "outside keys/live");
}

TEST_F(HomeTest, AKeyOfAnotherHomeBreaksNotReadable) {
  WriteAll();
  key_.trust.genesis_policy = Sha256("another policy");
  WriteKey();
  Report report = Judge();
  ExpectBroken(report.not_readable(), "bound to another home");
}

TEST_F(HomeTest, AnOptOutLogThatForgotBreaksStoppable) {
  WriteAll();
  ASSERT_TRUE(WriteFileAtomic(dir_ + "/optouts.log", log_.substr(0, log_.find('\n') + 1)));
  Report report = Judge();
  ExpectBroken(report.stoppable(), "optouts.log no longer holds");
  fs::remove(dir_ + "/optouts.log");
  report = Judge();
  ExpectBroken(report.stoppable(), "optouts.log no longer holds");
}

TEST_F(HomeTest, ACommandAtWorkIsNotABreach) {
  WriteAll();
  WriteIntake(14);
  const OwnedFd held(open((dir_ + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  ASSERT_EQ(flock(held.get(), LOCK_EX | LOCK_NB), 0);
  Report report = Judge();
  EXPECT_FALSE(report.AnyBroken()) << ReportText(report);
  EXPECT_EQ(report.once().verdict(), Verdict::kNotProvable);
}

TEST_F(HomeTest, AStoreThatIsNoStoreCannotBeRead) {
  ASSERT_TRUE(WriteFileAtomic(dir_ + "/store.db", "not a database, not at all, not even nearly"));
  EXPECT_EQ(ReadEvidenceHome(dir_).error().code, Code::kCorrupt);
  EXPECT_FALSE(ReadEvidenceHome(dir_ + "/nowhere"));
}

TEST_F(HomeTest, ReadingChangesNothing) {
  WriteAll();
  const std::string before = ReadFile(dir_ + "/store.db").value();
  (void)Judge();
  EXPECT_EQ(ReadFile(dir_ + "/store.db").value(), before);
}

}  // namespace
}  // namespace signpost::verifier
