#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>

#include <cerrno>

#include "core/signpost/home/home.h"

namespace signpost::home {

Result<OwnedFd> LockFile(const std::string& path, const std::string& who_holds_it,
                         int64_t wait_ms) {
  OwnedFd fd(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!fd) return FailErrno("open", path);
  const int64_t give_up = MonotonicMillis() + wait_ms;
  while (flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return FailErrno("flock", path);
    if (MonotonicMillis() >= give_up) {
      return Fail(Code::kStorage, who_holds_it + " is running on this home", {},
                  "try again when it has ended");
    }
    poll(nullptr, 0, 50);
  }
  return fd;
}

}  // namespace signpost::home
