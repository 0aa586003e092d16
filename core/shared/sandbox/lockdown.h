// Locks a sealed process down, before its first untrusted byte and its first key: memory can be
// locked (tried, not assumed); not dumpable; no core, no new files, few descriptors; every
// inherited descriptor but the named ones closed; environment emptied; no_new_privs; Landlock with
// no path at all (every right that the running kernel and we know: files, and where it has them
// TCP, abstract sockets and signals); and a seccomp allow-list that kills the process on anything
// else (fork, exec, open, socket, ioctl, fcntl and prctl among them: a process limit does not bind
// root). Memory is anonymous and cannot be made executable. It fails closed: what cannot be had is
// a LockStep, and the caller exits with ExitCodeOf it. Each binary's list is one readable file:
// cli/<binary>/syscalls.h. Landlock binds the calling thread, seccomp all of them: call this while
// there is one thread. Sanitizer builds add what their runtimes need, and bear a marker string that
// no other build has.
#pragma once

#include <span>
#include <string_view>

#include "core/shared/wire/lock_step.h"

namespace signpost::sandbox {

struct SyscallGroup {
  std::string_view why;
  std::span<const int> numbers;  // __NR_...
};

// A call that is allowed on one descriptor and on no other.
struct CallOnFd {
  int number;  // __NR_..., whose first argument is a descriptor
  int fd;
};

struct SandboxProfile {
  std::string_view binary;
  std::span<const SyscallGroup> groups;
  std::span<const int> keep_fds;  // ascending; everything else is closed, 0 to 2 included
  uint64_t max_file_bytes = 0;    // RLIMIT_FSIZE; 0: cannot write a regular file
  std::span<const CallOnFd> calls_on_fds = {};
  size_t locked_bytes = 1u << 20;  // that it must be able to lock for keys and numbers
};

// What every profile contains: reading, the channels, memory, the clock, exit. Not write(2).
std::span<const SyscallGroup> BaseSyscalls();

wire::Locked LockDown(const SandboxProfile& profile);

// After LockDown stderr is closed: what a sealed process has to say goes through its channel.
// Exits at once without running destructors of libraries.
[[noreturn]] void ExitSealed(int code);
[[noreturn]] inline void ExitSealed(wire::LockStep step) { ExitSealed(wire::ExitCodeOf(step)); }

}  // namespace signpost::sandbox
