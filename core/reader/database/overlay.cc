#include "core/reader/database/overlay.h"

#include <algorithm>

namespace signpost::reader::database {

bool Overlay::ReadBase(uint64_t offset, std::span<uint8_t> into) {
  size_t done = 0;
  if (offset < base_until_) {
    const uint64_t there = std::min<uint64_t>(into.size(), base_until_ - offset);
    const auto read = base_.ReadAt(offset, into.first(static_cast<size_t>(there)));
    if (!read) return false;
    done = *read;
  }
  std::fill(into.begin() + done, into.end(), uint8_t{0});
  return true;
}

std::optional<size_t> Overlay::ReadAt(uint64_t offset, std::span<uint8_t> into) {
  if (offset >= size_) return 0;
  into = into.first(static_cast<size_t>(std::min<uint64_t>(into.size(), size_ - offset)));
  if (blocks_.empty()) {
    if (!ReadBase(offset, into)) return std::nullopt;
    return into.size();
  }
  size_t done = 0;
  while (done < into.size()) {
    const uint64_t at = offset + done;
    const uint64_t within = at % kBlock;
    const auto part =
        into.subspan(done, static_cast<size_t>(std::min(kBlock - within, into.size() - done)));
    const auto block = blocks_.find(at / kBlock);
    if (block == blocks_.end()) {
      if (!ReadBase(at, part)) return std::nullopt;
    } else {
      std::copy_n(block->second->begin() + within, part.size(), part.begin());
    }
    done += part.size();
  }
  return done;
}

bool Overlay::Write(uint64_t offset, std::span<const uint8_t> bytes) {
  size_t done = 0;
  while (done < bytes.size()) {
    const uint64_t at = offset + done;
    const uint64_t within = at % kBlock;
    const auto part =
        bytes.subspan(done, static_cast<size_t>(std::min(kBlock - within, bytes.size() - done)));
    auto block = blocks_.find(at / kBlock);
    if (block == blocks_.end()) {
      if ((blocks_.size() + 1) * kBlock > kMaxOverlayBytes) return false;
      auto fresh = std::make_unique<Block>();
      if (!ReadBase(at - within, *fresh)) return false;
      block = blocks_.emplace(at / kBlock, std::move(fresh)).first;
    }
    std::copy(part.begin(), part.end(), block->second->begin() + within);
    done += part.size();
  }
  size_ = std::max<uint64_t>(size_, offset + bytes.size());
  written_ = true;
  return true;
}

void Overlay::Truncate(uint64_t size) {
  if (size >= size_) return;
  size_ = size;
  base_until_ = std::min(base_until_, size);
  blocks_.erase(blocks_.upper_bound(size / kBlock), blocks_.end());
  if (const auto last = blocks_.find(size / kBlock); last != blocks_.end()) {
    std::fill(last->second->begin() + size % kBlock, last->second->end(), uint8_t{0});
  }
  written_ = true;
}

}  // namespace signpost::reader::database
