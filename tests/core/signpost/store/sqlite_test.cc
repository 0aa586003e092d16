#include "core/signpost/store/sqlite.h"

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "core/signpost/store/schema.h"
#include "tests/core/signpost/store/home_of_one.h"

namespace signpost::store {
namespace {

using store::sqlite::Database;
using store::sqlite::Transaction;

class Sqlite : public HomeOfOne {};

mode_t ModeOf(const std::string& path) {
  struct stat info {};
  EXPECT_EQ(::stat(path.c_str(), &info), 0) << path;
  return info.st_mode & 0777;
}

TEST_F(Sqlite, NobodyElseCanReadTheFilesWhateverTheUmask) {
  const mode_t before = ::umask(0);
  const std::string path = folder_ + "/open.db";
  {
    auto store = store::SqliteStore::Open(path, signer_, true, kShortWaitMs);
    ASSERT_TRUE(store);
    const store::NewEntry note = NoteOf();
    ASSERT_TRUE((*store)->Append(std::span(&note, 1), {}));
    EXPECT_EQ(ModeOf(path), 0600u);
    EXPECT_EQ(ModeOf(path + "-wal"), 0600u);
    EXPECT_EQ(ModeOf(path + "-shm"), 0600u);
  }
  ::umask(before);
}

TEST_F(Sqlite, AMissingStoreIsNotMadeByAccident) {
  const std::string path = folder_ + "/none.db";
  const auto store = store::OpenSqliteStore(path, signer_, false);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, Code::kNotFound);
  EXPECT_NE(::access(path.c_str(), F_OK), 0);
}

TEST_F(Sqlite, AnEmptyFileIsNotAStore) {
  const std::string path = folder_ + "/empty.db";
  std::ofstream(path).close();
  const auto store = store::OpenSqliteStore(path, signer_, false);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, Code::kCorrupt);
}

TEST_F(Sqlite, GarbageIsNotAStoreAndIsLeftAlone) {
  const std::string path = folder_ + "/garbage.db";
  const std::string garbage(8192, 'x');
  std::ofstream(path) << garbage;
  for (const bool create : {false, true}) {
    const auto store = store::OpenSqliteStore(path, signer_, create);
    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().code, Code::kCorrupt);
  }
  std::ifstream in(path);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), garbage);
}

TEST_F(Sqlite, AnotherProgramsDatabaseIsNotAStore) {
  const std::string path = folder_ + "/other.db";
  {
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open(path.c_str(), &db), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(db, "CREATE TABLE t(x)", nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(db);
  }
  for (const bool create : {false, true}) {
    const auto store = store::OpenSqliteStore(path, signer_, create);
    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().code, Code::kCorrupt);
  }
}

TEST_F(Sqlite, ANewerSchemaIsNotGuessedAt) {
  store_.reset();
  Execute("PRAGMA user_version = 99");
  const auto store = store::OpenSqliteStore(Path(), signer_, false);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, Code::kRefused);
  EXPECT_NE(store.error().message.find("99"), std::string::npos);
  EXPECT_FALSE(store.error().hint.empty());
}

