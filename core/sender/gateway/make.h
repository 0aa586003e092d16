// Makes the gateway that a session names: the one place of the sender that knows each kind. The
// site's files are read before there is a session, and so before the kind is known: as bytes, which
// the kind reads when the gateway is made.
#pragma once

#include <string_view>

#include "core/sender/gateway/gateway.h"
#include "crypto/memory/secret.h"

namespace signpost::sender::gateway {

// Pays the libraries' start-up costs: call before a lock-down.
void Prepare();

struct SiteFiles {
  memory::SecretBuffer credentials;  // kept in locked memory
  size_t credentials_bytes;
  Bytes trust;  // PEM; empty when it cannot be read, or is longer than kTrustMax
};
// Reads kCredentialsFd and kTrustFd, and closes them. Credentials that are no file read as empty.
// An error: no memory can be locked.
Result<SiteFiles> ReadSiteFiles();

// kCredentials: they are not as this kind writes them. kOpener: the session or the text is out of
// range, or of no known kind. kInternal: no memory can be locked.
MadeGateway MakeGateway(const wire::sender::Session& session, std::string_view text,
                        SiteFiles files);

}  // namespace signpost::sender::gateway
