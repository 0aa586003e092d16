// Tells whether anything in a write-ahead log holds, so that the person who imports can be told.
// SQLite itself decides what of it holds, and says nothing when that is nothing.
// Format: sqlite.org/fileformat2.html#walformat.
#pragma once

#include "core/reader/extraction/source.h"

namespace signpost::reader::database {

struct WalState {
  uint32_t page_size = 0;   // 0: its header cannot be read
  bool has_frames = false;  // something stands behind the header
  bool committed = false;   // at least one transaction in it is whole: SQLite will use it
};

// Reads up to the end of the first whole transaction.
WalState InspectWal(extraction::ByteSource& wal);

}  // namespace signpost::reader::database
