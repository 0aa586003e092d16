// A child to look at: does what the byte on descriptor 3 says and answers there.
#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <string>

namespace {

// Which descriptors are open, in one line; n stands for /dev/null.
std::string Descriptors() {
  std::string out;
  struct stat null {};
  stat("/dev/null", &null);
  for (int fd = 0; fd < 1024; ++fd) {
    struct stat s {};
    if (fstat(fd, &s) != 0) continue;
    out += std::to_string(fd) + (s.st_rdev == null.st_rdev && S_ISCHR(s.st_mode) ? "n " : " ");
  }
  return out;
}

bool Blocked(int signal) {
  sigset_t set;
  return sigprocmask(SIG_BLOCK, nullptr, &set) == 0 && sigismember(&set, signal) == 1;
}

}  // namespace

int main(int argc, char** argv) {
  char request = 0;
  if (read(3, &request, 1) != 1) return 9;
  std::string answer;
  if (request == 'd') answer = Descriptors();
  if (request == 'e') {
    int variables = 0;
    for (char** e = environ; e != nullptr && *e != nullptr; ++e) ++variables;
    answer =
        "argc " + std::to_string(argc) + " env " + std::to_string(variables) + " name " + argv[0];
  }
  if (request == 's') {
    answer = std::string(getsid(0) == getpid() ? "own session" : "inherited session") +
             (Blocked(SIGTERM) ? " blocked" : " free") +
             (signal(SIGPIPE, SIG_DFL) == SIG_DFL ? " default" : " ignored");
  }
  if (!answer.empty() && write(3, answer.data(), answer.size()) < 0) return 8;
  if (request == 'k') raise(SIGUSR1);
  if (request == 'w') pause();
  if (request >= 'A' && request <= 'Z') return 64 + request - 'A';
  if (request >= '0' && request <= '9') return request - '0';
  return 0;
}
