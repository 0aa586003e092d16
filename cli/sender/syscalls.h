// Lists what signpost-sender may ask of the kernel beyond BaseSyscalls
// (core/shared/sandbox/lockdown.h): to wait on its channels and its carrier. It reads and writes
// connected descriptors, those of its boundary and those that signpost passes it; it cannot make a
// socket, connect one or listen on one.
#pragma once

#include <sys/syscall.h>

#include "core/shared/sandbox/lockdown.h"
#include "core/shared/wire/sender_boundary.h"

namespace signpost::sender {

#ifdef __NR_poll
inline constexpr int kWaiting[] = {__NR_poll, __NR_ppoll};
#else  // newer architectures have only the second
inline constexpr int kWaiting[] = {__NR_ppoll};
#endif
// libcrypto's random generator compares it before each use; the answer says nothing of anybody.
inline constexpr int kForkCheck[] = {__NR_getpid};
inline constexpr sandbox::SyscallGroup kGroups[] = {
    {"one loop over the channels and the carrier", kWaiting},
    {"TLS: its random generator asks whether it was forked", kForkCheck},
};
// The credentials and the certificates are read and closed first.
inline constexpr int kKeepFds[] = {wire::kControlFd, wire::sender::kOpenerFd,
                                   wire::sender::kSealerFd, wire::sender::kCredentialsFd,
                                   wire::sender::kTrustFd};
inline constexpr sandbox::SandboxProfile kProfile{
    .binary = "signpost-sender", .groups = kGroups, .keep_fds = kKeepFds};

}  // namespace signpost::sender
