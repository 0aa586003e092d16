#include "crypto/base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "crypto/base/bytes.h"

namespace signpost {

std::string BaseName(std::string_view path) {
  const size_t slash = path.rfind('/');
  return std::string(slash == std::string_view::npos ? path : path.substr(slash + 1));
}

std::string DirName(std::string_view path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return slash == 0 ? "/" : std::string(path.substr(0, slash));
}

Result<OwnedFd> OpenRead(const std::string& path) {
  OwnedFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!fd) return FailErrno("open", path);
  return fd;
}

Result<std::string> ReadFile(const std::string& path, size_t max_bytes) {
  TRY_ASSIGN(OwnedFd fd, OpenRead(path));
  std::string content;
  std::string chunk(65536, '\0');
  for (;;) {
    TRY_ASSIGN(const size_t n,
               ReadUpTo(fd.get(), {reinterpret_cast<uint8_t*>(chunk.data()), chunk.size()}, path));
    content.append(chunk, 0, n);
    if (content.size() > max_bytes) return Fail(Code::kInput, "file is too large", path);
    if (n < chunk.size()) return content;
  }
}

Result<void> SyncFolder(const std::string& folder) {
  OwnedFd fd(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return FailErrno("open", folder);
  if (fsync(fd.get()) != 0) return FailErrno("fsync", folder);
  return {};
}

namespace {

Result<std::string> WriteTemporary(const std::string& path, std::string_view content,
                                   unsigned mode) {
  std::array<uint8_t, 6> random;
  RandomBytes(random);
  const std::string temporary = path + ".tmp-" + ToHex(random);
  OwnedFd fd(open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  if (!fd) return FailErrno("open", temporary);
  Result<void> written = WriteAll(fd.get(), AsBytes(content), path);
  if (written && fsync(fd.get()) != 0) written = FailErrno("fsync", path);
  if (!written) {
    unlink(temporary.c_str());
    return tl::unexpected(written.error());
  }
  return temporary;
}

}  // namespace

Result<void> WriteFileAtomic(const std::string& path, std::string_view content, unsigned mode) {
  TRY_ASSIGN(const std::string temporary, WriteTemporary(path, content, mode));
  if (rename(temporary.c_str(), path.c_str()) != 0) {
    auto error = FailErrno("rename", path);
    unlink(temporary.c_str());
    return error;
  }
  return SyncFolder(DirName(path));
}

Result<void> WriteFileNew(const std::string& path, std::string_view content, unsigned mode) {
  TRY_ASSIGN(const std::string temporary, WriteTemporary(path, content, mode));
  // In one step: by link and unlink a key has two names where the unlink fails.
  int moved = renameat2(AT_FDCWD, temporary.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE);
  if (moved != 0 && errno == EINVAL) {  // NFS and others cannot
    moved = link(temporary.c_str(), path.c_str());
    if (moved == 0 && unlink(temporary.c_str()) != 0) return FailErrno("unlink", temporary);
  }
  if (moved != 0) {
    auto error = errno == EEXIST
                     ? Fail(Code::kRefused, "file exists already", path, "choose another name")
                     : FailErrno("rename", path);
    unlink(temporary.c_str());
    return error;
  }
  return SyncFolder(DirName(path));
}

Result<void> RemoveFile(const std::string& path) {
  if (unlink(path.c_str()) != 0) {
    if (errno == ENOENT) return {};
    return FailErrno("unlink", path);
  }
  return SyncFolder(DirName(path));
}

}  // namespace signpost
