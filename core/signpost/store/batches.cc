// Sealed files, the records in them, batches: plan, approve, cancel.
#include <algorithm>
#include <map>

#include "core/signpost/store/sqlite_store.h"

namespace signpost::store {
namespace {

BatchRow ReadBatch(const sqlite::Query& query) {  // columns as in SELECT below
  BatchRow row;
  row.batch = query.IdAt<BatchId>(0);
  row.state = static_cast<BatchState>(query.Int(1));
  row.file = query.IdAt<FileId>(2);
  row.records = static_cast<uint32_t>(query.Int(3));
  row.planned = {query.Int(4)};
  row.expires = {query.Int(5)};
  row.gateway = query.Text(6);
  return row;
}

// Ids are random: in their own order a set touches each page of a table once.
std::vector<RecordId> Sorted(const std::vector<RecordId>& records) {
  std::vector<RecordId> sorted = records;
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

}  // namespace

std::string_view BatchStateName(BatchState state) {
  switch (state) {
    case BatchState::kPlanned:
      return "planned";
    case BatchState::kOpened:
      return "opened";
    case BatchState::kFinished:
      return "finished";
    case BatchState::kCancelled:
      return "cancelled";
    case BatchState::kExpired:
      return "expired";
  }
  return "unknown";
}

Result<std::vector<BatchRow>> SqliteStore::Batches() {
  std::vector<BatchRow> rows;
  TRY_ASSIGN(auto query, db_.Ask("SELECT batch_id, state, file_id, records, planned, expires,"
                                 " gateway FROM batch ORDER BY planned, batch"));
  for (;;) {
    TRY_ASSIGN(const bool row, query.Step());
    if (!row) return rows;
    rows.push_back(ReadBatch(query));
  }
}

Result<std::optional<BatchRow>> SqliteStore::FindBatch(const BatchId& batch) {
  const Result<BatchKey> key = KeyOf(batch);
  if (key) return std::optional<BatchRow>(key->row);
  if (key.error().code == Code::kNotFound) return std::optional<BatchRow>();
  return tl::unexpected(key.error());
}

Result<SqliteStore::BatchKey> SqliteStore::KeyOf(const BatchId& batch) {
  TRY_ASSIGN(auto query, db_.Ask("SELECT batch_id, state, file_id, records, planned, expires,"
                                 " gateway, batch FROM batch WHERE batch_id = ?1",
                                 batch));
  TRY_ASSIGN(const bool row, query.Step());
  if (!row) return Fail(Code::kNotFound, "there is no such batch", batch.Hex());
  return BatchKey{query.Int(7), ReadBatch(query)};
}

Result<SqliteStore::BatchKey> SqliteStore::GoingBatch(const BatchId& batch) {
  TRY_ASSIGN(BatchKey key, KeyOf(batch));
  if (!key.Going()) {
    return Fail(Code::kRefused, "the batch is " + std::string(BatchStateName(key.row.state)),
                batch.Hex());
  }
  return key;
}

Result<void> SqliteStore::SetState(int64_t batch, BatchState state) {
  TRY(db_.Run("UPDATE batch SET state = ?2 WHERE batch = ?1", batch, state));
  return {};
}

Result<std::vector<SealedFileRow>> SqliteStore::SealedFiles() {
  std::vector<SealedFileRow> rows;
  TRY_ASSIGN(auto query, db_.Ask("SELECT file_id, kind, expiry_day, records, case_ref"
                                 " FROM sealed_file ORDER BY file"));
  for (;;) {
    TRY_ASSIGN(const bool row, query.Step());
    if (!row) return rows;
    SealedFileRow& out = rows.emplace_back();
    out.file = query.IdAt<FileId>(0);
    out.kind = static_cast<seal::SealedKind>(query.Int(1));
    out.expiry = query.DayAt(2);
    out.records = static_cast<uint64_t>(query.Int(3));
    out.case_ref = query.Text(4);
  }
}

Result<std::optional<int64_t>> SqliteStore::FileNumber(const FileId& file) {
  TRY_ASSIGN(auto query, db_.Ask("SELECT file FROM sealed_file WHERE file_id = ?1", file));
  TRY_ASSIGN(const bool row, query.Step());
  if (!row) return std::optional<int64_t>();
  return std::optional<int64_t>(query.Int(0));
}

Result<void> SqliteStore::InsertFile(const SealedFileRow& row) {
  TRY(
      db_.Run("INSERT INTO sealed_file(file_id, kind, expiry_day, records, case_ref)"
              " VALUES(?1, ?2, ?3, ?4, ?5)",
              row.file, row.kind, row.expiry, row.records, row.case_ref));
  return {};
}

Result<void> SqliteStore::MoveRecords(std::span<const std::pair<RecordId, FileId>> moved) {
  std::map<FileId, int64_t> numbers;
  for (const auto& each : moved) numbers.emplace(each.second, 0);
  for (auto& each : numbers) {
    TRY_ASSIGN(const std::optional<int64_t> number, FileNumber(each.first));
    if (!number) return Fail(Code::kCorrupt, "a sealed file is not in the store", db_.place());
    each.second = *number;
  }
  std::vector<std::pair<RecordId, int64_t>> sorted;
  sorted.reserve(moved.size());
  for (const auto& each : moved) sorted.emplace_back(each.first, numbers[each.second]);
  std::sort(sorted.begin(), sorted.end());
  for (const auto& each : sorted) {
    TRY_ASSIGN(const int64_t rows,
               db_.Run("UPDATE record SET file = ?2, expiry_day = coalesce(expiry_day,"
                       " (SELECT s.expiry_day FROM sealed_file s WHERE s.file = record.file))"
                       " WHERE record_id = ?1",
                       each.first, each.second));
    if (rows != 1) return Fail(Code::kCorrupt, "a sealed record is not in the store", db_.place());
  }
  return {};
}

Result<bool> SqliteStore::DropRecord(const RecordId& record) {
  // A person may have a newer record already: then that one stays theirs.
  TRY(
      db_.Run("UPDATE contact SET record_id = NULL WHERE record_id = ?1 AND (token, generation) ="
              " (SELECT token, generation FROM record WHERE record_id = ?1)",
              record));
  TRY_ASSIGN(const int64_t rows, db_.Run("DELETE FROM record WHERE record_id = ?1", record));
  return rows == 1;
}

#define SIGNPOST_FORGET(expiry)                                            \
  "UPDATE contact SET record_id = NULL FROM record AS r WHERE r.file = ?1" \
  " AND r.expiry_day " expiry                                              \
  " AND contact.token = r.token AND contact.generation = r.generation"     \
  " AND contact.record_id = r.record_id"
#define SIGNPOST_DELETE(expiry) "DELETE FROM record WHERE file = ?1 AND expiry_day " expiry

Result<uint64_t> SqliteStore::DropFile(const FileId& file) {
  int64_t number = 0;
  bool as_imported = false;  // it may hold records that were never moved
  {
    TRY_ASSIGN(auto query, db_.Ask("SELECT file, kind = 1 AND records > 0 FROM sealed_file"
                                   " WHERE file_id = ?1",
                                   file));
    TRY_ASSIGN(const bool row, query.Step());
    if (!row) return 0;
    number = query.Int(0);
    as_imported = query.Int(1) != 0;
  }
  TRY_ASSIGN(const int64_t waiting,
             db_.Number("SELECT count(*) FROM arrival_part WHERE file = ?1", number));
  if (waiting != 0) return Fail(Code::kInternal, "an import was not carried over", db_.place());
  TRY(db_.Run(SIGNPOST_FORGET("IS NOT NULL"), number));
  TRY_ASSIGN(int64_t dropped, db_.Run(SIGNPOST_DELETE("IS NOT NULL"), number));
  if (as_imported) {  // looks at every record
    TRY(db_.Run(SIGNPOST_FORGET("IS NULL"), number));
    TRY_ASSIGN(const int64_t more, db_.Run(SIGNPOST_DELETE("IS NULL"), number));
    dropped += more;
  }
  TRY(db_.Run("UPDATE import SET case_ref = '', file = NULL WHERE file = ?1", number));
  TRY(db_.Run("DELETE FROM erasure WHERE file = ?1", number));
  TRY(db_.Run("DELETE FROM sealed_file WHERE file = ?1", number));
  return static_cast<uint64_t>(dropped);
}

Result<void> SqliteStore::DropEmptied(std::span<const FileId> files) {
  for (const FileId& file : files) {
    TRY_ASSIGN(const std::optional<int64_t> number, FileNumber(file));
    if (!number) return Fail(Code::kCorrupt, "a sealed file is not in the store", db_.place());
    TRY_ASSIGN(const uint64_t left, DropFile(file));
    if (left != 0) return Fail(Code::kCorrupt, "a sealed record would be lost", db_.place());
  }
  return {};
}

Result<uint64_t> SqliteStore::EndBatch(const BatchKey& key, BatchState state) {
  TRY_ASSIGN(
      const int64_t attempted,
      db_.Number("SELECT coalesce(sum(next - first), 0) FROM run WHERE batch = ?1", key.batch));
  TRY(DropFile(key.row.file));
  TRY(SetState(key.batch, state));
  const auto done = static_cast<uint64_t>(attempted);
  return key.row.records > done ? key.row.records - done : 0;
}

Result<void> SqliteStore::TakeShare(const IntakeShare& share, int64_t batch_file) {
  TRY_ASSIGN(auto intake, db_.Ask("SELECT file, records, expiry_day FROM sealed_file"
                                  " WHERE file_id = ?1 AND kind = ?2",
                                  share.intake, seal::SealedKind::kIntake));
  TRY_ASSIGN(const bool row, intake.Step());
  if (!row) return Fail(Code::kCorrupt, "a sealed file is not in the store", db_.place());
  const int64_t file = intake.Int(0);
  const auto held = static_cast<uint64_t>(intake.Int(1));
  const Day expiry = intake.DayAt(2);
  // Each record comes from this intake, and as many stay as its row says.
  if (held != share.drawn.size() + share.withheld.size() + share.left) {
    return Fail(Code::kCorrupt, "the plan does not account for every sealed record", db_.place());
  }
  int64_t taken = 0;
  for (const RecordId& record : Sorted(share.drawn)) {
    TRY_ASSIGN(const int64_t moved,
               db_.Run("UPDATE record SET file = ?2, expiry_day = coalesce(expiry_day, ?4)"
                       " WHERE record_id = ?1 AND file = ?3",
                       record, batch_file, file, expiry));
    taken += moved;
  }
  for (const RecordId& record : Sorted(share.withheld)) {
    TRY_ASSIGN(const bool known, DropRecord(record));
    taken += known ? 1 : 0;
  }
  if (taken != static_cast<int64_t>(share.drawn.size() + share.withheld.size())) {
    return Fail(Code::kCorrupt, "a sealed record is not in the store", db_.place());
  }
  TRY(db_.Run("UPDATE sealed_file SET records = ?2 WHERE file = ?1", file, share.left));
  if (share.left == 0) {
    TRY(DropFile(share.intake));
    return {};
  }
  for (const uint64_t position : share.to_erase) {
    TRY(db_.Run("INSERT OR IGNORE INTO erasure(file, position) VALUES(?1, ?2)", file, position));
  }
  if (share.drawn.empty()) return {};
  // From here on nothing says which case these people came from.
  TRY(db_.Run("UPDATE sealed_file SET case_ref = '' WHERE file = ?1", file));
  TRY(db_.Run("UPDATE import SET case_ref = '', file = NULL WHERE file = ?1", file));
  return {};
}

Result<void> SqliteStore::CommitPlan(const PlanCommit& plan, const LedgerNote& note) {
  TRY_ASSIGN(Verb verb, Verb::Begin(*this, Verb::Carry::kAll));
  const BatchRow& batch = plan.batch;
  size_t drawn = 0;
  for (const IntakeShare& share : plan.shares) drawn += share.drawn.size();
  if (drawn != batch.records || batch.file != plan.batch_file.file) {
    return Fail(Code::kInternal, "the batch does not hold what its row says", db_.place());
  }
  TRY(InsertFile(plan.batch_file));
  const int64_t batch_file = db_.last_row();
  for (const IntakeShare& share : plan.shares) TRY(TakeShare(share, batch_file));
  TRY(
      db_.Run("INSERT INTO batch(batch_id, state, file_id, records, planned, expires, gateway)"
              " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
              batch.batch, BatchState::kPlanned, batch.file, batch.records, batch.planned,
              batch.expires, batch.gateway));
  TRY(PutDocuments(plan.documents));
  TRY(verb.Append(note));
  return verb.Commit();
}

Result<std::vector<PendingErasure>> SqliteStore::PendingErasures() {
  std::vector<PendingErasure> pending;
  TRY_ASSIGN(auto query, db_.Ask("SELECT f.file_id, e.position FROM erasure e JOIN sealed_file f"
                                 " ON f.file = e.file ORDER BY e.file, e.position"));
  for (;;) {
    TRY_ASSIGN(const bool row, query.Step());
    if (!row) return pending;
    const auto intake = query.IdAt<FileId>(0);
    if (pending.empty() || pending.back().intake != intake) pending.push_back({intake, {}});
    pending.back().records.push_back(static_cast<uint64_t>(query.Int(1)));
  }
}

Result<void> SqliteStore::ErasuresDone() {
  TRY_ASSIGN(Verb verb, Verb::Begin(*this, Verb::Carry::kNothing));
  TRY(db_.Run("DELETE FROM erasure"));
  return verb.Commit();
}

Result<void> SqliteStore::UpdateManifest(const BatchId& batch, const std::string& note_text,
                                         const LedgerNote& note) {
  TRY_ASSIGN(Verb verb, Verb::Begin(*this));
  TRY(GoingBatch(batch));
  const Document document{"manifest", batch.Hex(), note_text};
  TRY(PutDocuments(std::span(&document, 1)));
  TRY(verb.Append(note));
  return verb.Commit();
}

Result<void> SqliteStore::CommitCancel(const BatchId& batch,
                                       const std::optional<SealedFileRow>& intake,
                                       std::span<const RecordId> returned, const LedgerNote& note) {
  TRY_ASSIGN(Verb verb, Verb::Begin(*this));
  TRY_ASSIGN(const BatchKey key, GoingBatch(batch));
  TRY_ASSIGN(const std::optional<OpenRun> run, FindOpenRun(key.batch));
  if (run) return Fail(Code::kRefused, "a run of the batch has not ended", batch.Hex());
  if (!returned.empty()) {
    if (!intake) return Fail(Code::kInternal, "returned records have no intake", db_.place());
    TRY_ASSIGN(const std::optional<int64_t> file, FileNumber(key.row.file));
    if (!file) return Fail(Code::kCorrupt, "the batch's file is not in the store", batch.Hex());
    std::vector<std::pair<RecordId, FileId>> moved;
    moved.reserve(returned.size());
    for (const RecordId& record : returned) {
      TRY_ASSIGN(const int64_t there,
                 db_.Number("SELECT count(*) FROM record WHERE record_id = ?1 AND file = ?2",
                            record, *file));
      if (there != 1) return Fail(Code::kCorrupt, "a record is not the batch's", batch.Hex());
      moved.emplace_back(record, intake->file);
    }
    TRY(InsertFile(*intake));
    TRY(MoveRecords(moved));
  }
  TRY(EndBatch(key, BatchState::kCancelled));
  TRY(verb.Append(note));
  return verb.Commit();
}

}  // namespace signpost::store
