// Keeps HOME/optouts.log: every opt-out that was ever recorded, as tokens, append-only, apart from
// the store. An opt-out outlives everything else, so its record does not share the store's fate:
// the log is small, is to be backed up apart and oftener, and is replayed into whatever store there
// is. Format: core/signpost/optout/FORMAT.md.
//
// Its running hash goes into the ledger. A random seed and a random nonce a line keep that hash,
// which may be shown to anyone, from being a way to test whether a number is in the log.
//
// Not protected: whoever has the opt-out key and this file has every number in it
// (policy/THREATS.md). And it grows: a number that opts out twice is there twice.
//
// An open log holds an exclusive flock on the file until it is destroyed: keep it open until the
// store has recorded what was appended, so that the store's mark never runs backwards.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/signpost/store/store.h"
#include "crypto/base/bytes.h"
#include "crypto/base/fd.h"
#include "crypto/base/result.h"
#include "crypto/base/time.h"
#include "crypto/token/token.h"

namespace signpost::optout {

struct OptOutLine {
  token::OptOutToken token;
  Day day;
};

class OptOutLog {
 public:
  enum class Check {
    kTail,   // trusts the store's hash for what the store has, and reads only what lies behind it
    kWhole,  // reads everything, and compares the hash where the store's mark is
  };
  // Waits up to 10 s for another holder (kStorage). Makes the file when it is missing and the store
  // knows of none. A torn last line (a crash while appending: nobody was told that it is recorded)
  // is cut off. kCorrupt, with a hint to restore the newer copy: missing, shorter than the store's
  // mark, another hash at the mark, or a line that is not in the format.
  static Result<OptOutLog> Open(const std::string& path, store::Store& store, Check check);

  // Lines that the store has not recorded; fsync'ed.
  const std::vector<OptOutLine>& behind() const { return behind_; }
  // fsync'ed when it returns. On an error part of it may be there: the next Open repairs that.
  Result<void> Append(std::span<const token::OptOutToken> tokens, Day day);

  uint64_t bytes() const { return bytes_; }
  const Digest& hash() const { return hash_; }

 private:
  OptOutLog(std::string path, OwnedFd fd) : path_(std::move(path)), fd_(std::move(fd)) {}
  Result<void> Begin(bool store_knows_one);
  Result<void> Scan(const store::Store::OptOutLogMark& mark);
  Result<void> TakeLine(std::string_view line, const store::Store::OptOutLogMark& mark);
  Result<void> Sync();

  std::string path_;
  OwnedFd fd_;
  uint64_t bytes_ = 0;
  Digest hash_{};
  std::vector<OptOutLine> behind_;
  bool is_new_ = false;  // the store knows of no log
};

}  // namespace signpost::optout
