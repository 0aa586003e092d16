// Goes over the rows of one table, in the order of their rowids, each once, whatever the file does:
// rowids must rise (so a tree that leads in circles ends), and a row or page that SQLite finds
// damaged is counted and stepped over. No index, no sorting: memory is a page at a time.
//
//   for (Cursor sms(reader, "sms", {"address", "date"}); sms.Next();) {
//     reader.Tell(sms.Text(0), ...);
//   }
//
// Columns that the table does not have read as NULL; a table that is not there has no rows, nor has
// one in a reading that is not made.
// When Next has returned false the table is at its end, or reader.stopped(), or it goes no further
// for damage (reader.done.damage).
#pragma once

#include <initializer_list>

#include "core/reader/database/database_reader.h"

namespace signpost::reader::database {

class Cursor {
 public:
  using Columns = std::initializer_list<std::string_view>;
  // `only_if` (over columns of the table, with COLLATE BINARY) guards all `columns` behind the
  // first `unguarded`: in rows where it does not hold these are NULL, and are not even looked for.
  Cursor(DatabaseReader& reader, std::string_view table, Columns columns,
         std::string_view only_if = {}, size_t unguarded = 0);
  Cursor(const Cursor&) = delete;
  Cursor& operator=(const Cursor&) = delete;

  bool Next();

  int64_t id() const { return sqlite3_column_int64(statement_.get(), 0); }
  bool IsNull(int column) const;
  int64_t Int(int column) const { return sqlite3_column_int64(statement_.get(), column + 1); }
  Cell Text(int column) const;
  // The first of these two that holds something.
  Cell TextOf(int column, int otherwise) const;
  std::optional<Day> DayOf(int column, Epoch epoch) const {
    return reader_.DayOf(statement_.get(), column + 1, epoch);
  }

 private:
  bool StepOver(int code);
  bool Bind();

  DatabaseReader& reader_;
  Statement statement_, probe_;
  int64_t from_ = INT64_MIN;  // rowids are at least this from here on
  uint64_t skip_ = 1;
  bool last_ = false;  // there can be none behind the last
};

// One row of a table by its rowid.
class Lookup {
 public:
  Lookup(DatabaseReader& reader, std::string_view table, Cursor::Columns columns);
  bool Find(int64_t id);
  int64_t Int(int column) const { return sqlite3_column_int64(statement_.get(), column + 1); }
  std::optional<Day> DayOf(int column, Epoch epoch) const {
    return reader_.DayOf(statement_.get(), column + 1, epoch);
  }

 private:
  DatabaseReader& reader_;
  Statement statement_;
};

}  // namespace signpost::reader::database
