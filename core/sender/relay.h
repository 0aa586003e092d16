// Passes numbers from the opener to the gateway, outcomes and receipts to signpost, and the numbers
// of people who say STOP to the sealer: the sender's work between lock-down and exit.
//
// Order of things: kStart; session and text from the opener; a socket, until the gateway is ready;
// numbers as it has room, so that the rest stays in the opener's pipe; outcomes in blocks, at the
// latest 50 ms after the first of them; after the opener's end and the last outcome the gateway
// stays open for receipts and replies; its end; kFinished. A STOP goes to the sealer, and the
// gateway answers it only after signpost says that the opt-out is durable.
//
// When something breaks, nothing new is submitted, answers are collected, everything that is held
// is settled, and then kFailed says why. When signpost itself is gone there is nobody to tell: the
// link is drained briefly and left in order.
// Numbers that wait here are in locked memory and wiped as they are handed on. One thread.
#pragma once

#include <functional>
#include <string_view>

#include "core/sender/gateway/gateway.h"
#include "core/shared/wire/channel.h"

namespace signpost::sender {

struct RelayFds {
  OwnedFd control, opener, sealer;
};
// Makes the gateway from what the opener said; called at most once. A failure ends the run.
using MakeGateway =
    std::function<gateway::MadeGateway(const wire::sender::Session&, std::string_view text)>;

// Returns the exit code: 0 after kFinished, 6 when the gateway was the reason, else 1.
int RunRelay(RelayFds fds, const MakeGateway& make);

}  // namespace signpost::sender
