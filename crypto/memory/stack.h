// Wipes what is left on the stack when functions return: digits in frames of ours and of libraries
// that have ended. A sealed process calls WipeStack when it is through with a range or a block of
// numbers, and before it exits.
//
// LockStack keeps that same stretch out of swap. Not covered: the frames that are alive, which are
// the caller's business; registers.
#pragma once

#include <cstddef>

#include "crypto/base/result.h"

namespace signpost::memory {

// Deeper than anything here goes with a number: libphonenumber's regular expressions go deepest.
constexpr size_t kStackBytes = 128u << 10;

// Zeroes kStackBytes below the caller's frame: about 3 us.
void WipeStack();

// Locks kStackBytes below the caller's frame until exit: for main, whose own frame holds no number.
// kStorage when it may not.
Result<void> LockStack();

}  // namespace signpost::memory
