// Lists what signpost-sealer may ask of the kernel beyond BaseSyscalls
// (core/shared/sandbox/lockdown.h): nothing. It reads and writes three descriptors, hashes, seals,
// and exits.
#pragma once

#include "core/shared/sandbox/lockdown.h"
#include "core/shared/wire/sealer_boundary.h"

namespace signpost::sealer {

constexpr int kKeepFds[] = {wire::kControlFd, wire::sealer::kNumbersFd,
                            wire::sealer::kPassphraseFd};
constexpr sandbox::SandboxProfile kProfile{
    .binary = "signpost-sealer", .groups = {}, .keep_fds = kKeepFds};

}  // namespace signpost::sealer
