#include "core/reader/database/page_count.h"

#include <sqlite3.h>

namespace signpost::reader::database {
namespace {

// For the whole process: caches, the index of a -wal, a schema.
constexpr int64_t kMaxHeap = 64 << 20;

thread_local uint64_t pages_fetched = 0;
sqlite3_pcache_methods2 own_cache;  // SQLite's

sqlite3_pcache_page* Fetch(sqlite3_pcache* cache, unsigned key, int create) {
  ++pages_fetched;
  return own_cache.xFetch(cache, key, create);
}

bool Configure() {
  if (sqlite3_config(SQLITE_CONFIG_GETPCACHE2, &own_cache) != SQLITE_OK) return false;
  sqlite3_pcache_methods2 counting = own_cache;
  counting.xFetch = Fetch;
  if (sqlite3_config(SQLITE_CONFIG_PCACHE2, &counting) != SQLITE_OK) return false;
  if (sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 1) != SQLITE_OK) return false;  // for the limit
  if (sqlite3_initialize() != SQLITE_OK) return false;
  sqlite3_hard_heap_limit64(kMaxHeap);
  // Its generator asks the system for a seed once, by opening a file.
  char seed;
  sqlite3_randomness(sizeof seed, &seed);
  return true;
}

}  // namespace

uint64_t PagesFetched() { return pages_fetched; }

bool PrepareSqlite() {
  static const bool ready = Configure();
  return ready;
}

}  // namespace signpost::reader::database
