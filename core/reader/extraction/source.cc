#include "core/reader/extraction/source.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace signpost::reader::extraction {

std::optional<size_t> FdSource::ReadAt(uint64_t offset, std::span<uint8_t> into) {
  if (offset >= size_) return 0;
  into = into.first(static_cast<size_t>(std::min<uint64_t>(into.size(), size_ - offset)));
  size_t done = 0;
  while (done < into.size()) {
    const ssize_t n =
        pread(fd_, into.data() + done, into.size() - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return std::nullopt;
    if (n == 0) break;
    done += static_cast<size_t>(n);
  }
  return done;
}

std::optional<size_t> MemorySource::ReadAt(uint64_t offset, std::span<uint8_t> into) {
  if (offset >= bytes_.size()) return 0;
  const auto rest = bytes_.subspan(static_cast<size_t>(offset));
  const size_t size = std::min(into.size(), rest.size());
  std::copy_n(rest.begin(), size, into.begin());
  return size;
}

}  // namespace signpost::reader::extraction
