// Parses an SMPP gateway's credentials, as the site writes them: two lines, system id (1 to 15
// octets) and password (up to 8). The password stays in locked memory: a later link binds again.
#pragma once

#include "core/sender/smpp/session.h"
#include "crypto/base/result.h"

namespace signpost::sender::gateway {

// kInput when it is not two lines of those lengths.
Result<smpp::Credentials> ParseCredentials(ByteView text);

}  // namespace signpost::sender::gateway
