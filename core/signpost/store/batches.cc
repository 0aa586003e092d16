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

SealedFileRow ReadFileRow(const sqlite::Query& query) {  // columns as in SealedFiles
  SealedFileRow row;
  row.file = query.IdAt<FileId>(0);
  row.kind = static_cast<seal::SealedKind>(query.Int(1));
  row.expiry = query.DayAt(2);
  row.records = static_cast<uint64_t>(query.Int(3));
  row.case_ref = query.Text(4);
  return row;
}

// Ids are random: in their own order a set touches each page of a table once.
std::vector<RecordId> Sorted(std::span<const RecordId> records) {
  std::vector<RecordId> sorted(records.begin(), records.end());
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
    rows.push_back(ReadFileRow(query));
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

Result<SqliteStore::FileKey> SqliteStore::KeyOfFile(const FileId& file) {
  TRY_ASSIGN(auto query, db_.Ask("SELECT file_id, kind, expiry_day, records, case_ref, file"
                                 " FROM sealed_file WHERE file_id = ?1",
                                 file));
  TRY_ASSIGN(const bool row, query.Step());
  if (!row) return Fail(Code::kCorrupt, "a sealed file is not in the store", db_.place());
  return FileKey{query.Int(5), ReadFileRow(query)};
}

Result<void> SqliteStore::MoveRecords(Records& records,
                                      std::span<const std::pair<RecordId, FileId>> moved) {
  std::map<FileId, int64_t> numbers;
  for (const auto& each : moved) numbers.emplace(each.second, 0);
  for (auto& [file, number] : numbers) {
    TRY_ASSIGN(const FileKey key, KeyOfFile(file));
    number = key.file;
  }
  std::vector<std::pair<RecordId, int64_t>> sorted;
  sorted.reserve(moved.size());
  for (const auto& each : moved) sorted.emplace_back(each.first, numbers[each.second]);
  std::sort(sorted.begin(), sorted.end());
  for (const auto& [record, to] : sorted) {
    TRY_ASSIGN(const std::optional<Day> expiry, records.ExpiryOf(record));
    TRY_ASSIGN(const std::optional<int64_t> from, records.FileOf(record));
    if (!expiry || !from) {
      return Fail(Code::kCorrupt, "a sealed record is not in the store", db_.place());
    }
    TRY(records.Move(record, *from, to, *expiry));
  }
  return {};
}

Result<void> SqliteStore::DropRow(int64_t file) {
  TRY(db_.Run("UPDATE import SET case_ref = '', file = NULL WHERE file = ?1", file));
  TRY(db_.Run("DELETE FROM erasure WHERE file = ?1", file));
  TRY(db_.Run("DELETE FROM sealed_file WHERE file = ?1", file));
  return {};
}

Result<uint64_t> SqliteStore::DropFile(Records& records, const FileId& file) {
  TRY_ASSIGN(const FileKey key, KeyOfFile(file));
  TRY_ASSIGN(uint64_t dropped, records.DropMoved(key.file));
  if (key.row.kind == seal::SealedKind::kIntake && dropped < key.row.records) {
    TRY_ASSIGN(const uint64_t more, records.DropAsImported(key.file));
    dropped += more;
  }
  TRY(DropRow(key.file));
  return dropped;
}

Result<void> SqliteStore::DropEmptied(Records& records, std::span<const FileId> files) {
  for (const FileId& file : files) {
    TRY_ASSIGN(const uint64_t left, DropFile(records, file));
    if (left != 0) return Fail(Code::kCorrupt, "a sealed record would be lost", db_.place());
  }
  return {};
}

Result<uint64_t> SqliteStore::EndBatch(Contacts& contacts, const BatchKey& key, BatchState state) {
  TRY_ASSIGN(
      const int64_t attempted,
      db_.Number("SELECT coalesce(sum(next - first), 0) FROM run WHERE batch = ?1", key.batch));
  TRY_ASSIGN(const std::optional<int64_t> file, FileNumber(key.row.file));
  if (file) {  // else it was lost
    TRY(contacts.DropMoved(*file));
    TRY(DropRow(*file));
  }
  TRY(SetState(key.batch, state));
  const auto done = static_cast<uint64_t>(attempted);
  return key.row.records > done ? key.row.records - done : 0;
}

Result<void> SqliteStore::TakeShare(Records& records, const IntakeShare& share,
                                    int64_t batch_file) {
  TRY_ASSIGN(const FileKey intake, KeyOfFile(share.intake));
  // Each record comes from this intake, and as many stay as its row says.
  const size_t taken = share.drawn.size() + share.withheld.size();
  if (intake.row.kind != seal::SealedKind::kIntake || intake.row.records != taken + share.left) {
    return Fail(Code::kCorrupt, "the plan does not account for every sealed record", db_.place());
  }
  for (const RecordId& record : Sorted(share.drawn)) {
    TRY_ASSIGN(const bool moved, records.Move(record, intake.file, batch_file, intake.row.expiry));
    if (!moved) return Fail(Code::kCorrupt, "a record is not the intake's", db_.place());
  }
  for (const RecordId& record : Sorted(share.withheld)) {
    TRY_ASSIGN(const std::optional<int64_t> file, records.FileOf(record));
    if (file != intake.file)
      return Fail(Code::kCorrupt, "a record is not the intake's", db_.place());
    TRY(records.Drop(record));
  }
  if (share.left == 0) return DropRow(intake.file);
  TRY(db_.Run("UPDATE sealed_file SET records = ?2 WHERE file = ?1", intake.file, share.left));
  for (const uint64_t position : share.to_erase) {
    TRY(db_.Run("INSERT OR IGNORE INTO erasure(file, position) VALUES(?1, ?2)", intake.file,
                position));
  }
  if (share.drawn.empty()) return {};
  // From here on nothing says which case these people came from.
  TRY(db_.Run("UPDATE sealed_file SET case_ref = '' WHERE file = ?1", intake.file));
  TRY(db_.Run("UPDATE import SET case_ref = '', file = NULL WHERE file = ?1", intake.file));
  return {};
}

Result<void> SqliteStore::CommitPlan(const PlanCommit& plan, const NewEntry& note) {
  TRY_ASSIGN(Verb verb, Verb::Begin(*this));
  TRY_ASSIGN(Records records, verb.FlushedRecords());
  const BatchRow& batch = plan.batch;
  size_t drawn = 0;
  for (const IntakeShare& share : plan.shares) drawn += share.drawn.size();
  if (drawn != batch.records || batch.file != plan.batch_file.file) {
    return Fail(Code::kInternal, "the batch does not hold what its row says", db_.place());
  }
  TRY(InsertFile(plan.batch_file));
  const int64_t batch_file = db_.last_row();
  for (const IntakeShare& share : plan.shares) TRY(TakeShare(records, share, batch_file));
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
  TRY_ASSIGN(Verb verb, Verb::Begin(*this));
  TRY(db_.Run("DELETE FROM erasure"));
  return verb.Commit();
}

Result<void> SqliteStore::UpdateManifest(const BatchId& batch, const std::string& note_text,
                                         const NewEntry& note) {
  TRY_ASSIGN(Verb verb, Verb::Begin(*this));
  TRY(GoingBatch(batch));
  const Document document{"manifest", batch.Hex(), note_text};
  TRY(PutDocuments(std::span(&document, 1)));
  TRY(verb.Append(note));
  return verb.Commit();
}

Result<void> SqliteStore::CommitCancel(const BatchId& batch,
                                       const std::optional<SealedFileRow>& intake,
                                       std::span<const RecordId> returned, const NewEntry& note) {
  TRY_ASSIGN(Verb verb, Verb::Begin(*this));
  TRY_ASSIGN(Contacts contacts, verb.FlushedContacts());
  TRY_ASSIGN(const BatchKey key, GoingBatch(batch));
  TRY_ASSIGN(const std::optional<OpenRun> run, FindOpenRun(key.batch));
  if (run) return Fail(Code::kRefused, "a run of the batch has not ended", batch.Hex());
  if (!returned.empty()) {
    if (!intake) return Fail(Code::kInternal, "returned records have no intake", db_.place());
    TRY_ASSIGN(const FileKey from, KeyOfFile(key.row.file));
    TRY(InsertFile(*intake));
    const int64_t to = db_.last_row();
    for (const RecordId& record : Sorted(returned)) {
      TRY_ASSIGN(const bool moved, contacts.Move(record, from.file, to, from.row.expiry));
      if (!moved) return Fail(Code::kCorrupt, "a record is not the batch's", batch.Hex());
    }
  }
  TRY(EndBatch(contacts, key, BatchState::kCancelled));
  TRY(verb.Append(note));
  return verb.Commit();
}

}  // namespace signpost::store
