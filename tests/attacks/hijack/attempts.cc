#include "tests/attacks/hijack/attempts.h"

#include <fcntl.h>
#include <linux/keyctl.h>
#include <poll.h>
#include <sched.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <functional>

#include "core/shared/sandbox/lockdown.h"

#ifndef __NR_memfd_secret
#define __NR_memfd_secret 447
#endif

namespace signpost::test {
namespace {

// Made before the lock-down would be useless: their addresses and sizes are all that is used.
std::array<char, 4096> g_buffer;
char g_path[] = "/tmp/signpost-hijacked";
char g_program[] = "/bin/true";
char* g_arguments[] = {g_program, nullptr};
pid_t g_parent = getppid();

template <class... Args>
auto Call(long number, Args... args) {
  return [=] { return syscall(number, args...) >= 0; };
}

sockaddr_un Abstract() {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  address.sun_path[1] = 's';
  return address;
}

bool ConnectAbstract() {
  const sockaddr_un address = Abstract();
  return connect(3, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

bool BindAbstract() {
  const sockaddr_un address = Abstract();
  return bind(3, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

bool SendToAbstract() {
  const sockaddr_un address = Abstract();
  return sendto(3, "x", 1, 0, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 1;
}

bool ReadParent() {
  iovec mine{g_buffer.data(), 8}, theirs{g_buffer.data(), 8};
  return process_vm_readv(g_parent, &mine, 1, &theirs, 1, 0) >= 0;
}

bool WriteParent() {
  iovec mine{g_buffer.data(), 8}, theirs{g_buffer.data(), 8};
  return process_vm_writev(g_parent, &mine, 1, &theirs, 1, 0) >= 0;
}

bool Map(int protection, int flags, int fd) {
  return mmap(nullptr, 4096, protection, flags, fd, 0) != MAP_FAILED;
}

bool MakeExecutable() {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return page != MAP_FAILED && mprotect(page, 4096, PROT_READ | PROT_EXEC) == 0;
}

bool SetHandler() {
  struct sigaction action {};
  action.sa_handler = SIG_IGN;
  return sigaction(SIGSYS, &action, nullptr) == 0;
}

bool RaiseLimit() {
  const rlimit limit{1 << 20, 1 << 20};
  return setrlimit(RLIMIT_FSIZE, &limit) == 0;
}

bool WriteFar(int fd) { return pwrite(fd, "x", 1, 1 << 20) == 1; }

#ifdef __x86_64__
// Another architecture's numbers: 20 is getpid of i386, and 39 with the bit is getpid of x32.
bool OldGate() {
  long answer = 20;
  asm volatile("int $0x80" : "+a"(answer) : : "memory", "r8", "r9", "r10", "r11");
  return answer > 0;
}
#endif

struct Attempt {
  const char* name;
  std::function<bool()> could;
};

const Attempt kAttempts[] = {
    // files
    {"open", Call(__NR_openat, AT_FDCWD, "/etc/passwd", O_RDONLY)},
    {"create", Call(__NR_openat, AT_FDCWD, g_path, O_RDWR | O_CREAT, 0600)},
    {"unlink", Call(__NR_unlinkat, AT_FDCWD, g_path, 0)},
    {"list a folder", Call(__NR_getdents64, 3, g_buffer.data(), 4096)},
    {"write", Call(__NR_write, 3, g_buffer.data(), 1)},
    {"write behind the end", [] { return WriteFar(6); }},
    {"write to a channel at a place", [] { return WriteFar(3); }},
    {"truncate", Call(__NR_ftruncate, 6, 0)},
    {"splice", Call(__NR_splice, 3, nullptr, 4, nullptr, 1, 0)},
    {"send a file", Call(__NR_sendfile, 3, 5, nullptr, 1)},
    {"copy a file range", Call(__NR_copy_file_range, 5, nullptr, 6, nullptr, 1, 0)},
    {"open by handle", Call(__NR_open_by_handle_at, 3, g_buffer.data(), O_RDONLY)},
    {"change the folder", Call(__NR_chdir, "/")},
    {"change the root", Call(__NR_chroot, "/")},
    {"mount", Call(__NR_mount, nullptr, "/", nullptr, 0, nullptr)},
    {"watch files", Call(__NR_inotify_init1, 0)},
    {"watch the file system", Call(__NR_fanotify_init, 0, 0)},
    // descriptors
    {"copy a descriptor", Call(__NR_dup, 3)},
    {"change a descriptor", Call(__NR_fcntl, 3, F_GETFD)},
    {"control a device", Call(__NR_ioctl, 3, 0x541b, g_buffer.data())},
    {"pipe", Call(__NR_pipe2, g_buffer.data(), 0)},
    {"nameless file", Call(__NR_memfd_create, "x", 0)},
    {"secret memory file", Call(__NR_memfd_secret, 0)},
    {"event", Call(__NR_eventfd2, 0, 0)},
    {"epoll", Call(__NR_epoll_create1, 0)},
    {"signal descriptor", Call(__NR_signalfd4, -1, g_buffer.data(), 8, 0)},
    {"descriptor of a process", Call(__NR_pidfd_open, g_parent, 0)},
    {"take a descriptor", Call(__NR_pidfd_getfd, 3, 1, 0)},
    // network
    {"socket", Call(__NR_socket, AF_INET, SOCK_STREAM, 0)},
    {"netlink", Call(__NR_socket, AF_NETLINK, SOCK_RAW, 0)},
    {"socket pair", Call(__NR_socketpair, AF_UNIX, SOCK_STREAM, 0, g_buffer.data())},
    {"connect", ConnectAbstract},
    {"bind", BindAbstract},
    {"send to an address", SendToAbstract},
    {"listen", Call(__NR_listen, 3, 1)},
    {"accept", Call(__NR_accept4, 3, nullptr, nullptr, 0)},
    {"socket option", Call(__NR_setsockopt, 3, SOL_SOCKET, SO_SNDBUF, g_buffer.data(), 4)},
    {"shut down a channel", Call(__NR_shutdown, 3, SHUT_RDWR)},
    // processes
    {"exec", Call(__NR_execve, g_program, g_arguments, nullptr)},
    {"exec a descriptor", Call(__NR_execveat, 3, "", g_arguments, nullptr, AT_EMPTY_PATH)},
    {"fork", Call(__NR_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr)},
    {"clone3", Call(__NR_clone3, g_buffer.data(), 64)},
    {"trace the parent", Call(__NR_ptrace, PTRACE_ATTACH, g_parent, nullptr, nullptr)},
    {"read the parent", ReadParent},
    {"write the parent", WriteParent},
    {"compare processes", Call(__NR_kcmp, g_parent, g_parent, 0, 0, 0)},
    {"kill the parent", Call(__NR_kill, g_parent, 0)},
    {"signal a thread", Call(__NR_tgkill, g_parent, g_parent, 0)},
    {"queue a signal", Call(__NR_rt_sigqueueinfo, g_parent, 0, g_buffer.data())},
    {"unshare", Call(__NR_unshare, CLONE_NEWUSER)},
    {"join a namespace", Call(__NR_setns, 3, 0)},
    {"another personality", Call(__NR_personality, 0)},
    {"another user", Call(__NR_setuid, 0)},
    // undoing the lock-down
    {"dumpable again", Call(__NR_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0)},
    {"traceable again", Call(__NR_prctl, PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0)},
    {"raise a limit", RaiseLimit},
    {"another filter", Call(__NR_seccomp, 0, 0, nullptr)},
    {"another ruleset", Call(__NR_landlock_create_ruleset, nullptr, 0, 1)},
    {"outlive the filter", SetHandler},
    {"signal stack", Call(__NR_sigaltstack, nullptr, nullptr)},
    {"block signals", Call(__NR_rt_sigprocmask, SIG_BLOCK, g_buffer.data(), nullptr, 8)},
    // memory
    {"executable memory",
     [] { return Map(PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1); }},
    {"make memory executable", MakeExecutable},
    {"map a file", [] { return Map(PROT_READ | PROT_WRITE, MAP_SHARED, 6); }},
    {"map executable with a key", Call(__NR_pkey_mprotect, 0, 4096, PROT_EXEC, -1)},
    {"remap a file's pages", Call(__NR_remap_file_pages, 0, 4096, 0, 0, 0)},
    {"unlock everything", Call(__NR_munlockall)},
    {"page faults by hand", Call(__NR_userfaultfd, 0)},
    // other ways into the kernel
    {"io_uring", Call(__NR_io_uring_setup, 1, g_buffer.data())},
    {"asynchronous files", Call(__NR_io_setup, 1, g_buffer.data())},
    {"bpf", Call(__NR_bpf, 0, g_buffer.data(), 4)},
    {"performance events", Call(__NR_perf_event_open, g_buffer.data(), 0, -1, -1, 0)},
    {"kernel log", Call(__NR_syslog, 3, g_buffer.data(), 16)},
    {"keys of the kernel", Call(__NR_keyctl, KEYCTL_GET_KEYRING_ID, -3, 0)},
    {"add a key", Call(__NR_add_key, "user", "x", "x", 1, -3)},
    // other processes' memory and messages
    {"shared memory", Call(__NR_shmget, IPC_PRIVATE, 4096, 0600)},
    {"semaphore", Call(__NR_semget, IPC_PRIVATE, 1, 0600)},
    {"message queue", Call(__NR_msgget, IPC_PRIVATE, 0600)},
    {"named message queue", Call(__NR_mq_open, "x", O_RDWR | O_CREAT, 0600, nullptr)},
    // time
    {"timer", Call(__NR_timer_create, CLOCK_MONOTONIC, nullptr, g_buffer.data())},
    {"interval timer", Call(__NR_setitimer, 0, g_buffer.data(), nullptr)},
    {"set the clock", Call(__NR_clock_settime, CLOCK_REALTIME, g_buffer.data())},
    {"sleep", Call(__NR_nanosleep, g_buffer.data(), nullptr)},
    // what it is
    {"who am I", Call(__NR_getuid)},
    {"which process am I", Call(__NR_getpid)},
    {"which kernel", Call(__NR_uname, g_buffer.data())},
    {"processors", Call(__NR_sched_setaffinity, 0, 8, g_buffer.data())},
#ifdef __x86_64__
    {"numbers of another architecture", OldGate},
    {"numbers of x32", Call(0x40000000L | 39)},
#endif
};

}  // namespace

void Try(const std::string& name) {
  for (const Attempt& attempt : kAttempts) {
    if (name == attempt.name) sandbox::ExitSealed(attempt.could() ? kCould : kRefusedByKernel);
  }
  sandbox::ExitSealed(kNoSuchAttempt);
}

void TryEverything(const std::function<bool()>& lock_down) {
  for (const Attempt& attempt : kAttempts) {
    const pid_t pid = fork();
    if (pid == 0) {
      g_parent = getppid();
      if (!lock_down()) sandbox::ExitSealed(wire::LockStep::kPrepare);
      Try(attempt.name);
    }
    int status = 0;
    waitpid(pid, &status, 0);
    std::printf("%d %s\n", WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status),
                attempt.name);
    std::fflush(stdout);
  }
}

}  // namespace signpost::test
