// Runs the one job of signpost-reader: the start frame, the files that signpost hands over one
// by one, numbers to the sealer, and places, reasons and counts to signpost. No value ever goes to
// the control channel.
#pragma once

#include "core/shared/wire/channel.h"
#include "core/shared/wire/reader_boundary.h"
#include "crypto/base/fd.h"
#include "crypto/memory/secret.h"

namespace signpost::reader {

// What is got ready before the process locks itself down.
struct Prepared {
  memory::SecretBuffer numbers;   // kBatchOfNumbers frames, locked in memory
  memory::SecretBuffer unparsed;  // what was read of a file and not yet parsed, locked in memory
  memory::SecretBuffer owners;    // the phone's own numbers, locked in memory
  static Result<Prepared> Create();
};

// Success is an orderly end: Totals or Refused was sent. An error is a peer that broke the protocol
// or is gone; nobody is left to be told.
Result<void> RunReader(Prepared prepared, OwnedFd control, OwnedFd numbers);

}  // namespace signpost::reader
