#include "crypto/base/fd.h"

#include <unistd.h>

#include <cerrno>

namespace signpost {

OwnedFd& OwnedFd::operator=(OwnedFd&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) close(fd_);
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

OwnedFd::~OwnedFd() {
  if (fd_ >= 0) close(fd_);
}

namespace {

// `move(done)` moves bytes behind those that are done, as read and write do. Returns how many in all,
// fewer than `size` at an end.
template <class Move>
Result<size_t> MoveAll(size_t size, const char* what, const std::string& place, Move move) {
  size_t done = 0;
  while (done < size) {
    const ssize_t n = move(done);
    if (n < 0) {
      if (errno == EINTR) continue;
      return FailErrno(what, place);
    }
    if (n == 0) break;
    done += static_cast<size_t>(n);
  }
  return done;
}

Result<void> AllOf(size_t size, const std::string& place, const Result<size_t>& moved) {
  if (!moved) return tl::unexpected(moved.error());
  if (*moved < size) return Fail(Code::kStorage, "could not be written whole", place);
  return {};
}

}  // namespace

Result<void> WriteAll(int fd, std::span<const uint8_t> bytes, const std::string& place) {
  return AllOf(bytes.size(), place, MoveAll(bytes.size(), "write", place, [&](size_t done) {
                 return write(fd, bytes.data() + done, bytes.size() - done);
               }));
}

Result<size_t> ReadUpTo(int fd, std::span<uint8_t> out, const std::string& place) {
  return MoveAll(out.size(), "read", place,
                 [&](size_t done) { return read(fd, out.data() + done, out.size() - done); });
}

Result<void> WriteAllAt(int fd, std::span<const uint8_t> bytes, uint64_t offset,
                        const std::string& place) {
  return AllOf(bytes.size(), place, MoveAll(bytes.size(), "pwrite", place, [&](size_t done) {
                 return pwrite(fd, bytes.data() + done, bytes.size() - done,
                               static_cast<off_t>(offset + done));
               }));
}

Result<size_t> ReadUpToAt(int fd, std::span<uint8_t> out, uint64_t offset,
                          const std::string& place) {
  return MoveAll(out.size(), "pread", place, [&](size_t done) {
    return pread(fd, out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
  });
}

}  // namespace signpost
