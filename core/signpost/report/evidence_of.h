// Gathers the evidence of a home from its store.
#pragma once

#include "core/shared/ledger/evidence.h"
#include "core/signpost/home/home.h"

namespace signpost::report {

Result<ledger::Evidence> EvidenceOf(home::Home& home);

// c2sp.org/tlog-proof@v1: an offline bundle of one entry's inclusion proof. kNotFound: no such
// entry.
Result<std::string> ProofOf(home::Home& home, uint64_t entry);

}  // namespace signpost::report
