// Opens a batch for the sender: the only code that turns ciphertext back into numbers.
//
// Runs inside signpost-opener after lock-down, with the descriptors of opener_boundary.h. One job,
// then the process exits, which is the only reliable wipe. It holds one range of numbers at a time,
// in two parts (the second is opened while signpost records the first), in locked memory, and
// nothing of the ones before.
#pragma once

#include <vector>

#include "core/shared/wire/channel.h"
#include "crypto/base/fd.h"
#include "crypto/base/result.h"

namespace signpost::opener {

struct OpenerFds {
  OwnedFd control;
  std::vector<OwnedFd> senders;  // as many as there may be; only those of kStart are used
  OwnedFd passphrase, state;
};

// Serves the one job that kStart names. An error is a broken boundary; refusals are answers, not
// errors, and a state that cannot be written is a refusal (kState): nothing is opened or passed
// then. A sender that is gone ends the run in order, since signpost sees why.
Result<void> RunOpener(OpenerFds fds);

}  // namespace signpost::opener
