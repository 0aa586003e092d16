// A library for LD_PRELOAD, for tests alone: makes the N-th file or socket call of a chosen process
// fail, come back short, or be its last. Nothing of the product links it.
//
// One page, shared with the driver (fault_line.py, which has the same layout), says what is to
// happen and counts what was called. It is mapped before main, so before a sealed process locks
// itself down: from then on the shim needs no system call of its own, and what kills is the driver
// (a sealed process may not signal, not even itself). signpost starts its sealed processes with an
// empty environment; execve is therefore among the calls, and puts the two variables back.
//
// Each process counts for itself; forked children that have not exec'd yet count as their parent.
// SQLite calls through pointers that it takes at start: they lead here, in their 64-bit names.
#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace {

// The same order as in fault_line.py.
enum Call : uint32_t {
  kOpen,
  kRead,
  kPread,
  kWrite,
  kPwrite,
  kSync,
  kTruncate,
  kRename,
  kLink,
  kUnlink,
  kMkdir,
  kLock,
  kFlock,
  kSend,
  kReceive,
  kConnect,
  kSocket,
  kPoll,
  kClose,
  kMap,
  kCalls
};
enum Process : uint32_t { kOther, kSignpost, kReader, kSealer, kOpener, kSender, kProcesses };
enum Action : uint32_t { kNone, kEio, kEnospc, kEintr, kShort, kKillBefore, kKillAfter };

constexpr std::array<std::string_view, kProcesses> kNames = {
    "", "signpost", "signpost-reader", "signpost-sealer", "signpost-opener", "signpost-sender"};

struct Page {
  uint32_t victim;  // a Process
  uint32_t action;
  uint32_t at;     // the first of its calls that is hit, from 1
  uint32_t times;  // how many from there on
  uint32_t calls;  // which calls count: a bit each
  uint32_t matched;
  uint32_t fired;
  uint32_t fired_call;
  uint32_t kill_pid;  // to the driver: end this one
  uint32_t pids[kProcesses];
  uint32_t counts[kProcesses][kCalls];
};

Page* page = nullptr;
Process self = kOther;
uint32_t self_pid = 0;
std::array<char, 4096> preload_variable, page_variable;

[[noreturn]] void Die() {
  if (self == kSignpost || self == kOther) {
    kill(getpid(), SIGKILL);
  } else {
    __atomic_store_n(&page->kill_pid, self_pid, __ATOMIC_SEQ_CST);
  }
  // The driver needs a moment; when it is gone itself, nothing must stay behind and spin.
  for (uint64_t turn = 0; turn < (uint64_t{1} << 34); ++turn) asm volatile("" ::: "memory");
  __builtin_trap();
}

Action Decide(Call call) {
  if (page == nullptr) return kNone;
  __atomic_fetch_add(&page->counts[self][call], 1, __ATOMIC_RELAXED);
  if (page->victim != self || page->action == kNone) return kNone;
  if ((page->calls >> call & 1) == 0) return kNone;
  const uint32_t nth = __atomic_add_fetch(&page->matched, 1, __ATOMIC_RELAXED);
  if (nth < page->at || nth - page->at >= page->times) return kNone;
  page->fired_call = call;
  __atomic_fetch_add(&page->fired, 1, __ATOMIC_SEQ_CST);
  if (page->action == kKillBefore) Die();
  return static_cast<Action>(page->action);
}

// `real(is_short)` is the call itself; `failed` what it returns when it fails.
template <class Real, class Value>
Value Run(Call call, Value failed, Real real) {
  const Action action = Decide(call);
  if (action == kEio || action == kEnospc || action == kEintr) {
    const int mapped = call == kMap ? ENOMEM : call == kLock || call == kFlock ? ENOLCK : EIO;
    errno = action == kEio ? mapped : action == kEnospc ? ENOSPC : EINTR;
    return failed;
  }
  const Value value = real(action == kShort);
  if (action == kKillAfter) Die();
  return value;
}

size_t Cut(bool is_short, size_t size) { return is_short && size > 1 ? size / 2 : size; }

template <class Function>
Function Next(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

[[gnu::constructor]] void Begin() {
  const char* const path = getenv("SIGNPOST_FAULTS");
  const char* const preload = getenv("LD_PRELOAD");
  if (path == nullptr || preload == nullptr) return;
  std::array<char, 4096> exe{};
  const ssize_t size = readlink("/proc/self/exe", exe.data(), exe.size() - 1);
  const std::string_view whole(exe.data(), size > 0 ? static_cast<size_t>(size) : 0);
  const std::string_view name = whole.substr(whole.rfind('/') + 1);
  for (uint32_t i = kSignpost; i < kProcesses; ++i) {
    if (name == kNames[i]) self = static_cast<Process>(i);
  }
  self_pid = static_cast<uint32_t>(getpid());
  std::snprintf(preload_variable.data(), preload_variable.size(), "LD_PRELOAD=%s", preload);
  std::snprintf(page_variable.data(), page_variable.size(), "SIGNPOST_FAULTS=%s", path);
  const int fd = open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) return;
  void* const mapped = mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (mapped == MAP_FAILED) return;
  page = static_cast<Page*>(mapped);
  page->pids[self] = self_pid;
}

