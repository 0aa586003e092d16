#include "core/signpost/process/lock_step_text.h"

#include <array>

namespace signpost::process {
namespace {

constexpr const char* kLandlockFix =
    "Debian's own kernels have it (Linux 5.13 or newer, CONFIG_SECURITY_LANDLOCK); another kernel "
    "must be built with it";
constexpr const char* kContainerFix =
    "Debian's own kernels allow it; a container's or service manager's filter may forbid it "
    "(Docker: a newer engine, or its seccomp profile)";

// By LockStep.
constexpr std::array<LockStepText, static_cast<size_t>(wire::LockStep::kSteps)> kTexts = {{
    {"prepare", "its libraries could not be loaded", "install Signpost's packages again"},
    {"locked-memory", "this user may lock too little memory, or none is free",
     "allow 8 MiB or more: ulimit -l 8192, LimitMEMLOCK=8M in the unit, or memlock in "
     "/etc/security/limits.conf"},
    {"not-dumpable", "core dumps and debuggers cannot be forbidden", kContainerFix},
    {"limits", "core, file size or descriptors cannot be limited", kContainerFix},
    {"close-range", "inherited descriptors cannot be closed (close_range)",
     "Linux 5.9 or newer is required; an old container filter may forbid it (Docker: a newer "
     "engine)"},
    {"no-new-privileges", "new privileges cannot be forbidden (no_new_privs)", kContainerFix},
    {"landlock-absent", "this kernel has no Landlock", kLandlockFix},
    {"landlock-off", "this kernel has Landlock, but it is not switched on",
     "boot with lsm=landlock,... before the others that /sys/kernel/security/lsm lists "
     "(GRUB_CMDLINE_LINUX, then update-grub)"},
    {"landlock-refused", "Landlock did not take the rules", kContainerFix},
    {"seccomp-absent", "this kernel has no system call filters that end a process",
     "Linux 4.14 or newer with CONFIG_SECCOMP_FILTER is required; a container may forbid it"},
    {"seccomp-refused", "the system call filter could not be loaded",
     "libseccomp 2.5 or newer is required; a container may forbid filters"},
    {"wiping", "memory that it frees is not zeroed",
     "another allocator is in the way (/etc/ld.so.preload), or the C library is not glibc"},
}};

}  // namespace

const LockStepText& TextOf(wire::LockStep step) { return kTexts.at(static_cast<size_t>(step)); }

std::optional<wire::LockStep> LockStepOf(int exit_code) {
  const int step = exit_code - wire::kLockStepExit;
  if (step < 0 || step >= static_cast<int>(wire::LockStep::kSteps)) return std::nullopt;
  return static_cast<wire::LockStep>(step);
}

Error CannotLockDown(const std::string& process, wire::LockStep step) {
  const LockStepText& text = TextOf(step);
  return {Code::kSandbox, std::string("could not lock itself down: ") + text.what, process,
          text.fix};
}

}  // namespace signpost::process
