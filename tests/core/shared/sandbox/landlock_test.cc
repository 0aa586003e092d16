// What Landlock is asked for on kernels that this machine does not run: a right too few is a hole
// that no test on a newer or older kernel sees, and one too many makes the kernel refuse all.
#include <gtest/gtest.h>

#include "core/shared/sandbox/internal.h"

namespace signpost::sandbox {
namespace {

struct Abi {
  long abi;
  uint64_t files, network, scoped;
  size_t bytes;
};

// By value, from the kernel's documentation: rights 0..12; REFER with 2, TRUNCATE with 3, TCP with
// 4, IOCTL_DEV with 5, scopes with 6; 7 adds logging, which is not asked for.
constexpr Abi kAbis[] = {
    {1, 0x1fff, 0, 0, 8},  {2, 0x3fff, 0, 0, 8},  {3, 0x7fff, 0, 0, 8},  {4, 0x7fff, 3, 0, 16},
    {5, 0xffff, 3, 0, 16}, {6, 0xffff, 3, 3, 24}, {7, 0xffff, 3, 3, 24},
};

TEST(Landlock, NoRightThatAKernelKnowsIsLeftOut) {
  for (const Abi& kernel : kAbis) {
    const LandlockRules rules = EveryLandlockRule(kernel.abi);
    EXPECT_EQ(rules.files, kernel.files) << kernel.abi;
    EXPECT_EQ(rules.network, kernel.network) << kernel.abi;
    EXPECT_EQ(rules.scoped, kernel.scoped) << kernel.abi;
  }
}

TEST(Landlock, NoKernelIsGivenMoreThanItReads) {
  for (const Abi& kernel : kAbis) {
    EXPECT_EQ(LandlockRuleBytes(kernel.abi), kernel.bytes) << kernel.abi;
  }
}

TEST(Landlock, KernelOfTheFutureIsAskedForAllThatIsKnown) {
  EXPECT_EQ(EveryLandlockRule(99).files, 0xffffu);
  EXPECT_EQ(LandlockRuleBytes(99), sizeof(LandlockRules));
}

}  // namespace
}  // namespace signpost::sandbox