mode_t ModeOf(int flags, va_list list) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(list, mode_t) : 0;
}

template <class Message, class Real>
ssize_t Transfer(Call call, Message* message, Real real) {
  return Run(call, ssize_t{-1}, [&](bool is_short) {
    if (!is_short || message->msg_iovlen == 0 || message->msg_iov[0].iov_len < 2) {
      return real(message);
    }
    iovec first = message->msg_iov[0];
    first.iov_len /= 2;
    msghdr cut = *message;
    cut.msg_iov = &first;
    cut.msg_iovlen = 1;
    const ssize_t moved = real(&cut);
    if constexpr (!std::is_const_v<Message>) {  // what a receiver is told besides
      message->msg_controllen = cut.msg_controllen;
      message->msg_flags = cut.msg_flags;
    }
    return moved;
  });
}

}  // namespace

// The functions below are libc's, so libc names them and their parameters' order.
#define SIGNPOST_OPEN(NAME)                                                  \
  int NAME(const char* path, int flags, ...) {                               \
    static const auto real = Next<int (*)(const char*, int, mode_t)>(#NAME); \
    va_list list;                                                            \
    va_start(list, flags);                                                   \
    const mode_t mode = ModeOf(flags, list);                                 \
    va_end(list);                                                            \
    return Run(kOpen, -1, [&](bool) { return real(path, flags, mode); });    \
  }
#define SIGNPOST_PREAD(NAME)                                                            \
  ssize_t NAME(int fd, void* data, size_t size, off_t at) {                             \
    static const auto real = Next<ssize_t (*)(int, void*, size_t, off_t)>(#NAME);       \
    return Run(kPread, ssize_t{-1},                                                     \
               [&](bool is_short) { return real(fd, data, Cut(is_short, size), at); }); \
  }
#define SIGNPOST_PWRITE(NAME)                                                           \
  ssize_t NAME(int fd, const void* data, size_t size, off_t at) {                       \
    static const auto real = Next<ssize_t (*)(int, const void*, size_t, off_t)>(#NAME); \
    return Run(kPwrite, ssize_t{-1},                                                    \
               [&](bool is_short) { return real(fd, data, Cut(is_short, size), at); }); \
  }
#define SIGNPOST_TRUNCATE(NAME)                                      \
  int NAME(int fd, off_t size) noexcept {                            \
    static const auto real = Next<int (*)(int, off_t)>(#NAME);       \
    return Run(kTruncate, -1, [&](bool) { return real(fd, size); }); \
  }
#define SIGNPOST_FCNTL(NAME)                                                           \
  int NAME(int fd, int command, ...) {                                                 \
    static const auto real = Next<int (*)(int, int, void*)>(#NAME);                    \
    va_list list;                                                                      \
    va_start(list, command);                                                           \
    void* const argument = va_arg(list, void*);                                        \
    va_end(list);                                                                      \
    if (command != F_SETLK && command != F_SETLKW) return real(fd, command, argument); \
    return Run(kLock, -1, [&](bool) { return real(fd, command, argument); });          \
  }
#define SIGNPOST_MAP(NAME)                                                                    \
  void* NAME(void* near, size_t size, int protection, int flags, int fd, off_t at) noexcept { \
    static const auto real = Next<void* (*)(void*, size_t, int, int, int, off_t)>(#NAME);     \
    return Run(kMap, MAP_FAILED,                                                              \
               [&](bool) { return real(near, size, protection, flags, fd, at); });            \
  }

extern "C" {

SIGNPOST_OPEN(open)
SIGNPOST_OPEN(open64)
SIGNPOST_PREAD(pread)
SIGNPOST_PREAD(pread64)
SIGNPOST_PWRITE(pwrite)
SIGNPOST_PWRITE(pwrite64)
SIGNPOST_TRUNCATE(ftruncate)
SIGNPOST_TRUNCATE(ftruncate64)
SIGNPOST_FCNTL(fcntl)
SIGNPOST_FCNTL(fcntl64)
SIGNPOST_MAP(mmap)
SIGNPOST_MAP(mmap64)

ssize_t read(int fd, void* data, size_t size) {
  static const auto real = Next<ssize_t (*)(int, void*, size_t)>("read");
  return Run(kRead, ssize_t{-1},
             [&](bool is_short) { return real(fd, data, Cut(is_short, size)); });
}

ssize_t write(int fd, const void* data, size_t size) {
  static const auto real = Next<ssize_t (*)(int, const void*, size_t)>("write");
  return Run(kWrite, ssize_t{-1},
             [&](bool is_short) { return real(fd, data, Cut(is_short, size)); });
}

// What a fortified build calls instead.
ssize_t __read_chk(int fd, void* data, size_t size, size_t) { return read(fd, data, size); }
ssize_t __pread64_chk(int fd, void* data, size_t size, off_t at, size_t) {
  return pread64(fd, data, size, at);
}

int fsync(int fd) {
  static const auto real = Next<int (*)(int)>("fsync");
  return Run(kSync, -1, [&](bool) { return real(fd); });
}

int fdatasync(int fd) {
  static const auto real = Next<int (*)(int)>("fdatasync");
  return Run(kSync, -1, [&](bool) { return real(fd); });
}

int rename(const char* from, const char* to) noexcept {
  static const auto real = Next<int (*)(const char*, const char*)>("rename");
  return Run(kRename, -1, [&](bool) { return real(from, to); });
}

int renameat2(int from_folder, const char* from, int to_folder, const char* to,
              unsigned flags) noexcept {
  static const auto real = Next<int (*)(int, const char*, int, const char*, unsigned)>("renameat2");
  return Run(kRename, -1, [&](bool) { return real(from_folder, from, to_folder, to, flags); });
}

int link(const char* from, const char* to) noexcept {
  static const auto real = Next<int (*)(const char*, const char*)>("link");
  return Run(kLink, -1, [&](bool) { return real(from, to); });
}

int unlink(const char* path) noexcept {
  static const auto real = Next<int (*)(const char*)>("unlink");
  return Run(kUnlink, -1, [&](bool) { return real(path); });
}

int mkdir(const char* path, mode_t mode) noexcept {
  static const auto real = Next<int (*)(const char*, mode_t)>("mkdir");
  return Run(kMkdir, -1, [&](bool) { return real(path, mode); });
}

int flock(int fd, int operation) noexcept {
  static const auto real = Next<int (*)(int, int)>("flock");
  return Run(kFlock, -1, [&](bool) { return real(fd, operation); });
}

ssize_t sendmsg(int fd, const msghdr* message, int flags) {
  static const auto real = Next<ssize_t (*)(int, const msghdr*, int)>("sendmsg");
  return Transfer(kSend, message, [&](const msghdr* m) { return real(fd, m, flags); });
}

ssize_t recvmsg(int fd, msghdr* message, int flags) {
  static const auto real = Next<ssize_t (*)(int, msghdr*, int)>("recvmsg");
  return Transfer(kReceive, message, [&](msghdr* m) { return real(fd, m, flags); });
}

ssize_t send(int fd, const void* data, size_t size, int flags) {
  static const auto real = Next<ssize_t (*)(int, const void*, size_t, int)>("send");
  return Run(kSend, ssize_t{-1},
             [&](bool is_short) { return real(fd, data, Cut(is_short, size), flags); });
}

ssize_t recv(int fd, void* data, size_t size, int flags) {
  static const auto real = Next<ssize_t (*)(int, void*, size_t, int)>("recv");
  return Run(kReceive, ssize_t{-1},
             [&](bool is_short) { return real(fd, data, Cut(is_short, size), flags); });
}

int connect(int fd, const sockaddr* address, socklen_t size) {
  static const auto real = Next<int (*)(int, const sockaddr*, socklen_t)>("connect");
  return Run(kConnect, -1, [&](bool) { return real(fd, address, size); });
}

int socket(int domain, int type, int protocol) noexcept {
  static const auto real = Next<int (*)(int, int, int)>("socket");
  return Run(kSocket, -1, [&](bool) { return real(domain, type, protocol); });
}

int socketpair(int domain, int type, int protocol, int* fds) noexcept {
  static const auto real = Next<int (*)(int, int, int, int*)>("socketpair");
  return Run(kSocket, -1, [&](bool) { return real(domain, type, protocol, fds); });
}

int poll(pollfd* fds, nfds_t count, int milliseconds) {
  static const auto real = Next<int (*)(pollfd*, nfds_t, int)>("poll");
  return Run(kPoll, -1, [&](bool) { return real(fds, count, milliseconds); });
}

int __poll_chk(pollfd* fds, nfds_t count, int milliseconds, size_t) {
  return poll(fds, count, milliseconds);
}

int close(int fd) {
  static const auto real = Next<int (*)(int)>("close");
  return Run(kClose, -1, [&](bool) { return real(fd); });
}

// Between fork and exec, so nothing is allocated here.
int execve(const char* path, char* const* argv, char* const* environment) noexcept {
  static const auto real = Next<int (*)(const char*, char* const*, char* const*)>("execve");
  if (page == nullptr) return real(path, argv, environment);
  std::array<char*, 64> with{};
  size_t used = 0;
  with[used++] = preload_variable.data();
  with[used++] = page_variable.data();
  for (; environment != nullptr && *environment != nullptr && used + 1 < with.size();
       ++environment) {
    const std::string_view entry = *environment;
    if (entry.rfind("LD_PRELOAD=", 0) == 0 || entry.rfind("SIGNPOST_FAULTS=", 0) == 0) continue;
    with[used++] = *environment;
  }
  return real(path, argv, with.data());
}

}  // extern "C"
