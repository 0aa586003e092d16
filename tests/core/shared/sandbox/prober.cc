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
using namespace signpost::test;

constexpr int kKeep[] = {test::kRequestFd, test::kFileFd, test::kSocketFd};
constexpr int kWrite[] = {__NR_write};
constexpr sandbox::SyscallGroup kTalking[] = {{"to answer, and to try to write", kWrite}};
constexpr int kInspection[] = {__NR_prctl, __NR_prlimit64};
constexpr sandbox::SyscallGroup kInspecting[] = {{"to look at itself", kInspection}};
constexpr int kPathCalls[] = {__NR_openat, __NR_mkdirat,  __NR_unlinkat, __NR_renameat2,
                              __NR_linkat, __NR_truncate, __NR_execve};
constexpr sandbox::SyscallGroup kPaths[] = {{"paths, for Landlock to refuse", kPathCalls}};

constexpr int kNetworkCalls[] = {__NR_socket, __NR_bind, __NR_connect};
constexpr sandbox::SyscallGroup kNetwork[] = {
    {"the network, for Landlock to refuse", kNetworkCalls}};
constexpr int kSignalCalls[] = {__NR_kill, __NR_getppid};
constexpr sandbox::SyscallGroup kSignals[] = {{"signals, for Landlock to refuse", kSignalCalls}};

sandbox::SandboxProfile ProfileFor(test::Attempt attempt) {
  sandbox::SandboxProfile profile{
      .binary = "sandbox-prober", .groups = kTalking, .keep_fds = kKeep};
  if (attempt == test::Attempt::kReadEnvironment) profile.groups = kInspecting;
  if (attempt == test::Attempt::kPathsUnderLandlock) profile.groups = kPaths;
  if (attempt == test::Attempt::kNetworkUnderLandlock) profile.groups = kNetwork;
  if (attempt == test::Attempt::kSignalUnderLandlock) profile.groups = kSignals;
  return profile;
}

[[noreturn]] void Report(bool could) { sandbox::ExitSealed(could ? test::kDone : test::kRefused); }

int Connect() {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  return connect(test::kSocketFd, reinterpret_cast<sockaddr*>(&address), sizeof address);
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
  sandbox::ExitSealed(right ? test::kDone : test::kWrong);
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
  return mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, test::kFileFd, 0) != MAP_FAILED;
}

[[noreturn]] void Try(test::Attempt attempt) {
  char byte = 0;
  switch (attempt) {
    case test::Attempt::kNothing:
      sandbox::ExitSealed(test::kDone);
    case test::Attempt::kOpenRead:
      Report(open("/etc/passwd", O_RDONLY) >= 0);
    case test::Attempt::kOpenNew:
      Report(open("/tmp/signpost-prober", O_RDWR | O_CREAT, 0600) >= 0);
    case test::Attempt::kSocket:
      Report(socket(AF_INET, SOCK_STREAM, 0) >= 0);
    case test::Attempt::kConnect:
      Report(Connect() == 0);
    case test::Attempt::kExec:
      Report(Exec() == 0);
    case test::Attempt::kFork:
      Report(syscall(__NR_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr) >= 0);
    case test::Attempt::kUnshare:
      Report(unshare(CLONE_FILES) == 0);
    case test::Attempt::kPtrace:
      Report(ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == 0);
    case test::Attempt::kKillParent:
      Report(kill(getppid(), 0) == 0);
    case test::Attempt::kReadUndeclared:
      Report(read(test::kUndeclaredFd, &byte, 1) >= 0);
    case test::Attempt::kReadStdin:
      Report(read(0, &byte, 1) >= 0);
    case test::Attempt::kWriteFile:
      Report(write(test::kFileFd, "x", 1) == 1);
    case test::Attempt::kExecutableMemory:
      Report(MapExecutable());
    case test::Attempt::kMakeExecutable:
      Report(MakeExecutable());
    case test::Attempt::kReadEnvironment:
      Inspect();
    case test::Attempt::kPathsUnderLandlock:
      TryPaths();
    case test::Attempt::kNetworkUnderLandlock:
      TryNetwork();
    case test::Attempt::kSignalUnderLandlock:
      Report(kill(getppid(), 0) == 0 || errno != EPERM);
    case test::Attempt::kMapFile:
      Report(MapFile());
    case test::Attempt::kWait:
      if (write(test::kRequestFd, "!", 1) != 1) sandbox::ExitSealed(test::kWrong);
      while (read(test::kRequestFd, &byte, 1) > 0) {
      }
      sandbox::ExitSealed(test::kDone);
  }
  sandbox::ExitSealed(test::kWrong);
}

}  // namespace

int main() {
  char request = 0;
  if (read(test::kRequestFd, &request, 1) != 1) return test::kWrong;
  const auto attempt = static_cast<test::Attempt>(request);
  if (!sandbox::LockDown(ProfileFor(attempt))) sandbox::ExitSealed(test::kNoSandbox);
  Try(attempt);
}
