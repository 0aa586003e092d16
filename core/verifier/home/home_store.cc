// The ledger's four tables out of store.db, read-only, in one transaction, and the names of its
// files and epochs in another: the caller holds the locks that keep the two of one moment. The file
// is evidence from somebody else: nothing that it holds may run (no triggers, no views, no
// functions in a schema).
#include <fmt/format.h>
#include <sqlite3.h>

#include <functional>

#include "core/verifier/home/home_contents.h"

namespace signpost::verifier {
namespace {

constexpr int kBusyMillis = 10'000;
constexpr int kMaxValueBytes = 1 << 20;

struct CloseDatabase {
  void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
};
struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;
using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

// SQLite's own words may quote the file; its code says enough.
tl::unexpected<Error> FailSqlite(int result, const std::string& place) {
  const int primary = result & 0xff;
  if (primary == SQLITE_BUSY || primary == SQLITE_LOCKED) {
    return Fail(Code::kStorage, "the store is busy", place, "try again when the command has ended");
  }
  return Fail(primary == SQLITE_CANTOPEN ? Code::kNotFound : Code::kCorrupt,
              fmt::format("store cannot be read: {}", sqlite3_errstr(result)), place);
}

Result<Database> OpenReadOnly(const std::string& path) {
  sqlite3* raw = nullptr;
  const int opened =
      sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOFOLLOW, nullptr);
  Database db(raw);
  if (opened != SQLITE_OK) return FailSqlite(opened, path);
  sqlite3_busy_timeout(raw, kBusyMillis);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
  sqlite3_limit(raw, SQLITE_LIMIT_LENGTH, kMaxValueBytes);
  return db;
}

class Row {
 public:
  explicit Row(sqlite3_stmt* statement) : statement_(statement) {}
  uint64_t Number(int column) const {
    return static_cast<uint64_t>(sqlite3_column_int64(statement_, column));
  }
  std::string Text(int column) const {
    const void* bytes = sqlite3_column_blob(statement_, column);
    const int size = sqlite3_column_bytes(statement_, column);
    return bytes == nullptr
               ? std::string()
               : std::string(static_cast<const char*>(bytes), static_cast<size_t>(size));
  }

