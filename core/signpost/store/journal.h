// Keeps the journal of one home: the epochs whose keys exist, which sealed file holds what, and
// each batch from its plan to its end, attempt by attempt.
//
// What every verb keeps to stands in store.h.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/shared/wire/sender_boundary.h"
#include "core/signpost/store/ledger.h"
#include "core/signpost/store/sealed_files.h"
#include "crypto/base/bytes.h"
#include "crypto/base/result.h"
#include "crypto/base/time.h"
#include "crypto/token/token.h"
#include "policy/decision.h"

namespace signpost::store {

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

struct IntakeShare {  // what one intake gives to a batch
  FileId intake;
  std::vector<RecordId> drawn;     // go into the batch
  std::vector<RecordId> withheld;  // are dropped for good
  std::vector<uint64_t> to_erase;  // where all of them lie in the file, counted in records
  uint64_t left = 0;               // records that stay; none: the file goes
};

struct PlanCommit {
  BatchRow batch;
  SealedFileRow batch_file;
  std::vector<IntakeShare> shares;
  std::vector<Document> documents;  // manifest, message
};

// Records that a plan has taken out of an intake, and whose ciphertext may still be in the file.
struct PendingErasure {
  FileId intake;
  std::vector<uint64_t> records;  // counted from the first in the file, ascending
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
  // sent, delivered, undelivered, refused, unknown, withheld.<reason>, attempting
  ledger::Counts counts;
  uint32_t attempted = 0;
  uint32_t waiting = 0;  // sealed numbers still held: fewer than the rest when some were lost
};

struct EpochRow {
  EpochId epoch;
  std::array<uint8_t, 32> public_key{};
  Day from;   // first day it seals
  Day until;  // last day it seals
  Day deadline;
};

struct SweepPlan {  // what is due on a day, before anything is removed
  // Intakes with an expired section: to be rewritten or dropped.
  std::vector<FileId> files_with_expired;
  // Past their expiry or that of a number in them, and not ended.
  std::vector<BatchId> batches_expired;
  std::vector<EpochId> epochs_due;  // deadline reached: today is its last day, or later
};

struct SweepCommit {
  Day today;
  policy::Retention retention;
  // Dropped; counted as numbers.expired unless in a batch file.
  std::vector<RecordId> expired_records;
  std::vector<FileId> expired_files;  // intakes that go with all that they hold: counted likewise
  std::vector<SealedFileRow> rewritten;
  std::vector<FileId> superseded;
  std::vector<std::pair<RecordId, FileId>> moved;
  // Intakes that were mostly erased, and the file that each one's records are in now.
  std::vector<std::pair<FileId, SealedFileRow>> compacted;
  std::vector<BatchId> batches_expired;  // become kExpired; their un-attempted records are dropped
  std::vector<EpochId> epochs_destroyed;
};

class Journal {
 public:
  virtual ~Journal() = default;

  // Epochs.
  virtual Result<void> AddEpoch(const EpochRow& row, const NewEntry& note) = 0;
  virtual Result<std::vector<EpochRow>> LiveEpochs() = 0;  // not destroyed

  // Plan, approve, cancel.
  virtual Result<std::vector<SealedFileRow>> SealedFiles() = 0;
  // The records of `shares` move into the batch or are dropped; that they must be erased in their
  // intakes is kept until ErasuresDone.
  virtual Result<void> CommitPlan(const PlanCommit& plan, const NewEntry& note) = 0;
  virtual Result<std::vector<PendingErasure>> PendingErasures() = 0;
  virtual Result<void> ErasuresDone() = 0;  // of all that PendingErasures returned
  virtual Result<std::vector<BatchRow>> Batches() = 0;
  virtual Result<std::optional<BatchRow>> FindBatch(const BatchId& batch) = 0;
  // Replaces the manifest document (a signature more or less) and appends the note.
  virtual Result<void> UpdateManifest(const BatchId& batch, const std::string& note_text,
                                      const NewEntry& note) = 0;
  // Un-attempted records live on in `intake` (none when all were attempted); the batch file goes.
  virtual Result<void> CommitCancel(const BatchId& batch,
                                    const std::optional<SealedFileRow>& intake,
                                    std::span<const RecordId> returned, const NewEntry& note) = 0;

  // Dispatch.
  // A run that crashed before is closed first: its `attempting` become unknown and its run.ended is
  // appended (`describe` gets its counts). Call before anything else of a dispatch or a cancel.
  virtual Result<ResumePoint> Resume(
      const BatchId& batch,
      const std::function<NewEntry(RunId, const ledger::Counts&)>& describe) = 0;
  virtual Result<void> BeginRun(const BatchId& batch, const RunId& run, const NewEntry& note) = 0;
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
  // By the names of run.ended: delivered counts as sent.
  virtual Result<ledger::Counts> CountsOfRun(const RunId& run) = 0;
  // Ends the run (what is still attempting becomes unknown, as CountsOfRun says already); with
  // `finished`, the batch too: un-attempted records are dropped, and it is kExpired if there were
  // any.
  virtual Result<void> EndRun(const BatchId& batch, const RunId& run, bool finished,
                              std::span<const NewEntry> notes) = 0;

  // Retention.
  virtual Result<SweepPlan> Due(Day today, Instant now) = 0;
  // Removes what the retention says, of every class, and describes it: numbers.expired, contacts,
  // opt-outs, outcomes (of batches that ended), imports, and outstanding: the records that are
  // left. The protected list is kept for ever: nobody on it asked to be forgotten, and a text may
  // cost a life. kRefused when an expired batch has a run that was not ended: Resume it first.
  virtual Result<void> CommitSweep(const SweepCommit& sweep, const Describe& describe) = 0;
  // Sealed files that are not in `present`: rows and records are dropped, the records counted as
  // "lost" and returned. A batch that lost its file stays as it is until it is cancelled or
  // expires.
  virtual Result<uint64_t> DropMissingFiles(std::span<const FileId> present,
                                            const Describe& describe) = 0;
};

}  // namespace signpost::store
