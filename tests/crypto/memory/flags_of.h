// What the kernel says of the mapping that holds an address, from /proc/self/smaps.
#pragma once

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>

namespace signpost::test {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kLocksMemory = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool kLocksMemory = false;  // these sanitizers turn mlock into nothing
#else
constexpr bool kLocksMemory = true;
#endif
#else
constexpr bool kLocksMemory = true;
#endif

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
