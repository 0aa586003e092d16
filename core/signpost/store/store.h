// Keeps the store of one home: a register of people, a journal of what is held and what was done,
// and the ledger. Tokens, counts and entries; no number and no ciphertext, ever.
//
// Verbs on sets; each is one transaction that is durable when it returns (SQLite,
// synchronous=FULL), with the ledger entries that belong to it and a fresh signed checkpoint inside
// the same transaction.
//
// Errors: kStorage when the store is busy (another command holds it for more than 10 s), the disk
// is full or the file cannot be read; kCorrupt when it fails its own checks, or an id is not there
// or there already; kRefused when the batch is in another state, or when an entry is older than the
// ledger's newest (ledger.h). Nothing is half done.
// One thread; several processes may have the store open. Callbacks must not call the store.
#pragma once

#include <memory>
#include <string>

#include "core/signpost/store/journal.h"
#include "core/signpost/store/ledger.h"
#include "core/signpost/store/register.h"
#include "crypto/base/result.h"
#include "crypto/note/note.h"

namespace signpost::store {

struct StoreCounts {  // for status: what is held
  uint64_t contacts_unmessaged = 0, contacts_messaged = 0, opt_outs = 0, protected_numbers = 0;
  uint64_t records = 0;  // sealed numbers not yet attempted
  uint64_t outcomes = 0, imports = 0, ledger_entries = 0;
};

class Store : public Ledger, public Register, public Journal {
 public:
  virtual Result<StoreCounts> Count() = 0;
  // Sees to it that nothing of what was deleted is left in the store's files. kStorage when another
  // command keeps it from happening: run the sweep again. Takes memory for a copy of the store: the
  // other way would be a copy in a temporary folder.
  virtual Result<void> ForgetDeleted() = 0;
};

// A dispatch waits longer than others for the write lock: a long import must not end a run.
constexpr int kBusyMillis = 10'000;
constexpr int kDispatchBusyMillis = 15 * 60'000;

// Creates the file when `create`; else kNotFound when it is missing. Migrates an older schema. The
// signer signs checkpoints and must outlive the store.
Result<std::unique_ptr<Store>> OpenSqliteStore(const std::string& path,
                                               const note::NoteSigner& signer, bool create,
                                               int busy_millis = kBusyMillis);

}  // namespace signpost::store
