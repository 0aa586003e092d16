// Tells the sender whom to believe, from the manifest that was approved.
#pragma once

#include "core/shared/wire/sender_boundary.h"
#include "policy/manifest.h"

namespace signpost::opener {

// Without a TLS name: all zero, no TLS. The manifest's parser has checked both fields.
wire::sender::Tls TlsOf(const policy::ManifestGateway& gateway);

}  // namespace signpost::opener
