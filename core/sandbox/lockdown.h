// How a sealed process locks itself down, before its first untrusted byte and its first key:
// no_new_privs; not dumpable; no core, no new files, few descriptors; every inherited descriptor
// but the named ones closed; environment emptied; Landlock with no path at all (every right the
// running kernel knows); and a seccomp allow-list that kills the process on anything else (fork,
// exec and open among them: a process limit does not bind root). It fails closed: what the kernel
// cannot do is an Error with Code::kSandbox and a mend, and the caller exits with ExitCode. Each
// binary's list is one readable file: cli/<binary>/syscalls.h. Memory cannot be made executable.
// Landlock binds the calling thread, seccomp all of them: call this while there is one thread.
// Sanitizer builds add what their runtimes need, and bear a marker string that no other build has.
#pragma once

#include <span>
#include <string_view>

#include "crypto/base/result.h"

namespace signpost {

struct SyscallGroup {
  std::string_view why;
  std::span<const int> numbers;  // __NR_...
};

struct SandboxProfile {
  std::string_view binary;
  std::span<const SyscallGroup> groups;
  std::span<const int> keep_fds;  // ascending; everything else is closed, 0 to 2 included
  uint64_t max_file_bytes = 0;    // RLIMIT_FSIZE; 0: cannot write a regular file
};

// What every profile contains: reading and writing open descriptors, memory, the clock, exit.
std::span<const SyscallGroup> BaseSyscalls();

Result<void> LockDown(const SandboxProfile& profile);

// After LockDown stderr is closed: what a sealed process has to say goes through its channel.
// Exits at once without running destructors of libraries.
[[noreturn]] void ExitSealed(int code);

}  // namespace signpost
