// Connects SQLite to a database of an extraction, so that a hostile file has nothing to work with:
//
// - It sees the three files of its ExtractionVfs, in an exclusive mode that keeps the index of the
//   -wal on the heap. No triggers, views, extensions, virtual tables, attached databases, double-
//   quoted strings; schema not trusted; sizes limited; temporary things in memory.
// - A schema of which SQLite cannot parse every entry is refused (kBroken), as SQLite does.
// - From Open on the authorizer lets through SELECT, and READ of what formats::kDatabases lists: no
//   function, no pragma, no other table or column, no recursion. A query of ours that breaks this
//   does not compile (SQLITE_AUTH).
// - A table is known here only when it is a base table with a rowid; generated columns are not
//   known. No query needs a collation, an index or a function of the phone's.
// - Work is bounded: SQLite asks go_on every few thousand steps.
//
// Not covered: memory errors inside SQLite itself. For these there is the sandbox.
// One thread. A Statement must not outlive its Connection.
#pragma once

#include <sqlite3.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/reader/database/vfs.h"

namespace signpost::reader::database {

struct Table {
  std::string_view name;                  // of formats::kDatabases
  std::vector<std::string_view> columns;  // of formats::kDatabases, and in the file
  std::string_view rowid;                 // by what name it can be asked for

  bool Has(std::string_view column) const;
};

struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

class Connection {
 public:
  struct Opened;
  // kEmpty, kBroken, kReadError, kNeedsJournal; else a connection.
  static Opened Open(ExtractionVfs& vfs);
  ~Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  const Table* Find(std::string_view name) const;
  // Null when SQLite or the authorizer will not have it.
  Statement Prepare(const std::string& sql) const;
  // Called within long work; false ends it (SQLITE_INTERRUPT). Empty: none.
  std::function<bool()> go_on;

 private:
  struct CloseDatabase {
    void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
  };

  Connection() = default;
  int Configure();
  int Begin();
  void LearnSchema();
  bool Learn(Table& table) const;

  std::vector<Table> tables_;
  std::unique_ptr<sqlite3, CloseDatabase> db_;
};

struct Connection::Opened {
  wire::reader::FileRefusal refusal = wire::reader::FileRefusal::kNone;
  std::unique_ptr<Connection> connection;
};

}  // namespace signpost::reader::database
