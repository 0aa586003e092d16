// The two kernel parts of LockDown. Not for other folders.
#pragma once

#include "core/sandbox/lockdown.h"

namespace signpost {

Result<void> DenyAllPaths();                            // Landlock
Result<void> AllowOnly(const SandboxProfile& profile);  // seccomp, kills the process

}  // namespace signpost
