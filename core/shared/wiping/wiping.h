// Zeroes memory when it is freed, in the whole process: linked into every binary that sees numbers,
// this folder defines `free` and `realloc`, and the dynamic linker gives these to every library of
// the process. So copies that libphonenumber, ICU, OpenSSL, libsodium, libstdc++ and libc itself
// made of a number are gone when they free them: `operator delete`, `fclose` and the like come here
// too. (glibc's own M_PERTURB skips small blocks and the bytes that its free lists use.)
//
// How: glibc's allocator does the work, through its exported __libc_free, __libc_malloc and
// __libc_realloc; a block is zeroed over its whole usable size before it is handed back. A realloc
// that grows always moves, since the old block could otherwise be left behind; one that shrinks
// zeroes what it cuts off. malloc, calloc and the aligned forms are glibc's own: they free nothing.
//
// Not covered: memory that is not freed; the stack (crypto/memory/stack.h); registers; what a
// library maps for itself with mmap and unmaps (the kernel clears pages before anybody gets them).
//
// Thread safety is glibc's. Sanitizers replace the allocator themselves, so their builds have
// sanitized.cc in place of wiping.cc, and the marker string in wiping.cc tells them apart.
#pragma once

#include "crypto/base/result.h"

namespace signpost::wiping {

// Frees a block through another library and looks at what is left in it. kSandbox when something
// is: another allocator, or another C library than this was made for. Call it before any number
// comes. In a sanitizer build it says nothing.
Result<void> CheckWiping();

}  // namespace signpost::wiping
