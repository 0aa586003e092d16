#include "tests/core/reader/database/fixture.h"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace signpost::reader::database {
namespace {

class Folder {
 public:
  Folder() {
    // In memory where there is such a place: hundreds are made, and nothing needs to last.
    const bool in_memory = access("/dev/shm", W_OK) == 0;
    std::string made = (in_memory ? "/dev/shm/" : testing::TempDir()) + "signpost-database-XXXXXX";
    path_ = mkdtemp(made.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string operator/(std::string_view name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

std::string Slurp(const std::string& path, bool* there) {
  std::ifstream in(path, std::ios::binary);
  *there = in.is_open();
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

void Run(sqlite3* db, std::string_view script) {
  char* message = nullptr;
  const int code = sqlite3_exec(db, std::string(script).c_str(), nullptr, nullptr, &message);
  ASSERT_EQ(code, SQLITE_OK) << (message ? message : "");
}

}  // namespace

Files WriteDatabase(std::string_view script, Left left, std::string_view unfinished) {
  PrepareDatabase();
  const Folder folder;
  const std::string path = folder / "a.db";
  sqlite3* db = nullptr;
  sqlite3_open_v2(path.c_str(), &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, "unix");
  Run(db, "PRAGMA page_size=512; PRAGMA synchronous=OFF;");
  if (left == Left::kInWal) {
    Run(db, "PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0;");
  }
  Run(db, "BEGIN");
  Run(db, script);
  Run(db, "COMMIT");
  if (left == Left::kInterrupted) {
    // A cache of a page or two spills into the file, as a large transaction does on a phone.
    Run(db, "PRAGMA cache_size=1; BEGIN");
    Run(db, unfinished);
  }
  if (left == Left::kClosed) sqlite3_close(db);
  Files files;
  bool there = false;
  files.main = Slurp(path, &there);
  files.wal = Slurp(path + "-wal", &files.has_wal);
  files.journal = Slurp(path + "-journal", &files.has_journal);
  if (left != Left::kClosed) sqlite3_close(db);
  return files;
}

void Told::Found(const extraction::Layout& found) {
  layout = found;
  ++founds;
  EXPECT_EQ(ends, 0);
}

void Told::Ended(const extraction::SourceDone& ended) {
  done = ended;
  ++ends;
  EXPECT_EQ(founds, 1);
}

void Told::Value(uint64_t row, uint32_t column, std::string_view value,
                 const extraction::Seen& seen) {
  EXPECT_EQ(founds, 1);
  EXPECT_EQ(ends, 0);
  EXPECT_GE(row, 1u);
  EXPECT_GE(column, 1u);
  EXPECT_TRUE(column <= 32 && (layout.readings >> (column - 1) & 1) != 0) << column;
  std::string line = std::to_string(column) + ": " + std::string(value);
  if (seen.traffic) line += " called";
  if (seen.day) line += " " + seen.day->Text();
  if (!seen.region.empty()) line += " in " + std::string(seen.region);
  lines.push_back(std::move(line));
}

void Told::Bad(uint64_t row, uint32_t column, wire::reader::Reason reason) {
  EXPECT_EQ(founds, 1);
  EXPECT_EQ(ends, 0);
  bad.push_back(std::to_string(row) + ":" + std::to_string(column) + " " +
                std::to_string(static_cast<int>(reason)));
}

void Told::Owner(std::string_view value, std::string_view region) {
  owner_after_value |= !lines.empty();
  owners.emplace_back(value);
  if (!region.empty()) owners.back() += " in " + std::string(region);
}

bool Told::Walked(uint64_t bytes, uint64_t rows) {
  EXPECT_GE(bytes, walked_bytes);
  EXPECT_GE(rows, walked_rows);
  walked_bytes = bytes;
  walked_rows = rows;
  return ++walked_calls <= stop_after_calls;
}

std::string Told::values() const {
  std::vector<std::string> sorted = lines;
  std::sort(sorted.begin(), sorted.end());
  std::string out;
  for (const std::string& line : sorted) out += line + "\n";
  return out;
}

bool Told::Holds(std::string_view line) const {
  return std::find(lines.begin(), lines.end(), line) != lines.end();
}

ReadBack Read(const Files& files) {
  const auto bytes = [](const std::string& text) {
    return std::span(reinterpret_cast<const uint8_t*>(text.data()), text.size());
  };
  extraction::MemorySource main(bytes(files.main)), wal(bytes(files.wal)),
      journal(bytes(files.journal));
  ReadBack out;
  out.refusal = ReadDatabase({.main = &main,
                              .wal = files.has_wal ? &wal : nullptr,
                              .journal = files.has_journal ? &journal : nullptr,
                              .entry = 0},
                             out.told);
  const bool read = out.refusal == wire::reader::FileRefusal::kNone;
  EXPECT_EQ(out.told.founds, read ? 1 : 0);
  EXPECT_EQ(out.told.ends, read ? 1 : 0);
  return out;
}

ReadBack ReadScript(std::string_view script) { return Read(WriteDatabase(script)); }

std::string Number(int n) { return "+447700900" + std::to_string(1000 + n).substr(1); }
std::string National(int n) { return "07700 900" + std::to_string(1000 + n).substr(1); }

}  // namespace signpost::reader::database