// Schema 1 had a row for each attempt from its beginning, and an index over message ids.
TEST_F(Sqlite, AnOlderStoreLosesNoAttempt) {
  const Planned batch = Plan(Import({1, 2, 3}), {1, 2, 3});
  BeginRun(batch);
  ASSERT_TRUE(Attempt(batch, 0, 2));
  std::vector<store::Settlement> settled(1);
  settled[0].outcome = wire::sender::Outcome::kSent;
  settled[0].id_hash.fill(5);
  ASSERT_TRUE(store_->Settle(batch.batch, settled));
  OptOut({7});
  ASSERT_TRUE(store_->FlushStaging({}));
  store_.reset();
  Execute(
      "INSERT INTO attempt SELECT batch, 1, run, 0, NULL, 0, NULL, day FROM attempt;"
      "DROP TABLE erasure; DROP INDEX record_moved; DROP TABLE staged; DROP TABLE staged_import;"
      "ALTER TABLE record DROP COLUMN last_contact; ALTER TABLE record DROP COLUMN in_traffic;"
      "DROP TABLE staged_messaged; DROP TABLE message_id;"
      "ALTER TABLE run DROP COLUMN first; ALTER TABLE run DROP COLUMN next;"
      "ALTER TABLE run DROP COLUMN day;"
      "CREATE INDEX attempt_id_hash ON attempt(id_hash) WHERE id_hash IS NOT NULL;"
      "PRAGMA user_version = 1;");
  store_ = OpenAnother();
  EXPECT_EQ(store_->CountsOf(batch.batch)->counts,
            (ledger::Counts{{"attempting", 1}, {"sent", 1}}));
  const auto point =
      store_->Resume(batch.batch, [&](RunId, const ledger::Counts&) { return NoteOf(); });
  ASSERT_TRUE(point) << point.error().message;
  EXPECT_EQ(point->next_position, 2u);
  EXPECT_EQ(point->became_unknown, 1u);
  wire::sender::Receipt receipt{};
  receipt.outcome = wire::sender::Outcome::kDelivered;
  std::fill(std::begin(receipt.id_hashes[0]), std::end(receipt.id_hashes[0]), 5);
  EXPECT_EQ(*store_->SettleReceipts(std::span(&receipt, 1)), 1u);
  ExpectConsistent();
}

TEST_F(Sqlite, AnOlderStoreLosesNoPersonAndNoRecord) {
  const Imported imported = Import({1, 2, 3});
  const Planned batch = Plan(imported, {1});  // and flushes the import
  store_.reset();
  Execute(
      "DROP TABLE erasure; DROP INDEX record_moved; DROP TABLE staged; DROP TABLE staged_import;"
      "ALTER TABLE record DROP COLUMN last_contact; ALTER TABLE record DROP COLUMN in_traffic;"
      "ALTER TABLE staged_messaged RENAME COLUMN number TO mark;"
      "ALTER TABLE staged_messaged RENAME TO mark;"
      "PRAGMA user_version = 2;");
  store_ = OpenAnother();
  for (const uint32_t person : {2u, 3u}) {
    const policy::ContactFacts facts = FactsOf(imported, imported.records.at(person));
    EXPECT_TRUE(facts.held);
    EXPECT_FALSE(facts.last_contact);
    EXPECT_FALSE(facts.in_traffic);
  }
  EXPECT_EQ(Import({1, 2, 3, 4}).counts,
            (ledger::Counts{{"found", 4}, {"new", 1}, {"repeated", 3}}));
  EXPECT_EQ(store_->Count()->records, 4u);
  ExpectConsistent();
}

TEST_F(Sqlite, AStoreWithoutAVersionIsCorrupt) {
  store_.reset();
  Execute("PRAGMA user_version = 0");
  const auto store = store::OpenSqliteStore(Path(), signer_, false);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, Code::kCorrupt);
}

TEST_F(Sqlite, CreatingTwiceKeepsWhatIsThere) {
  const store::NewEntry note = NoteOf();
  ASSERT_TRUE(store_->Append(std::span(&note, 1), {}));
  store_.reset();
  auto again = store::SqliteStore::Open(Path(), signer_, true, kShortWaitMs);
  ASSERT_TRUE(again);
  EXPECT_EQ((*again)->Entries()->size(), 1u);
}

TEST_F(Sqlite, EveryConnectionDeletesSecurelyAndSyncs) {
  auto db = Database::Open(Path(), false, kShortWaitMs);
  ASSERT_TRUE(db);
  EXPECT_EQ(*db->Number("PRAGMA secure_delete"), 1);
  EXPECT_EQ(*db->Number("PRAGMA synchronous"), 2);
  EXPECT_EQ(*db->Number("PRAGMA temp_store"), 2);
  EXPECT_EQ(*db->Number("PRAGMA trusted_schema"), 0);
  EXPECT_EQ(*db->Number("PRAGMA cache_size"), -16384);
  EXPECT_EQ(*db->Number("SELECT count(*) FROM pragma_journal_mode WHERE journal_mode = 'wal'"), 1);
}

