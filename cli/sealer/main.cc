// signpost-sealer: numbers in; tokens and ciphertext out. See core/sealer/sealer.h.
#include "cli/sealer/syscalls.h"
#include "core/sealer/sealer.h"
#include "core/shared/wiping/wiping.h"
#include "crypto/memory/stack.h"

int main() {
  using namespace signpost;
  if (!sealer::PrepareLibraries()) ExitSealed(LockStep::kPrepare);
  if (!CheckWiping()) ExitSealed(LockStep::kWiping);
  if (!LockStack()) ExitSealed(LockStep::kLockedMemory);
  if (const Locked locked = LockDown(sealer::kProfile); !locked) ExitSealed(locked.error());
  ExitSealed(sealer::RunSealer(OwnedFd(sealer::kControlFd), OwnedFd(sealer::kNumbersFd),
                               OwnedFd(sealer::kPassphraseFd)));
}
