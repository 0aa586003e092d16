// Inside the sandbox of signpost-reader: the base list of system calls, and pread64. Anything else
// would end the process.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "core/shared/sandbox/lockdown.h"
#include "tests/core/reader/database/fixture.h"
#include "tests/core/reader/database/phones.h"

namespace signpost::reader::database {
namespace {

constexpr int kAnyPlace[] = {__NR_pread64};
constexpr sandbox::SyscallGroup kGroups[] = {{"databases", kAnyPlace}};

class CountingSink : public extraction::Sink {
 public:
  void Found(const extraction::Layout&) override {}
  void Ended(const extraction::SourceDone&) override { ++ended; }
  void Skipped(uint32_t, wire::reader::FileRefusal) override {}
  void Value(uint64_t, uint32_t, std::string_view, const extraction::Seen&) override { ++values; }
  void Bad(uint64_t, uint32_t, wire::reader::Reason) override {}
  void Owner(std::string_view, std::string_view) override {}
  bool Walked(uint64_t, uint64_t) override { return true; }
  int values = 0, ended = 0;
};

// In a child: opens the files as 3, 4 and 5, locks itself down, reads; 100 and how many values.
int ReadLockedDown(const Files& files) {
  std::string made = testing::TempDir() + "signpost-sealed-XXXXXX";
  const std::filesystem::path folder = mkdtemp(made.data());
  const std::string* const bytes[] = {&files.main, &files.wal, &files.journal};
  for (int i = 0; i < 3; ++i)
    std::ofstream(folder / std::to_string(i), std::ios::binary) << *bytes[i];
  const pid_t child = fork();
  if (child == 0) {
    for (int i = 0; i < 3; ++i) {
      const int fd = open((folder / std::to_string(i)).c_str(), O_RDONLY);
      if (fd != 3 + i) dup2(fd, 3 + i);
    }
    constexpr int kKeep[] = {3, 4, 5};
    const sandbox::SandboxProfile profile{
        .binary = "test", .groups = kGroups, .keep_fds = kKeep, .locked_bytes = 4096};
    PrepareDatabase();
    if (!sandbox::LockDown(profile)) sandbox::ExitSealed(1);
    extraction::FdSource main(3, files.main.size()), wal(4, files.wal.size()),
        journal(5, files.journal.size());
    CountingSink sink;
    const auto refusal = ReadDatabase({.main = &main,
                                       .wal = files.has_wal ? &wal : nullptr,
                                       .journal = files.has_journal ? &journal : nullptr,
                                       .entry = 0},
                                      sink);
    if (refusal != wire::reader::FileRefusal::kNone || sink.ended != 1) sandbox::ExitSealed(2);
    sandbox::ExitSealed(100 + sink.values);
  }
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  std::filesystem::remove_all(folder);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

TEST(Sealed, AllKindsAreReadWithPreadAlone) {
  for (const Phone& phone : Phones()) {
    EXPECT_GE(ReadLockedDown(WriteDatabase(phone.script)), 102) << phone.file;
  }
}

TEST(Sealed, WalAndHotJournalAreReadWithPreadAlone) {
  EXPECT_EQ(ReadLockedDown(WriteDatabase(ScriptOf("calllog.db"), Left::kInWal)), 103);
  std::string script =
      ScriptOf("calllog.db") + "CREATE TABLE t(a); INSERT INTO t VALUES(zeroblob(9000));";
  const Files hot = WriteDatabase(script, Left::kInterrupted,
                                  "DELETE FROM calls; UPDATE t SET a=zeroblob(20000);");
  ASSERT_TRUE(hot.has_journal);
  EXPECT_EQ(ReadLockedDown(hot), 103);
}

}  // namespace
}  // namespace signpost::reader::database
