// Plays an SMPP 3.4 message centre on loopback, for rehearsals. It takes texts to fictional numbers
// only, never shows a number, keeps nothing, and listens on 127.0.0.1 and nowhere else.
#pragma once

#include "cli/carrier/options.h"
#include "crypto/base/result.h"

namespace signpost::carrier {

// Prints "listening on 127.0.0.1:PORT" first and the totals last; the texts in between unless
// quiet. Ends on SIGTERM and SIGINT, and with `once` when the first client has unbound.
Result<void> Run(const Options& options);

}  // namespace signpost::carrier
