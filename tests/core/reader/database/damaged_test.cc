// Files that are cut, flipped, circular, or that change while they are read: a refusal, or the rows
// that are whole with the others counted. Never a crash, never without end.
#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "core/reader/database/page_count.h"
#include "tests/core/reader/database/fixture.h"
#include "tests/core/reader/database/phones.h"

namespace signpost::reader::database {
namespace {

using wire::reader::FileRefusal;

std::string ManyCalls(int rows) {
  std::string script =
      "CREATE TABLE calls(_id INTEGER PRIMARY KEY, number TEXT, date INTEGER,"
      " name TEXT);";
  for (int i = 0; i < rows; ++i) {
    script += "INSERT INTO calls VALUES(NULL,'" + Number(i % 1000) + "',1612345678000,'n');";
  }
  return script;
}

uint32_t Be32(const std::string& bytes, size_t at) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}
void PutBe32(std::string& bytes, size_t at, uint32_t value) {
  for (size_t i = 0; i < 4; ++i) bytes[at + i] = static_cast<char>(value >> (24 - 8 * i));
}

// Numbers of the pages of 512 bytes whose first byte is this: 13 a leaf of a table, 5 within one.
std::vector<uint32_t> PagesOfKind(const std::string& file, char kind) {
  std::vector<uint32_t> pages;
  for (size_t at = 512; at < file.size(); at += 512) {
    if (file[at] == kind) pages.push_back(static_cast<uint32_t>(at / 512 + 1));
  }
  return pages;
}

TEST(Damaged, LeafIsSteppedOverAndCounted) {
  Files files = WriteDatabase(ManyCalls(500));
  const auto leaves = PagesOfKind(files.main, 13);
  ASSERT_GT(leaves.size(), 20u);
  for (const size_t which : {size_t{0}, leaves.size() / 2, leaves.size() - 1}) {
    Files broken = files;
    broken.main.replace((leaves[which] - 1) * 512, 512, 512, '\xee');
    const ReadBack read = Read(broken);
    EXPECT_EQ(read.refusal, FileRefusal::kNone);
    EXPECT_GE(read.told.lines.size(), 400u) << which;
    EXPECT_LT(read.told.lines.size(), 500u) << which;
    EXPECT_FALSE(read.told.bad.empty());
    // One bad row stands for all that were on the page: that must be said.
    EXPECT_EQ(read.told.done.damage, FileRefusal::kBroken);
  }
}

TEST(Damaged, RecordIsSteppedOverAlone) {
  Files files = WriteDatabase(ManyCalls(100));
  // The header of the record of row 50: its first serial type says how long the header is.
  const size_t text = files.main.find(Number(49));
  ASSERT_NE(text, std::string::npos);
  files.main[text - 5] = 0x7f;
  const ReadBack read = Read(files);
  EXPECT_EQ(read.told.lines.size(), 99u);
  EXPECT_EQ(read.told.bad.size(), 1u);
  EXPECT_EQ(read.told.done.damage, FileRefusal::kNone);
}

TEST(Damaged, CutFileGivesWhatIsThere) {
  Files files = WriteDatabase(ManyCalls(500));
  files.main.resize(files.main.size() / 2 / 512 * 512);
  const ReadBack read = Read(files);
  EXPECT_EQ(read.refusal, FileRefusal::kNone);
  EXPECT_GT(read.told.lines.size(), 100u);
  EXPECT_EQ(read.told.done.damage, FileRefusal::kBroken);
  for (const size_t size : {0u, 1u, 16u, 99u, 100u, 300u, 511u}) {
    Files stump = files;
    stump.main.resize(size);
    EXPECT_NE(Read(stump).refusal, FileRefusal::kNone) << size;
  }
}

TEST(Damaged, TreeInCirclesEnds) {
  Files files = WriteDatabase(ManyCalls(2000));
  const auto inner = PagesOfKind(files.main, 5);
  ASSERT_GE(inner.size(), 1u);
  // All children of an inner page are the first one; and the page itself.
  for (const bool itself : {false, true}) {
    Files broken = files;
    const size_t at = (inner.back() - 1) * 512;
    const size_t cells = static_cast<size_t>(static_cast<unsigned char>(broken.main[at + 4]));
    const auto cell = [&](size_t i) {
      const size_t pointer = at + 12 + 2 * i;
      return at + (static_cast<size_t>(static_cast<unsigned char>(broken.main[pointer])) << 8 |
                   static_cast<unsigned char>(broken.main[pointer + 1]));
    };
    const uint32_t child = itself ? inner.back() : Be32(broken.main, cell(0));
    for (size_t i = 0; i < cells; ++i) PutBe32(broken.main, cell(i), child);
    PutBe32(broken.main, at + 8, child);
    const ReadBack read = Read(broken);
    EXPECT_EQ(read.refusal, FileRefusal::kNone);
    EXPECT_LE(read.told.lines.size(), 2000u);
    EXPECT_TRUE(!read.told.bad.empty() || read.told.done.damage != FileRefusal::kNone);
  }
}

// A varint of three bytes.
void PutVarint3(std::string& bytes, size_t at, uint32_t value) {
  bytes[at] = static_cast<char>(0x80 | value >> 14);
  bytes[at + 1] = static_cast<char>(0x80 | (value >> 7 & 0x7f));
  bytes[at + 2] = static_cast<char>(value & 0x7f);
}
uint32_t Varint3(const std::string& bytes, size_t at) {
  return (static_cast<uint32_t>(bytes[at]) & 0x7f) << 14 |
         (static_cast<uint32_t>(bytes[at + 1]) & 0x7f) << 7 | static_cast<uint32_t>(bytes[at + 2]);
}

TEST(Damaged, OverflowInCirclesCostsNoMoreThanTheFileIsLong) {
  // Rows with a body on a chain of overflow pages before the address. Then each body is said to be
  // fifty times as long, and each page of a chain to be followed by itself: to get at an address
  // SQLite goes in a circle two thousand times, and never fetches a page that it has not.
  std::string script = "CREATE TABLE sms(_id INTEGER PRIMARY KEY, body BLOB, address TEXT);";
  for (int i = 0; i < 100; ++i) {
    script += "INSERT INTO sms VALUES(NULL,zeroblob(20000),'" + Number(i) + "');";
  }
  Files files = WriteDatabase(script);
  // What is added is whole pages, so that the cells stay as they are.
  constexpr uint32_t kMore = 1900 * (512 - 4);
  size_t changed = 0;
  for (size_t at = 512; at + 512 <= files.main.size(); at += 512) {
    if (files.main[at] == 0) PutBe32(files.main, at, static_cast<uint32_t>(at / 512 + 1));
    if (files.main[at] != 13) continue;
    for (size_t i = 0; i < static_cast<size_t>(files.main[at + 4]); ++i) {
      const size_t pointer = at + 8 + 2 * i;
      const size_t cell = at + (Be32(files.main, pointer - 2) & 0xffff);
      PutVarint3(files.main, cell, Varint3(files.main, cell) + kMore);
      const size_t type = cell + 3 + 1 + 1 + 1;  // behind the rowid, the header's length, the key
      ASSERT_EQ(Varint3(files.main, type), 2 * 20000u + 12);
      PutVarint3(files.main, type, 2 * (20000 + kMore) + 12);
      ++changed;
    }
  }
  ASSERT_EQ(changed, 100u);
  const uint64_t before = PagesFetched();
  const ReadBack read = Read(files);
  EXPECT_EQ(read.refusal, FileRefusal::kNone);
  EXPECT_EQ(read.told.done.damage, FileRefusal::kBroken);
  EXPECT_LT(read.told.done.rows, 100u);
  EXPECT_LT(PagesFetched() - before, 200000u);
}

TEST(Damaged, EveryByteFlippedIsARefusalOrCounted) {
  // A small database, each bit of the first pages and a byte of every place behind them.
  Files files = WriteDatabase(
      "CREATE TABLE calls(_id INTEGER PRIMARY KEY, number TEXT, date INTEGER, name TEXT);"
      "INSERT INTO calls VALUES(1,'+447700900001',1612345678000,'n'),(2,'+447700900002',0,'n');"
      "CREATE INDEX i ON calls(number);");
  for (size_t at = 0; at < files.main.size(); ++at) {
    for (int bit = 0; bit < 8; bit += at < 1024 ? 1 : 3) {
      files.main[at] = static_cast<char>(files.main[at] ^ (1 << bit));
      const ReadBack read = Read(files);
      EXPECT_LE(read.told.lines.size(), 2u);
      files.main[at] = static_cast<char>(files.main[at] ^ (1 << bit));
    }
  }
  EXPECT_EQ(Read(files).told.lines.size(), 2u);
}

TEST(Damaged, EveryByteFlippedOfASidecarIsSurvived) {
  Files wal = WriteDatabase(ManyCalls(5), Left::kInWal);
  for (size_t at = 0; at < wal.wal.size(); at += 3) {
    Files broken = wal;
    broken.wal[at] = static_cast<char>(broken.wal[at] ^ 0x21);
    EXPECT_LE(Read(broken).told.lines.size(), 5u);
  }
  Files hot =
      WriteDatabase(ManyCalls(5) + "CREATE TABLE t(a); INSERT INTO t VALUES(zeroblob(2000));",
                    Left::kInterrupted, "DELETE FROM calls; UPDATE t SET a=zeroblob(9000);");
  ASSERT_TRUE(hot.has_journal);
  for (size_t at = 0; at < hot.journal.size(); at += at < 600 ? 1 : 7) {
    Files broken = hot;
    broken.journal[at] = static_cast<char>(broken.journal[at] ^ 0x21);
    Read(broken);
  }
}

// Bytes that are other ones each time they are read, from a while on.
class ShiftySource final : public extraction::ByteSource {
 public:
  ShiftySource(std::string bytes, uint32_t seed, int steady)
      : bytes_(std::move(bytes)), random_(seed), steady_(steady) {}
  uint64_t size() const override { return bytes_.size(); }
  std::optional<size_t> ReadAt(uint64_t offset, std::span<uint8_t> into) override {
    if (offset >= bytes_.size()) return 0;
    const size_t size = std::min<size_t>(into.size(), bytes_.size() - offset);
    std::memcpy(into.data(), bytes_.data() + offset, size);
    if (--steady_ >= 0) return size;
    const uint32_t chance = random_() % 16;
    if (chance == 0) return std::nullopt;
    if (chance == 1) return size / 2;
    if (chance < 8) into[random_() % size] ^= static_cast<uint8_t>(random_());
    return size;
  }

