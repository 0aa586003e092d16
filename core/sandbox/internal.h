// The two kernel parts of LockDown. Not for other folders.
#pragma once

#include "core/sandbox/lockdown.h"
#include "crypto/base/result.h"  // TRY

namespace signpost {

Locked DenyAllPaths();                            // Landlock
Locked AllowOnly(const SandboxProfile& profile);  // seccomp, kills the process

inline tl::unexpected<LockStep> Without(LockStep step) { return tl::unexpected(step); }

}  // namespace signpost
