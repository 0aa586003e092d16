// Lays what SQLite wrote while it undid an interrupted transaction over the bytes of a database
// file, in memory: so SQLite is to see them. The file itself cannot be written: a ByteSource has no
// way to. Where the file is said to be longer than it is, the rest reads as zeros.
//
// Bounded: a journal that would need more than kMaxOverlayBytes is refused. One thread.
#pragma once

#include <map>
#include <memory>

#include "core/reader/extraction/source.h"

namespace signpost::reader::database {

constexpr uint64_t kMaxOverlayBytes = 64u << 20;

class Overlay {
 public:
  Overlay(extraction::ByteSource& base, uint64_t size) : base_(base), size_(size) {}

  uint64_t size() const { return size_; }
  bool written() const { return written_; }
  // As ByteSource::ReadAt.
  std::optional<size_t> ReadAt(uint64_t offset, std::span<uint8_t> into);
  // False: it would grow beyond its bound, or the rest of a block cannot be read.
  bool Write(uint64_t offset, std::span<const uint8_t> bytes);
  void Truncate(uint64_t size);

 private:
  static constexpr uint64_t kBlock = 4096;
  using Block = std::array<uint8_t, kBlock>;

  // From the extraction alone, zeros where it has none.
  bool ReadBase(uint64_t offset, std::span<uint8_t> into);

  extraction::ByteSource& base_;
  uint64_t size_;
  bool written_ = false;
  uint64_t base_until_ = UINT64_MAX;  // what was cut off once reads as zeros from then on
  std::map<uint64_t, std::unique_ptr<Block>> blocks_;
};

}  // namespace signpost::reader::database
