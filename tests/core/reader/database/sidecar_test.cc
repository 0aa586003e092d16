// Sidecar files of a database: the -wal, the journal of a transaction that never ended; and that
// none of them is touched.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "crypto/base/bytes.h"
#include "crypto/base/fd.h"
#include "tests/core/reader/database/fixture.h"

namespace signpost::reader::database {
namespace {

using wire::reader::FileRefusal;

std::string Calls(int from, int until) {
  std::string script =
      "CREATE TABLE IF NOT EXISTS calls(_id INTEGER PRIMARY KEY, number TEXT, date INTEGER,"
      " name TEXT);";
  for (int i = from; i < until; ++i) {
    script += "INSERT INTO calls VALUES(NULL,'" + Number(i) + "',1612345678000,'" +
              std::string(100, 'n') + "');";
  }
  return script;
}

TEST(Wal, RowsThatAreOnlyInItAreSeen) {
  const Files files = WriteDatabase(Calls(0, 30), Left::kInWal);
  ASSERT_EQ(files.main.size(), 512u);  // as in real exports: one page, and no table in it
  const ReadBack read = Read(files);
  EXPECT_EQ(read.refusal, FileRefusal::kNone);
  EXPECT_EQ(read.told.lines.size(), 30u);
  EXPECT_EQ(read.told.done.warnings, 0u);
  EXPECT_EQ(read.told.done.damage, FileRefusal::kNone);
  EXPECT_TRUE(read.told.Holds("1: " + Number(29) + " called 2021-02-03"));
}

TEST(Wal, MissingOneIsNeverASilentZero) {
  Files files = WriteDatabase("PRAGMA user_version=1;" + Calls(0, 3));
  files.main[18] = files.main[19] = 2;  // WAL mode
  const ReadBack read = Read(files);
  EXPECT_EQ(read.refusal, FileRefusal::kNone);
  EXPECT_EQ(read.told.lines.size(), 3u);
  EXPECT_EQ(read.told.done.warnings, wire::reader::kWalMissing);

  // And where everything was in it there is nothing that could be called a success.
  Files alone = WriteDatabase(Calls(0, 3), Left::kInWal);
  alone.has_wal = false;
  EXPECT_EQ(Read(alone).refusal, FileRefusal::kNeedsWal);
}

TEST(Wal, OneOfAnotherDatabaseOrCutShortIsSaid) {
  Files files = WriteDatabase(Calls(0, 3));
  Files other = WriteDatabase(Calls(5, 9), Left::kInWal);
  files.has_wal = true;
  files.wal = other.wal;
  files.wal[20] = static_cast<char>(files.wal[20] ^ 0x40);  // its salt
  ReadBack read = Read(files);
  EXPECT_EQ(read.told.lines.size(), 3u);
  EXPECT_EQ(read.told.done.warnings, wire::reader::kWalUnusable);

  files.wal = other.wal.substr(0, 400);
  read = Read(files);
  EXPECT_EQ(read.told.lines.size(), 3u);
  EXPECT_EQ(read.told.done.warnings, wire::reader::kWalUnusable);

  files.wal = "";  // an empty one is what SQLite leaves behind
  EXPECT_EQ(Read(files).told.done.warnings, 0u);
}

TEST(Wal, OneCutBehindItsFirstTransactionGivesThat) {
  Files files = WriteDatabase(Calls(0, 3) + "COMMIT; BEGIN;" + Calls(3, 30), Left::kInWal);
  const size_t whole = Read(files).told.lines.size();
  ASSERT_EQ(whole, 30u);
  files.wal.resize(files.wal.size() - 600);
  const ReadBack read = Read(files);
  EXPECT_EQ(read.refusal, FileRefusal::kNone);
  EXPECT_EQ(read.told.lines.size(), 3u);
}

TEST(Wal, HoldsEverythingBesideAnEmptyFile) {
  Files files = WriteDatabase(Calls(0, 30), Left::kInWal);
  files.main.clear();
  const ReadBack read = Read(files);
  EXPECT_EQ(read.refusal, FileRefusal::kNone);
  EXPECT_EQ(read.told.lines.size(), 30u);
  files.has_wal = false;
  EXPECT_EQ(Read(files).refusal, FileRefusal::kEmpty);
}

// The phone was changing 40 rows into others, and stopped; half of that is in the file.
Files Interrupted() {
  return WriteDatabase(Calls(0, 40), Left::kInterrupted,
                       "UPDATE calls SET number='" + Number(999) + "', name=name||name;");
}

TEST(Journal, TransactionThatNeverEndedIsUndone) {
  const Files files = Interrupted();
  ASSERT_TRUE(files.has_journal);
  ASSERT_NE(files.main.find(Number(999)), std::string::npos);
  const ReadBack read = Read(files);
  EXPECT_EQ(read.refusal, FileRefusal::kNone);
  EXPECT_EQ(read.told.done.warnings, wire::reader::kJournalUndone);
  EXPECT_EQ(read.told.lines.size(), 40u);
  EXPECT_FALSE(read.told.Holds("1: " + Number(999) + " called 2021-02-03"));
  EXPECT_TRUE(read.told.Holds("1: " + Number(39) + " called 2021-02-03"));
}

TEST(Journal, OneThatIsNotHotIsLeftAlone) {
  Files files = WriteDatabase(Calls(0, 3));
  files.has_journal = true;
  EXPECT_EQ(Read(files).told.done.warnings, 0u);  // truncated
  files.journal.assign(2000, '\0');               // persistent: its header is cleared
  const ReadBack read = Read(files);
  EXPECT_EQ(read.told.done.warnings, 0u);
  EXPECT_EQ(read.told.lines.size(), 3u);
}

TEST(Journal, OneOfSeveralDatabasesIsRefused) {
  // As fileformat2 has it: the name, its length, a checksum, the magic.
  Files files = Interrupted();
  const std::string name = "/data/other.db-mj0123";
  uint32_t sum = 0;
  for (const char c : name) sum += static_cast<unsigned char>(c);
  const auto be32 = [](uint32_t v) {
    return std::string{static_cast<char>(v >> 24), static_cast<char>(v >> 16),
                       static_cast<char>(v >> 8), static_cast<char>(v)};
  };
  files.journal += be32(0) + name + be32(static_cast<uint32_t>(name.size())) + be32(sum) +
                   "\xd9\xd5\x05\xf9\x20\xa1\x63\xd7";
  EXPECT_EQ(Read(files).refusal, FileRefusal::kNeedsJournal);
}

TEST(Journal, OneThatNeedsMoreMemoryThanThereIsForItIsRefused) {
  // A database of 70 MiB in pages of 64 KiB, and a journal that gives all of them back: sparse,
  // made by hand. Header: magic, records, nonce, pages, sector, page size; record: page number,
  // page, checksum (the nonce and each 200th byte from the end).
  constexpr size_t kPage = 65536, kPages = 1120;
  Files files = WriteDatabase("PRAGMA user_version=1;");
  std::string page(kPage, '\0');
  page.replace(0, 100, files.main, 0, 100);
  page[16] = 0, page[17] = 1;
  files.main = page;
  files.main.resize(kPage * kPages);
  const auto be32 = [](size_t v) {
    return std::string{static_cast<char>(v >> 24), static_cast<char>(v >> 16),
                       static_cast<char>(v >> 8), static_cast<char>(v)};
  };
  files.has_journal = true;
  files.journal = "\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + be32(kPages) + be32(7) + be32(kPages) +
                  be32(512) + be32(kPage);
  files.journal.resize(512);
  const std::string zeros(kPage, '\0');
  for (size_t i = 1; i <= kPages; ++i) files.journal += be32(i) + zeros + be32(7);
  EXPECT_EQ(Read(files).refusal, FileRefusal::kNeedsJournal);
}

// Names, sizes, times and contents of a folder.
std::string Fingerprint(const std::filesystem::path& folder) {
  std::string out;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    struct stat info {};
    EXPECT_EQ(lstat(entry.path().c_str(), &info), 0);
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), {});
    out += entry.path().filename().string() + " " + std::to_string(info.st_size) + " " +
           std::to_string(info.st_mtim.tv_sec) + "." + std::to_string(info.st_mtim.tv_nsec) + " " +
           std::to_string(info.st_mode) + " " + std::to_string(info.st_ino) + " " +
           ToHex(Sha256(bytes)) + "\n";
  }
  return out;
}

