// Reads the bytes of one open file, or of one file inside a zip, from any offset; never writes.
// What is read must be taken as hostile, and may differ from one call to the next.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "core/shared/wire/reader_boundary.h"

namespace signpost::reader::extraction {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  virtual uint64_t size() const = 0;
  // Fills `into` from `offset` on; how many bytes, fewer only at the end. nullopt: cannot be read.
  virtual std::optional<size_t> ReadAt(uint64_t offset, std::span<uint8_t> into) = 0;
};

// An open regular file: pread(2) and nothing else. Ends at `size`, however it grows meanwhile.
class FdSource final : public ByteSource {
 public:
  FdSource(int fd, uint64_t size) : fd_(fd), size_(size) {}
  uint64_t size() const override { return size_; }
  std::optional<size_t> ReadAt(uint64_t offset, std::span<uint8_t> into) override;

 private:
  int fd_;  // the caller's
  uint64_t size_;
};

// Bytes in memory that outlive it.
class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(std::span<const uint8_t> bytes) : bytes_(bytes) {}
  uint64_t size() const override { return bytes_.size(); }
  std::optional<size_t> ReadAt(uint64_t offset, std::span<uint8_t> into) override;

 private:
  std::span<const uint8_t> bytes_;
};

// One file of an extraction, and a database's sidecar files. Null: there is none.
struct ExtractionFile {
  ByteSource* main = nullptr;
  ByteSource* wal = nullptr;
  ByteSource* journal = nullptr;
  uint32_t entry = 0;       // of the zip it was inflated from; 0: a file of its own
  bool known_only = false;  // text counts only where it says of itself what it is (known_only.h)
};

}  // namespace signpost::reader::extraction
