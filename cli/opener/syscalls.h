// Lists what signpost-opener may ask of the kernel beyond the base list: its own state, one file of
// fixed size that it was handed, written in place and synced.
#pragma once

#include <sys/syscall.h>

#include "core/opener/state.h"
#include "core/shared/sandbox/lockdown.h"
#include "core/shared/wire/opener_boundary.h"

namespace signpost::opener {

// The opener's own state: read, written in place, synced; these calls on no other descriptor.
inline constexpr sandbox::CallOnFd kStateCalls[] = {{__NR_pread64, wire::opener::kStateFd},
                                                    {__NR_pwrite64, wire::opener::kStateFd},
                                                    {__NR_fdatasync, wire::opener::kStateFd}};
inline constexpr int kKeepFds[] = {
    wire::kControlFd,           wire::opener::kSenderFds[0], wire::opener::kPassphraseFd,
    wire::opener::kStateFd,     wire::opener::kSenderFds[1], wire::opener::kSenderFds[2],
    wire::opener::kSenderFds[3]};
inline constexpr sandbox::SandboxProfile kProfile{.binary = "signpost-opener",
                                                  .groups = {},
                                                  .keep_fds = kKeepFds,
                                                  .max_file_bytes = OpenerState::kFileBytes,
                                                  .calls_on_fds = kStateCalls};

}  // namespace signpost::opener
