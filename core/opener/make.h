// Makes the opener's own first state, or an epoch's key pair: its two jobs besides dispatch. Used
// by opener.cc, after kStart. Both answer over `control`: kDone, kMadeKey and kDone, or kRefused
// with kKey (the passphrase does not open the opener's key) or kState (there is one already, or it
// cannot be written). An error is a broken boundary.
#pragma once

#include "core/shared/wire/channel.h"
#include "core/shared/wire/opener_boundary.h"
#include "crypto/base/fd.h"
#include "crypto/base/result.h"

namespace signpost::opener {

Result<void> MakeState(wire::Channel& control, int passphrase, OwnedFd state);
// The secret half leaves wrapped, bound to the trust root of the opener's own key.
Result<void> MakeEpoch(wire::Channel& control, int passphrase, const wire::opener::Start& start);

}  // namespace signpost::opener
