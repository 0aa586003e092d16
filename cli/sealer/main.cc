// signpost-sealer: numbers in; tokens and ciphertext out. See core/sealer/sealer.h.
#include "cli/sealer/syscalls.h"
#include "core/sealer/sealer.h"
#include "core/shared/wiping/wiping.h"
#include "crypto/memory/stack.h"

int main() {
  using namespace signpost;
  if (!sealer::PrepareLibraries()) sandbox::ExitSealed(wire::LockStep::kPrepare);
  if (!wiping::CheckWiping()) sandbox::ExitSealed(wire::LockStep::kWiping);
  if (!memory::LockStack()) sandbox::ExitSealed(wire::LockStep::kLockedMemory);
  if (const wire::Locked locked = sandbox::LockDown(sealer::kProfile); !locked)
    sandbox::ExitSealed(locked.error());
  sandbox::ExitSealed(sealer::RunSealer(OwnedFd(wire::kControlFd),
                                        OwnedFd(wire::sealer::kNumbersFd),
                                        OwnedFd(wire::sealer::kPassphraseFd)));
}
