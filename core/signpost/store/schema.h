// Creates the tables of store.db, and brings an older file up to date.
#pragma once

#include "core/signpost/store/sqlite.h"
#include "crypto/base/result.h"

namespace signpost::store::sqlite {

// Brings the file to the schema of this program, in one transaction. An empty file becomes a store
// only when `create`. kCorrupt: not a store, or an empty one; kRefused: made by a newer program.
Result<void> Migrate(Database& database, bool create);

}  // namespace signpost::store::sqlite
