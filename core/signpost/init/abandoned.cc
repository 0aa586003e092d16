#include "core/signpost/init/abandoned.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <filesystem>
#include <vector>

#include "crypto/base/bytes.h"
#include "crypto/base/file.h"

namespace signpost::init {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSuffix = ".new-";
constexpr size_t kRandomBytes = 4;

bool IsBuildFolder(std::string_view name, std::string_view home_name) {
  if (!name.starts_with(home_name)) return false;
  name.remove_prefix(home_name.size());
  if (!name.starts_with(kSuffix)) return false;
  name.remove_prefix(kSuffix.size());
  return name.size() == 2 * kRandomBytes && name.find_first_not_of("0123456789abcdef") == name.npos;
}

}  // namespace

std::string FreshBuildFolder(const std::string& home) {
  Bytes random(kRandomBytes);
  RandomBytes(random);
  return home + std::string(kSuffix) + ToHex(random);
}

Result<OwnedFd> LockBuildFolder(const std::string& folder) {
  OwnedFd fd(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd) return FailErrno("open", folder);
  while (flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) return FailErrno("flock", folder);
    return Fail(Code::kRefused, "another init is at work", folder);
  }
  return fd;
}

void RemoveAbandoned(const std::string& home) {
  std::error_code error;
  std::vector<fs::path> found;
  for (fs::directory_iterator entry(DirName(home), error), end; !error && entry != end;
       entry.increment(error)) {
    if (IsBuildFolder(entry->path().filename().string(), BaseName(home))) {
      found.push_back(entry->path());
    }
  }
  for (const fs::path& folder : found) {
    const Result<OwnedFd> lock = LockBuildFolder(folder.string());
    if (lock) fs::remove_all(folder, error);
  }
}

}  // namespace signpost::init
