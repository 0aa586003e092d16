// Reads the integers of SQLite's file formats, which are big-endian.
#pragma once

#include <cstdint>

namespace signpost::reader::database {

// Four octets from `p`.
inline uint32_t Be32(const uint8_t* p) {
  return uint32_t{p[0]} << 24 | uint32_t{p[1]} << 16 | uint32_t{p[2]} << 8 | p[3];
}

}  // namespace signpost::reader::database
