#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "core/shared/sandbox/internal.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SIGNPOST_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SIGNPOST_SANITIZED 1
#endif
#endif

namespace signpost::sandbox {
namespace {

constexpr int kStreams[] = {__NR_read, __NR_close};
// mmap and mprotect are allowed, too, but neither files nor PROT_EXEC: AllowMemory.
constexpr int kMemory[] = {__NR_munmap, __NR_mremap, __NR_madvise,
                           __NR_brk,    __NR_mlock,  __NR_munlock};
constexpr int kTime[] = {
    __NR_clock_gettime,
    __NR_gettimeofday,
#ifdef __NR_time  // not on arm64
    __NR_time,
#endif
};
constexpr int kThreads[] = {__NR_futex};
constexpr int kRandom[] = {__NR_getrandom};
constexpr int kEnd[] = {__NR_exit, __NR_exit_group, __NR_rt_sigreturn, __NR_restart_syscall};
constexpr int kChannels[] = {__NR_recvmsg, __NR_sendmsg};

constexpr SyscallGroup kBase[] = {
    {"descriptors that are open already", kStreams},
    {"frames and descriptors over the named channels", kChannels},
    {"memory for itself; mlock for keys", kMemory},
    {"the one clock", kTime},
    {"locks inside libraries, one thread", kThreads},
    {"nonces and ids", kRandom},
    {"the end", kEnd},
};

#ifdef SIGNPOST_SANITIZED
// What the sanitizers' runtimes need; in no other build: the marker in the binary says so.
[[gnu::used]] constexpr char kMarker[] = "signpost-sandbox:sanitizer-system-calls-allowed";
constexpr int kSanitizerSyscalls[] = {
    __NR_write,
    __NR_writev,
    __NR_readv,
    __NR_lseek,
    __NR_openat,
    __NR_newfstatat,
    __NR_fstat,
    __NR_readlinkat,
    __NR_sigaltstack,
    __NR_rt_sigaction,
    __NR_rt_sigprocmask,
    __NR_getpid,
    __NR_getppid,
    __NR_gettid,
    __NR_tgkill,
    __NR_prctl,
    __NR_sched_yield,
    __NR_sched_getaffinity,
    __NR_prlimit64,
    __NR_clone,
    __NR_clone3,
    __NR_wait4,
    __NR_dup,
    __NR_pipe2,
    __NR_nanosleep,
    __NR_clock_nanosleep,
    __NR_set_robust_list,
    __NR_rseq,
    __NR_uname,
    __NR_ioctl,
    __NR_mincore,
    __NR_process_vm_readv,
#ifdef __NR_readlink  // these are not on arm64
    __NR_readlink,
    __NR_getrlimit,
    __NR_arch_prctl,
    __NR_dup2,
#endif
};
#endif

struct ReleaseFilter {
  void operator()(void* filter) const { seccomp_release(filter); }
};

wire::Locked Done(int rc) {
  if (rc != 0 && rc != -EEXIST) return Without(wire::LockStep::kSeccompRefused);
  return {};
}

wire::Locked Add(void* filter, std::span<const int> numbers) {
  for (const int number : numbers) {
    TRY(Done(seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0)));
  }
  return {};
}

// Memory, but none that can be executed, and none that is a file: no code can come in by a
// descriptor or a buffer, and no file is changed past the calls that are counted above.
wire::Locked AllowMemory(void* filter) {
  // An argument, masked, is what it must be. (libseccomp's macros are C compound literals.)
  const scmp_arg_cmp not_executable = {2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0};
  const scmp_arg_cmp anonymous = {3, SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS};
  TRY(Done(seccomp_rule_add(filter, SCMP_ACT_ALLOW, __NR_mprotect, 1, not_executable)));
  return Done(seccomp_rule_add(filter, SCMP_ACT_ALLOW, __NR_mmap, 2, not_executable, anonymous));
}

wire::Locked AllowOnFds(void* filter, std::span<const CallOnFd> calls) {
  for (const CallOnFd& call : calls) {
    const scmp_arg_cmp that_one = {0, SCMP_CMP_EQ, static_cast<scmp_datum_t>(call.fd), 0};
    TRY(Done(seccomp_rule_add(filter, SCMP_ACT_ALLOW, call.number, 1, that_one)));
  }
  return {};
}

// libseccomp falls back to weaker ways where these are missing, so they are asked for first.
wire::Locked KernelHasFilters() {
  const uint32_t kill = SECCOMP_RET_KILL_PROCESS;
  if (syscall(__NR_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &kill) != 0) {
    return Without(wire::LockStep::kSeccompAbsent);
  }
  return {};
}

}  // namespace

std::span<const SyscallGroup> BaseSyscalls() { return kBase; }

wire::Locked AllowOnly(const SandboxProfile& profile) {
  TRY(KernelHasFilters());
  const std::unique_ptr<void, ReleaseFilter> filter(seccomp_init(SCMP_ACT_KILL_PROCESS));
  if (!filter) return Without(wire::LockStep::kSeccompRefused);
  // Every thread that a library may have begun, and calls in another architecture's numbers.
  TRY(Done(seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_TSYNC, 1)));
  TRY(Done(seccomp_attr_set(filter.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS)));
  TRY(AllowMemory(filter.get()));
  TRY(AllowOnFds(filter.get(), profile.calls_on_fds));
  for (const SyscallGroup& group : kBase) TRY(Add(filter.get(), group.numbers));
  for (const SyscallGroup& group : profile.groups) TRY(Add(filter.get(), group.numbers));
#ifdef SIGNPOST_SANITIZED
  TRY(Add(filter.get(), kSanitizerSyscalls));
#endif
  return Done(seccomp_load(filter.get()));
}

}  // namespace signpost::sandbox
