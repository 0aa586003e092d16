#include "core/signpost/store/sqlite_store.h"

#include "core/signpost/store/schema.h"

namespace signpost::store {
namespace {

// Readers do not wait for writers, and a commit is one append and one sync.
Result<void> UseWal(sqlite::Database& db) {
  TRY_ASSIGN(auto query, db.Ask("PRAGMA journal_mode=WAL"));
  TRY_ASSIGN(const bool row, query.Step());
  if (!row || query.Text(0) != "wal") {
    return Fail(Code::kStorage, "the store cannot use a write-ahead log", db.place(),
                "keep the home on a local file system");
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<SqliteStore>> SqliteStore::Open(const std::string& path,
                                                       const note::NoteSigner& signer, bool create,
                                                       int busy_timeout_ms) {
  TRY_ASSIGN(auto database, sqlite::Database::Open(path, create, busy_timeout_ms));
  TRY(sqlite::Migrate(database, create));
  TRY(UseWal(database));
  return std::unique_ptr<SqliteStore>(new SqliteStore(std::move(database), signer));
}

Result<std::unique_ptr<Store>> OpenSqliteStore(const std::string& path,
                                               const note::NoteSigner& signer, bool create,
                                               int busy_millis) {
  TRY_ASSIGN(std::unique_ptr<Store> store, SqliteStore::Open(path, signer, create, busy_millis));
  return store;
}

void PutCount(ledger::Counts& counts, const std::string& name, uint64_t value) {
  if (value != 0) counts[name] = value;
}

}  // namespace signpost::store
