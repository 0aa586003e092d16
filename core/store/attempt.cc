// The last instant before numbers leave the opener: one range, one transaction.
//
// That a person was messaged is written twice: as a mark, in the range's transaction, and to their
// contact, later. Contacts lie in the order of tokens, marks in the order of time: a range of marks
// is one page, its contacts one page each. Every verb that asks who was messaged carries the marks
// over before it asks (Verb::Begin), so no verb sees a contact that its mark is ahead of.
#include <algorithm>

#include "core/store/sqlite_store.h"

namespace signpost {

struct SqliteStore::Attempted {
  const BatchKey& key;
  int64_t run = 0, file = 0;
  Day file_expiry;
  bool any_opt_outs = true, any_protected = true;
  Day today;
};

Result<void> SqliteStore::CarryMarks() {
  struct Mark {
    ContactToken contact;
    RecordId record;
    Day day;
  };
  std::vector<Mark> marks;
  {
    TRY_ASSIGN(auto query, db_.Ask("SELECT token, generation, record_id, day FROM mark"));
    for (;;) {
      TRY_ASSIGN(const bool row, query.Step());
      if (!row) break;
      Mark& mark = marks.emplace_back();
      mark.contact = {query.Array<32>(0), static_cast<uint16_t>(query.Int(1))};
      mark.record = query.IdAt<RecordId>(2);
      mark.day = query.DayAt(3);
    }
  }
  if (marks.empty()) return {};
  std::sort(marks.begin(), marks.end(),
            [](const Mark& a, const Mark& b) { return a.contact < b.contact; });
  for (const Mark& mark : marks) {
    TRY(
        db_.Run("INSERT INTO contact(token, generation, seen_day, messaged_day, record_id)"
                " VALUES(?1, ?2, ?3, ?3, NULL) ON CONFLICT(token, generation) DO UPDATE SET"
                " messaged_day = ?3, record_id = nullif(record_id, ?4)",
                mark.contact.bytes, mark.contact.generation, mark.day, mark.record));
  }
  TRY(db_.Run("DELETE FROM mark"));
  return {};
}

// Forgets the sealed number and remembers that its person was messaged. `newest`: the contact names
// this record, so until it is carried over no other can be in its place. Of an older record of the
// same person the contact says nothing: it is told at once, and not by a mark.
Result<void> SqliteStore::Use(const Attempted& range, const RecordId& record,
                              const ContactToken& contact, bool newest) {
  if (newest) {
    TRY(db_.Run("INSERT INTO mark(token, generation, record_id, day) VALUES(?1, ?2, ?3, ?4)",
                contact.bytes, contact.generation, record, range.today));
  } else {
    TRY(
        db_.Run("INSERT INTO contact(token, generation, seen_day, messaged_day, record_id)"
                " VALUES(?1, ?2, ?3, ?3, NULL)"
                " ON CONFLICT(token, generation) DO UPDATE SET messaged_day = ?3",
                contact.bytes, contact.generation, range.today));
  }
  TRY(db_.Run("DELETE FROM record WHERE record_id = ?1", record));
  return {};
}

// One record. Its row goes whatever is decided: a number is used once.
Result<Withheld> SqliteStore::Attempt(const Attempted& range, uint32_t position,
                                      const RecordId& record, const OptOutToken& token) {
  ContactToken contact;
  ContactFacts facts;
  bool newest = false;
  const auto look = [&]() -> Result<void> {
    TRY_ASSIGN(auto query,
               db_.Ask("SELECT r.token, r.generation, coalesce(r.expiry_day, ?3), c.messaged_day,"
                       " c.record_id IS r.record_id FROM record r"
                       " LEFT JOIN contact c ON c.token = r.token AND c.generation = r.generation"
                       " WHERE r.record_id = ?1 AND r.file = ?2",
                       record, range.file, range.file_expiry));
    TRY_ASSIGN(const bool row, query.Step());
    if (!row) {
      return Fail(Code::kCorrupt, "a record is not the batch's", range.key.row.batch.Hex());
    }
    contact = {query.Array<32>(0), static_cast<uint16_t>(query.Int(1))};
    facts.expiry = query.DayAt(2);
    facts.messaged = !query.IsNull(3);
    facts.held = true;
    newest = query.Int(4) != 0;
    return {};
  };
  TRY(look());
  if (!newest) {  // an older record of a person whose newer one may be marked
    TRY(CarryMarks());
    TRY(look());
  }
  if (range.any_opt_outs) {
    TRY_ASSIGN(facts.opted_out, IsOptedOut(token));
  }
  if (range.any_protected) {
    TRY_ASSIGN(facts.is_protected, IsProtected(contact));
  }
  const Withheld reason = MayAttempt(facts, range.today);
  if (reason == Withheld::kNo) {
    TRY(Use(range, record, contact, newest));
    return reason;
  }
  TRY(DropRecord(record));
  TRY(
      db_.Run("INSERT INTO attempt(batch, position, run, outcome, withheld, status, id_hash, day)"
              " VALUES(?1, ?2, ?3, NULL, ?4, 0, NULL, ?5)",
              range.key.batch, position, range.run, reason, range.today));
  return reason;
}

Result<std::vector<Withheld>> SqliteStore::BeginAttempt(
    const BatchId& batch, uint32_t first_position, std::span<const RecordId> records,
    std::span<const OptOutToken> tokens, Day today, std::span<const Settlement> settled) {
  if (tokens.size() != records.size()) {
    return Fail(Code::kInternal, "not every record has a token", db_.place());
  }
  TRY_ASSIGN(Verb verb, Verb::Begin(*this, Verb::Marks::kLeave));
  TRY_ASSIGN(const BatchKey key, GoingBatch(batch));
  TRY_ASSIGN(const std::optional<OpenRun> run, FindOpenRun(key.batch));
  const auto ours = runs_.find(batch);
  if (!run || ours == runs_.end() || ours->second != run->id) {
    return Fail(Code::kRefused, "the batch has no run of this process", batch.Hex());
  }
  TRY(SettleIn(key, settled));
  // In order and without a gap: a position is attempted once, and none is passed over.
  if (run->next != first_position || records.size() > key.row.records - first_position) {
    return Fail(Code::kCorrupt, "the records were attempted before, or are out of order",
                batch.Hex());
  }
  Attempted range{key, run->run, 0, {}, true, true, today};
  {
    TRY_ASSIGN(auto query,
               db_.Ask("SELECT file, expiry_day, EXISTS(SELECT 1 FROM opt_out),"
                       " EXISTS(SELECT 1 FROM protected) FROM sealed_file WHERE file_id = ?1",
                       key.row.file));
    TRY_ASSIGN(const bool row, query.Step());
    if (!row) return Fail(Code::kCorrupt, "the batch's file is not in the store", batch.Hex());
    range.file = query.Int(0);
    range.file_expiry = query.DayAt(1);
    range.any_opt_outs = query.Int(2) != 0;
    range.any_protected = query.Int(3) != 0;
  }
  std::vector<Withheld> reasons;
  reasons.reserve(records.size());
  for (size_t i = 0; i < records.size(); ++i) {
    TRY_ASSIGN(const Withheld reason,
               Attempt(range, first_position + static_cast<uint32_t>(i), records[i], tokens[i]));
    reasons.push_back(reason);
  }
  TRY(db_.Run("UPDATE run SET next = ?2, day = ?3 WHERE run = ?1", run->run,
              first_position + records.size(), today));
  TRY(verb.Commit());
  return reasons;
}

}  // namespace signpost
