#include "core/signpost/store/sqlite.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "crypto/base/fd.h"
#include "crypto/base/file.h"

namespace signpost::store::sqlite {

tl::unexpected<Error> FailSqlite(int code, const std::string& place) {
  const std::string what = std::string(sqlite3_errstr(code)) + " (" + std::to_string(code) + ")";
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Fail(Code::kStorage, "the store is busy", place,
                  "another command is using it: wait for it and try again");
    case SQLITE_FULL:
      return Fail(Code::kStorage, what, place, "free some disk space and run the command again");
    case SQLITE_IOERR:
      return Fail(Code::kStorage, what, place,
                  "nothing was changed; check the disk and its free space");
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
      return Fail(Code::kStorage, what, place,
                  "the store and its folder must be writable by the user who runs signpost");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Fail(Code::kCorrupt, what, place, "restore the home from a backup");
    case SQLITE_CONSTRAINT:
      return Fail(Code::kCorrupt, "the store already says otherwise (" + std::to_string(code) + ")",
                  place);
    default:
      return Fail(Code::kInternal, what, place);
  }
}

Query::~Query() {
  if (!statement_) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

Result<bool> Query::Step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return FailSqlite(code, *place_);
}

bool Query::IsNull(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::string Query::Text(int column) const {
  const unsigned char* text = sqlite3_column_text(statement_, column);
  if (!text) return {};
  return {reinterpret_cast<const char*>(text),
          static_cast<size_t>(sqlite3_column_bytes(statement_, column))};
}

ByteView Query::Blob(int column) const {
  const void* blob = sqlite3_column_blob(statement_, column);
  if (!blob) return {};
  return {static_cast<const uint8_t*>(blob),
          static_cast<size_t>(sqlite3_column_bytes(statement_, column))};
}

namespace {

// SQLite gives the WAL and its index the mode of the database file, so that file is made first. It
// is never opened by us once it exists: closing a descriptor would drop SQLite's own locks on it.
Result<void> MakeFile(const std::string& path) {
  const OwnedFd fd(::open(path.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) {
    if (errno == EEXIST) return {};
    return FailErrno("open", path);
  }
  if (::fchmod(fd.get(), 0600) != 0) return FailErrno("fchmod", path);
  return SyncFolder(DirName(path));
}

}  // namespace

Result<Database> Database::Open(const std::string& path, bool create, int busy_timeout_ms) {
  if (create) TRY(MakeFile(path));
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) {
    if (errno == ENOENT) return Fail(Code::kNotFound, "there is no store", path);
    return FailErrno("stat", path);
  }
  if (!S_ISREG(info.st_mode)) return Fail(Code::kCorrupt, "the store is not a file", path);

  sqlite3* handle = nullptr;
  const int code =
      sqlite3_open_v2(path.c_str(), &handle,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  Database database(handle, path);
  if (code != SQLITE_OK) return FailSqlite(code, path);
  TRY(database.Configure(busy_timeout_ms));
  return database;
}

Result<void> Database::Configure(int busy_timeout_ms) {
  struct {
    int option, value;
  } const options[] = {{SQLITE_DBCONFIG_DEFENSIVE, 1},      {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
                       {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0}, {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
                       {SQLITE_DBCONFIG_DQS_DML, 0},        {SQLITE_DBCONFIG_DQS_DDL, 0}};
  for (const auto& each : options) {
    const int code = sqlite3_db_config(handle_, each.option, each.value, nullptr);
    if (code != SQLITE_OK) return FailSqlite(code, place_);
  }
  sqlite3_busy_timeout(handle_, busy_timeout_ms);
  // 16 MiB of cache is the most that a transaction of any size holds; the rest spills into the WAL.
  TRY(
      Execute("PRAGMA secure_delete=ON;"
              "PRAGMA temp_store=MEMORY;"
              "PRAGMA synchronous=FULL;"
              "PRAGMA trusted_schema=OFF;"
              "PRAGMA cell_size_check=ON;"
              "PRAGMA foreign_keys=OFF;"
              "PRAGMA cache_size=-16384;"
              "PRAGMA journal_size_limit=1048576;"));
  TRY_ASSIGN(const int64_t secure, Number("PRAGMA secure_delete"));
  if (secure != 1) return Fail(Code::kInternal, "this SQLite cannot delete securely", place_);
  return {};
}

Database::Database(Database&& other) noexcept
    : handle_(std::exchange(other.handle_, nullptr)),
      place_(std::move(other.place_)),
      statements_(std::move(other.statements_)) {
  other.statements_.clear();
}

Database::~Database() {
  for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close_v2(handle_);
}

Result<void> Database::Execute(const char* script) {
  const int code = sqlite3_exec(handle_, script, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return FailSqlite(code, place_);
  return {};
}

Result<sqlite3_stmt*> Database::Prepared(const char* sql) {
  sqlite3_stmt*& statement = statements_[sql];
  if (!statement) {
    const int code =
        sqlite3_prepare_v3(handle_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (code != SQLITE_OK) return FailSqlite(code, place_);
  }
  if (sqlite3_stmt_busy(statement)) {
    return Fail(Code::kInternal, "a statement is used twice at a time", place_);
  }
  return statement;
}

Result<Transaction> Transaction::Begin(Database& database, Kind kind) {
  if (database.in_transaction()) {
    return Fail(Code::kInternal, "a transaction is open already", database.place());
  }
  TRY(database.Execute(kind == Kind::kWrite ? "BEGIN IMMEDIATE" : "BEGIN"));
  return Transaction(&database);
}

Transaction::~Transaction() {
  // After a full disk or an I/O error SQLite may have rolled back already. If even ROLLBACK fails,
  // nothing was committed: the WAL has no commit frame.
  if (database_ && database_->in_transaction()) (void)database_->Execute("ROLLBACK");
}

Result<void> Transaction::Commit() {
  if (!database_->in_transaction()) {
    return Fail(Code::kStorage, "the transaction was rolled back", database_->place());
  }
  TRY(database_->Execute("COMMIT"));
  database_ = nullptr;
  return {};
}

}  // namespace signpost::store::sqlite
