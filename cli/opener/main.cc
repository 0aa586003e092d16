// signpost-opener: opens one batch, range by range. No arguments; see core/wire/opener_boundary.h.
#include "cli/opener/syscalls.h"
#include "core/opening/opener.h"
#include "crypto/base/bytes.h"

int main() {
  using namespace signpost;
  PrepareCrypto();  // both libraries, before they would have to open a file for it
  if (const Result<void> locked = LockDown(opener::kProfile); !locked) {
    ExitSealed(ExitCode(locked.error().code));
  }
  const Result<void> done = RunOpener({OwnedFd(opener::kControlFd), OwnedFd(opener::kSenderFd),
                                       OwnedFd(opener::kPassphraseFd), OwnedFd(opener::kStateFd)});
  ExitSealed(done ? 0 : ExitCode(done.error().code));
}
