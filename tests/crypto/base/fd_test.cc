#include "crypto/base/fd.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>

namespace signpost {
namespace {

bool IsOpen(int fd) { return fcntl(fd, F_GETFD) >= 0; }

TEST(OwnedFd, IsClosedOnceAndNotLeaked) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  {
    OwnedFd read_end(ends[0]);
    OwnedFd moved(std::move(read_end));
    EXPECT_FALSE(read_end);  // NOLINT: moved from is empty by contract
    EXPECT_EQ(moved.get(), ends[0]);
    OwnedFd write_end(ends[1]);
    moved = std::move(write_end);
    EXPECT_FALSE(IsOpen(ends[0]));
    EXPECT_TRUE(IsOpen(ends[1]));
  }
  EXPECT_FALSE(IsOpen(ends[1]));
}

TEST(OwnedFd, ReleasedIsNotClosed) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  OwnedFd other(ends[1]);
  {
    OwnedFd read_end(ends[0]);
    EXPECT_EQ(read_end.release(), ends[0]);
  }
  EXPECT_TRUE(IsOpen(ends[0]));
  close(ends[0]);
}

TEST(OwnedFd, ShortReadIsNotTakenForAFullOne) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const OwnedFd read_end(ends[0]);
  OwnedFd write_end(ends[1]);
  const std::array<uint8_t, 5> sent{1, 2, 3, 4, 5};
  ASSERT_TRUE(WriteAll(write_end.get(), sent, "pipe"));
  write_end = OwnedFd();
  std::array<uint8_t, 8> got{};
  EXPECT_EQ(*ReadUpTo(read_end.get(), got, "pipe"), 5u);
  EXPECT_EQ(got[4], 5);
  EXPECT_EQ(*ReadUpTo(read_end.get(), got, "pipe"), 0u);
}

TEST(OwnedFd, BadDescriptorIsAnErrorWithItsPlace) {
  std::array<uint8_t, 1> byte{};
  const auto read = ReadUpTo(-1, byte, "the place");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().place, "the place");
  EXPECT_FALSE(WriteAll(-1, byte, "the place"));
}

TEST(Fd, APlaceOfAFileIsReadAndWrittenWithoutMovingIt) {
  OwnedFd file(open(testing::TempDir().c_str(), O_TMPFILE | O_RDWR, 0600));
  ASSERT_TRUE(file);
  const std::array<uint8_t, 4> bytes{1, 2, 3, 4};
  ASSERT_TRUE(WriteAllAt(file.get(), bytes, 6, "a file"));
  std::array<uint8_t, 8> back{};
  EXPECT_EQ(*ReadUpToAt(file.get(), back, 4, "a file"), 6U) << "to the end of the file";
  EXPECT_EQ(back, (std::array<uint8_t, 8>{0, 0, 1, 2, 3, 4, 0, 0}));
  EXPECT_EQ(lseek(file.get(), 0, SEEK_CUR), 0);
  EXPECT_FALSE(ReadUpToAt(-1, back, 0, "a file"));
  EXPECT_FALSE(WriteAllAt(-1, bytes, 0, "a file"));
}

}  // namespace
}  // namespace signpost
