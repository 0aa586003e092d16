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

#include "core/sandbox/internal.h"
#include "crypto/base/fd.h"

namespace signpost {
namespace {

// struct landlock_ruleset_attr as of ABI 6; an older kernel is given the part that it knows.
struct Ruleset {
  uint64_t files = 0;    // handled_access_fs
  uint64_t network = 0;  // handled_access_net, from ABI 4: 1 bind, 2 connect (TCP)
  uint64_t scoped = 0;   // from ABI 6: 1 abstract sockets, 2 signals
};

uint64_t Lowest(int bits) { return (uint64_t{1} << bits) - 1; }

// ABI 1: rights 0..12; 2 adds REFER (13); 3 TRUNCATE (14); 5 IOCTL_DEV (15).
uint64_t FileRights(long abi) {
  if (abi >= 5) return Lowest(16);
  if (abi >= 3) return Lowest(15);
  return Lowest(abi == 2 ? 14 : 13);
}

size_t KnownBytes(long abi) {
  if (abi >= 6) return sizeof(Ruleset);
  return abi >= 4 ? offsetof(Ruleset, scoped) : offsetof(Ruleset, network);
}

}  // namespace

Locked DenyAllPaths() {
  const long abi =
      syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (abi < 1) {
    return Without(errno == EOPNOTSUPP ? LockStep::kLandlockOff : LockStep::kLandlockAbsent);
  }
  Ruleset rules;
  rules.files = FileRights(abi);
  if (abi >= 4) rules.network = Lowest(2);
  if (abi >= 6) rules.scoped = Lowest(2);
  const OwnedFd ruleset(
      static_cast<int>(syscall(SYS_landlock_create_ruleset, &rules, KnownBytes(abi), 0)));
  if (!ruleset || syscall(SYS_landlock_restrict_self, ruleset.get(), 0) != 0) {
    return Without(LockStep::kLandlockRefused);
  }
  return {};
}

}  // namespace signpost
