#include <fmt/format.h>

#include <cstdlib>

#include "crypto/tree/tree.h"

namespace signpost::tree {
namespace {

constexpr unsigned kFullWidth = 256;

// Groups of three digits, all but the last with an 'x': 1234067 is "x001/x234/067".
std::string Numbered(uint64_t n) {
  std::string out = fmt::format("{:03}", n % 1000);
  for (n /= 1000; n > 0; n /= 1000) out = fmt::format("x{:03}/{}", n % 1000, out);
  return out;
}

std::string WidthSuffix(unsigned width) {
  if (width == 0 || width > kFullWidth) std::abort();
  return width == kFullWidth ? std::string() : fmt::format(".p/{}", width);
}

}  // namespace

std::string TilePath(unsigned level, uint64_t n, unsigned width) {
  if (level > 63) std::abort();
  return fmt::format("tile/{}/{}{}", level, Numbered(n), WidthSuffix(width));
}

std::string EntriesPath(uint64_t n, unsigned width) {
  return fmt::format("tile/entries/{}{}", Numbered(n), WidthSuffix(width));
}

}  // namespace signpost::tree
