// Databases for tests: written by SQLite into a folder of their own, and read back as the bytes of
// the database, its -wal and its -journal. And a sink that remembers what it was told.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/reader/database/database.h"

namespace signpost::reader::database {

struct Files {
  std::string main, wal, journal;
  bool has_wal = false, has_journal = false;
};

// How the phone left its database.
enum class Left {
  kClosed,       // everything in the file
  kInWal,        // everything in the -wal; the file is one page
  kInterrupted,  // after `script`, a transaction of `unfinished` that never ended: a hot journal
};

// Runs `script` (SQL). A page is 512 bytes unless it says otherwise.
Files WriteDatabase(std::string_view script, Left left = Left::kClosed,
                    std::string_view unfinished = {});

class Told : public extraction::Sink {
 public:
  void Found(const extraction::Layout& found) override;
  void Ended(const extraction::SourceDone& ended) override;
  void Skipped(uint32_t, wire::reader::FileRefusal) override {}
  void Value(uint64_t row, uint32_t column, std::string_view value,
             const extraction::Seen& seen) override;
  void Bad(uint64_t row, uint32_t column, wire::reader::Reason reason) override;
  void Owner(std::string_view value, std::string_view region) override;
  bool Walked(uint64_t bytes, uint64_t rows) override;

  std::string values() const;  // those that were told, sorted, one a line
  bool Holds(std::string_view line) const;

  extraction::Layout layout;
  extraction::SourceDone done;
  int founds = 0, ends = 0;
  // "column: value", and "column: value called 2021-02-03 in GB" for what is known beside it
  std::vector<std::string> lines;
  std::vector<std::string> owners;  // "value" or "value in GB"
  std::vector<std::string> bad;     // "row:column reason"
  bool owner_after_value = false;
  uint64_t walked_calls = 0, walked_rows = 0, walked_bytes = 0;
  uint64_t stop_after_calls = UINT64_MAX;  // of Walked
};

struct ReadBack {
  wire::reader::FileRefusal refusal = wire::reader::FileRefusal::kNone;
  Told told;
};

ReadBack Read(const Files& files);
// With the tables of a phone (phones.h) or of the test's own.
ReadBack ReadScript(std::string_view script);

// 07700 900000 + n, in international form and as it is dialled.
std::string Number(int n);
std::string National(int n);

}  // namespace signpost::reader::database
