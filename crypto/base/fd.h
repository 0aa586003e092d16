// Closes file descriptors by itself, and reads and writes whole blocks in spite of EINTR.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "crypto/base/result.h"

namespace signpost {

class OwnedFd {  // move-only; -1 when empty
 public:
  OwnedFd() = default;
  explicit OwnedFd(int fd) : fd_(fd) {}
  OwnedFd(OwnedFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  OwnedFd& operator=(OwnedFd&& other) noexcept;
  ~OwnedFd();
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

// Everything or an error. `place` names the file or channel in errors.
Result<void> WriteAll(int fd, std::span<const uint8_t> bytes, const std::string& place);
// Fills `out` or returns the bytes read before the end of the file.
Result<size_t> ReadUpTo(int fd, std::span<uint8_t> out, const std::string& place);
// The same at a place of a file, which does not move.
Result<void> WriteAllAt(int fd, std::span<const uint8_t> bytes, uint64_t offset,
                        const std::string& place);
Result<size_t> ReadUpToAt(int fd, std::span<uint8_t> out, uint64_t offset,
                          const std::string& place);

}  // namespace signpost
