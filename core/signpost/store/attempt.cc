// The last instant before numbers leave the opener: one range, one transaction.
//
// That a person was messaged is written twice: staged with their range, in its transaction, and in
// their contact, later. Contacts lie in the order of tokens: a range's contacts are a page each,
// what it stages is one row. Most people of a range are judged by what can be known before that is
// flushed (UnflushedRecord); whom it cannot tell is looked up behind a flush.
#include <algorithm>

#include "core/signpost/store/sqlite_store.h"

namespace signpost::store {

struct SqliteStore::Attempted {
  Verb& verb;
  const BatchKey& key;
  int64_t run = 0, file = 0;
  bool any_opt_outs = true, any_protected = true;
  Day today;
  Bytes messaged = {};       // of this range, to be staged
  bool one_stretch = false;  // its records are all that its file has from the first to the last
  std::optional<Contacts> contacts = {};  // had to be flushed: nothing found before it counts
};

// A batch is in the order of its record ids (selection.cc), so a range is a stretch of its file.
// One that is not so, of an older program, is looked up one by one.
Result<std::vector<UnflushedRecord>> SqliteStore::Find(std::span<const RecordId> records,
                                                       Attempted& range) {
  std::vector<UnflushedRecord> found;
  if (records.empty()) return found;
  if (std::is_sorted(records.begin(), records.end())) {
    TRY_ASSIGN(found, UnflushedBetween(db_, range.file, records.front(), records.back()));
    range.one_stretch = std::ranges::equal(
        found, records, [](const UnflushedRecord& a, const RecordId& b) { return a.id == b; });
    if (range.one_stretch) return found;
    found.clear();
  }
  for (const RecordId& record : records) {
    TRY_ASSIGN(const auto one, UnflushedBetween(db_, range.file, record, record));
    if (one.empty()) {
      return Fail(Code::kCorrupt, "a record is not the batch's", range.key.row.batch.Hex());
    }
    found.push_back(one.front());
  }
  return found;
}

Result<void> SqliteStore::DropUsed(std::span<const RecordId> used, const Attempted& range) {
  if (used.empty()) return {};
  uint64_t rows = 0;
  if (range.one_stretch) {
    TRY_ASSIGN(rows, DropAttempted(db_, range.file, used.front(), used.back()));
  } else {
    for (const RecordId& record : used) {
      TRY_ASSIGN(const uint64_t one, DropAttempted(db_, range.file, record, record));
      rows += one;
    }
  }
  if (rows == used.size()) return {};
  return Fail(Code::kCorrupt, "a record is twice in the batch", range.key.row.batch.Hex());
}

Result<void> SqliteStore::Stage(Attempted& range) {
  if (range.messaged.empty()) return {};
  TRY(StageMessaged(db_, range.today, range.messaged));
  range.messaged.clear();
  return {};
}

// An older record of a person may be attempted here while their newer one is messaged elsewhere, or
// earlier in this range. Then, and for everybody behind it, contacts are asked behind a flush.
Result<bool> SqliteStore::WasMessaged(Attempted& range, UnflushedRecord& record) {
  if (record.messaged && !range.contacts) return *record.messaged;
  TRY(Stage(range));
  TRY_ASSIGN(range.contacts, range.verb.FlushedContacts());
  TRY_ASSIGN(const std::optional<ContactRow> contact, range.contacts->Find(record.contact));
  record.messaged.reset();
  if (contact && contact->record == record.id) record.messaged = contact->messaged;
  return contact && contact->messaged;
}

// One record: what is decided of it. Its own row goes with those of the range.
Result<policy::Eligibility> SqliteStore::Attempt(Attempted& range, uint32_t position,
                                                 const token::OptOutToken& token,
                                                 UnflushedRecord record) {
  policy::ContactFacts facts;
  facts.held = true;
  facts.expiry = record.expiry;
  TRY_ASSIGN(facts.messaged, WasMessaged(range, record));
  const bool owned = record.messaged.has_value();  // the person has no newer record
  if (range.any_opt_outs) {
    TRY_ASSIGN(facts.opted_out, IsOptedOut(token));
  }
  if (range.any_protected) {
    TRY_ASSIGN(facts.is_protected, IsProtected(record.contact));
  }
  const policy::Eligibility reason = policy::MayAttempt(facts, range.today);
  if (reason == policy::Eligibility::kEligible && owned) {
    AppendMessaged(range.messaged, record.contact, record.id);
  } else if (reason == policy::Eligibility::kEligible) {
    // Their contact names another record, or none: nothing that is staged would be found by it.
    TRY(range.contacts->MarkMessaged(record.contact, range.today));
  } else {
    if (owned) TRY(ForgetRecordOf(db_, record));
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
  TRY_ASSIGN(Verb verb, Verb::Begin(*this));
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
  Attempted range{verb, key, run->run, 0, true, true, today};
  {
    TRY_ASSIGN(auto query,
               db_.Ask("SELECT file, EXISTS(SELECT 1 FROM opt_out),"
                       " EXISTS(SELECT 1 FROM protected) FROM sealed_file WHERE file_id = ?1",
                       key.row.file));
    TRY_ASSIGN(const bool row, query.Step());
    if (!row) return Fail(Code::kCorrupt, "the batch's file is not in the store", batch.Hex());
    range.file = query.Int(0);
    range.any_opt_outs = query.Int(1) != 0;
    range.any_protected = query.Int(2) != 0;
  }
  TRY_ASSIGN(const std::vector<UnflushedRecord> found, Find(records, range));
  std::vector<policy::Eligibility> reasons;
  reasons.reserve(records.size());
  for (size_t i = 0; i < records.size(); ++i) {
    const auto position = first_position + static_cast<uint32_t>(i);
    TRY_ASSIGN(const policy::Eligibility reason, Attempt(range, position, tokens[i], found[i]));
    reasons.push_back(reason);
  }
  TRY(DropUsed(records, range));  // whatever was decided: a number is used once
  TRY(Stage(range));
  TRY(db_.Run("UPDATE run SET next = ?2, day = ?3 WHERE run = ?1", run->run,
              first_position + records.size(), today));
  TRY(verb.Commit());
  return reasons;
}

}  // namespace signpost::store
