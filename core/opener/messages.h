// Tells the sender the kind of gateway, and the form and the source of the messages, from the
// manifest that was approved and from nothing else. The rest of the session is opener.cc's.
#pragma once

#include "core/shared/wire/sender_boundary.h"
#include "policy/manifest.h"

namespace signpost::opener {

// The manifest was judged already: its sender fits, and its alphabet is one of its profile.
void DescribeMessages(const policy::Manifest& manifest, wire::sender::Session& session);

}  // namespace signpost::opener
