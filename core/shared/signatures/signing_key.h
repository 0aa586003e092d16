// Reads and writes a private signing key in a file: the ledger's, a planner's, an approver's.
#pragma once

#include <string>

#include "crypto/base/result.h"
#include "crypto/note/note.h"

namespace signpost::signatures {

// Read through guarded memory; no copy stays on the heap. kInput: it is not one line in the C2SP
// form that `signpost keys new-approver` writes. kNotFound: there is no such file.
Result<note::NoteSigner> ReadSigningKey(const std::string& path);

}  // namespace signpost::signatures
