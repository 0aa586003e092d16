#include "core/shared/wiping/wiping.h"

#include <malloc.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>

// glibc's allocator under the names that nobody interposes.
extern "C" {
void* __libc_malloc(size_t bytes);            // NOLINT(*-reserved-identifier,cert-dcl*)
void* __libc_realloc(void* block, size_t n);  // NOLINT(*-reserved-identifier,cert-dcl*)
void __libc_free(void* block);                // NOLINT(*-reserved-identifier,cert-dcl*)
}

namespace {

// In the binaries that wipe, and in no sanitizer build: tests/core/shared/wiping looks for it.
[[gnu::used]] constexpr char kMarker[] = "signpost-wiping:freed-memory-is-zeroed";

void WipeBlock(void* block, size_t from, size_t to) {
  if (from < to) explicit_bzero(static_cast<unsigned char*>(block) + from, to - from);
}

}  // namespace

extern "C" {

[[gnu::visibility("default")]] void free(void* block) noexcept {
  if (block == nullptr) return;
  WipeBlock(block, 0, malloc_usable_size(block));
  __libc_free(block);
}

[[gnu::visibility("default")]] void* realloc(void* block, size_t bytes) noexcept {
  if (block == nullptr) return __libc_malloc(bytes);
  if (bytes == 0) {
    free(block);  // as glibc does
    return nullptr;
  }
  const size_t usable = malloc_usable_size(block);
  if (bytes <= usable) {
    WipeBlock(block, bytes, usable);
    return __libc_realloc(block, bytes);  // shrinks where it is
  }
  void* const moved = __libc_malloc(bytes);
  if (moved == nullptr) return nullptr;
  std::memcpy(moved, block, usable);
  free(block);
  return moved;
}

}  // extern "C"

namespace signpost::wiping {

Result<void> CheckWiping() {
  // Small, so that the next block of the size is the same one, from this thread's cache.
  constexpr size_t kBytes = 96;
  constexpr uint8_t kPattern = 0x5a;
  auto* const block = static_cast<volatile uint8_t*>(::operator new(kBytes));
  const auto at = reinterpret_cast<uintptr_t>(block);
  for (size_t i = 0; i < kBytes; ++i) block[i] = kPattern;
  ::operator delete(const_cast<uint8_t*>(block));  // libstdc++, which calls free
  auto* const again = static_cast<volatile uint8_t*>(::operator new(kBytes));
  const bool same = reinterpret_cast<uintptr_t>(again) == at;
  bool left = false;
  // The first bytes are the allocator's links by now.
  for (size_t i = 2 * sizeof(void*); i < kBytes; ++i) left = left || again[i] != 0;
  ::operator delete(const_cast<uint8_t*>(again));
  if (same && !left) return {};
  return Fail(Code::kSandbox, "freed memory is not wiped", {},
              "glibc's own allocator is required: remove what replaces it (LD_PRELOAD, "
              "GLIBC_TUNABLES)");
}

}  // namespace signpost::wiping
