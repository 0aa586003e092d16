// Wraps SQLite's C API in thin RAII: one connection, statements that are prepared once,
// transactions.
//
// Every connection deletes securely (the setting is the connection's, not the file's), keeps what
// is temporary in memory and refuses a schema that runs code. What SQLite leaves behind all the
// same (old cells inside live pages, frames in the WAL) is the sweep's business: see
// Store::ForgetDeleted.
//
// Errors: kStorage for busy, full, I/O and permission; kCorrupt for a malformed or foreign file and
// for a broken constraint; kInternal for the rest. Messages are SQLite's fixed ones: never a value.
// One thread; a Database must outlive its queries.
#pragma once

#include <sqlite3.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>

#include "crypto/base/bytes.h"
#include "crypto/base/result.h"
#include "crypto/base/time.h"

namespace signpost::store::sqlite {

// What SQLite's (extended) result code means to the person at the command line.
tl::unexpected<Error> FailSqlite(int code, const std::string& place);

// Values by position. Blobs and texts are copied (kCopy), or must outlive the query (kKeep).
enum class Lifetime { kCopy, kKeep };
inline sqlite3_destructor_type Owner(Lifetime lifetime) {
  return lifetime == Lifetime::kKeep ? SQLITE_STATIC : SQLITE_TRANSIENT;
}
inline int Bind(sqlite3_stmt* s, int i, Lifetime, std::nullptr_t) {
  return sqlite3_bind_null(s, i);
}
inline int Bind(sqlite3_stmt* s, int i, Lifetime lifetime, std::string_view v) {
  return sqlite3_bind_text(s, i, v.data(), static_cast<int>(v.size()), Owner(lifetime));
}
inline int Bind(sqlite3_stmt* s, int i, Lifetime lifetime, ByteView v) {
  return sqlite3_bind_blob(s, i, v.data(), static_cast<int>(v.size()), Owner(lifetime));
}
template <class T>
requires(std::is_integral_v<T> || std::is_enum_v<T>) int Bind(sqlite3_stmt* s, int i, Lifetime,
                                                              T v) {
  return sqlite3_bind_int64(s, i, static_cast<sqlite3_int64>(v));
}
template <size_t N>
int Bind(sqlite3_stmt* s, int i, Lifetime lifetime, const std::array<uint8_t, N>& v) {
  return Bind(s, i, lifetime, ByteView(v));
}
template <class Tag>
int Bind(sqlite3_stmt* s, int i, Lifetime lifetime, const Id<Tag>& v) {
  return Bind(s, i, lifetime, v.bytes);
}
inline int Bind(sqlite3_stmt* s, int i, Lifetime, Day v) {
  return sqlite3_bind_int64(s, i, v.days);
}
inline int Bind(sqlite3_stmt* s, int i, Lifetime, Instant v) {
  return sqlite3_bind_int64(s, i, v.seconds);
}
template <class T>
int Bind(sqlite3_stmt* s, int i, Lifetime lifetime, const std::optional<T>& v) {
  return v ? Bind(s, i, lifetime, *v) : sqlite3_bind_null(s, i);
}

// One use of a prepared statement: reset when it goes. Columns count from 0 and are valid until the
// next Step.
class Query {
 public:
  Query(sqlite3_stmt* statement, const std::string* place) : statement_(statement), place_(place) {}
  Query(Query&& other) noexcept
      : statement_(std::exchange(other.statement_, nullptr)), place_(other.place_) {}
  Query& operator=(Query&&) = delete;
  ~Query();

  Result<bool> Step();  // true: there is a row
  bool IsNull(int column) const;
  int64_t Int(int column) const { return sqlite3_column_int64(statement_, column); }
  Day DayAt(int column) const { return {static_cast<int32_t>(Int(column))}; }
  std::string Text(int column) const;
  ByteView Blob(int column) const;
  template <size_t N>
  std::array<uint8_t, N> Array(int column) const {  // the schema checks the lengths
    std::array<uint8_t, N> out{};
    const ByteView blob = Blob(column);
    if (blob.size() == N) std::copy(blob.begin(), blob.end(), out.begin());
    return out;
  }
  template <class IdType>
  IdType IdAt(int column) const {
    return IdType{Array<16>(column)};
  }

 private:
  sqlite3_stmt* statement_;
  const std::string* place_;
};

class Database {
 public:
  // `create` makes a missing file, mode 0600 from its first byte; else kNotFound.
  static Result<Database> Open(const std::string& path, bool create, int busy_timeout_ms);
  Database(Database&& other) noexcept;
  Database& operator=(Database&&) = delete;
  ~Database();

  // A script of ours, without parameters.
  Result<void> Execute(const char* script);
  // `sql` is a literal: statements are kept by its address. One Query of a literal at a time.
  template <class... Args>
  Result<Query> Ask(const char* sql, const Args&... args) {
    return AskWith(Lifetime::kCopy, sql, args...);
  }
  // To the end; how many rows it changed.
  template <class... Args>
  Result<int64_t> Run(const char* sql, const Args&... args) {
    TRY_ASSIGN(Query query, AskWith(Lifetime::kKeep, sql, args...));
    TRY_ASSIGN(const bool row, query.Step());
    if (row) return Fail(Code::kInternal, "a statement returned a row", place_);
    return static_cast<int64_t>(sqlite3_changes64(handle_));
  }
  // The first column of the first row; kInternal when there is none.
  template <class... Args>
  Result<int64_t> Number(const char* sql, const Args&... args) {
    TRY_ASSIGN(Query query, AskWith(Lifetime::kKeep, sql, args...));
    TRY_ASSIGN(const bool row, query.Step());
    if (!row) return Fail(Code::kInternal, "a query returned nothing", place_);
    return query.Int(0);
  }
  int64_t last_row() const { return sqlite3_last_insert_rowid(handle_); }
  bool in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }
  const std::string& place() const { return place_; }

 private:
  template <class... Args>
  Result<Query> AskWith([[maybe_unused]] Lifetime lifetime, const char* sql, const Args&... args) {
    TRY_ASSIGN(sqlite3_stmt * statement, Prepared(sql));
    Query query(statement, &place_);
    int index = 0, code = SQLITE_OK;
    ((code = code == SQLITE_OK ? Bind(statement, ++index, lifetime, args) : code), ...);
    if (code != SQLITE_OK) return FailSqlite(code, place_);
    return query;
  }

  Database(sqlite3* handle, std::string place) : handle_(handle), place_(std::move(place)) {}
  Result<void> Configure(int busy_timeout_ms);
  Result<sqlite3_stmt*> Prepared(const char* sql);

  sqlite3* handle_;
  std::string place_;
  std::unordered_map<const char*, sqlite3_stmt*> statements_;
};

// Everything until Commit, or nothing. A write transaction takes the write lock at once, so that
// what was read inside it cannot have changed when it writes.
class Transaction {
 public:
  enum class Kind { kRead, kWrite };
  static Result<Transaction> Begin(Database& database, Kind kind);
  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  // kStorage, too, when SQLite rolled back by itself after an earlier error.
  Result<void> Commit();

 private:
  explicit Transaction(Database* database) : database_(database) {}
  Database* database_;
};

}  // namespace signpost::store::sqlite
