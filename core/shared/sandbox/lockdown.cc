#include "core/shared/sandbox/lockdown.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>

#include "core/shared/sandbox/internal.h"

namespace signpost::sandbox {
namespace {

wire::Locked Limit(__rlimit_resource resource, rlim_t value) {
  const rlimit limit{value, value};
  if (setrlimit(resource, &limit) != 0) return Without(wire::LockStep::kLimits);
  return {};
}

// Tried, since a limit is only half of the truth (root, capabilities, control groups). By number:
// sanitizers make mlock itself do nothing.
wire::Locked TryToLock(size_t bytes) {
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return Without(wire::LockStep::kLockedMemory);
  const bool locked = syscall(SYS_mlock, memory, bytes) == 0;
  munmap(memory, bytes);
  if (!locked) return Without(wire::LockStep::kLockedMemory);
  return {};
}

wire::Locked CloseRange(unsigned from, unsigned to) {
  if (syscall(SYS_close_range, from, to, 0) != 0) return Without(wire::LockStep::kCloseRange);
  return {};
}

// Closes everything but `keep` (ascending), 0 to 2 included.
wire::Locked CloseOthers(std::span<const int> keep) {
  unsigned from = 0;
  for (const int fd : keep) {
    const auto kept = static_cast<unsigned>(fd);
    if (kept > from) TRY(CloseRange(from, kept - 1));
    from = kept + 1;
  }
  return CloseRange(from, ~0U);
}

}  // namespace

wire::Locked LockDown(const SandboxProfile& profile) {
  if (clearenv() != 0) return Without(wire::LockStep::kPrepare);
  TRY(TryToLock(profile.locked_bytes));
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return Without(wire::LockStep::kDumpable);
  TRY(Limit(RLIMIT_CORE, 0));
  TRY(Limit(RLIMIT_FSIZE, profile.max_file_bytes));
  TRY(CloseOthers(profile.keep_fds));
  TRY(Limit(RLIMIT_NOFILE, 64));
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return Without(wire::LockStep::kNoNewPrivileges);
  TRY(DenyAllPaths());
  return AllowOnly(profile);
}

void ExitSealed(int code) { _exit(code); }

}  // namespace signpost::sandbox
