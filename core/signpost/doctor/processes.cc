#include <unistd.h>

#include <algorithm>

#include "core/shared/wire/channel.h"
#include "core/shared/wire/opener_boundary.h"
#include "core/shared/wire/reader_boundary.h"
#include "core/shared/wire/sealer_boundary.h"
#include "core/shared/wire/sender_boundary.h"
#include "core/signpost/doctor/doctor.h"
#include "core/signpost/process/child.h"
#include "crypto/base/file.h"
#include "crypto/base/time.h"

namespace signpost::doctor {
namespace {

using Level = Finding::Level;

constexpr int64_t kStartMillis = 20'000;  // to load its libraries and lock itself down
constexpr size_t kBinaryMax = 512u << 20;

struct Sealed {
  const char* binary;
  int last_fd;  // the highest that it is given
};
constexpr Sealed kSealed[] = {
    {"signpost-reader", wire::reader::kNumbersFd},
    {"signpost-sealer", wire::sealer::kPassphraseFd},
    {"signpost-opener", wire::opener::kSenderFds[wire::opener::kMaxSenders - 1]},
    {"signpost-sender", wire::sender::kTrustFd}};

Finding OfProcess(const char* binary, Level level, std::string what, std::string fix = {}) {
  return {level, "processes", binary, std::move(what), std::move(fix)};
}

enum class Seen { kLocked, kNotLocked, kHidden };

// Looks from outside until the filter is there or the process has ended. A filter is the last step
// of the lock-down. (A process that cannot be dumped may be hidden from its own user.)
Seen Watch(pid_t pid) {
  const std::string path = "/proc/" + std::to_string(pid) + "/status";
  const int64_t until = MonotonicMillis() + kStartMillis;
  Seen seen = Seen::kHidden;
  while (MonotonicMillis() < until) {
    const Result<std::string> status = ReadFile(path, 1u << 16);
    if (!status) return seen;
    seen = Seen::kNotLocked;
    const bool filter = status->find("\nSeccomp:\t2\n") != std::string::npos;
    const bool no_new = status->find("\nNoNewPrivs:\t1\n") != std::string::npos;
    if (filter && no_new) return Seen::kLocked;
    if (status->find("\nState:\tZ") != std::string::npos) return seen;  // its exit code tells
    usleep(2000);
  }
  return seen;
}

Result<bool> IsOfThisBuild(const char* binary) {
  TRY_ASSIGN(const std::string path, process::PathBeside(binary));
  TRY_ASSIGN(const std::string content, ReadFile(path, kBinaryMax));
  return content.find(wire::BoundariesId()) != std::string::npos;
}

Finding Probe(const Sealed& sealed) {
  constexpr const char* kReinstall = "install all of Signpost's binaries again, side by side";
  const Result<bool> same = IsOfThisBuild(sealed.binary);
  if (!same) {
    return OfProcess(sealed.binary, Level::kMissing, "is not beside signpost, or cannot be read",
                     kReinstall);
  }
  if (!*same) {
    return OfProcess(sealed.binary, Level::kMissing, "is of another build: its messages are others",
                     kReinstall);
  }
  Result<wire::SocketPair> control = wire::MakeSocketPair();
  if (!control) return OfProcess(sealed.binary, Level::kMissing, control.error().message);
  process::ChildFds fds;  // but for the control channel all are /dev/null
  fds.Put(wire::kControlFd, std::move(control->theirs));
  fds.Put(sealed.last_fd, OwnedFd());
  Result<process::Child> child = process::Spawn(sealed.binary, std::move(fds));
  if (!child) return OfProcess(sealed.binary, Level::kMissing, child.error().message);
  const Seen seen = Watch(child->pid());
  control->ours = OwnedFd();  // no job: it ends
  const Result<process::Exit> exit = child->WaitForExit();
  if (!exit) return OfProcess(sealed.binary, Level::kMissing, exit.error().message);
  const Result<void> ended = child->Judge(*exit);
  // Without a job none ends with 0; what else it says of its end is its own.
  if (!ended && (ended.error().code == Code::kSandbox || ended.error().code == Code::kNotFound)) {
    return OfProcess(sealed.binary, Level::kMissing, ended.error().message, ended.error().hint);
  }
  const bool as_due =
      exit->how == process::Exit::How::kExited && exit->value == ExitCode(Code::kInternal);
  if (seen == Seen::kNotLocked || !as_due) {
    return OfProcess(
        sealed.binary, Level::kMissing,
        "did not lock itself down: " + (ended ? "it ended at once" : ended.error().message),
        kReinstall);
  }
  return OfProcess(sealed.binary, Level::kOk,
                   seen == Seen::kLocked ? "locks itself down, as seen from outside"
                                         : "locks itself down, by its own word");
}

}  // namespace

std::vector<Finding> CheckProcesses() {
  std::vector<Finding> findings;
  for (const Sealed& sealed : kSealed) findings.push_back(Probe(sealed));
  return findings;
}

}  // namespace signpost::doctor
