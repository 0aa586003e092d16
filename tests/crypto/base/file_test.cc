#include "crypto/base/file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

namespace {

bool unlink_fails = false;
bool cannot_rename_without_replacing = false;  // as on NFS

int Failing(int error) {
  errno = error;
  return -1;
}

}  // namespace

extern "C" {  // instead of the C library's

int unlink(const char* path) noexcept {
  return unlink_fails ? Failing(EIO) : static_cast<int>(syscall(SYS_unlinkat, AT_FDCWD, path, 0));
}

int renameat2(int from_folder, const char* from, int to_folder, const char* to,
              unsigned flags) noexcept {
  if (cannot_rename_without_replacing) return Failing(EINVAL);
  return static_cast<int>(syscall(SYS_renameat2, from_folder, from, to_folder, to, flags));
}

}  // extern "C"

namespace signpost {
namespace {

class File : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "signpost-file-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string Path(const std::string& name) const { return folder_ + "/" + name; }
  size_t Entries() const {
    return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(folder_), {}));
  }
  std::string folder_;
};

unsigned ModeOf(const std::string& path) {
  struct stat info {};
  EXPECT_EQ(stat(path.c_str(), &info), 0);
  return info.st_mode & 0777;
}

TEST_F(File, AtomicWriteReplacesWholeAndLeavesNothingBeside) {
  ASSERT_TRUE(WriteFileAtomic(Path("a"), "one"));
  ASSERT_TRUE(WriteFileAtomic(Path("a"), std::string("t\0wo", 4)));
  EXPECT_EQ(*ReadFile(Path("a")), std::string("t\0wo", 4));
  EXPECT_EQ(Entries(), 1u);
}

TEST_F(File, WrittenFileIsNotReadableByOthers) {
  umask(0);
  ASSERT_TRUE(WriteFileAtomic(Path("a"), "x"));
  ASSERT_TRUE(WriteFileNew(Path("b"), "x"));
  ASSERT_TRUE(WriteFileNew(Path("c"), "x", 0644));
  umask(022);
  EXPECT_EQ(ModeOf(Path("a")), 0600u);
  EXPECT_EQ(ModeOf(Path("b")), 0600u);
  EXPECT_EQ(ModeOf(Path("c")), 0644u);
}

TEST_F(File, NewWriteDoesNotReplace) {
  ASSERT_TRUE(WriteFileNew(Path("a"), "first"));
  const auto again = WriteFileNew(Path("a"), "second");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Code::kRefused);
  EXPECT_EQ(*ReadFile(Path("a")), "first");
  EXPECT_EQ(Entries(), 1u);
}

TEST_F(File, KeyOfWhichASecondLinkCannotBeRemovedIsNotLeftWithOne) {
  unlink_fails = true;
  const auto written = WriteFileNew(Path("root.key"), "key");
  unlink_fails = false;
  EXPECT_TRUE(written);
  EXPECT_EQ(Entries(), 1u);
  EXPECT_EQ(*ReadFile(Path("root.key")), "key");
}

TEST_F(File, SecondLinkThatIsLeftWhereNoRenameCanDoIsNoSuccess) {
  cannot_rename_without_replacing = true;
  EXPECT_TRUE(WriteFileNew(Path("a"), "first"));
  EXPECT_EQ(Entries(), 1u);
  EXPECT_EQ(WriteFileNew(Path("a"), "second").error().code, Code::kRefused);
  EXPECT_EQ(*ReadFile(Path("a")), "first");
  EXPECT_EQ(Entries(), 1u);
  unlink_fails = true;
  const auto written = WriteFileNew(Path("b"), "x");
  unlink_fails = cannot_rename_without_replacing = false;
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, Code::kStorage);
  EXPECT_NE(written.error().place.find("b.tmp-"), std::string::npos) << "where the other one is";
}

TEST_F(File, FailedWriteLeavesTheOldFileAndNoOther) {
  ASSERT_EQ(mkdir(Path("d").c_str(), 0700), 0);
  ASSERT_TRUE(WriteFileNew(Path("d/x"), "kept"));
  EXPECT_FALSE(WriteFileAtomic(Path("d"), "a file where a folder is"));
  EXPECT_EQ(*ReadFile(Path("d/x")), "kept");
  EXPECT_EQ(Entries(), 1u);
  EXPECT_FALSE(WriteFileAtomic(Path("absent/x"), "no such folder"));
}

TEST_F(File, LargerThanAllowedIsRefused) {
  ASSERT_TRUE(WriteFileNew(Path("a"), std::string(100000, 'x')));
  EXPECT_EQ(ReadFile(Path("a"), 100000)->size(), 100000u);
  const auto read = ReadFile(Path("a"), 99999);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Code::kInput);
}

TEST_F(File, MissingIsNotFound) {
  EXPECT_EQ(ReadFile(Path("absent")).error().code, Code::kNotFound);
  EXPECT_EQ(SyncFolder(Path("absent")).error().code, Code::kNotFound);
}

TEST_F(File, RemovingTwiceIsNotAnError) {
  ASSERT_TRUE(WriteFileNew(Path("a"), "x"));
  EXPECT_TRUE(RemoveFile(Path("a")));
  EXPECT_FALSE(ReadFile(Path("a")));
  EXPECT_TRUE(RemoveFile(Path("a")));
}

TEST_F(File, NamesAreCutAtTheLastSlash) {
  EXPECT_EQ(BaseName("a/b"), "b");
  EXPECT_EQ(BaseName("b"), "b");
  EXPECT_EQ(DirName("a/b"), "a");
  EXPECT_EQ(DirName("b"), ".");
  EXPECT_EQ(DirName("/b"), "/");
}

}  // namespace
}  // namespace signpost
