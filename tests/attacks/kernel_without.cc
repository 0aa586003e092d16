// kernel-without FEATURE COMMAND...: runs COMMAND on a kernel that lacks FEATURE, as far as it can
// tell: a filter that every process below inherits answers the calls as such a kernel does. Under
// the name of a sealed process it takes FEATURE from the file <itself>.without and starts
// <itself>.real: then this process alone goes without.
#include <fcntl.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>

namespace {

bool Answer(void* filter, int number, int error) {
  return seccomp_rule_add(filter, SCMP_ACT_ERRNO(static_cast<uint32_t>(error)), number, 0) == 0;
}

bool AnswerPrctl(void* filter, int option, int error) {
  const scmp_arg_cmp is = {0, SCMP_CMP_EQ, static_cast<scmp_datum_t>(option), 0};
  return seccomp_rule_add(filter, SCMP_ACT_ERRNO(static_cast<uint32_t>(error)), __NR_prctl, 1,
                          is) == 0;
}

bool Without(void* filter, const std::string& feature) {
  if (feature == "landlock-absent") return Answer(filter, __NR_landlock_create_ruleset, ENOSYS);
  if (feature == "landlock-off") return Answer(filter, __NR_landlock_create_ruleset, EOPNOTSUPP);
  if (feature == "landlock-refused") return Answer(filter, __NR_landlock_restrict_self, EPERM);
  if (feature == "close-range") return Answer(filter, __NR_close_range, ENOSYS);
  if (feature == "no-new-privileges") return AnswerPrctl(filter, PR_SET_NO_NEW_PRIVS, EINVAL);
  if (feature == "not-dumpable") return AnswerPrctl(filter, PR_SET_DUMPABLE, EINVAL);
  if (feature == "locked-memory") return Answer(filter, __NR_mlock, ENOMEM);
  if (feature == "limits") return Answer(filter, __NR_prlimit64, EPERM);
  if (feature == "seccomp-absent") {
    return Answer(filter, __NR_seccomp, EINVAL) && AnswerPrctl(filter, PR_SET_SECCOMP, EINVAL);
  }
  if (feature == "seccomp-refused") {  // it says what it has, and takes no filter
    const scmp_arg_cmp set_filter = {0, SCMP_CMP_EQ, 1, 0};
    return seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), __NR_seccomp, 1, set_filter) == 0 &&
           AnswerPrctl(filter, PR_SET_SECCOMP, EPERM);
  }
  return false;
}

int Start(const std::string& feature, const char* path, char** argv) {
  void* filter = seccomp_init(SCMP_ACT_ALLOW);
  if (filter == nullptr || !Without(filter, feature) || seccomp_load(filter) != 0) return 125;
  seccomp_release(filter);
  execvp(path, argv);
  std::perror(path);
  return 127;
}

}  // namespace

int main(int argc, char** argv) {
  if (!std::string(argv[0]).ends_with("kernel-without")) {
    char self[PATH_MAX] = {};
    if (readlink("/proc/self/exe", self, sizeof self - 1) < 0) return 125;
    std::string feature;
    std::ifstream(std::string(self) + ".without") >> feature;
    return Start(feature, (std::string(self) + ".real").c_str(), argv);
  }
  if (argc < 3) return 2;
  return Start(argv[1], argv[2], argv + 2);
}
