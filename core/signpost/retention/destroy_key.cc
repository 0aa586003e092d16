#include "core/signpost/retention/destroy_key.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "crypto/base/bytes.h"
#include "crypto/base/fd.h"
#include "crypto/base/file.h"

namespace signpost::retention {

Result<void> DestroyKeyFile(const std::string& path) {
  const OwnedFd fd(open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd) {
    if (errno == ENOENT) return {};
    return FailErrno("open", path);
  }
  struct stat facts {};
  if (fstat(fd.get(), &facts) != 0) return FailErrno("fstat", path);
  TRY(WriteAll(fd.get(), Bytes(static_cast<size_t>(facts.st_size)), path));
  if (fsync(fd.get()) != 0) return FailErrno("fsync", path);
  return RemoveFile(path);
}

}  // namespace signpost::retention
