#include "core/reader/database/wal.h"

#include <algorithm>
#include <vector>

#include "core/reader/database/big_endian.h"

namespace signpost::reader::database {
namespace {

constexpr size_t kHeader = 32, kFrameHeader = 24;

uint32_t Le32(const uint8_t* p) {
  return uint32_t{p[3]} << 24 | uint32_t{p[2]} << 16 | uint32_t{p[1]} << 8 | p[0];
}

// The log's running checksum: two words, over pairs of words in the order of bytes of whoever
// wrote it.
struct Checksum {
  bool big_endian;
  uint32_t a = 0, b = 0;
  void Add(std::span<const uint8_t> bytes) {
    for (size_t i = 0; i + 8 <= bytes.size(); i += 8) {
      a += (big_endian ? Be32(&bytes[i]) : Le32(&bytes[i])) + b;
      b += (big_endian ? Be32(&bytes[i + 4]) : Le32(&bytes[i + 4])) + a;
    }
  }
  bool Is(const uint8_t* stored) const { return a == Be32(stored) && b == Be32(stored + 4); }
};

}  // namespace

WalState InspectWal(extraction::ByteSource& wal) {
  WalState state;
  state.has_frames = wal.size() > kHeader;
  std::array<uint8_t, kHeader> header;
  if (wal.ReadAt(0, header) != kHeader) return state;
  if ((Be32(header.data()) & ~1u) != 0x377f0682 || Be32(&header[4]) != 3007000) return state;
  Checksum sum{(header[3] & 1) != 0};
  sum.Add(std::span(header).first<24>());
  const uint32_t page_size = Be32(&header[8]);
  const bool possible =
      page_size >= 512 && page_size <= 65536 && (page_size & (page_size - 1)) == 0;
  if (!possible || !sum.Is(&header[24])) return state;
  state.page_size = page_size;

  std::vector<uint8_t> frame(kFrameHeader + page_size);
  for (uint64_t at = kHeader; at + frame.size() <= wal.size(); at += frame.size()) {
    if (wal.ReadAt(at, frame) != frame.size()) break;
    if (!std::equal(&frame[8], &frame[16], &header[16]) || Be32(frame.data()) == 0) break;
    sum.Add(std::span(frame).first<8>());
    sum.Add(std::span(frame).subspan(kFrameHeader));
    if (!sum.Is(&frame[16])) break;
    if (Be32(&frame[4]) != 0) {
      state.committed = true;
      break;
    }
  }
  return state;
}

}  // namespace signpost::reader::database
