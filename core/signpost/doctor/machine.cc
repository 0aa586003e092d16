#include <linux/landlock.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <sstream>

#include "core/signpost/doctor/doctor.h"
#include "core/signpost/process/lock_step_text.h"
#include "crypto/base/file.h"

namespace signpost::doctor {
namespace {

using Level = Finding::Level;

constexpr rlim_t kWantLocked = 8u << 20;  // Debian's own limit for an ordinary user
constexpr rlim_t kNeedLocked = 1u << 20;  // what the sealed processes try

// The first line of a file of the kernel's, or empty: a file that is not there is an answer.
std::string Line(const std::string& path) {
  const Result<std::string> text = ReadFile(path, 1u << 20);
  return text ? text->substr(0, text->find('\n')) : std::string();
}

Finding OfMachine(Level level, std::string name, std::string what, std::string fix = {}) {
  return {level, "machine", std::move(name), std::move(what), std::move(fix)};
}

Finding Missing(const char* name, wire::LockStep step) {
  const process::LockStepText& text = process::TextOf(step);
  return OfMachine(Level::kMissing, name, text.what, text.fix);
}

Finding Landlock() {
  const long abi =
      syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (abi < 1) {
    return Missing("landlock", errno == EOPNOTSUPP ? wire::LockStep::kLandlockOff
                                                   : wire::LockStep::kLandlockAbsent);
  }
  return OfMachine(Level::kOk, "landlock",
                   "ABI " + std::to_string(abi) + ": refuses every path" +
                       (abi >= 4 ? ", TCP" : "") + (abi >= 6 ? ", signals" : ""));
}

Finding Seccomp(const KernelFiles& kernel) {
  const std::string actions = Line(kernel.proc + "/sys/kernel/seccomp/actions_avail");
  std::istringstream words(actions);
  for (std::string word; words >> word;) {
    if (word == "kill_process") {
      return OfMachine(Level::kOk, "seccomp", "ends a process that asks for what it must not");
    }
  }
  return Missing("seccomp", wire::LockStep::kSeccompAbsent);
}

Finding LockedMemory() {
  rlimit limit{};
  if (getrlimit(RLIMIT_MEMLOCK, &limit) != 0) limit.rlim_cur = 0;
  const std::string fix = process::TextOf(wire::LockStep::kLockedMemory).fix;
  if (geteuid() == 0 || limit.rlim_cur >= kWantLocked) {
    return OfMachine(Level::kOk, "locked-memory", "this user may lock enough memory");
  }
  if (limit.rlim_cur >= kNeedLocked) {
    return OfMachine(Level::kWarn, "locked-memory",
                     "this user may lock less memory than Debian allows", fix);
  }
  return OfMachine(Level::kWarn, "locked-memory", "this user may lock too little memory", fix);
}

// A block device whose content is encrypted before it reaches a disk, as far as the kernel shows.
bool IsEncrypted(const KernelFiles& kernel, const std::string& device, int depth = 0) {
  const std::string folder = kernel.sys + "/class/block/" + device;
  if (Line(folder + "/dm/uuid").starts_with("CRYPT-")) return true;
  std::error_code error;
  bool any = false;
  for (const auto& below : std::filesystem::directory_iterator(folder + "/slaves", error)) {
    if (depth > 8 || !IsEncrypted(kernel, below.path().filename(), depth + 1)) return false;
    any = true;
  }
  return any;
}

bool IsInMemory(const KernelFiles& kernel, const std::string& device) {
  if (!device.starts_with("zram")) return false;
  const std::string backing = Line(kernel.sys + "/class/block/" + device + "/backing_dev");
  return backing.empty() || backing == "none";
}

Finding Swap(const KernelFiles& kernel) {
  const Result<std::string> text = ReadFile(kernel.proc + "/swaps", 1u << 20);
  std::istringstream lines(text ? *text : "");
  std::string line, clear;
  bool any = false;
  std::getline(lines, line);  // the heading
  while (std::getline(lines, line)) {
    const std::string path = line.substr(0, line.find_first_of(" \t"));
    const bool is_device = path.starts_with("/dev/");
    const std::string device = is_device ? path.substr(5) : "";
    any = true;
    if (is_device && (IsInMemory(kernel, device) || IsEncrypted(kernel, device))) continue;
    clear += (clear.empty() ? "" : ", ") + path;
  }
  if (!any) return OfMachine(Level::kOk, "swap", "there is none");
  if (clear.empty()) return OfMachine(Level::kOk, "swap", "stays in memory or is encrypted");
  return OfMachine(
      Level::kWarn, "swap", "is in the clear, as far as the kernel shows: " + clear,
      "keys and number buffers are locked and stay out of it, copies in libraries may not: "
      "swapoff, zram, or swap on dm-crypt with a random key (crypttab); hibernation writes "
      "all of memory there");
}

Finding Cores(const KernelFiles& kernel) {
  if (Line(kernel.proc + "/sys/kernel/core_pattern").starts_with('|')) {
    return OfMachine(Level::kWarn, "cores", "a program gets the cores of processes that crash",
                     "the sealed processes give none (not dumpable, limit 0); for the rest: "
                     "sysctl kernel.core_pattern=core");
  }
  return OfMachine(Level::kOk, "cores", "no program collects them");
}

Finding Tracing(const KernelFiles& kernel) {
  const std::string scope = Line(kernel.proc + "/sys/kernel/yama/ptrace_scope");
  if (!scope.empty() && scope != "0") {
    return OfMachine(Level::kOk, "tracing", "a user's processes cannot trace each other");
  }
  return OfMachine(Level::kWarn, "tracing", "this user's processes can trace signpost",
                   "the sealed processes cannot be traced, and signpost holds no number; for the "
                   "ledger's key: sysctl kernel.yama.ptrace_scope=1");
}

Finding ClockOfMachine() {
  timex facts{};
  const int state = adjtimex(&facts);
  if (state >= 0 && state != TIME_ERROR && (facts.status & STA_UNSYNC) == 0) {
    return OfMachine(Level::kOk, "clock", "is synchronised");
  }
  return OfMachine(Level::kWarn, "clock", "nobody synchronises it, as far as the kernel knows",
                   "hours, deadlines and expiry go by it: run systemd-timesyncd or chrony");
}

}  // namespace

std::string_view LevelName(Level level) {
  switch (level) {
    case Level::kOk:
      return "ok";
    case Level::kWarn:
      return "warn";
    case Level::kMissing:
      break;
  }
  return "MISSING";
}

std::vector<Finding> CheckMachine(const KernelFiles& kernel) {
  return {Landlock(),    Seccomp(kernel), LockedMemory(),  Swap(kernel),
          Cores(kernel), Tracing(kernel), ClockOfMachine()};
}

}  // namespace signpost::doctor
