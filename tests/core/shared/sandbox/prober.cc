#include "tests/core/shared/sandbox/prober.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>

#include "core/shared/sandbox/lockdown.h"

namespace {

using namespace signpost;
using namespace signpost::testing;

constexpr int kKeep[] = {kRequestFd, kFileFd, kSocketFd};
constexpr int kWrite[] = {__NR_write};
constexpr SyscallGroup kTalking[] = {{"to answer, and to try to write", kWrite}};
constexpr int kInspection[] = {__NR_prctl, __NR_prlimit64};
constexpr SyscallGroup kInspecting[] = {{"to look at itself", kInspection}};
constexpr int kPathCalls[] = {__NR_openat, __NR_mkdirat,  __NR_unlinkat, __NR_renameat2,
                              __NR_linkat, __NR_truncate, __NR_execve};
constexpr SyscallGroup kPaths[] = {{"paths, for Landlock to refuse", kPathCalls}};

constexpr int kNetworkCalls[] = {__NR_socket, __NR_bind, __NR_connect};
constexpr SyscallGroup kNetwork[] = {{"the network, for Landlock to refuse", kNetworkCalls}};
constexpr int kSignalCalls[] = {__NR_kill, __NR_getppid};
constexpr SyscallGroup kSignals[] = {{"signals, for Landlock to refuse", kSignalCalls}};

SandboxProfile ProfileFor(Attempt attempt) {
  SandboxProfile profile{.binary = "sandbox-prober", .groups = kTalking, .keep_fds = kKeep};
  if (attempt == Attempt::kReadEnvironment) profile.groups = kInspecting;
  if (attempt == Attempt::kPathsUnderLandlock) profile.groups = kPaths;
  if (attempt == Attempt::kNetworkUnderLandlock) profile.groups = kNetwork;
  if (attempt == Attempt::kSignalUnderLandlock) profile.groups = kSignals;
  return profile;
}

[[noreturn]] void Report(bool could) { ExitSealed(could ? kDone : kRefused); }

int Connect() {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  return connect(kSocketFd, reinterpret_cast<sockaddr*>(&address), sizeof address);
}

int Exec() {
  char path[] = "/bin/true";
  char* const argv[] = {path, nullptr};
  return execve(path, argv, nullptr);
}

bool MapExecutable() {
  void* p = mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return p != MAP_FAILED;
}

bool MakeExecutable() {
  void* p = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return p != MAP_FAILED && mprotect(p, 4096, PROT_READ | PROT_EXEC) == 0;
}

bool LimitIs(__rlimit_resource resource, rlim_t value) {
  rlimit limit{1, 1};
  return getrlimit(resource, &limit) == 0 && limit.rlim_cur == value && limit.rlim_max == value;
}

[[noreturn]] void Inspect() {
  const bool right = (environ == nullptr || *environ == nullptr) &&
                     prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 &&
                     prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 && LimitIs(RLIMIT_CORE, 0) &&
                     LimitIs(RLIMIT_FSIZE, 0) && LimitIs(RLIMIT_NOFILE, 64);
  ExitSealed(right ? kDone : kWrong);
}

// Every one of them is allowed by seccomp here: what refuses is Landlock.
[[noreturn]] void TryPaths() {
  const bool could = open("/etc/passwd", O_RDONLY) >= 0 || open("/", O_RDONLY | O_DIRECTORY) >= 0 ||
                     open("/tmp/signpost-prober", O_RDWR | O_CREAT, 0600) >= 0 ||
                     syscall(__NR_mkdirat, AT_FDCWD, "/tmp/signpost-prober-d", 0700) == 0 ||
                     syscall(__NR_unlinkat, AT_FDCWD, "/tmp/signpost-prober-there", 0) == 0 ||
                     Exec() == 0;
  Report(could);
}

// Refused means by Landlock (EACCES), not by a peer that is not there.
[[noreturn]] void TryNetwork() {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  const auto* any = reinterpret_cast<const sockaddr*>(&address);
  if (bind(fd, any, sizeof address) == 0 || errno != EACCES) Report(true);
  address.sin_port = htons(9);
  Report(connect(fd, any, sizeof address) == 0 || errno != EACCES);
}

bool MapFile() {
  return mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, kFileFd, 0) != MAP_FAILED;
}

[[noreturn]] void Try(Attempt attempt) {
  char byte = 0;
  switch (attempt) {
    case Attempt::kNothing:
      ExitSealed(kDone);
    case Attempt::kOpenRead:
      Report(open("/etc/passwd", O_RDONLY) >= 0);
    case Attempt::kOpenNew:
      Report(open("/tmp/signpost-prober", O_RDWR | O_CREAT, 0600) >= 0);
    case Attempt::kSocket:
      Report(socket(AF_INET, SOCK_STREAM, 0) >= 0);
    case Attempt::kConnect:
      Report(Connect() == 0);
    case Attempt::kExec:
      Report(Exec() == 0);
    case Attempt::kFork:
      Report(syscall(__NR_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr) >= 0);
    case Attempt::kUnshare:
      Report(unshare(CLONE_FILES) == 0);
    case Attempt::kPtrace:
      Report(ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == 0);
    case Attempt::kKillParent:
      Report(kill(getppid(), 0) == 0);
    case Attempt::kReadUndeclared:
      Report(read(kUndeclaredFd, &byte, 1) >= 0);
    case Attempt::kReadStdin:
      Report(read(0, &byte, 1) >= 0);
    case Attempt::kWriteFile:
      Report(write(kFileFd, "x", 1) == 1);
    case Attempt::kExecutableMemory:
      Report(MapExecutable());
    case Attempt::kMakeExecutable:
      Report(MakeExecutable());
    case Attempt::kReadEnvironment:
      Inspect();
    case Attempt::kPathsUnderLandlock:
      TryPaths();
    case Attempt::kNetworkUnderLandlock:
      TryNetwork();
    case Attempt::kSignalUnderLandlock:
      Report(kill(getppid(), 0) == 0 || errno != EPERM);
    case Attempt::kMapFile:
      Report(MapFile());
    case Attempt::kWait:
      if (write(kRequestFd, "!", 1) != 1) ExitSealed(kWrong);
      while (read(kRequestFd, &byte, 1) > 0) {
      }
      ExitSealed(kDone);
  }
  ExitSealed(kWrong);
}

}  // namespace

int main() {
  char request = 0;
  if (read(kRequestFd, &request, 1) != 1) return kWrong;
  const auto attempt = static_cast<Attempt>(request);
  if (!LockDown(ProfileFor(attempt))) ExitSealed(kNoSandbox);
  Try(attempt);
}
