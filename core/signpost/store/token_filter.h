// Tells quickly who is certainly not on a list. Most people of an import are neither on the
// protected list nor opted out. Once many were asked for, the first eight bytes of every token of
// such a list are kept in memory, and SQLite is asked only about those who share them. Tokens that
// are recorded later are not in it: one filter serves one import.
#pragma once

#include <cstdint>
#include <vector>

#include "core/signpost/store/sqlite.h"
#include "crypto/base/bytes.h"
#include "crypto/base/result.h"

namespace signpost::store {

class TokenFilter {
 public:
  // `count` and `prefixes`: literals that ask how many tokens there are, and for the first eight
  // bytes of each, in order.
  TokenFilter(sqlite::Database& db, const char* count, const char* prefixes)
      : db_(&db), count_(count), prefixes_(prefixes) {}

  // False: it is not in the list. True: ask.
  Result<bool> MayHold(const std::array<uint8_t, 32>& token);

 private:
  Result<void> Load();

  sqlite::Database* db_;
  const char* count_;
  const char* prefixes_;
  uint64_t asked_ = 0;
  int64_t tokens_ = -1;  // -1: not known yet
  bool loaded_ = false;
  std::vector<uint64_t> sorted_;
  std::vector<uint32_t> begins_;  // of those with the same first two bytes, in sorted_
};

}  // namespace signpost::store
