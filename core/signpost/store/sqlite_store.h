// Implements Store over one SQLite file. Split by topic: ledger.cc, register.cc, import_session.cc,
// batches.cc, attempt.cc, journal.cc, retention.cc. Only tests include this header; everyone else
// has store.h.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/signpost/store/contacts.h"
#include "core/signpost/store/sqlite.h"
#include "core/signpost/store/staging.h"
#include "core/signpost/store/store.h"
#include "crypto/tree/tree.h"

namespace signpost::store {

// The end of the ledger, as this process knows it.
struct LedgerTip {
  tree::CompactRange tree;
  Instant last;      // time of the newest entry
  std::string note;  // the stored checkpoint
};

class SqliteStore final : public Store {
 public:
  static Result<std::unique_ptr<SqliteStore>> Open(const std::string& path,
                                                   const note::NoteSigner& signer, bool create,
                                                   int busy_timeout_ms);

  Result<void> Append(std::span<const NewEntry> notes,
                      std::span<const Document> documents) override;
  Result<std::vector<std::string>> Entries() override;
  Result<std::string> CheckpointNote() override;
  Result<std::vector<std::pair<uint64_t, ledger::Opening>>> Openings() override;
  Result<std::optional<std::string>> FindDocument(const std::string& kind,
                                                  const std::string& id) override;
  Result<std::vector<Document>> Documents() override;

  Result<void> RecordOptOuts(std::span<const token::OptOutToken> tokens, Day day,
                             uint64_t log_bytes, const Digest& log_hash,
                             const Describe& describe) override;
  Result<OptOutLogMark> LastOptOutLogMark() override;
  Result<void> RecordProtected(std::span<const token::ContactToken> tokens, Day day,
                               const Describe& describe) override;
  Result<void> AddEpoch(const EpochRow& row, const NewEntry& note) override;
  Result<std::vector<EpochRow>> LiveEpochs() override;
  Result<std::unique_ptr<ImportSession>> BeginImport(Day today) override;

  Result<void> FlushStaging(const OnProgress& on_progress) override;
  Result<std::vector<SealedFileRow>> SealedFiles() override;
  Result<std::vector<std::optional<policy::ContactFacts>>> Facts(
      const FileId& intake, std::span<const RecordId> ids) override;
  Result<void> CommitPlan(const PlanCommit& plan, const NewEntry& note) override;
  Result<std::vector<PendingErasure>> PendingErasures() override;
  Result<void> ErasuresDone() override;
  Result<std::vector<BatchRow>> Batches() override;
  Result<std::optional<BatchRow>> FindBatch(const BatchId& batch) override;
  Result<void> UpdateManifest(const BatchId& batch, const std::string& note_text,
                              const NewEntry& note) override;
  Result<void> CommitCancel(const BatchId& batch, const std::optional<SealedFileRow>& intake,
                            std::span<const RecordId> returned, const NewEntry& note) override;

  Result<ResumePoint> Resume(
      const BatchId& batch,
      const std::function<NewEntry(RunId, const ledger::Counts&)>& describe) override;
  Result<void> BeginRun(const BatchId& batch, const RunId& run, const NewEntry& note) override;
  Result<std::vector<policy::Eligibility>> BeginAttempt(
      const BatchId& batch, uint32_t first_position, std::span<const RecordId> records,
      std::span<const token::OptOutToken> tokens, Day today,
      std::span<const Settlement> settled) override;
  Result<void> Settle(const BatchId& batch, std::span<const Settlement> settlements) override;
  Result<void> SettleLate(const BatchId& batch, std::span<const Settlement> settlements) override;
  Result<uint32_t> SettleReceipts(std::span<const wire::sender::Receipt> receipts) override;
  Result<BatchCounts> CountsOf(const BatchId& batch) override;
  Result<ledger::Counts> CountsOfRun(const RunId& run) override;
  Result<void> EndRun(const BatchId& batch, const RunId& run, bool finished,
                      std::span<const NewEntry> notes) override;

  Result<SweepPlan> Due(Day today, Instant now) override;
  Result<void> CommitSweep(const SweepCommit& sweep, const Describe& describe) override;
  Result<void> ForgetDeleted() override;
  Result<uint64_t> DropMissingFiles(std::span<const FileId> present,
                                    const Describe& describe) override;
  Result<StoreCounts> Count() override;

 private:
  friend class Verb;
  friend class SqliteImportSession;

  SqliteStore(sqlite::Database database, const note::NoteSigner& signer)
      : db_(std::move(database)), signer_(signer) {}

  // ledger.cc; inside a transaction
  Result<LedgerTip> Tip();
  Result<Digest> CheckedRoot(const std::string& note, uint64_t size) const;
  Result<void> PutDocuments(std::span<const Document> documents);

