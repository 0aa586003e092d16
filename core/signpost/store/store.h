// The store of one home: tokens, counts, journal, ledger entries. No number and no ciphertext,
// ever.
//
// Verbs on sets; each is one transaction that is durable when it returns (SQLite,
// synchronous=FULL), with the ledger entries that belong to it and a fresh signed checkpoint inside
// the same transaction. A later backend may move the register (contacts, opt-outs, protected)
// elsewhere: claim there first, journal second; journal and ledger stay in the home.
//
// Errors: kStorage when the store is busy (another command holds it for more than 10 s), the disk
// is full or the file cannot be read; kCorrupt when it fails its own checks, or an id is not there
// or there already; kRefused when the batch is in another state, or when an entry is older than the
// ledger's newest by more than kMostClockSkewSeconds. Nothing is half done.
// One thread; several processes may have the store open. Callbacks must not call the store.
//
// Entries never go back in time: one that was stamped up to kMostClockSkewSeconds before the newest
// (another process was quicker) gets the newest one's time. Opt-outs, the protected list and the
// end of a crashed run are never refused for the clock's sake: they get it whatever the difference.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/shared/ledger/event.h"
#include "core/shared/wire/sender_boundary.h"
#include "crypto/base/bytes.h"
#include "crypto/base/result.h"
#include "crypto/base/time.h"
#include "crypto/note/note.h"
#include "crypto/seal/format/sealed_file.h"
#include "crypto/token/token.h"
#include "policy/decision.h"

namespace signpost::store {

constexpr int64_t kMostClockSkewSeconds = 600;

// An event to append, with the opening of its commitment when it has one.
struct LedgerNote {
  ledger::Event event;
  std::optional<ledger::Opening> opening;
};
// Called inside the transaction with what the verb counted; its notes are appended before commit.
using Describe = std::function<std::vector<LedgerNote>(const ledger::Counts&)>;

struct Document {  // kinds: "policy", "policy-change", "manifest", "message"
  std::string kind, id, content;
};

struct SealedFileRow {
  FileId file;
  seal::SealedKind kind = seal::SealedKind::kIntake;
  Day expiry;  // the earliest of its sections
  uint64_t records = 0;
  std::string case_ref;  // intakes of one case until they are planned; else empty
};

struct Arrival {  // one person of an import, without the ciphertext
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
  virtual Result<policy::Eligibility> Admit(const Arrival& arrival) = 0;
  // `file`: empty when nothing was new. `describe` gets found/new/repeated/withheld.* of OptedOut
  // and Admit.
  virtual Result<void> Finish(const std::optional<SealedFileRow>& file, const ImportRow& row,
                              const Describe& describe) = 0;
};

enum class BatchState : uint8_t {
  kPlanned = 1,
  kOpened = 2,
  kFinished = 3,
  kCancelled = 4,
  kExpired = 5
};
std::string_view BatchStateName(BatchState state);

struct BatchRow {
  BatchId batch;
  BatchState state = BatchState::kPlanned;
  FileId file;
  uint32_t records = 0;
  Instant planned;
  Instant expires;
  std::string gateway;
};

struct PlanCommit {
  BatchRow batch;
  SealedFileRow batch_file;
  std::vector<SealedFileRow> rewritten;  // what is left of the intakes, in new files
  std::vector<FileId> superseded;        // intakes that the batch and the rewritten ones replace
  std::vector<std::pair<RecordId, FileId>> moved;  // every record that lives on, with its new file
  std::vector<RecordId> withheld;                  // records that are dropped for good
  std::vector<Document> documents;                 // manifest, message
};

struct Settlement {
  uint32_t position = 0;
  wire::sender::Outcome outcome = wire::sender::Outcome::kUnknown;  // kNotSubmitted: see Settle
  uint32_t status = 0;
  std::array<uint8_t, 16> id_hash{};
};

struct ResumePoint {
  uint32_t next_position = 0;        // the first that was never attempted
  std::optional<RunId> crashed_run;  // begun and not ended: its run.ended was just appended
  uint32_t became_unknown = 0;
};

struct BatchCounts {  // attempts so far
  ledger::Counts
      counts;  // sent, delivered, undelivered, refused, unknown, withheld.<reason>, attempting
  uint32_t attempted = 0;
  uint32_t waiting =
      0;  // its sealed numbers that are still held: less than the rest when some were lost
};

struct EpochRow {
  EpochId epoch;
  std::array<uint8_t, 32> public_key{};
  Day from;   // first day it seals
  Day until;  // last day it seals
  Day deadline;
};

struct StoreCounts {  // for status: what is held
  uint64_t contacts_unmessaged = 0, contacts_messaged = 0, opt_outs = 0, protected_numbers = 0;
  uint64_t records = 0;  // sealed numbers not yet attempted
  uint64_t outcomes = 0, imports = 0, ledger_entries = 0;
};

struct SweepPlan {  // what is due on a day, before anything is removed
  std::vector<FileId>
      files_with_expired;  // intakes with an expired section: to be rewritten or dropped
  std::vector<BatchId>
      batches_expired;              // past their expiry or that of a number in them, not terminal
  std::vector<EpochId> epochs_due;  // deadline reached: today is its last day, or later
};

struct SweepCommit {
  Day today;
  policy::Retention retention;
  std::vector<RecordId>
      expired_records;  // dropped; counted as numbers.expired unless in a batch file
  std::vector<SealedFileRow> rewritten;
  std::vector<FileId> superseded;
  std::vector<std::pair<RecordId, FileId>> moved;
  std::vector<BatchId> batches_expired;  // become kExpired; their un-attempted records are dropped
  std::vector<EpochId> epochs_destroyed;
};

class Store {
 public:
  virtual ~Store() = default;

