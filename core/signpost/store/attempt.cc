// The last instant before numbers leave the opener: one range, one transaction.
//
// That a person was messaged is written twice: as a mark, in the range's transaction, and to their
// contact, later. Contacts lie in the order of tokens: a range's contacts are a page each, its
// marks one row. Every verb that asks who was messaged carries the marks over before it asks
// (Verb::Begin), so no verb sees a contact that its mark is ahead of.
#include <algorithm>

#include "core/signpost/store/sqlite_store.h"

namespace signpost::store {

namespace {

constexpr size_t kTokenBytes = 32, kRecordBytes = 16;
constexpr size_t kMarkBytes = kTokenBytes + kRecordBytes + 2;

struct Mark {
  token::ContactToken contact;
  RecordId record;
  Day day;
};

void AppendMark(Bytes& people, const token::ContactToken& contact, const RecordId& record) {
  people.insert(people.end(), contact.bytes.begin(), contact.bytes.end());
  people.insert(people.end(), record.bytes.begin(), record.bytes.end());
  people.push_back(static_cast<uint8_t>(contact.generation & 0xff));
  people.push_back(static_cast<uint8_t>(contact.generation >> 8));
}

Mark MarkAt(ByteView people, size_t at, Day day) {
  Mark mark{{}, {}, day};
  const ByteView one = people.subspan(at, kMarkBytes);
  std::copy_n(one.begin(), kTokenBytes, mark.contact.bytes.begin());
  std::copy_n(one.begin() + kTokenBytes, kRecordBytes, mark.record.bytes.begin());
  const ByteView generation = one.last(2);
  mark.contact.generation = static_cast<uint16_t>(generation[0] | generation[1] << 8);
  return mark;
}

}  // namespace

struct SqliteStore::Attempted {
  const BatchKey& key;
  int64_t run = 0, file = 0;
  Day file_expiry;
  bool any_opt_outs = true, any_protected = true;
  Day today;
  Bytes marks = {};           // of this range
  bool side_by_side = false;  // its records are a stretch of the table
  bool look_again = false;    // somebody was told at once: what was found before may not hold
};

struct SqliteStore::Found {
  token::ContactToken contact;
  policy::ContactFacts facts;
  bool newest = false;  // the contact names this record: no other can be in its place meanwhile
};

Result<void> SqliteStore::CarryMarks() {
  std::vector<Mark> marks;
  {
    TRY_ASSIGN(auto query, db_.Ask("SELECT day, people FROM mark"));
    for (;;) {
      TRY_ASSIGN(const bool row, query.Step());
      if (!row) break;
      const ByteView people = query.Blob(1);
      for (size_t at = 0; at + kMarkBytes <= people.size(); at += kMarkBytes) {
        marks.push_back(MarkAt(people, at, query.DayAt(0)));
      }
    }
  }
  if (marks.empty()) return {};
  std::sort(marks.begin(), marks.end(),
            [](const Mark& a, const Mark& b) { return a.contact < b.contact; });
  for (const Mark& mark : marks) {
    TRY_ASSIGN(const int64_t rows,
               db_.Run("UPDATE contact SET messaged_day = ?3, record_id = nullif(record_id, ?4)"
                       " WHERE token = ?1 AND generation = ?2",
                       mark.contact.bytes, mark.contact.generation, mark.day, mark.record));
    if (rows == 1)
      continue;  // nothing takes a contact that waits; but who was messaged must stay known
    TRY(
        db_.Run("INSERT INTO contact(token, generation, seen_day, messaged_day, record_id)"
                " VALUES(?1, ?2, ?3, ?3, NULL)",
                mark.contact.bytes, mark.contact.generation, mark.day));
  }
  TRY(db_.Run("DELETE FROM mark"));
  return {};
}

#define SIGNPOST_FIND                                                                      \
  "SELECT r.record_id, r.token, r.generation, coalesce(r.expiry_day, ?2), c.messaged_day," \
  " c.record_id IS r.record_id FROM record r"                                              \
  " LEFT JOIN contact c ON c.token = r.token AND c.generation = r.generation WHERE r.file = ?1"

Result<SqliteStore::Found> SqliteStore::TakeFound(sqlite::Query& query, const RecordId& expected,
                                                  const Attempted& range) {
  TRY_ASSIGN(const bool row, query.Step());
  const ByteView id = row ? query.Blob(0) : ByteView();
  if (!row || !std::equal(id.begin(), id.end(), expected.bytes.begin(), expected.bytes.end())) {
    return Fail(Code::kCorrupt, "a record is not the batch's", range.key.row.batch.Hex());
  }
  Found found;
  const ByteView token = query.Blob(1);
  std::copy_n(token.begin(), kTokenBytes, found.contact.bytes.begin());
  found.contact.generation = static_cast<uint16_t>(query.Int(2));
  found.facts.expiry = query.DayAt(3);
  found.facts.messaged = !query.IsNull(4);
  found.facts.held = true;
  found.newest = query.Int(5) != 0;
  return found;
}

Result<SqliteStore::Found> SqliteStore::FindOne(const RecordId& record, const Attempted& range) {
  TRY_ASSIGN(auto query,
             db_.Ask(SIGNPOST_FIND " AND r.record_id = ?3", range.file, range.file_expiry, record));
  return TakeFound(query, record, range);
}

// A batch is in the order of its record ids (plan.cc), so a range is a stretch of the table, and
// nothing else is in it. One that is not so, of an older program, is looked up one by one.
Result<std::vector<SqliteStore::Found>> SqliteStore::Find(std::span<const RecordId> records,
                                                          Attempted& range) {
  std::vector<Found> found;
  found.reserve(records.size());
  if (!records.empty() && std::is_sorted(records.begin(), records.end())) {
    TRY_ASSIGN(auto query,
               db_.Ask(SIGNPOST_FIND " AND r.record_id BETWEEN ?3 AND ?4 ORDER BY r.record_id",
                       range.file, range.file_expiry, records.front(), records.back()));
    for (const RecordId& record : records) {
      Result<Found> one = TakeFound(query, record, range);
      if (!one) break;
      found.push_back(*one);
    }
    TRY_ASSIGN(const bool more, query.Step());
    range.side_by_side = found.size() == records.size() && !more;
    if (range.side_by_side) return found;
    found.clear();
  }
  for (const RecordId& record : records) {
    TRY_ASSIGN(const Found one, FindOne(record, range));
    found.push_back(one);
  }
  return found;
}

Result<void> SqliteStore::DropUsed(std::span<const RecordId> used, const Attempted& range) {
  int64_t rows = 0;
  if (range.side_by_side) {
    TRY_ASSIGN(rows, db_.Run("DELETE FROM record WHERE record_id BETWEEN ?2 AND ?3 AND file = ?1",
                             range.file, used.front(), used.back()));
  } else {
    for (const RecordId& record : used) {
      TRY_ASSIGN(const int64_t one, db_.Run("DELETE FROM record WHERE record_id = ?1", record));
      rows += one;
    }
  }
  if (rows == static_cast<int64_t>(used.size())) return {};
  return Fail(Code::kCorrupt, "a record is twice in the batch", range.key.row.batch.Hex());
}

Result<void> SqliteStore::KeepMarks(Attempted& range) {
  if (range.marks.empty()) return {};
  TRY(db_.Run("INSERT INTO mark(day, people) VALUES(?1, ?2)", range.today, ByteView(range.marks)));
  range.marks.clear();
  return {};
}

// One record: what is decided of it. Its own row goes with those of the range.
Result<policy::Eligibility> SqliteStore::Attempt(Attempted& range, uint32_t position,
                                                 const RecordId& record,
                                                 const token::OptOutToken& token, Found found) {
  if (!found.newest) {  // an older record of a person whose newer one may be marked
    TRY(KeepMarks(range));
    TRY(CarryMarks());
    range.look_again = true;
  }
  if (range.look_again) {
    TRY_ASSIGN(found, FindOne(record, range));
  }
  if (range.any_opt_outs) {
    TRY_ASSIGN(found.facts.opted_out, IsOptedOut(token));
  }
  if (range.any_protected) {
    TRY_ASSIGN(found.facts.is_protected, IsProtected(found.contact));
  }
  const policy::Eligibility reason = policy::MayAttempt(found.facts, range.today);
  if (reason == policy::Eligibility::kEligible && found.newest) {
    AppendMark(range.marks, found.contact, record);
  } else if (reason ==
             policy::Eligibility::kEligible) {  // its contact does not name it, so no mark could
    TRY(
        db_.Run("INSERT INTO contact(token, generation, seen_day, messaged_day, record_id)"
                " VALUES(?1, ?2, ?3, ?3, NULL)"
                " ON CONFLICT(token, generation) DO UPDATE SET messaged_day = ?3",
                found.contact.bytes, found.contact.generation, range.today));
  } else {
    if (found.newest) {  // a person may have a newer record: then that one stays theirs
      TRY(db_.Run("UPDATE contact SET record_id = NULL WHERE token = ?1 AND generation = ?2",
                  found.contact.bytes, found.contact.generation));
    }
    TRY(
        db_.Run("INSERT INTO attempt(batch, position, run, outcome, withheld, status, id_hash, day)"
                " VALUES(?1, ?2, ?3, NULL, ?4, 0, NULL, ?5)",
                range.key.batch, position, range.run, reason, range.today));
  }
  return reason;
}

Result<std::vector<policy::Eligibility>> SqliteStore::BeginAttempt(
    const BatchId& batch, uint32_t first_position, std::span<const RecordId> records,
    std::span<const token::OptOutToken> tokens, Day today, std::span<const Settlement> settled) {
  if (tokens.size() != records.size()) {
    return Fail(Code::kInternal, "not every record has a token", db_.place());
  }
  TRY_ASSIGN(Verb verb, Verb::Begin(*this, Verb::Carry::kNothing));
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
  Attempted range{key, run->run, 0, {}, true, true, today, {}};
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
  TRY_ASSIGN(const std::vector<Found> found, Find(records, range));
  std::vector<policy::Eligibility> reasons;
  reasons.reserve(records.size());
  for (size_t i = 0; i < records.size(); ++i) {
    const auto position = first_position + static_cast<uint32_t>(i);
    TRY_ASSIGN(const policy::Eligibility reason,
               Attempt(range, position, records[i], tokens[i], found[i]));
    reasons.push_back(reason);
  }
  TRY(DropUsed(records, range));  // whatever was decided: a number is used once
  TRY(KeepMarks(range));
  TRY(db_.Run("UPDATE run SET next = ?2, day = ?3 WHERE run = ?1", run->run,
              first_position + records.size(), today));
  TRY(verb.Commit());
  return reasons;
}

}  // namespace signpost::store
