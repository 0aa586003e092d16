// signpost-sealer: numbers in; tokens and ciphertext out. See core/sealing/sealer.h.
#include "cli/sealer/syscalls.h"
#include "core/sealing/sealer.h"
#include "core/wiping/wiping.h"
#include "crypto/memory/stack.h"

int main() {
  using namespace signpost;
  if (!sealer::PrepareLibraries()) ExitSealed(ExitCode(Code::kInternal));
  if (!CheckWiping() || !LockStack()) ExitSealed(ExitCode(Code::kSandbox));
  if (!LockDown(sealer::kProfile)) ExitSealed(ExitCode(Code::kSandbox));
  ExitSealed(sealer::RunSealer(OwnedFd(sealer::kControlFd), OwnedFd(sealer::kNumbersFd),
                               OwnedFd(sealer::kPassphraseFd)));
}
