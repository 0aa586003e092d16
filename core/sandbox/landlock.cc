// Raw Landlock calls: glibc has no wrappers, and Debian 12's headers know fewer rights than newer
// kernels offer. The ABI is queried, not assumed: every right that the running kernel knows is
// handled and none is granted, so no path can be opened, made, removed or executed.
#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/sandbox/internal.h"
#include "crypto/base/fd.h"

namespace signpost {
namespace {

constexpr const char* kHint =
    "Linux 5.13 or newer with Landlock is required: boot with lsm=landlock,... "
    "(Debian 12's stock kernel has it)";

// ABI 1: rights 0..12; 2 adds REFER (13); 3 TRUNCATE (14); 5 IOCTL_DEV (15). Network (ABI 4) and
// scopes (ABI 6) are seccomp's job here: these processes cannot make a socket at all.
uint64_t HandledRights(long abi) {
  if (abi >= 5) return (1ULL << 16) - 1;
  if (abi >= 3) return (1ULL << 15) - 1;
  if (abi == 2) return (1ULL << 14) - 1;
  return (1ULL << 13) - 1;
}

}  // namespace

Result<void> DenyAllPaths() {
  const long abi =
      syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (abi < 1) return Fail(Code::kSandbox, "this kernel has no Landlock", {}, kHint);
  landlock_ruleset_attr attributes{};
  attributes.handled_access_fs = HandledRights(abi);
  const OwnedFd ruleset(static_cast<int>(
      syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes.handled_access_fs, 0)));
  if (!ruleset) return Fail(Code::kSandbox, "cannot make a Landlock ruleset", {}, kHint);
  if (syscall(SYS_landlock_restrict_self, ruleset.get(), 0) != 0) {
    return Fail(Code::kSandbox, "cannot enforce Landlock", {}, kHint);
  }
  return {};
}

}  // namespace signpost
