// Starts a sealed process with its control channel, and says why one ended.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/shared/wire/channel.h"
#include "core/signpost/process/child.h"

namespace signpost::process {

struct SealedProcess {
  Child child;
  wire::Channel control;
};

// `send` and `receive` are the boundary's tables, from signpost's side. `others` are its
// descriptors but for the control channel.
Result<SealedProcess> StartSealed(const std::string& binary, std::span<const wire::Rule> send,
                                  std::span<const wire::Rule> receive, ChildFds others);

// Says why a sealed process broke off, or a channel to it failed: its own exit (it could not lock
// itself down, it was killed), or `else_` where that tells no more. Closes the channel first; one
// that does not end then, since it waits for somebody else, is killed.
tl::unexpected<Error> WhyItEnded(SealedProcess& process, Error else_,
                                 int64_t end_within_ms = wire::kEndSeconds * 1000);

}  // namespace signpost::process