 private:
  sqlite3_stmt* statement_;
};

Result<void> ForEachRow(sqlite3* db, const char* sql, const std::string& place,
                        const std::function<Result<void>(const Row&)>& each) {
  sqlite3_stmt* raw = nullptr;
  const int prepared = sqlite3_prepare_v2(db, sql, -1, &raw, nullptr);
  const Statement statement(raw);
  if (prepared != SQLITE_OK) return FailSqlite(prepared, place);
  int result;
  while ((result = sqlite3_step(raw)) == SQLITE_ROW) TRY(each(Row(raw)));
  if (result != SQLITE_DONE) return FailSqlite(result, place);
  return {};
}

Result<void> ReadEntries(sqlite3* db, const std::string& path, ledger::Evidence& evidence) {
  return ForEachRow(db, "SELECT idx, entry FROM ledger_entry ORDER BY idx", path,
                    [&](const Row& row) -> Result<void> {
                      if (row.Number(0) != evidence.entries.size()) {
                        return Fail(Code::kCorrupt, "a ledger entry is missing from the store",
                                    fmt::format("{}: entry {}", path, evidence.entries.size()));
                      }
                      evidence.entries.push_back(row.Text(1));
                      return {};
                    });
}

Result<void> ReadOpenings(sqlite3* db, const std::string& path, ledger::Evidence& evidence) {
  return ForEachRow(db, "SELECT idx, salt, counts FROM opening ORDER BY idx", path,
                    [&](const Row& row) -> Result<void> {
                      ledger::Opening opening;
                      const std::string salt = row.Text(1);
                      auto counts = ledger::DecodeCounts(row.Text(2));
                      if (salt.size() != opening.salt.size() || !counts) {
                        return Fail(Code::kCorrupt, "an opening cannot be read",
                                    fmt::format("{}: entry {}", path, row.Number(0)));
                      }
                      std::copy(salt.begin(), salt.end(), opening.salt.begin());
                      opening.counts = std::move(*counts);
                      evidence.openings[row.Number(0)] = std::move(opening);
                      return {};
                    });
}

Result<void> ReadDocuments(sqlite3* db, const std::string& path, ledger::Evidence& evidence) {
  return ForEachRow(db, "SELECT kind, id, content FROM document", path,
                    [&](const Row& row) -> Result<void> {
                      evidence.documents[{row.Text(0), row.Text(1)}] = row.Text(2);
                      return {};
                    });
}

template <class IdType>
Result<IdType> IdFrom(const Row& row, int column, const std::string& path) {
  const std::string bytes = row.Text(column);
  IdType id;
  if (bytes.size() != id.bytes.size()) {
    return Fail(Code::kCorrupt, "an identifier in the store cannot be read", path);
  }
  std::copy(bytes.begin(), bytes.end(), id.bytes.begin());
  return id;
}

// Homes of older programs have no such table.
Result<void> ReadTaken(sqlite3* db, const std::string& path, HomeContents& contents) {
  bool any = false;
  TRY(ForEachRow(db, "SELECT 1 FROM sqlite_schema WHERE name = 'erasure'", path,
                 [&](const Row&) -> Result<void> {
                   any = true;
                   return {};
                 }));
  if (!any) return {};
  return ForEachRow(db,
                    "SELECT f.file_id, e.position FROM erasure e JOIN sealed_file f"
                    " ON f.file = e.file",
                    path, [&](const Row& row) -> Result<void> {
                      TRY_ASSIGN(const FileId file, IdFrom<FileId>(row, 0, path));
                      contents.taken.emplace(file, row.Number(1));
                      return {};
                    });
}

}  // namespace

Result<void> ReadHomeRows(const std::string& home_dir, HomeContents& contents) {
  const std::string path = home_dir + "/store.db";
  TRY_ASSIGN(const Database db, OpenReadOnly(path));
  const auto nothing = [](const Row&) -> Result<void> { return {}; };
  TRY(ForEachRow(db.get(), "BEGIN", path, nothing));
  TRY(ForEachRow(db.get(), "SELECT file_id, kind FROM sealed_file", path,
                 [&](const Row& row) -> Result<void> {
                   TRY_ASSIGN(const FileId file, IdFrom<FileId>(row, 0, path));
                   contents.file_rows.emplace(static_cast<seal::SealedKind>(row.Number(1)), file);
                   return {};
                 }));
  TRY(ReadTaken(db.get(), path, contents));
  TRY(ForEachRow(db.get(), "SELECT epoch_id FROM epoch", path, [&](const Row& row) -> Result<void> {
    TRY_ASSIGN(const EpochId epoch, IdFrom<EpochId>(row, 0, path));
    contents.epoch_rows.insert(epoch);
    return {};
  }));
  return ForEachRow(db.get(), "COMMIT", path, nothing);
}

Result<ledger::Evidence> ReadEvidenceHome(const std::string& home_dir) {
  const std::string path = home_dir + "/store.db";
  TRY_ASSIGN(const Database db, OpenReadOnly(path));
  ledger::Evidence evidence;
  const auto nothing = [](const Row&) -> Result<void> { return {}; };
  TRY(ForEachRow(db.get(), "BEGIN", path, nothing));  // one moment for all four tables
  TRY(ReadEntries(db.get(), path, evidence));
  TRY(ReadOpenings(db.get(), path, evidence));
  TRY(ReadDocuments(db.get(), path, evidence));
  TRY(ForEachRow(db.get(), "SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1", path,
                 [&](const Row& row) -> Result<void> {
                   evidence.checkpoint = row.Text(0);
                   return {};
                 }));
  TRY(ForEachRow(db.get(), "COMMIT", path, nothing));
  return evidence;
}

}  // namespace signpost::verifier
