// Reads the gateway's credentials, once, from a descriptor: two lines, system id (1 to 15 octets)
// and password (up to 8), as the site writes them. The password stays in locked memory: a later
// link binds again.
#pragma once

#include "core/sender/smpp/session.h"
#include "crypto/base/result.h"

namespace signpost::sender::gateway {

// kInput when it is not two lines of those lengths. Closes nothing.
Result<smpp::Credentials> ReadCredentials(int fd);

}  // namespace signpost::sender::gateway
