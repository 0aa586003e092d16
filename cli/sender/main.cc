// signpost-sender: numbers in; texts to the carrier; outcomes out. No arguments; its descriptors
// are in core/shared/wire/sender_boundary.h, its work in core/sender/relay.h.
#include "cli/sender/syscalls.h"
#include "core/sender/gateway/make.h"
#include "core/sender/relay.h"
#include "core/shared/wiping/wiping.h"
#include "crypto/memory/stack.h"

int main() {
  using namespace signpost;
  sender::gateway::Prepare();
  if (!wiping::CheckWiping()) sandbox::ExitSealed(wire::LockStep::kWiping);
  if (!memory::LockStack()) sandbox::ExitSealed(wire::LockStep::kLockedMemory);
  if (const wire::Locked locked = sandbox::LockDown(sender::kProfile); !locked)
    sandbox::ExitSealed(locked.error());

  Result<sender::gateway::SiteFiles> files = sender::gateway::ReadSiteFiles();
  const sender::MakeGateway make = [&](const wire::sender::Session& session,
                                       std::string_view text) -> sender::gateway::MadeGateway {
    if (!files) return tl::unexpected(wire::sender::Failure::kInternal);
    return sender::gateway::MakeGateway(session, text, *std::move(files));
  };
  sandbox::ExitSealed(sender::RunRelay({OwnedFd(wire::kControlFd), OwnedFd(wire::sender::kOpenerFd),
                                        OwnedFd(wire::sender::kSealerFd)},
                                       make));
}
