// Starting a sealed process with its control channel: descriptor 3, and the others behind it.
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

// `send` and `receive` are the boundary's tables, from signpost's side. `others` become descriptors
// 4, 5, ... in order; an empty one becomes /dev/null.
Result<SealedProcess> StartSealed(const std::string& binary, std::span<const wire::Rule> send,
                                  std::span<const wire::Rule> receive, std::vector<OwnedFd> others);

// After a sealed process broke off or a channel to it failed: closes the channel, waits for its end
// and returns what tells most, its own exit (it could not lock itself down, it was killed) or
// `else_`.
tl::unexpected<Error> WhyItEnded(SealedProcess& process, Error else_);

}  // namespace signpost::process
