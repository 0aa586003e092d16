// Raw Landlock calls: glibc has no wrappers, and Debian 12's headers know fewer rights than newer
// kernels offer. The ABI is queried, not assumed: every right that the running kernel knows is
// handled and none is granted, so no path can be opened, made, removed or executed. Sockets and
// signals are seccomp's job first (these processes can make neither); where the kernel has rights
// for them, Landlock is the second wall.
#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

#include "core/shared/sandbox/internal.h"
#include "crypto/base/fd.h"

namespace signpost::sandbox {
namespace {

uint64_t Lowest(int bits) { return (uint64_t{1} << bits) - 1; }

// ABI 1: rights 0..12; 2 adds REFER (13); 3 TRUNCATE (14); 5 IOCTL_DEV (15).
uint64_t FileRights(long abi) {
  if (abi >= 5) return Lowest(16);
  if (abi >= 3) return Lowest(15);
  return Lowest(abi == 2 ? 14 : 13);
}

}  // namespace

LandlockRules EveryLandlockRule(long abi) {
  LandlockRules rules;
  rules.files = FileRights(abi);
  if (abi >= 4) rules.network = Lowest(2);
  if (abi >= 6) rules.scoped = Lowest(2);
  return rules;
}

size_t LandlockRuleBytes(long abi) {
  if (abi >= 6) return sizeof(LandlockRules);
  return abi >= 4 ? offsetof(LandlockRules, scoped) : offsetof(LandlockRules, network);
}

wire::Locked DenyAllPaths() {
  const long abi =
      syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (abi < 1) {
    return Without(errno == EOPNOTSUPP ? wire::LockStep::kLandlockOff
                                       : wire::LockStep::kLandlockAbsent);
  }
  const LandlockRules rules = EveryLandlockRule(abi);
  const OwnedFd ruleset(
      static_cast<int>(syscall(SYS_landlock_create_ruleset, &rules, LandlockRuleBytes(abi), 0)));
  if (!ruleset || syscall(SYS_landlock_restrict_self, ruleset.get(), 0) != 0) {
    return Without(wire::LockStep::kLandlockRefused);
  }
  return {};
}

}  // namespace signpost::sandbox
