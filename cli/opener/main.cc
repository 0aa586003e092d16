// signpost-opener: opens one batch, range by range. No arguments; see core/shared/wire/opener_boundary.h.
#include "cli/opener/syscalls.h"
#include "core/opener/opener.h"
#include "core/shared/wiping/wiping.h"
#include "crypto/base/bytes.h"
#include "crypto/memory/stack.h"

int main() {
  using namespace signpost;
  PrepareCrypto();  // both libraries, before they would have to open a file for it
  if (!CheckWiping()) ExitSealed(LockStep::kWiping);
  if (!LockStack()) ExitSealed(LockStep::kLockedMemory);
  if (const Locked locked = LockDown(opener::kProfile); !locked) ExitSealed(locked.error());
  OpenerFds fds;
  fds.control = OwnedFd(opener::kControlFd);
  fds.senders.emplace_back(opener::kSenderFd);
  for (const int fd : opener::kMoreSenderFds) fds.senders.emplace_back(fd);
  fds.passphrase = OwnedFd(opener::kPassphraseFd);
  fds.state = OwnedFd(opener::kStateFd);
  const Result<void> done = RunOpener(std::move(fds));
  ExitSealed(done ? 0 : ExitCode(done.error().code));
}