 private:
  std::string bytes_;
  std::mt19937 random_;
  int steady_;
};

TEST(Damaged, FileThatChangesWhileItIsReadIsSurvived) {
  const Files files = WriteDatabase(ManyCalls(300), Left::kInWal);
  const Files hot =
      WriteDatabase(ManyCalls(40), Left::kInterrupted, "UPDATE calls SET name=zeroblob(400);");
  for (uint32_t seed = 0; seed < 300; ++seed) {
    const Files& one = seed % 2 == 0 ? files : hot;
    ShiftySource main(one.main, seed, static_cast<int>(seed % 13));
    ShiftySource wal(one.wal, seed + 1, static_cast<int>(seed % 41));
    ShiftySource journal(one.journal, seed + 2, static_cast<int>(seed % 17));
    Told told;
    const FileRefusal refusal = ReadDatabase({.main = &main,
                                              .wal = one.has_wal ? &wal : nullptr,
                                              .journal = one.has_journal ? &journal : nullptr,
                                              .entry = 0},
                                             told);
    EXPECT_EQ(told.ends, refusal == FileRefusal::kNone ? 1 : 0);
    EXPECT_EQ(told.founds, told.ends);
    EXPECT_LE(told.lines.size(), 600u);
  }
}

TEST(Damaged, WhatIsNoDatabaseIsRefused) {
  Files files;
  files.main = std::string("SQLite format 3\0", 16) + std::string(5000, 'x');
  EXPECT_EQ(Read(files).refusal, FileRefusal::kBroken);
  files.main = std::string(8192, '\x5a');  // encrypted, for all one can tell
  EXPECT_EQ(Read(files).refusal, FileRefusal::kBroken);
  files.main.clear();
  EXPECT_EQ(Read(files).refusal, FileRefusal::kEmpty);
}

}  // namespace
}  // namespace signpost::reader::database
