// signpost-opener: opens one batch, range by range. No arguments; see
// core/shared/wire/opener_boundary.h.
#include "cli/opener/syscalls.h"
#include "core/opener/opener.h"
#include "core/shared/wiping/wiping.h"
#include "crypto/base/bytes.h"
#include "crypto/memory/stack.h"

int main() {
  using namespace signpost;
  PrepareCrypto();  // both libraries, before they would have to open a file for it
  if (!wiping::CheckWiping()) sandbox::ExitSealed(wire::LockStep::kWiping);
  if (!memory::LockStack()) sandbox::ExitSealed(wire::LockStep::kLockedMemory);
  if (const wire::Locked locked = sandbox::LockDown(opener::kProfile); !locked)
    sandbox::ExitSealed(locked.error());
  opener::OpenerFds fds;
  fds.control = OwnedFd(wire::kControlFd);
  for (const int fd : wire::opener::kSenderFds) fds.senders.emplace_back(fd);
  fds.passphrase = OwnedFd(wire::opener::kPassphraseFd);
  fds.state = OwnedFd(wire::opener::kStateFd);
  const Result<void> done = opener::RunOpener(std::move(fds));
  sandbox::ExitSealed(done ? 0 : ExitCode(done.error().code));
}
