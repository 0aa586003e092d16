// Keeps the register of people: who is known and who was messaged, who opted out, who is protected.
// People are tokens here; no number is, sealed or not.
//
// It may move to another engine one day, for several homes to share: claim there first, then write
// to the journal, which stays in the home.
// What every verb keeps to stands in store.h.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/signpost/store/ledger.h"
#include "core/signpost/store/progress.h"
#include "core/signpost/store/sealed_files.h"
#include "crypto/base/bytes.h"
#include "crypto/base/result.h"
#include "crypto/base/time.h"
#include "crypto/token/token.h"
#include "policy/decision.h"

namespace signpost::store {

struct ImportedPerson {  // one person of an import, without the ciphertext
  token::ContactToken contact;
  RecordId record;                       // to be theirs, if they are new
  std::optional<Day> last_contact = {};  // the newest day that the import has for them
  bool in_traffic = false;               // seen in calls or messages
  uint64_t times = 1;                    // how often they came
};

struct ImportRow {
  ImportId import;
  Day day;
  std::string case_ref;  // forgotten when its intake is planned or gone
};

// One import: OptedOut while numbers come in, then Lock, Admit and Finish in one transaction.
// Destroyed without Finish: nothing happened. Until Lock the store is only read, so that nobody
// waits for a long file. An opt-out that is recorded meanwhile may be passed over here, as if it
// had come after the import: plan and dispatch look again.
class ImportSession {
 public:
  virtual ~ImportSession() = default;
  // True: counted as withheld for that, and not to be admitted.
  virtual Result<bool> OptedOut(const token::OptOutToken& token) = 0;
  virtual Result<void> Lock() = 0;  // nobody else writes until the session goes
  // Each person once, in the ascending order of contact tokens. kNo (new: the record is to be kept)
  // or why not. Further `times` of somebody new are counted as repeated.
  virtual Result<policy::Eligibility> Admit(const ImportedPerson& person) = 0;
  // `file`: empty when nothing was new. `describe` gets found/new/repeated/withheld.* of OptedOut
  // and Admit.
  virtual Result<void> Finish(const std::optional<SealedFileRow>& file, const ImportRow& row,
                              const Describe& describe) = 0;
};

class Register {
 public:
  virtual ~Register() = default;

  // The tokens are in optouts.log already, which is `log_bytes` long with running hash `log_hash`.
  // Counts: given, new. Idempotent: durable before an opt-out is acknowledged.
  virtual Result<void> RecordOptOuts(std::span<const token::OptOutToken> tokens, Day day,
                                     uint64_t log_bytes, const Digest& log_hash,
                                     const Describe& describe) = 0;
  struct OptOutLogMark {
    uint64_t bytes = 0;
    Digest hash{};
  };
  virtual Result<OptOutLogMark> LastOptOutLogMark() = 0;
  virtual Result<void> RecordProtected(std::span<const token::ContactToken> tokens, Day day,
                                       const Describe& describe) = 0;

  virtual Result<std::unique_ptr<ImportSession>> BeginImport(Day today) = 0;

  // Puts what imports have staged where records are looked up: 3 us a person. Every verb that needs
  // it does so by itself; this one says how far it is. `on_progress` may be empty.
  virtual Result<void> FlushStaging(const OnProgress& on_progress) = 0;
  // What is known of each record's person, without the expiry, which the file knows. nullopt: the
  // intake holds no such record, or no more.
  virtual Result<std::vector<std::optional<policy::ContactFacts>>> Facts(
      const FileId& intake, std::span<const RecordId> records) = 0;
};

}  // namespace signpost::store