TEST_F(Sqlite, ABusyStoreIsAStorageErrorWithAHint) {
  auto other = OpenAnother();
  auto session = other->BeginImport(kToday);
  ASSERT_TRUE(session);
  ASSERT_TRUE((*session)->Lock());
  const store::NewEntry note = NoteOf();
  const auto appended = store_->Append(std::span(&note, 1), {});
  ASSERT_FALSE(appended);
  EXPECT_EQ(appended.error().code, Code::kStorage);
  EXPECT_FALSE(appended.error().hint.empty());
  session->reset();
  EXPECT_TRUE(store_->Append(std::span(&note, 1), {}));
}

TEST_F(Sqlite, AFullDiskIsAStorageErrorAndUndoesEverything) {
  auto db = Database::Open(folder_ + "/full.db", true, kShortWaitMs);
  ASSERT_TRUE(db);
  ASSERT_TRUE(store::sqlite::Migrate(*db, true));
  const int64_t pages = *db->Number("PRAGMA page_count");
  const std::string limit = "PRAGMA max_page_count = " + std::to_string(pages + 2);
  ASSERT_TRUE(db->Execute(limit.c_str()));
  {
    auto transaction = Transaction::Begin(*db, Transaction::Kind::kWrite);
    ASSERT_TRUE(transaction);
    ASSERT_TRUE(db->Run("INSERT INTO document VALUES('policy', '0', 'small')"));
    const auto full =
        db->Run("INSERT INTO document VALUES('policy', '1', ?1)", std::string(1 << 20, 'x'));
    ASSERT_FALSE(full);
    EXPECT_EQ(full.error().code, Code::kStorage);
    EXPECT_FALSE(full.error().hint.empty());
  }
  EXPECT_EQ(*db->Number("SELECT count(*) FROM document"), 0);
  EXPECT_TRUE(db->Run("INSERT INTO document VALUES('policy', '2', 'small')"));
}

TEST_F(Sqlite, ErrorsHoldNoValues) {
  auto db = Database::Open(Path(), false, kShortWaitMs);
  ASSERT_TRUE(db);
  const std::string secret = "SECRET-VALUE";
  ASSERT_TRUE(db->Run("INSERT INTO document VALUES('policy', ?1, '')", secret));
  const auto twice = db->Run("INSERT INTO document VALUES('policy', ?1, '')", secret);
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().code, Code::kCorrupt);
  EXPECT_EQ((twice.error().message + twice.error().hint).find("SECRET"), std::string::npos);
}

TEST_F(Sqlite, ATransactionInsideAnotherIsABug) {
  auto session = store_->BeginImport(kToday);
  ASSERT_TRUE(session);
  ASSERT_TRUE((*session)->Lock());
  const auto inner = store_->Append({}, {});
  ASSERT_FALSE(inner);
  EXPECT_EQ(inner.error().code, Code::kInternal);
}

TEST_F(Sqlite, FlippedBytesAreFoundAsCorruption) {
  for (uint32_t n = 0; n < 20; ++n) {
    const store::Document document{"policy", std::to_string(n), std::string(3000, 'a')};
    ASSERT_TRUE(store_->Append({}, std::span(&document, 1)));
  }
  ASSERT_TRUE(store_->ForgetDeleted());
  store_.reset();
  {
    std::fstream file(Path(), std::ios::in | std::ios::out | std::ios::binary);
    for (int page = 1; page < 60; ++page) {
      file.seekp(page * 4096);
      file << std::string(64, '\xee');
    }
  }
  auto store = store::SqliteStore::Open(Path(), signer_, false, kShortWaitMs);
  if (!store) {
    EXPECT_EQ(store.error().code, Code::kCorrupt);
    return;
  }
  const auto documents = (*store)->Documents();
  ASSERT_FALSE(documents);
  EXPECT_EQ(documents.error().code, Code::kCorrupt);
}

}  // namespace
}  // namespace signpost::store
