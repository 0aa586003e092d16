// Reads what the verifier needs of a home: the ledger out of store.db (opened read-only), and the
// names and headers of what lies in sealed/ and keys/. No ciphertext is looked at and no key is
// unwrapped.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/shared/ledger/evidence.h"
#include "crypto/base/bytes.h"
#include "crypto/base/fd.h"
#include "crypto/base/result.h"
#include "crypto/custody/header/key_file_header.h"
#include "crypto/seal/format/sealed_file.h"

namespace signpost::verifier {

struct HeldFile {  // HOME/sealed/<name>
  std::string name;
  std::optional<seal::SealedFileHeader>
      header;            // nothing: not a sealed file of the kind its name says
  uint64_t records = 0;  // that are not erased
  Digest hash{};         // of a batch file: what the manifest names. Zero for an intake.
};

struct HeldKey {  // HOME/keys/*.key, HOME/keys/live/*.key
  std::string name;
  bool live = false;  // in keys/live
  std::optional<custody::KeyFileHeader>
      header;  // nothing: another kind of key file (ledger, planner)
};

struct HomeContents {
  std::vector<HeldFile> sealed;      // sorted by name
  std::vector<std::string> strange;  // anything else that lies in sealed/
  std::vector<HeldKey> keys;
  // What the store names. A file or key that it does not name may be what a crash left: renamed
  // before its transaction was committed, or superseded and not yet unlinked. Nobody uses it.
  std::set<std::pair<seal::SealedKind, FileId>> file_rows;
  std::set<EpochId> epoch_rows;
  // Places of records that a plan took out of an intake, and that a crash may have left in it.
  std::set<std::pair<FileId, uint64_t>> taken;
  // The running hash of optouts.log after each of its whole lines (core/signpost/optout/FORMAT.md);
  // nothing when there is no such file. Its tokens are hashed and forgotten.
  std::optional<std::vector<Digest>> opt_out_log;
  bool busy = false;  // a command is running: files and ledger may be of different moments
};

bool IsHome(const std::string& dir);  // it has a store.db

// Shared locks on what commands lock while they move files or send, so that the ledger and the
// files are of one moment. Waits two seconds for each; `busy` when somebody keeps one.
struct HomeLock {
  OwnedFd dispatch, files;
  bool busy = false;
};
HomeLock LockHome(const std::string& home_dir);

// kNotFound without a store; kStorage when the store is busy for more than ten seconds; kCorrupt.
Result<ledger::Evidence> ReadEvidenceHome(const std::string& home_dir);
// Names and headers, and what the store names; what cannot be read as what its name says is in
// there as that. kInput; as ReadEvidenceHome for the store.
Result<HomeContents> ReadHomeContents(const std::string& home_dir, const HomeLock& lock);

// Only the rows: part of ReadHomeContents.
Result<void> ReadHomeRows(const std::string& home_dir, HomeContents& contents);

}  // namespace signpost::verifier
