#include "core/signpost/store/contacts.h"

#include <algorithm>

#include "core/signpost/store/staging.h"

namespace signpost::store {

Result<bool> Contacts::Any() const {
  TRY_ASSIGN(const int64_t any, db_->Number("SELECT EXISTS(SELECT 1 FROM contact)"));
  return any != 0;
}

Result<std::optional<ContactRow>> Contacts::Find(const token::ContactToken& contact) const {
  TRY_ASSIGN(auto query, db_->Ask("SELECT seen_day, messaged_day, record_id FROM contact"
                                  " WHERE token = ?1 AND generation = ?2",
                                  contact.bytes, contact.generation));
  TRY_ASSIGN(const bool there, query.Step());
  if (!there) return std::optional<ContactRow>();
  ContactRow row;
  row.seen = query.DayAt(0);
  row.messaged = !query.IsNull(1);
  if (!query.IsNull(2)) row.record = query.IdAt<RecordId>(2);
  return std::optional<ContactRow>(row);
}

Result<std::optional<Day>> Contacts::ExpiryOf(const RecordId& record) const {
  TRY_ASSIGN(auto query, db_->Ask("SELECT coalesce(r.expiry_day, f.expiry_day) FROM record r"
                                  " LEFT JOIN sealed_file f ON f.file = r.file"
                                  " WHERE r.record_id = ?1",
                                  record));
  TRY_ASSIGN(const bool there, query.Step());
  if (!there) return std::optional<Day>();
  return std::optional<Day>(query.DayAt(0));
}

Result<void> Contacts::MarkMessaged(const token::ContactToken& contact, Day today) {
  TRY(
      db_->Run("INSERT INTO contact(token, generation, seen_day, messaged_day, record_id)"
               " VALUES(?1, ?2, ?3, ?3, NULL)"
               " ON CONFLICT(token, generation) DO UPDATE SET messaged_day = ?3",
               contact.bytes, contact.generation, today));
  return {};
}

// A person may have a newer record: then that one stays theirs.
#define SIGNPOST_FORGET(expiry)                                            \
  "UPDATE contact SET record_id = NULL FROM record AS r WHERE r.file = ?1" \
  " AND r.expiry_day " expiry                                              \
  " AND contact.token = r.token AND contact.generation = r.generation"     \
  " AND contact.record_id = r.record_id"
#define SIGNPOST_DELETE(expiry) "DELETE FROM record WHERE file = ?1 AND expiry_day " expiry

Result<uint64_t> Contacts::DropMoved(int64_t file) {
  TRY(db_->Run(SIGNPOST_FORGET("IS NOT NULL"), file));
  TRY_ASSIGN(const int64_t dropped, db_->Run(SIGNPOST_DELETE("IS NOT NULL"), file));
  return static_cast<uint64_t>(dropped);
}

Result<Records> Records::ToRead(sqlite::Database& db) {
  TRY_ASSIGN(const bool staged, IsAnythingStaged(db));
  if (staged) {
    return Fail(Code::kStorage, "another command changed the store", db.place(),
                "run the command again");
  }
  return Records(db);
}

Result<std::optional<policy::ContactFacts>> Records::FactsOf(const RecordId& record,
                                                             int64_t file) const {
  TRY_ASSIGN(auto query,
             db_->Ask("SELECT c.messaged_day, p.day, r.last_contact, r.in_traffic FROM record r"
                      " LEFT JOIN contact c ON c.token = r.token AND c.generation = r.generation"
                      " LEFT JOIN protected p ON p.token = r.token AND p.generation = r.generation"
                      " WHERE r.record_id = ?1 AND r.file = ?2",
                      record, file));
  TRY_ASSIGN(const bool there, query.Step());
  if (!there) return std::optional<policy::ContactFacts>();
  policy::ContactFacts facts;
  facts.held = true;
  facts.messaged = !query.IsNull(0);
  facts.is_protected = !query.IsNull(1);
  if (!query.IsNull(2)) facts.last_contact = query.DayAt(2);
  facts.in_traffic = query.Int(3) != 0;
  return std::optional<policy::ContactFacts>(facts);
}

Result<bool> Contacts::Move(const RecordId& record, int64_t from, int64_t to, Day expiry_of_from) {
  TRY_ASSIGN(const int64_t rows,
             db_->Run("UPDATE record SET file = ?3, expiry_day = coalesce(expiry_day, ?4)"
                      " WHERE record_id = ?1 AND file = ?2",
                      record, from, to, expiry_of_from));
  return rows == 1;
}

Result<bool> Records::Drop(const RecordId& record) {
  TRY(
      db_->Run("UPDATE contact SET record_id = NULL WHERE record_id = ?1 AND (token, generation) ="
               " (SELECT token, generation FROM record WHERE record_id = ?1)",
               record));
  TRY_ASSIGN(const int64_t rows, db_->Run("DELETE FROM record WHERE record_id = ?1", record));
  return rows == 1;
}

Result<uint64_t> Records::DropAsImported(int64_t file) {
  TRY(db_->Run(SIGNPOST_FORGET("IS NULL"), file));
  TRY_ASSIGN(const int64_t dropped, db_->Run(SIGNPOST_DELETE("IS NULL"), file));
  return static_cast<uint64_t>(dropped);
}

Result<std::optional<int64_t>> Records::FileOf(const RecordId& record) const {
  TRY_ASSIGN(auto query, db_->Ask("SELECT file FROM record WHERE record_id = ?1", record));
  TRY_ASSIGN(const bool there, query.Step());
  if (!there) return std::optional<int64_t>();
  return std::optional<int64_t>(query.Int(0));
}

Result<uint64_t> Records::DropContacts(Day seen_before, Day messaged_before) {
  TRY_ASSIGN(
      const int64_t dropped,
      db_->Run("DELETE FROM contact WHERE record_id IS NULL AND"
               " CASE WHEN messaged_day IS NULL THEN seen_day < ?1 ELSE messaged_day < ?2 END",
               seen_before, messaged_before));
  return static_cast<uint64_t>(dropped);
}

Result<uint64_t> Records::Count() const {
  TRY_ASSIGN(const int64_t count, db_->Number("SELECT count(*) FROM record"));
  return static_cast<uint64_t>(count);
}

Result<std::vector<UnflushedRecord>> UnflushedBetween(sqlite::Database& db, int64_t batch_file,
                                                      const RecordId& first, const RecordId& last) {
  std::vector<UnflushedRecord> records;
  TRY_ASSIGN(auto query,
             db.Ask("SELECT r.record_id, r.token, r.generation, r.expiry_day,"
                    " c.record_id IS r.record_id, c.messaged_day FROM record r"
                    " LEFT JOIN contact c ON c.token = r.token AND c.generation = r.generation"
                    " WHERE r.file = ?1 AND r.expiry_day IS NOT NULL"  // each has been moved
                    " AND r.record_id BETWEEN ?2 AND ?3 ORDER BY r.record_id",
                    batch_file, first, last));
  for (;;) {
    TRY_ASSIGN(const bool row, query.Step());
    if (!row) return records;
    UnflushedRecord& record = records.emplace_back();
    record.id = query.IdAt<RecordId>(0);
    record.contact.bytes = query.Array<32>(1);
    record.contact.generation = static_cast<uint16_t>(query.Int(2));
    record.expiry = query.DayAt(3);
    if (query.Int(4) != 0) record.messaged = !query.IsNull(5);
  }
}

Result<void> ForgetRecordOf(sqlite::Database& db, const UnflushedRecord& record) {
  TRY(
      db.Run("UPDATE contact SET record_id = NULL"
             " WHERE token = ?1 AND generation = ?2 AND record_id = ?3",
             record.contact.bytes, record.contact.generation, record.id));
  return {};
}

Result<uint64_t> DropAttempted(sqlite::Database& db, int64_t batch_file, const RecordId& first,
                               const RecordId& last) {
  TRY_ASSIGN(const int64_t rows,
             db.Run("DELETE FROM record WHERE file = ?1 AND expiry_day IS NOT NULL"
                    " AND record_id BETWEEN ?2 AND ?3",
                    batch_file, first, last));
  return static_cast<uint64_t>(rows);
}

Result<uint64_t> CountMoved(sqlite::Database& db, int64_t file) {
  TRY_ASSIGN(
      const int64_t count,
      db.Number("SELECT count(*) FROM record WHERE file = ?1 AND expiry_day IS NOT NULL", file));
  return static_cast<uint64_t>(count);
}

Result<ContactCounts> CountAll(sqlite::Database& db) {
  ContactCounts counts;
  {
    TRY_ASSIGN(auto query,
               db.Ask("SELECT count(*) - count(messaged_day), count(messaged_day) FROM contact"));
    TRY(query.Step());
    counts.unmessaged = static_cast<uint64_t>(query.Int(0));
    counts.messaged = static_cast<uint64_t>(query.Int(1));
  }
  TRY_ASSIGN(const int64_t records, db.Number("SELECT count(*) FROM record"));
  TRY_ASSIGN(const StagedCounts staged, CountStaged(db));
  counts.unmessaged += staged.people;
  counts.unmessaged -= staged.messaged;  // their contacts do not say so yet
  counts.messaged += staged.messaged;
  counts.records = static_cast<uint64_t>(records) + staged.records;
  return counts;
}

}  // namespace signpost::store