  // batches.cc; inside a transaction
  struct BatchKey {
    int64_t batch = 0;
    BatchRow row;
    bool Going() const {
      return row.state == BatchState::kPlanned || row.state == BatchState::kOpened;
    }
  };
  Result<BatchKey> KeyOf(const BatchId& batch);       // kNotFound
  Result<BatchKey> GoingBatch(const BatchId& batch);  // kRefused when it has ended
  Result<void> SetState(int64_t batch, BatchState state);
  Result<std::optional<int64_t>> FileNumber(const FileId& file);
  Result<void> InsertFile(const SealedFileRow& row);
  struct FileKey {
    int64_t file = 0;
    SealedFileRow row;
  };
  Result<FileKey> KeyOfFile(const FileId& file);  // kCorrupt: it is not there
  // Each record, with the expiry it had, to its new file. kCorrupt when one is unknown.
  Result<void> MoveRecords(Records& records, std::span<const std::pair<RecordId, FileId>> moved);
  Result<void> TakeShare(Records& records, const IntakeShare& share, int64_t batch_file);
  Result<void> DropRow(int64_t file);  // of a file whose records are gone
  // Forgets the records that are left in a file, and the file; returns how many.
  Result<uint64_t> DropFile(Records& records, const FileId& file);
  // Forgets files whose records have all gone elsewhere. kCorrupt when one has not.
  Result<void> DropEmptied(Records& records, std::span<const FileId> files);
  // Forgets what is left in the batch's file, sets the batch's last state, and returns how many
  // records were not attempted.
  Result<uint64_t> EndBatch(Contacts& contacts, const BatchKey& key, BatchState state);

  // journal.cc; inside a transaction
  struct OpenRun {
    int64_t run = 0;
    RunId id;
    uint32_t first = 0, next = 0;  // the positions that it attempted: [first, next)
    Day day;                       // of the newest
  };
  Result<std::optional<OpenRun>> FindOpenRun(int64_t batch);
  Result<uint32_t> CloseRun(int64_t batch, const OpenRun& run);  // how many became unknown
  Result<ledger::Counts> RunCounts(int64_t run);
  Result<void> SettleIn(const BatchKey& key, std::span<const Settlement> settlements);
  Result<void> KeepMessageIds();  // what is in message_ids_, to its table
  struct Position {
    int64_t batch = 0;
    uint32_t position = 0;
  };
  // False: no attempt has its id.
  Result<bool> SettleReceipt(const wire::sender::Receipt& receipt);
  Result<std::vector<Position>> PositionsOf(const std::array<uint8_t, 16>& id_hash);

  // attempt.cc; inside a transaction
  struct Attempted;
  Result<std::vector<UnflushedRecord>> Find(std::span<const RecordId> records, Attempted& range);
  Result<bool> WasMessaged(Attempted& range, UnflushedRecord& record);
  Result<void> Stage(Attempted& range);
  Result<policy::Eligibility> Attempt(Attempted& range, uint32_t position,
                                      const token::OptOutToken& token, UnflushedRecord record);
  Result<void> DropUsed(std::span<const RecordId> used, const Attempted& range);

  // register.cc; inside a transaction
  Result<bool> IsOptedOut(const token::OptOutToken& token);
  Result<bool> IsProtected(const token::ContactToken& token);

  // retention.cc; inside a transaction
  Result<void> SweepClasses(Records& records, const SweepCommit& sweep, ledger::Counts& counts);
  Result<void> Vacuum();

  sqlite::Database db_;
  const note::NoteSigner& signer_;
  LedgerTip tip_;
  std::map<BatchId, RunId> runs_;  // begun here and not ended: another process may have taken over
  // Of settled attempts, not in their table yet: a row each in the order of random keys would cost
  // a page each. A crash loses these; CloseRun has them from the attempts.
  struct FirstBytes {  // of a hash: uniform already
    size_t operator()(const std::array<uint8_t, 16>& hash) const {
      return static_cast<size_t>(GetLe<uint64_t>(std::span(hash).first<8>()));
    }
  };
  std::unordered_multimap<std::array<uint8_t, 16>, Position, FirstBytes> message_ids_;
  // To go into message_ids_ when a receipt asks.
  std::vector<std::pair<std::array<uint8_t, 16>, Position>> new_ids_;
  std::optional<int64_t> vacuumed_;  // PRAGMA data_version right after Vacuum; empty once we wrote
};

// One write transaction of one verb: rows and, on Commit, the entries and a signed checkpoint.
class Verb {
 public:
  enum class Late { kRefuse, kAccept };  // an entry that is much older than the newest

  static Result<Verb> Begin(SqliteStore& store);
  // Flushes what is staged that they would not know, and gives them out.
  Result<Contacts> FlushedContacts();
  Result<Records> FlushedRecords(const OnProgress& on_progress = {});
  Result<void> Append(const NewEntry& note, Late late = Late::kRefuse);
  Result<void> Append(std::span<const NewEntry> notes, Late late = Late::kRefuse);
  Result<void> Commit();

 private:
  Verb(SqliteStore& store, sqlite::Transaction transaction)
      : store_(&store), transaction_(std::move(transaction)) {}

  SqliteStore* store_;
  sqlite::Transaction transaction_;
  std::optional<LedgerTip> tip_;  // with what was appended here
};

// `counts[name] = value` unless it is zero.
void PutCount(ledger::Counts& counts, const std::string& name, uint64_t value);

}  // namespace signpost::store
