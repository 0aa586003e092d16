#include "core/signpost/process/child.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>

#include "core/signpost/process/lock_step_text.h"
#include "crypto/base/file.h"
#include "crypto/base/time.h"

namespace signpost::process {
namespace {

constexpr int kFirstFd = 3;
constexpr int kHighFd = 200;  // above every target, so that no dup2 below overwrites a source

Result<std::string> FolderOfThisExecutable() {
  std::array<char, PATH_MAX> path;
  const ssize_t n = readlink("/proc/self/exe", path.data(), path.size());
  if (n <= 0) return FailErrno("readlink", "/proc/self/exe");
  return DirName({path.data(), static_cast<size_t>(n)});
}

// Between fork and exec: async-signal-safe calls only.
[[noreturn]] void Become(const char* path, const char* name, int null_fd,
                         std::span<const int> sources) {
  for (int standard = 0; standard < kFirstFd; ++standard) {
    if (dup2(null_fd, standard) < 0) _exit(126);
  }
  for (size_t i = 0; i < sources.size(); ++i) {
    if (dup2(sources[i], kFirstFd + static_cast<int>(i)) < 0) _exit(126);
  }
  // What this process inherited itself, from whoever started it, stays here.
  if (syscall(SYS_close_range, kFirstFd + sources.size(), ~0U, 0) != 0) {
    _exit(wire::ExitCodeOf(wire::LockStep::kCloseRange));
  }
  // A Ctrl-C goes to the terminal's foreground group: it is signpost's to handle, and must not kill
  // a sender whose messages are on their way.
  setsid();
  // And a service manager that ends a run signals all of its processes at once: signpost stops
  // submitting and collects the answers; these end when their channel does.
  signal(SIGTERM, SIG_IGN);
  signal(SIGINT, SIG_IGN);
  signal(SIGPIPE, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  char* const argv[] = {const_cast<char*>(name), nullptr};
  char* const environment[] = {nullptr};
  execve(path, argv, environment);
  _exit(127);
}

}  // namespace

void ChildFds::Put(int as, OwnedFd fd) {
  const auto at = static_cast<size_t>(as - kFirstFd);
  if (from_first_.size() <= at) from_first_.resize(at + 1);
  from_first_[at] = std::move(fd);
}

Child& Child::operator=(Child&& other) noexcept {
  if (this != &other) {
    Kill();
    pid_ = std::exchange(other.pid_, -1);
    name_ = std::move(other.name_);
  }
  return *this;
}

Child::~Child() { Kill(); }

void Child::Kill() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
}

Result<Exit> Child::WaitForExit(int64_t end_within_ms) {
  if (pid_ <= 0) return Fail(Code::kInternal, "was waited for already", name_);
  int status = 0;
  const int64_t until = MonotonicMillis() + end_within_ms;
  useconds_t nap = 200;
  for (;;) {
    const pid_t ended = waitpid(pid_, &status, WNOHANG);
    if (ended > 0) break;
    if (ended < 0 && errno != EINTR) return FailErrno("waitpid", name_);
    if (MonotonicMillis() >= until) {
      Kill();
      return Exit{Exit::How::kOverdue, 0};
    }
    usleep(nap);
    nap = std::min<useconds_t>(nap * 2, 50'000);
  }
  pid_ = -1;
  if (WIFSIGNALED(status)) return Exit{Exit::How::kSignalled, WTERMSIG(status)};
  return Exit{Exit::How::kExited, WEXITSTATUS(status)};
}

Result<void> Child::Judge(const Exit& exit) const {
  switch (exit.how) {
    case Exit::How::kOverdue:
      return Fail(Code::kInternal, "did not end when it was due, and was killed", name_);
    case Exit::How::kSignalled:
      return Fail(Code::kInternal, "was ended by signal " + std::to_string(exit.value), name_);
    case Exit::How::kExited:
      break;
  }
  if (exit.value == 0) return {};
  if (const std::optional<wire::LockStep> step = LockStepOf(exit.value)) {
    return tl::unexpected(CannotLockDown(name_, *step));
  }
  if (exit.value == 127)
    return Fail(Code::kNotFound, "is not beside signpost", name_, "install it again");
  return Fail(Code::kInternal, "exited with code " + std::to_string(exit.value), name_);
}

Result<void> Child::Wait(int64_t end_within_ms) {
  TRY_ASSIGN(const Exit exit, WaitForExit(end_within_ms));
  return Judge(exit);
}

Result<std::string> PathBeside(const std::string& binary) {
  TRY_ASSIGN(const std::string folder, FolderOfThisExecutable());
  return folder + "/" + binary;
}

Result<Child> Spawn(const std::string& binary, ChildFds fds) {
  TRY_ASSIGN(const std::string path, PathBeside(binary));
  const OwnedFd null_low(open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!null_low) return FailErrno("open", "/dev/null");
  // Above all targets, too: it could itself be one of 0 to 2.
  const OwnedFd null_fd(fcntl(null_low.get(), F_DUPFD_CLOEXEC, kHighFd));
  if (!null_fd) return FailErrno("fcntl", "/dev/null");
  std::vector<OwnedFd> high;
  std::vector<int> sources;
  for (const OwnedFd& fd : fds.from_first_) {
    OwnedFd copy(fcntl(fd ? fd.get() : null_fd.get(), F_DUPFD_CLOEXEC, kHighFd));
    if (!copy) return FailErrno("fcntl", binary);
    sources.push_back(copy.get());
    high.push_back(std::move(copy));
  }
  const pid_t pid = fork();
  if (pid < 0) return FailErrno("fork", binary);
  if (pid == 0) Become(path.c_str(), binary.c_str(), null_fd.get(), sources);
  return Child(pid, binary);
}

}  // namespace signpost::process
