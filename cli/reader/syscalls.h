// Lists what signpost-reader may ask of the kernel beyond the base list: to read open files from
// any place in them. It writes to two open sockets and takes memory; its libraries load before it
// locks itself down. Evidence comes to it as open descriptors, over its control channel.
#pragma once

#include <sys/syscall.h>

#include "core/shared/sandbox/lockdown.h"
#include "core/shared/wire/reader_boundary.h"

namespace signpost::reader {

inline constexpr int kKeepFds[] = {wire::reader::kControlFd, wire::reader::kNumbersFd};
inline constexpr int kAnyPlace[] = {__NR_pread64};
inline constexpr sandbox::SyscallGroup kGroups[] = {
    {"databases and zips, from any place in them", kAnyPlace}};
inline constexpr sandbox::SandboxProfile kProfile{
    .binary = "signpost-reader", .groups = kGroups, .keep_fds = kKeepFds};

}  // namespace signpost::reader
