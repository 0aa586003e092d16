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

}  // namespace
}  // namespace signpost
