#include "core/sandbox/lockdown.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>

#include "core/sandbox/internal.h"

namespace signpost {
namespace {

Result<void> Limit(__rlimit_resource resource, rlim_t value, const char* name) {
  const rlimit limit{value, value};
  if (setrlimit(resource, &limit) != 0) {
    return Fail(Code::kSandbox, std::string("cannot limit ") + name);
  }
  return {};
}

// Closes everything but `keep` (ascending), 0 to 2 included.
Result<void> CloseOthers(std::span<const int> keep) {
  unsigned from = 0;
  for (const int fd : keep) {
    const auto kept = static_cast<unsigned>(fd);
    if (kept > from && syscall(SYS_close_range, from, kept - 1, 0) != 0) {
      return Fail(Code::kSandbox, "cannot close inherited descriptors", {},
                  "Linux 5.9 or newer is required");
    }
    from = kept + 1;
  }
  if (syscall(SYS_close_range, from, ~0U, 0) != 0) {
    return Fail(Code::kSandbox, "cannot close inherited descriptors", {},
                "Linux 5.9 or newer is required");
  }
  return {};
}

}  // namespace

Result<void> LockDown(const SandboxProfile& profile) {
  if (clearenv() != 0) return Fail(Code::kSandbox, "cannot empty the environment");
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
    return Fail(Code::kSandbox, "cannot forbid core dumps and debuggers");
  }
  TRY(Limit(RLIMIT_CORE, 0, "core dumps"));
  TRY(Limit(RLIMIT_FSIZE, profile.max_file_bytes, "file size"));
  TRY(CloseOthers(profile.keep_fds));
  TRY(Limit(RLIMIT_NOFILE, 64, "descriptors"));
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    return Fail(Code::kSandbox, "cannot forbid new privileges");
  }
  TRY(DenyAllPaths());
  return AllowOnly(profile);
}

void ExitSealed(int code) { _exit(code); }

}  // namespace signpost
