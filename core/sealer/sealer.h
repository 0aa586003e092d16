// Turns numbers into tokens and ciphertext. It runs inside signpost-sealer, the one process that
// holds token keys and the public half of an epoch key. The boundary is
// core/shared/wire/sealer_boundary.h.
//
// What it does not protect against: whoever can start it with pipes of his own, the key files and
// the passphrase has every token (see policy/THREATS.md). It cannot open what it sealed: the code
// that opens is not linked.
//
// The mode in the *unwrapped* keys decides which numbers exist: rehearsal keys and a number outside
// Ofcom's drama range, or live keys and one inside it, end the job, so that no confusion above this
// process can put a real number into a rehearsal.
#pragma once

#include "core/shared/wire/sealer_boundary.h"
#include "crypto/base/fd.h"
#include "crypto/base/result.h"

namespace signpost::sealer {

// Before LockDown: makes the libraries load what they load late (algorithm tables; no configuration
// file), so that the first token is not their first file access. kInternal.
Result<void> PrepareLibraries();

// One job, from kStart to kEnd or kFailed. Returns the process's exit code: 0 when kEnd was sent,
// ExitCode(kRefused) when kFailed was, ExitCode(kInternal) when `signpost` is gone.
int RunSealer(OwnedFd control, OwnedFd numbers, OwnedFd passphrase);

}  // namespace signpost::sealer
