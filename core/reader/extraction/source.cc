#include "core/reader/extraction/source.h"

#include <algorithm>

#include "crypto/base/fd.h"

namespace signpost::reader::extraction {

std::optional<size_t> FdSource::ReadAt(uint64_t offset, std::span<uint8_t> into) {
  if (offset >= size_) return 0;
  into = into.first(static_cast<size_t>(std::min<uint64_t>(into.size(), size_ - offset)));
  const Result<size_t> got = ReadUpToAt(fd_, into, offset, "the file");
  return got ? std::optional(*got) : std::nullopt;
}

std::optional<size_t> MemorySource::ReadAt(uint64_t offset, std::span<uint8_t> into) {
  if (offset >= bytes_.size()) return 0;
  const auto rest = bytes_.subspan(static_cast<size_t>(offset));
  const size_t size = std::min(into.size(), rest.size());
  std::copy_n(rest.begin(), size, into.begin());
  return size;
}

}  // namespace signpost::reader::extraction
