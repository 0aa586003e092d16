// Unwraps the token keys that a job of the sealer needs, and at init makes and wraps the root and
// the purpose keys. Called by sealer.cc only, after the process has locked itself down.
//
// The passphrase is read once. Deriving the wrapping key may take 256 MiB for half a second; keys
// of one home share a salt, so it happens once, and it is over before the first number arrives.
#pragma once

#include <optional>

#include "core/sealer/step.h"
#include "core/shared/wire/channel.h"
#include "crypto/base/fd.h"
#include "crypto/base/mode.h"
#include "crypto/memory/secret.h"
#include "crypto/token/token.h"
#include "crypto/token/tokeniser/tokeniser.h"

namespace signpost::sealer {

struct Keys {
  Mode mode = Mode::kLive;  // of the trust root: what the keys say, not what `signpost` says
  std::optional<token::Tokeniser<token::OptOut>> opt_out;
  std::optional<token::Tokeniser<token::Contact>> contact;
};

// Receives the key files that `job` needs (opt-out-token first, then contact-token) and opens them.
// kPassphrase: empty, or it does not open a key. kKeyFile: another purpose than is due, or two keys
// of different homes. kMemory: cannot lock memory. kInternal: `signpost` broke off.
Step<Keys> LoadKeys(wire::Channel& control, wire::sealer::Job job, OwnedFd passphrase);

// kMakeKeys: a fresh root; contact-token, opt-out-token and opener-state derived from it
// ("signpost/v1/contact-token/1", "signpost/v1/opt-out-token/1", "signpost/v1/opener-state"); all
// four wrapped under one salt and sent, root first. The trust root comes in one kTrust message.
Step<void> MakeKeys(wire::Channel& control, custody::KdfCost cost, OwnedFd passphrase);

}  // namespace signpost::sealer
