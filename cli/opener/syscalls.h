// What signpost-opener may ask of the kernel beyond the base list: its own state, one file of fixed
// size that it was handed, written in place and synced.
#pragma once

#include <sys/syscall.h>

#include "core/opening/state.h"
#include "core/sandbox/lockdown.h"
#include "core/wire/opener_boundary.h"

namespace signpost::opener {

inline constexpr int kStateCalls[] = {__NR_pread64, __NR_pwrite64, __NR_fdatasync};
inline constexpr SyscallGroup kGroups[] = {
    {"the opener's own state: read, written in place, synced", kStateCalls},
};
inline constexpr int kKeepFds[] = {kControlFd,        kSenderFd,         kPassphraseFd,    kStateFd,
                                   kMoreSenderFds[0], kMoreSenderFds[1], kMoreSenderFds[2]};
inline constexpr SandboxProfile kProfile = {"signpost-opener", kGroups, kKeepFds,
                                            OpenerState::kFileBytes};

}  // namespace signpost::opener
