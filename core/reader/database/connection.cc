#include "core/reader/database/connection.h"

#include <algorithm>
#include <set>

#include "core/reader/extraction/value.h"
#include "core/shared/formats/databases.h"

namespace signpost::reader::database {
namespace {

using wire::reader::FileRefusal;

constexpr int kStepsBetweenQuestions = 20000;

bool SameName(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         sqlite3_strnicmp(a.data(), b.data(), static_cast<int>(a.size())) == 0;
}

// Calls `each` with every table and column that may be read, of any kind of database: a table of
// one name may stand in several.
template <class Each>
void ForReadable(Each each) {
  for (const formats::Database& database : formats::kDatabases) {
    for (const formats::Table& table : database.tables) {
      formats::ForWords(table.columns, [&](std::string_view name) { each(table.name, name); });
    }
  }
}

bool MayRead(std::string_view table, std::string_view column) {
  bool may = false;
  ForReadable([&](std::string_view known, std::string_view name) {
    may |= SameName(known, table) && (SameName(name, column) || SameName(column, "rowid"));
  });
  return may;
}

int Authorize(void*, int action, const char* table, const char* column, const char* database,
              const char* trigger_or_view) {
  if (action == SQLITE_SELECT) return SQLITE_OK;
  if (action != SQLITE_READ || !table || !column || trigger_or_view) return SQLITE_DENY;
  // A query that takes only rowids is asked about once more, without a column and a database.
  const bool read =
      *column == '\0' ? MayRead(table, "rowid")
                      : database && std::string_view(database) == "main" && MayRead(table, column);
  return read ? SQLITE_OK : SQLITE_DENY;
}

// "CREATE TABLE", whatever is between and however it is written.
bool MakesTable(std::string_view sql) {
  const auto word = [&sql] {
    while (!sql.empty() && (sql[0] == ' ' || (sql[0] >= '\t' && sql[0] <= '\r'))) {
      sql.remove_prefix(1);
    }
    size_t end = 0;
    while (end < sql.size() && (std::isalpha(static_cast<unsigned char>(sql[end])) != 0)) ++end;
    const std::string_view taken = sql.substr(0, end);
    sql.remove_prefix(end);
    return taken;
  };
  return SameName(word(), "create") && SameName(word(), "table");
}

std::string_view TextAt(sqlite3_stmt* statement, int column) {
  const auto* const text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
  if (!text) return {};
  return {text, static_cast<size_t>(sqlite3_column_bytes(statement, column))};
}

int Run(sqlite3* db, const char* sql) { return sqlite3_exec(db, sql, nullptr, nullptr, nullptr); }

}  // namespace

bool Table::Has(std::string_view column) const {
  return std::find(columns.begin(), columns.end(), column) != columns.end();
}

int Connection::Configure() {
  constexpr struct {
    int option, value;
  } kOptions[] = {{SQLITE_DBCONFIG_DEFENSIVE, 1},
                  {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
                  {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
                  {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
                  {SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0},
                  {SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1},
                  {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
                  {SQLITE_DBCONFIG_DQS_DML, 0},
                  {SQLITE_DBCONFIG_DQS_DDL, 0}};
  constexpr struct {
    int limit, value;
  } kLimits[] = {{SQLITE_LIMIT_LENGTH, 1 << 20},        {SQLITE_LIMIT_SQL_LENGTH, 1 << 20},
                 {SQLITE_LIMIT_COLUMN, 2000},           {SQLITE_LIMIT_EXPR_DEPTH, 500},
                 {SQLITE_LIMIT_COMPOUND_SELECT, 100},   {SQLITE_LIMIT_VDBE_OP, 25000},
                 {SQLITE_LIMIT_FUNCTION_ARG, 32},       {SQLITE_LIMIT_ATTACHED, 0},
                 {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1}, {SQLITE_LIMIT_VARIABLE_NUMBER, 16},
                 {SQLITE_LIMIT_TRIGGER_DEPTH, 1},       {SQLITE_LIMIT_WORKER_THREADS, 0}};
  sqlite3* const db = db_.get();
  int code = SQLITE_OK;
  for (const auto& each : kOptions) {
    if (code == SQLITE_OK) code = sqlite3_db_config(db, each.option, each.value, nullptr);
  }
  for (const auto& each : kLimits) sqlite3_limit(db, each.limit, each.value);
  if (code == SQLITE_OK) code = sqlite3_drop_modules(db, nullptr);
  // locking_mode, before anything is read, keeps the index of the -wal on the heap.
  if (code == SQLITE_OK) {
    code = Run(db,
               "PRAGMA locking_mode=EXCLUSIVE;"
               "PRAGMA temp_store=MEMORY;"
               "PRAGMA trusted_schema=OFF;"
               "PRAGMA cell_size_check=ON;"
               "PRAGMA mmap_size=0;"
               "PRAGMA cache_size=-2048;"
               "PRAGMA cache_spill=OFF;");
  }
  return code;
}

int Connection::Begin() {
  const int code = Run(db_.get(), "BEGIN");
  if (code != SQLITE_OK) return code;
  // The first read: it undoes a hot journal, reads the -wal, and parses the schema.
  return Run(db_.get(), "SELECT 1 FROM sqlite_schema LIMIT 1");
}

bool Connection::Learn(Table& table) const {
  std::string sql = "PRAGMA table_xinfo(\"";
  sql += table.name;
  sql += "\")";
  sqlite3_stmt* raw = nullptr;
  if (sqlite3_prepare_v2(db_.get(), sql.c_str(), -1, &raw, nullptr) != SQLITE_OK) return false;
  const Statement statement(raw);
  std::set<std::string, std::less<>> shadowed;  // names of the rowid that mean something else
  while (sqlite3_step(raw) == SQLITE_ROW) {
    const std::string_view name = TextAt(raw, 1);
    const bool key = SameName(TextAt(raw, 2), "integer") && sqlite3_column_int(raw, 5) == 1;
    for (const char* rowid : {"rowid", "_rowid_", "oid"}) {
      if (SameName(name, rowid) && !key) shadowed.insert(rowid);
    }
    const int hidden = sqlite3_column_int(raw, 6);
    if (hidden != 0 && hidden != 3) continue;  // 3: generated and stored; 2: computed when read
    ForReadable([&](std::string_view known_table, std::string_view known) {
      if (known_table != table.name) return;
      if (SameName(known, name) && !table.Has(known)) table.columns.push_back(known);
    });
  }
  for (const char* rowid : {"rowid", "_rowid_", "oid"}) {
    if (shadowed.contains(rowid)) continue;
    table.rowid = rowid;
    break;
  }
  if (table.rowid.empty() || table.columns.empty()) return false;
  // A view, a virtual table or one without rowid, whatever the schema calls it, does not compile.
  std::string probe = "SELECT ";
  probe += table.rowid;
  probe += " FROM \"" + std::string(table.name) + "\" NOT INDEXED";
  return Prepare(probe) != nullptr;
}

void Connection::LearnSchema() {
  std::vector<std::string_view> names;
  sqlite3_stmt* raw = nullptr;
  sqlite3_prepare_v2(db_.get(), "SELECT name, sql FROM sqlite_schema WHERE type='table'", -1, &raw,
                     nullptr);
  const Statement statement(raw);
  while (raw && sqlite3_step(raw) == SQLITE_ROW) {
    if (!MakesTable(TextAt(raw, 1))) continue;
    for (const formats::Database& database : formats::kDatabases) {
      for (const formats::Table& table : database.tables) {
        if (SameName(TextAt(raw, 0), table.name)) names.push_back(table.name);
      }
    }
  }
  for (const std::string_view name : names) {
    Table table{name, {}, {}};
    if (!Find(name) && Learn(table)) tables_.push_back(std::move(table));
  }
}

const Table* Connection::Find(std::string_view name) const {
  for (const Table& table : tables_) {
    if (table.name == name) return &table;
  }
  return nullptr;
}

Statement Connection::Prepare(const std::string& sql) const {
  sqlite3_stmt* statement = nullptr;
  sqlite3_prepare_v2(db_.get(), sql.c_str(), static_cast<int>(sql.size()), &statement, nullptr);
  return Statement(statement);
}

Connection::Opened Connection::Open(ExtractionVfs& vfs) {
  Opened out;
  out.connection.reset(new Connection());
  Connection& self = *out.connection;
  sqlite3* db = nullptr;
  int code = sqlite3_open_v2(kMainName, &db,
                             SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
                                 SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE,
                             vfs.name());
  self.db_.reset(db);
  if (code == SQLITE_OK) code = self.Configure();
  sqlite3_progress_handler(
      db, kStepsBetweenQuestions,
      [](void* connection) {
        const auto& asks = static_cast<Connection*>(connection)->go_on;
        return asks && !asks() ? 1 : 0;
      },
      &self);
  if (code == SQLITE_OK) code = self.Begin();
  if (code == SQLITE_OK) {
    self.LearnSchema();
    sqlite3_set_authorizer(db, Authorize, nullptr);
    return out;
  }
  out.connection.reset();
  out.refusal = vfs.cannot_undo()   ? FileRefusal::kNeedsJournal
                : vfs.read_failed() ? FileRefusal::kReadError
                                    : FileRefusal::kBroken;
  return out;
}

}  // namespace signpost::reader::database
