// Declares the two kernel parts of LockDown. Not for other folders but its tests.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/shared/sandbox/lockdown.h"
#include "crypto/base/result.h"  // TRY

namespace signpost::sandbox {

wire::Locked DenyAllPaths();                            // Landlock
wire::Locked AllowOnly(const SandboxProfile& profile);  // seccomp, kills the process

// struct landlock_ruleset_attr as of ABI 6; an older kernel is given the part that it knows.
struct LandlockRules {
  uint64_t files = 0;    // handled_access_fs
  uint64_t network = 0;  // handled_access_net, from ABI 4: 1 bind, 2 connect (TCP)
  uint64_t scoped = 0;   // from ABI 6: 1 abstract sockets, 2 signals
};
// All that a kernel of this ABI (1 or more) can take away, and how many bytes of it that kernel
// reads: one that is given more refuses, and one that is given a right it does not know, too.
LandlockRules EveryLandlockRule(long abi);
size_t LandlockRuleBytes(long abi);

inline tl::unexpected<wire::LockStep> Without(wire::LockStep step) { return tl::unexpected(step); }

}  // namespace signpost::sandbox
