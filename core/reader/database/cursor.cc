#include "core/reader/database/cursor.h"

#include <algorithm>

#include "core/reader/extraction/value.h"
#include "core/reader/text/decoder.h"

namespace signpost::reader::database {
namespace {

using wire::reader::FileRefusal;

bool IsUtf8(std::string_view text) {
  const auto ascii = [](char c) { return static_cast<signed char>(c) > 0; };
  if (std::all_of(text.begin(), text.end(), ascii)) return true;
  std::string decoded;
  text::TextDecoder decoder(wire::reader::Encoding::kUtf8);
  decoder.Feed(AsBytes(text), decoded);
  decoder.Finish(decoded);
  return decoded.find(text::TextDecoder::kBroken) == std::string::npos;
}

// A number as most are written: nothing in it that needs a second look.
bool IsPlain(std::string_view text) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.empty() || text.size() > 32 || !is_digit(text.back())) return false;
  const size_t from = text[0] == '+' ? 1 : 0;
  return std::all_of(text.begin() + static_cast<ptrdiff_t>(from), text.end(),
                     [&](char c) { return is_digit(c) || c == ' ' || c == '-'; }) &&
         text[from] != ' ';
}

Cell CellAt(sqlite3_stmt* row, int column) {
  const char* bytes = nullptr;
  switch (sqlite3_column_type(row, column)) {
    case SQLITE_NULL:
      return {};
    case SQLITE_BLOB:  // of text, in some versions
      bytes = static_cast<const char*>(sqlite3_column_blob(row, column));
      break;
    default:
      bytes = reinterpret_cast<const char*>(sqlite3_column_text(row, column));
  }
  if (!bytes) return {};
  std::string_view text(bytes, static_cast<size_t>(sqlite3_column_bytes(row, column)));
  if (IsPlain(text)) return {Cell::Kind::kText, text, true};
  while (text.ends_with('\0')) text.remove_suffix(1);
  if (text.size() > extraction::kMaxValueBytes) return {Cell::Kind::kTooLong, {}};
  if (text.find('\0') != std::string_view::npos || !IsUtf8(text)) return {Cell::Kind::kBroken, {}};
  text = extraction::Trim(text);
  if (extraction::IsBlank(text)) return {};
  return {Cell::Kind::kText, text};
}

// "rowid, "a", NULL, CASE WHEN ... THEN "b" END"
std::string Selected(const Table& table, Cursor::Columns columns, std::string_view only_if,
                     size_t unguarded) {
  std::string sql = "SELECT ";
  sql += table.rowid;
  for (const std::string_view column : columns) {
    const bool guarded = !only_if.empty() && unguarded == 0;
    if (unguarded > 0) --unguarded;
    sql += ", ";
    if (!table.Has(column)) {
      sql += "NULL";
      continue;
    }
    if (guarded) sql.append("CASE WHEN ").append(only_if).append(" THEN ");
    sql.append("\"").append(column).append("\"");
    if (guarded) sql += " END";
  }
  sql.append(" FROM \"").append(table.name).append("\" NOT INDEXED WHERE ");
  return sql.append(table.rowid);
}

}  // namespace

Cursor::Cursor(DatabaseReader& reader, std::string_view name, Columns columns,
               std::string_view only_if, size_t unguarded)
    : reader_(reader) {
  const Table* const table = reader.connection.Find(name);
  if (!table || reader.stopped() || !reader.made()) return;
  const std::string order = std::string(" >= ?1 ORDER BY ").append(table->rowid);
  statement_ = reader.connection.Prepare(Selected(*table, columns, only_if, unguarded) + order);
  probe_ = reader.connection.Prepare(Selected(*table, {}, {}, 0) + order + " LIMIT 1");
  if (!statement_ || !probe_ || !Bind()) {
    statement_ = nullptr;
    reader.Damaged(FileRefusal::kBroken);
  }
}

bool Cursor::Bind() {
  sqlite3_reset(statement_.get());
  return sqlite3_bind_int64(statement_.get(), 1, from_) == SQLITE_OK;
}

bool Cursor::Next() {
  if (!statement_) return false;
  while (!reader_.stopped() && !last_) {
    int code = sqlite3_step(statement_.get());
    if (code == SQLITE_DONE) return false;
    if (code == SQLITE_ROW && id() >= from_) {
      last_ = id() == INT64_MAX;
      from_ = last_ ? id() : id() + 1;
      skip_ = 1;
      return reader_.CountRow();
    }
    if (code == SQLITE_ROW) code = SQLITE_CORRUPT;  // not a tree: it went back
    if (!StepOver(code)) return false;
  }
  return false;
}

bool Cursor::StepOver(int code) {
  switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_TOOBIG:
      break;
    case SQLITE_INTERRUPT:
      reader_.Stop();
      return false;
    default:
      reader_.Damaged(reader_.vfs.read_failed() ? FileRefusal::kReadError : FileRefusal::kBroken);
      return false;
  }
  if (!reader_.StillAllowed()) return false;
  // Its rowid can often be read all the same; then it is that row alone.
  sqlite3_reset(probe_.get());
  sqlite3_bind_int64(probe_.get(), 1, from_);
  sqlite3_reset(statement_.get());
  if (sqlite3_step(probe_.get()) == SQLITE_ROW) {
    const int64_t bad = sqlite3_column_int64(probe_.get(), 0);
    if (bad >= from_) {
      last_ = bad == INT64_MAX;
      from_ = last_ ? bad : bad + 1;
      skip_ = 1;
      const bool go_on = reader_.CountRow();
      reader_.BadRow();
      return go_on && !last_ && Bind();
    }
  }
  // A damaged page: look for where the tree can be read again, ever farther away. (No phone uses
  // rowids below zero, and from the lowest it would be too far to where they are.)
  if (skip_ == 1) {
    if (!reader_.CountRow()) return false;
    reader_.BadPage();
  }
  from_ = std::max<int64_t>(from_, 0);
  const uint64_t room = static_cast<uint64_t>(INT64_MAX) - static_cast<uint64_t>(from_);
  if (skip_ == 0 || skip_ > room) {
    reader_.Damaged(FileRefusal::kBroken);
    return false;
  }
  from_ = static_cast<int64_t>(static_cast<uint64_t>(from_) + skip_);
  skip_ *= 2;
  return Bind();
}

bool Cursor::IsNull(int column) const {
  return sqlite3_column_type(statement_.get(), column + 1) == SQLITE_NULL;
}

Cell Cursor::Text(int column) const { return CellAt(statement_.get(), column + 1); }

Cell Cursor::TextOf(int column, int otherwise) const {
  const Cell first = Text(column);
  return first.kind == Cell::Kind::kNone ? Text(otherwise) : first;
}

Lookup::Lookup(DatabaseReader& reader, std::string_view name, Cursor::Columns columns)
    : reader_(reader) {
  if (const Table* const table = reader.connection.Find(name)) {
    statement_ = reader.connection.Prepare(Selected(*table, columns, {}, 0) + " = ?1");
  }
}

bool Lookup::Find(int64_t id) {
  if (!statement_) return false;
  sqlite3_reset(statement_.get());
  sqlite3_bind_int64(statement_.get(), 1, id);
  const int code = sqlite3_step(statement_.get());
  if (code != SQLITE_ROW && code != SQLITE_DONE) reader_.done.warnings |= wire::reader::kDaysUnread;
  return code == SQLITE_ROW;
}

}  // namespace signpost::reader::database
