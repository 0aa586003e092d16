// What signpost-reader may ask of the kernel beyond the base list: nothing. It reads one open file,
// writes to two open sockets, and takes memory; its libraries load before it locks itself down.
#pragma once

#include "core/sandbox/lockdown.h"
#include "core/wire/reader_boundary.h"

namespace signpost::reader {

inline constexpr int kKeepFds[] = {kControlFd, kNumbersFd, kEvidenceFd};
inline constexpr SandboxProfile kProfile{
    .binary = "signpost-reader", .groups = {}, .keep_fds = kKeepFds};

}  // namespace signpost::reader
