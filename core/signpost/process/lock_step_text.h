// Tells people what a sealed process could not have: what is missing on this machine, and how to
// get it. The process itself says no more than the number (core/shared/wire/lock_step.h).
#pragma once

#include <optional>
#include <string>

#include "core/shared/wire/lock_step.h"
#include "crypto/base/result.h"

namespace signpost::process {

struct LockStepText {
  const char* name;  // for programs: "landlock-off"
  const char* what;  // "the kernel has Landlock, but it is not switched on"
  const char* fix;
};
const LockStepText& TextOf(wire::LockStep step);

// The step that an exit code names; nullopt for every other code.
std::optional<wire::LockStep> LockStepOf(int exit_code);

// kSandbox: "could not lock itself down: <what>", with the fix as its hint.
Error CannotLockDown(const std::string& process, wire::LockStep step);

}  // namespace signpost::process
