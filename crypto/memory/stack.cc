#include "crypto/memory/stack.h"

#include <sodium.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstdint>

namespace signpost::memory {
namespace {

// A frame as large as what is to be wiped, where the dead ones were. The address sanitizer would
// put it elsewhere.
[[gnu::noinline, gnu::no_sanitize_address]] void Overwrite() {
  std::array<uint8_t, kStackBytes> dead;  // not initialised: sodium_memzero does that, for certain
  sodium_memzero(dead.data(), dead.size());
}

}  // namespace

[[gnu::noinline]] void WipeStack() { Overwrite(); }

[[gnu::noinline]] Result<void> LockStack() {
  Overwrite();  // and so the kernel has grown the stack as far down
  const auto high = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
  // NOLINTNEXTLINE(performance-no-int-to-ptr): an address is what is meant
  if (mlock(reinterpret_cast<const void*>(high - kStackBytes), kStackBytes) != 0) {
    return Fail(Code::kStorage, "cannot lock the stack in memory", {},
                "raise the limit on locked memory (ulimit -l, LimitMEMLOCK)");
  }
  // Only the second wall: the process cannot be dumped at all.
  const uintptr_t page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE)) - 1;
  const uintptr_t from = (high - kStackBytes) & ~page;
  // NOLINTNEXTLINE(performance-no-int-to-ptr)
  static_cast<void>(madvise(reinterpret_cast<void*>(from), (high - from) & ~page, MADV_DONTDUMP));
  return {};
}

}  // namespace signpost::memory
