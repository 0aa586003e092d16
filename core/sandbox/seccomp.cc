#include <seccomp.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include <cerrno>
#include <memory>

#include "core/sandbox/internal.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SIGNPOST_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SIGNPOST_SANITIZED 1
#endif
#endif

namespace signpost {
namespace {

constexpr int kStreams[] = {__NR_read, __NR_write, __NR_readv, __NR_writev, __NR_close, __NR_lseek};
// mmap and mprotect are allowed, too, but not with PROT_EXEC: AllowMemory.
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

tl::unexpected<Error> CannotBuild() {
  return Fail(Code::kSandbox, "cannot build the system call filter", {},
              "libseccomp 2.5 or newer is required");
}

Result<void> Add(void* filter, std::span<const int> numbers) {
  for (const int number : numbers) {
    const int rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0);
    if (rc != 0 && rc != -EEXIST) return CannotBuild();
  }
  return {};
}

// Memory, but none that can be executed: no code can come in by a descriptor or a buffer.
Result<void> AllowMemory(void* filter) {
  for (const int number : {__NR_mmap, __NR_mprotect}) {
    // The third argument, masked, is zero. (libseccomp's macro is a C compound literal.)
    const scmp_arg_cmp not_executable = {2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0};
    if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 1, not_executable) != 0) {
      return CannotBuild();
    }
  }
  return {};
}

}  // namespace

std::span<const SyscallGroup> BaseSyscalls() { return kBase; }

Result<void> AllowOnly(const SandboxProfile& profile) {
  const std::unique_ptr<void, ReleaseFilter> filter(seccomp_init(SCMP_ACT_KILL_PROCESS));
  if (!filter) return CannotBuild();
  // Every thread that a library may have begun, and calls in another architecture's numbers.
  if (seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_TSYNC, 1) != 0 ||
      seccomp_attr_set(filter.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) != 0) {
    return CannotBuild();
  }
  TRY(AllowMemory(filter.get()));
  for (const SyscallGroup& group : kBase) TRY(Add(filter.get(), group.numbers));
  for (const SyscallGroup& group : profile.groups) TRY(Add(filter.get(), group.numbers));
#ifdef SIGNPOST_SANITIZED
  TRY(Add(filter.get(), kSanitizerSyscalls));
#endif
  if (seccomp_load(filter.get()) != 0) {
    return Fail(Code::kSandbox, "cannot load the system call filter", {},
                "the kernel needs CONFIG_SECCOMP_FILTER");
  }
  return {};
}

}  // namespace signpost
