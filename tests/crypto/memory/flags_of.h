// What the kernel says of the mapping that holds an address, from /proc/self/smaps.
#pragma once

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>

#include "tests/sanitized.h"

namespace signpost::test {

constexpr bool kLocksMemory = !kSanitized;  // they turn mlock into nothing

// With blanks around each flag; empty: no such mapping.
inline std::string FlagsOf(const void* address) {
  const auto wanted = reinterpret_cast<uintptr_t>(address);
  std::ifstream maps("/proc/self/smaps");
  bool here = false;
  for (std::string line; std::getline(maps, line);) {
    unsigned long from = 0;
    unsigned long until = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx ", &from, &until) == 2) {
      here = from <= wanted && wanted < until;
    } else if (here && line.starts_with("VmFlags:")) {
      return line + ' ';
    }
  }
  return {};
}

inline bool IsLocked(const void* address) {
  return FlagsOf(address).find(" lo ") != std::string::npos;
}

}  // namespace signpost::test
