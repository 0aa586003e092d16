// Counts the pages that SQLite asked its page cache for, in this thread. This is the one measure of
// its work that also counts what happens within a single step, cached or not: a file of some
// megabytes can chain its overflow pages in circles and so make every row cost thousands of pages.
// Also gets SQLite as a whole ready, once in a process.
#pragma once

#include <cstdint>

namespace signpost::reader::database {

uint64_t PagesFetched();

// Configures SQLite, which must not have been used before in this process, and initializes it.
// False: it cannot be had as it must be.
bool PrepareSqlite();

}  // namespace signpost::reader::database
