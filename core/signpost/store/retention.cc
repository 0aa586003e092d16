// What is due, what is removed, and that nothing of it stays in the file.
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <set>

#include "core/signpost/store/sqlite_store.h"

namespace signpost::store {
namespace {

// A thing made before this day is past its last.
Day KeptFrom(Day today, int retention_days) {
  return today + -(policy::LastDay(Day{0}, retention_days).days);
}

}  // namespace

Result<SweepPlan> SqliteStore::Due(Day today, Instant now) {
  TRY_ASSIGN(auto transaction, sqlite::Transaction::Begin(db_, sqlite::Transaction::Kind::kRead));
  SweepPlan plan;
  {
    TRY_ASSIGN(auto query,
               db_.Ask("SELECT file_id FROM sealed_file WHERE kind = ?1 AND expiry_day < ?2"
                       " ORDER BY file",
                       seal::SealedKind::kIntake, today));
    for (;;) {
      TRY_ASSIGN(const bool row, query.Step());
      if (!row) break;
      plan.files_with_expired.push_back(query.IdAt<FileId>(0));
    }
  }
  {
    // A batch file cannot be rewritten, its hash was approved: it goes with the first of its
    // numbers.
    TRY_ASSIGN(auto query, db_.Ask("SELECT b.batch_id FROM batch b LEFT JOIN sealed_file f"
                                   " ON f.file_id = b.file_id WHERE b.state IN (1, 2)"
                                   " AND (b.expires <= ?1 OR f.expiry_day < ?2) ORDER BY b.batch",
                                   now, today));
    for (;;) {
      TRY_ASSIGN(const bool row, query.Step());
      if (!row) break;
      plan.batches_expired.push_back(query.IdAt<BatchId>(0));
    }
  }
  {
    TRY_ASSIGN(auto query, db_.Ask("SELECT epoch_id FROM epoch WHERE deadline_day <= ?1"
                                   " ORDER BY deadline_day, epoch_id",
                                   today));
    for (;;) {
      TRY_ASSIGN(const bool row, query.Step());
      if (!row) break;
      plan.epochs_due.push_back(query.IdAt<EpochId>(0));
    }
  }
  TRY(transaction.Commit());
  return plan;
}

Result<void> SqliteStore::SweepClasses(Records& records, const SweepCommit& sweep,
                                       ledger::Counts& counts) {
  const policy::Retention& keep = sweep.retention;
  const auto from = [&](int days) { return KeptFrom(sweep.today, days); };
  TRY_ASSIGN(const uint64_t contacts, records.DropContacts(from(keep.contact_token_unmessaged_days),
                                                           from(keep.contact_token_messaged_days)));
  TRY_ASSIGN(const int64_t opt_outs,
             db_.Run("DELETE FROM opt_out WHERE day < ?1", from(keep.opt_out_days)));
  TRY_ASSIGN(const int64_t outcomes, db_.Run("DELETE FROM attempt WHERE day < ?1 AND batch IN"
                                             " (SELECT batch FROM batch WHERE state IN (3, 4, 5))",
                                             from(keep.outcome_days)));
  TRY(
      db_.Run("DELETE FROM message_id WHERE NOT EXISTS(SELECT 1 FROM attempt a"
              " WHERE a.batch = message_id.batch AND a.position = message_id.position)"));
  TRY_ASSIGN(const int64_t imports,
             db_.Run("DELETE FROM import WHERE day < ?1", from(keep.import_totals_days)));
  TRY_ASSIGN(const uint64_t outstanding, records.Count());
  PutCount(counts, "contacts", contacts);
  PutCount(counts, "opt-outs", static_cast<uint64_t>(opt_outs));
  PutCount(counts, "outcomes", static_cast<uint64_t>(outcomes));
  PutCount(counts, "imports", static_cast<uint64_t>(imports));
  PutCount(counts, "outstanding", outstanding);
  return {};
}

Result<void> SqliteStore::CommitSweep(const SweepCommit& sweep, const Describe& describe) {
  TRY_ASSIGN(Verb verb, Verb::Begin(*this));
  TRY_ASSIGN(Records records, verb.FlushedRecords());
  uint64_t expired = 0;
  for (const RecordId& record : sweep.expired_records) {
    TRY_ASSIGN(const std::optional<int64_t> file, records.FileOf(record));
    if (!file) continue;  // gone already; what removes numbers must not stop at it
    TRY_ASSIGN(const int64_t in_intake,
               db_.Number("SELECT count(*) FROM sealed_file WHERE file = ?1 AND kind = 1", *file));
    TRY(records.Drop(record));
    expired += static_cast<uint64_t>(in_intake);
  }
  for (const FileId& file : sweep.expired_files) {
    TRY_ASSIGN(const uint64_t dropped, DropFile(records, file));
    expired += dropped;
  }
  for (const SealedFileRow& row : sweep.rewritten) TRY(InsertFile(row));
  TRY(MoveRecords(records, sweep.moved));
  TRY(DropEmptied(records, sweep.superseded));
  for (const auto& [old, compacted] : sweep.compacted) {
    // Positions that are still to be erased are of the old file.
    TRY_ASSIGN(const FileKey key, KeyOfFile(old));
    TRY_ASSIGN(const int64_t pending,
               db_.Number("SELECT count(*) FROM erasure WHERE file = ?1", key.file));
    if (pending != 0) return Fail(Code::kInternal, "records are not erased yet", db_.place());
    TRY(db_.Run("UPDATE sealed_file SET file_id = ?2, expiry_day = ?3 WHERE file = ?1", key.file,
                compacted.file, compacted.expiry));
  }
  for (const BatchId& batch : sweep.batches_expired) {
    TRY_ASSIGN(const BatchKey key, GoingBatch(batch));
    TRY_ASSIGN(const std::optional<OpenRun> run, FindOpenRun(key.batch));
    if (run) return Fail(Code::kRefused, "a run of the batch has not ended", batch.Hex());
    TRY(EndBatch(records, key, BatchState::kExpired));
  }
  for (const EpochId& epoch : sweep.epochs_destroyed) {
    TRY_ASSIGN(const int64_t rows, db_.Run("DELETE FROM epoch WHERE epoch_id = ?1", epoch));
    if (rows != 1) return Fail(Code::kCorrupt, "an epoch is not in the store", epoch.Hex());
  }
  ledger::Counts counts;
  PutCount(counts, "numbers.expired", expired);
  TRY(SweepClasses(records, sweep, counts));
  TRY(verb.Append(describe(counts)));
  return verb.Commit();
}

Result<void> SqliteStore::Vacuum() {
  TRY(db_.Execute("VACUUM"));
  TRY_ASSIGN(vacuumed_, db_.Number("PRAGMA data_version"));
  return {};
}

Result<void> SqliteStore::ForgetDeleted() {
  TRY_ASSIGN(const int64_t version, db_.Number("PRAGMA data_version"));
  if (vacuumed_ != version) TRY(Vacuum());
  // The call succeeds when it could not do it: only its row says so.
  TRY_ASSIGN(const int64_t busy, db_.Number("PRAGMA wal_checkpoint(TRUNCATE)"));
  struct stat info {};
  const bool missing = ::stat((db_.place() + "-wal").c_str(), &info) != 0;
  if (missing && errno != ENOENT) return FailErrno("stat", db_.place() + "-wal");
  if (busy != 0 || (!missing && info.st_size != 0)) {
    return Fail(Code::kStorage, "the store's write-ahead log could not be emptied", db_.place(),
                "another command reads the store: run the sweep again when it has ended");
  }
  return {};
}

Result<uint64_t> SqliteStore::DropMissingFiles(std::span<const FileId> present,
                                               const Describe& describe) {
  const std::set<FileId> there(present.begin(), present.end());
  TRY_ASSIGN(Verb verb, Verb::Begin(*this));
  TRY_ASSIGN(Records records, verb.FlushedRecords());
  TRY_ASSIGN(const std::vector<SealedFileRow> rows, SealedFiles());
  uint64_t lost = 0;
  bool any = false;
  for (const SealedFileRow& row : rows) {
    if (there.contains(row.file)) continue;
    TRY_ASSIGN(const uint64_t dropped, DropFile(records, row.file));
    lost += dropped;
    any = true;
  }
  if (!any) return 0;
  TRY(verb.Append(describe(ledger::Counts{{"lost", lost}}), Verb::Late::kAccept));
  TRY(verb.Commit());
  return lost;
}

Result<StoreCounts> SqliteStore::Count() {
  TRY_ASSIGN(auto transaction, sqlite::Transaction::Begin(db_, sqlite::Transaction::Kind::kRead));
  StoreCounts counts;
  TRY_ASSIGN(const ContactCounts people, CountAll(db_));
  counts.contacts_unmessaged = people.unmessaged;
  counts.contacts_messaged = people.messaged;
  counts.records = people.records;
  const auto number = [](int64_t value) { return static_cast<uint64_t>(value); };
  TRY_ASSIGN(const int64_t opt_outs, db_.Number("SELECT count(*) FROM opt_out"));
  TRY_ASSIGN(const int64_t listed, db_.Number("SELECT count(*) FROM protected"));
  TRY_ASSIGN(const int64_t outcomes,
             db_.Number("SELECT count(*) + coalesce((SELECT sum(r.next - r.first - (SELECT count(*)"
                        " FROM attempt a WHERE a.batch = r.batch AND a.position >= r.first"
                        " AND a.position < r.next)) FROM run r WHERE r.ended = 0), 0)"
                        " FROM attempt"));
  TRY_ASSIGN(const int64_t imports, db_.Number("SELECT count(*) FROM import"));
  TRY_ASSIGN(const int64_t entries, db_.Number("SELECT count(*) FROM ledger_entry"));
  counts.opt_outs = number(opt_outs);
  counts.protected_numbers = number(listed);
  counts.outcomes = number(outcomes);
  counts.imports = number(imports);
  counts.ledger_entries = number(entries);
  TRY(transaction.Commit());
  return counts;
}

}  // namespace signpost::store