TEST(Evidence, IsNeverTouched) {
  std::string made = testing::TempDir() + "signpost-evidence-XXXXXX";
  const std::filesystem::path folder = mkdtemp(made.data());
  const auto put = [&](const std::string& name, const std::string& bytes, bool there) {
    if (there) std::ofstream(folder / name, std::ios::binary) << bytes;
  };
  const auto write = [&](const std::string& name, const Files& files) {
    put(name, files.main, true);
    put(name + "-wal", files.wal, files.has_wal);
    put(name + "-journal", files.journal, files.has_journal);
  };
  write("wal.db", WriteDatabase(Calls(0, 40), Left::kInWal));
  write("hot.db", Interrupted());
  const std::string before = Fingerprint(folder);
  for (const std::string name : {"wal.db", "hot.db"}) {
    const auto open_one = [&](const std::string& path) {
      return OwnedFd(open((folder / path).c_str(), O_RDONLY | O_CLOEXEC));
    };
    const OwnedFd fds[] = {open_one(name), open_one(name + "-wal"), open_one(name + "-journal")};
    std::vector<extraction::FdSource> sources;
    for (const OwnedFd& fd : fds) {
      struct stat info {};
      if (fd) fstat(fd.get(), &info);
      sources.emplace_back(fd.get(), static_cast<uint64_t>(info.st_size));
    }
    Told told;
    const extraction::ExtractionFile file{.main = &sources[0],
                                          .wal = fds[1] ? &sources[1] : nullptr,
                                          .journal = fds[2] ? &sources[2] : nullptr,
                                          .entry = 0};
    EXPECT_EQ(ReadDatabase(file, told), FileRefusal::kNone);
    EXPECT_EQ(told.lines.size(), 40u) << name;
  }
  EXPECT_EQ(Fingerprint(folder), before);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace signpost::reader::database
