#include "crypto/memory/stack.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "crypto/base/fd.h"
#include "tests/crypto/memory/flags_of.h"

namespace signpost::memory {
namespace {

constexpr size_t kFrame = 8192;
constexpr uint8_t kPattern = 0xa5;

// A function that ended, and where its frame was.
[[gnu::noinline, gnu::no_sanitize_address]] uintptr_t LeaveSomething() {
  std::array<volatile uint8_t, kFrame> digits;
  for (volatile uint8_t& one : digits) one = kPattern;
  const volatile auto at = reinterpret_cast<uintptr_t>(digits.data());
  return at;
}

// Deeper than the frame of LeaveSomething by `bytes`.
[[gnu::noinline, gnu::no_sanitize_address]] uintptr_t LeaveDeeper() {
  std::array<volatile uint8_t, kStackBytes - 2 * kFrame> between;
  between[0] = 1;
  const uintptr_t at = LeaveSomething();
  between[1] = 2;
  return at;
}

size_t Left(uintptr_t at) {
  const OwnedFd memory(open("/proc/self/mem", O_RDONLY | O_CLOEXEC));
  std::vector<uint8_t> read(kFrame);
  if (pread(memory.get(), read.data(), read.size(), static_cast<off_t>(at)) < 0) return kFrame;
  return static_cast<size_t>(std::count(read.begin(), read.end(), kPattern));
}

TEST(Stack, SearchFindsWhatAFunctionLeaves) { EXPECT_GT(Left(LeaveDeeper()), kFrame / 2); }

TEST(Stack, WipingLeavesNothingOfFunctionsThatEnded) {
  const uintptr_t near = LeaveSomething();
  WipeStack();
  EXPECT_LT(Left(near), 16u);
  const uintptr_t deep = LeaveDeeper();
  WipeStack();
  EXPECT_LT(Left(deep), 16u);
}

TEST(Stack, LockedStackIsNotSwapped) {
  EXPECT_EXIT(
      {
        if (!LockStack()) std::_Exit(2);
        const volatile char here = 0;
        const bool locked = test::IsLocked(const_cast<const char*>(&here)) ||
                            test::IsLocked(const_cast<const char*>(&here) - kStackBytes / 2);
        std::_Exit(locked || !test::kLocksMemory ? 0 : 3);
      },
      ::testing::ExitedWithCode(0), "");
}

TEST(Stack, UnlockableStackIsRefused) {
  if (!test::kLocksMemory) return;
  EXPECT_EXIT(
      {
        rlimit none{};
        if (setrlimit(RLIMIT_MEMLOCK, &none) != 0) std::_Exit(2);
        if (geteuid() == 0 && setresuid(65534, 65534, 65534) != 0) std::_Exit(3);
        const Result<void> locked = LockStack();
        if (locked || locked.error().code != Code::kStorage) std::_Exit(4);
        std::_Exit(locked.error().hint.find("ulimit -l") == std::string::npos ? 5 : 0);
      },
      ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace signpost::memory