  // Ledger and documents.
  virtual Result<void> Append(std::span<const LedgerNote> notes,
                              std::span<const Document> documents = {}) = 0;
  virtual Result<std::vector<std::string>> Entries() = 0;
  virtual Result<std::string> CheckpointNote() = 0;  // signed, of all entries
  virtual Result<std::vector<std::pair<uint64_t, ledger::Opening>>> Openings() = 0;
  virtual Result<std::optional<std::string>> FindDocument(const std::string& kind,
                                                          const std::string& id) = 0;
  virtual Result<std::vector<Document>> Documents() = 0;

  // Register.
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

  // Epochs.
  virtual Result<void> AddEpoch(const EpochRow& row, const LedgerNote& note) = 0;
  virtual Result<std::vector<EpochRow>> LiveEpochs() = 0;  // not destroyed

  // Import.
  virtual Result<std::unique_ptr<ImportSession>> BeginImport(Day today) = 0;

  // Plan, approve, cancel.
  virtual Result<std::vector<SealedFileRow>> SealedFiles() = 0;
  virtual Result<std::vector<policy::ContactFacts>> Facts(std::span<const RecordId> records) = 0;
  virtual Result<void> CommitPlan(const PlanCommit& plan, const LedgerNote& note) = 0;
  virtual Result<std::vector<BatchRow>> Batches() = 0;
  virtual Result<std::optional<BatchRow>> FindBatch(const BatchId& batch) = 0;
  // Replaces the manifest document (a signature more or less) and appends the note.
  virtual Result<void> UpdateManifest(const BatchId& batch, const std::string& note_text,
                                      const LedgerNote& note) = 0;
  // Un-attempted records live on in `intake` (none when all were attempted); the batch file goes.
  virtual Result<void> CommitCancel(const BatchId& batch,
                                    const std::optional<SealedFileRow>& intake,
                                    std::span<const RecordId> returned, const LedgerNote& note) = 0;

  // Dispatch.
  // A run that crashed before is closed first: its `attempting` become unknown and its run.ended is
  // appended (`describe` gets its counts). Call before anything else of a dispatch or a cancel.
  virtual Result<ResumePoint> Resume(
      const BatchId& batch,
      const std::function<LedgerNote(RunId, const ledger::Counts&)>& describe) = 0;
  virtual Result<void> BeginRun(const BatchId& batch, const RunId& run, const LedgerNote& note) = 0;
  // The last instant: opt-outs by token, the protected list and `messaged` by the record map. What
  // is not withheld is committed as attempting, its person as messaged and its record as used;
  // withheld ones are committed as withheld. All in one transaction, and `settled` (as Settle, of
  // earlier ranges) with it: one sync for both. Returns one reason for each record. kCorrupt when a
  // position was attempted before or a record is unknown.
  virtual Result<std::vector<policy::Eligibility>> BeginAttempt(
      const BatchId& batch, uint32_t first_position, std::span<const RecordId> records,
      std::span<const token::OptOutToken> tokens, Day today,
      std::span<const Settlement> settled = {}) = 0;
  // kNotSubmitted becomes unknown: the number did leave the opener, and nobody can prove more.
  virtual Result<void> Settle(const BatchId& batch, std::span<const Settlement> settlements) = 0;
  // An answer that came after its record was given up: from unknown to sent or refused. What is no
  // longer unknown stays as it is.
  virtual Result<void> SettleLate(const BatchId& batch,
                                  std::span<const Settlement> settlements) = 0;
  // Matches hashed message ids of all attempts; returns how many receipts found theirs, or said
  // nothing. A kUnknown attempt can be settled by a receipt, never by anything else.
  virtual Result<uint32_t> SettleReceipts(std::span<const wire::sender::Receipt> receipts) = 0;
  virtual Result<BatchCounts> CountsOf(const BatchId& batch) = 0;
  virtual Result<ledger::Counts> CountsOfRun(
      const RunId& run) = 0;  // run.ended names: delivered counts as sent
  // Ends the run (what is still attempting becomes unknown, as CountsOfRun says already); with
  // `finished`, the batch too: un-attempted records are dropped, and it is kExpired if there were
  // any.
  virtual Result<void> EndRun(const BatchId& batch, const RunId& run, bool finished,
                              std::span<const LedgerNote> notes) = 0;

  // Retention.
  virtual Result<SweepPlan> Due(Day today, Instant now) = 0;
  // Removes what the retention says, of every class, and describes it: numbers.expired, contacts,
  // opt-outs, outcomes (of batches that ended), imports, and outstanding: the records that are
  // left. The protected list is kept for ever: nobody on it asked to be forgotten, and a text may
  // cost a life. kRefused when an expired batch has a run that was not ended: Resume it first.
  virtual Result<void> CommitSweep(const SweepCommit& sweep, const Describe& describe) = 0;
  // Rebuilds the file, so that no deleted value is left inside a live page. Takes memory for a copy
  // of the store: the other way would be a copy in a temporary folder.
  virtual Result<void> Vacuum() = 0;
  // Vacuum, unless that was the last thing that happened to the store; then truncates the WAL and
  // checks the returned row and the WAL's size. kStorage when a reader keeps it from happening.
  virtual Result<void> TruncateWal() = 0;
  // Sealed files that are not in `present`: rows and records are dropped, the records counted as
  // "lost" and returned. A batch that lost its file stays as it is until it is cancelled or
  // expires.
  virtual Result<uint64_t> DropMissingFiles(std::span<const FileId> present,
                                            const Describe& describe) = 0;
  virtual Result<StoreCounts> Count() = 0;
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
