// Cancels a batch, which then is not sent, or no further. Its people become eligible again until
// their sealed numbers expire; who was attempted already stays attempted, for good.
#pragma once

#include "core/signpost/home/home.h"
#include "crypto/base/result.h"

namespace signpost::batch {

struct CancelReport {
  uint32_t became_unknown = 0;  // of a run that had crashed
  ledger::Counts counts;        // returned; sent, refused, unknown, withheld.<reason> before
};

// The caller holds both of the home's locks. kNotFound, or kRefused when the batch is over already.
Result<CancelReport> CancelBatch(home::Home& home, const BatchId& batch);

}  // namespace signpost::batch
