// Connects to a gateway on behalf of the sender, which cannot make a socket.
#pragma once

#include <string>

#include "crypto/base/fd.h"
#include "crypto/base/mode.h"
#include "crypto/base/result.h"

namespace signpost::dispatch {

// A connected TCP socket, within 10 s. In a rehearsal only loopback addresses are tried. kGateway.
Result<OwnedFd> Dial(const std::string& host, uint16_t port, Mode mode);

}  // namespace signpost::dispatch
