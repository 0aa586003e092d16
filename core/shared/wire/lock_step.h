// Numbers the steps of the lock-down, so that a sealed process can say which of them failed. It has
// no standard error then and must not be trusted yet: the number is its exit code, and nothing else
// can be sent. core/signpost/process/lock_step_text.h, which only `signpost` links, says it to
// people.
#pragma once

#include <cstdint>
#include <tl/expected.hpp>

namespace signpost::wire {

enum class LockStep : uint8_t {  // stable: they stand in exit codes
  kPrepare = 0,                  // what the libraries load late could not be loaded before
  kLockedMemory,                 // mlock: RLIMIT_MEMLOCK is too small
  kDumpable,                     // PR_SET_DUMPABLE
  kLimits,                       // core, file size, descriptors
  kCloseRange,                   // Linux 5.9
  kNoNewPrivileges,
  kLandlockAbsent,   // not built into the kernel
  kLandlockOff,      // built in, and not switched on at boot
  kLandlockRefused,  // there, and it did not take our rules
  kSeccompAbsent,    // no filters, or none that ends the whole process
  kSeccompRefused,   // there, and it did not take our filter
  kWiping,           // freed memory is not zeroed: another allocator is in the way
  kSteps,
};

// 64 and up: no signal and no other exit code of ours looks like it.
constexpr int kLockStepExit = 64;
constexpr int ExitCodeOf(LockStep step) { return kLockStepExit + static_cast<int>(step); }

using Locked = tl::expected<void, LockStep>;

}  // namespace signpost::wire
