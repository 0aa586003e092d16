#include "core/signpost/store/staging.h"

#include <algorithm>
#include <cstring>

#include "core/signpost/sorting/external_sort.h"
#include "crypto/base/file.h"

namespace signpost::store {
namespace {

constexpr uint8_t kIsNew = 1, kInTraffic = 2;
constexpr size_t kTokenAt = 0, kGenerationAt = 32, kRecordAt = 34, kDayAt = 50, kFlagsAt = 54;

// What is to be done to one record: its id, then kRecordNew or kRecordSeen, so that it is made
// before it is changed; then a person, and its file.
constexpr size_t kKindAt = 16, kPersonAt = 17, kFileAt = kPersonAt + kStagedPersonBytes;
constexpr size_t kChangeBytes = kFileAt + 8;
constexpr size_t kTokenBytes = 32, kRecordBytes = 16;
constexpr size_t kMessagedBytes = kTokenBytes + kRecordBytes + 2;

constexpr uint8_t kRecordNew = 0, kRecordSeen = 1;

token::ContactToken TokenAt(ByteView people, size_t index) {
  const ByteView one = people.subspan(index * kStagedPersonBytes, kStagedPersonBytes);
  token::ContactToken contact;
  std::copy_n(one.begin() + kTokenAt, contact.bytes.size(), contact.bytes.begin());
  contact.generation = GetLe<uint16_t>(one.subspan<kGenerationAt, 2>());
  return contact;
}

}  // namespace

void AppendPerson(Bytes& people, const StagedPerson& person) {
  const size_t at = people.size();
  people.resize(at + kStagedPersonBytes);
  const std::span<uint8_t> one = std::span(people).subspan(at);
  std::copy(person.contact.bytes.begin(), person.contact.bytes.end(), one.begin() + kTokenAt);
  PutLe<uint16_t>(one.subspan<kGenerationAt, 2>(), person.contact.generation);
  std::copy(person.record.bytes.begin(), person.record.bytes.end(), one.begin() + kRecordAt);
  PutLe<int32_t>(one.subspan<kDayAt, 4>(),
                 person.last_contact ? person.last_contact->days : kNoDay);
  one[kFlagsAt] =
      static_cast<uint8_t>((person.is_new ? kIsNew : 0) | (person.in_traffic ? kInTraffic : 0));
}

StagedPerson PersonAt(ByteView people, size_t index) {
  const ByteView one = people.subspan(index * kStagedPersonBytes, kStagedPersonBytes);
  StagedPerson person;
  person.contact = TokenAt(people, index);
  std::copy_n(one.begin() + kRecordAt, person.record.bytes.size(), person.record.bytes.begin());
  const auto day = GetLe<int32_t>(one.subspan<kDayAt, 4>());
  if (day != kNoDay) person.last_contact = Day{day};
  person.is_new = (one[kFlagsAt] & kIsNew) != 0;
  person.in_traffic = (one[kFlagsAt] & kInTraffic) != 0;
  return person;
}

Result<std::vector<StagedImport>> StagedImports(sqlite::Database& db) {
  std::vector<StagedImport> imports;
  TRY_ASSIGN(auto query, db.Ask("SELECT s.number, s.day, coalesce(s.file, 0),"
                                " coalesce(f.expiry_day, 0), s.first, s.last, s.records"
                                " FROM staged_import s LEFT JOIN sealed_file f ON f.file = s.file"
                                " ORDER BY s.number"));
  for (;;) {
    TRY_ASSIGN(const bool row, query.Step());
    if (!row) return imports;
    imports.push_back({query.Int(0), query.DayAt(1), query.Int(2), query.DayAt(3), query.Int(4),
                       query.Int(5), static_cast<uint64_t>(query.Int(6))});
  }
}

Result<void> StagedReader::Load(int64_t chunk) {
  TRY_ASSIGN(auto query, db_->Ask("SELECT people FROM staged WHERE chunk = ?1", chunk));
  TRY_ASSIGN(const bool row, query.Step());
  if (!row) return Fail(Code::kCorrupt, "a part of a staged import is missing", db_->place());
  const ByteView people = query.Blob(0);
  people_.assign(people.begin(), people.end());
  chunk_ = chunk;
  at_ = 0;
  return {};
}

bool StagedReader::EndsBefore(const token::ContactToken& contact) const {
  return count() == 0 || TokenAt(people_, count() - 1) < contact;
}

Result<void> StagedReader::GoTo(const token::ContactToken& contact) {
  if (!EndsBefore(contact)) return {};
  int64_t before = chunk_;
  for (int64_t step = 1; before < staged_.last; step *= 2) {
    TRY(Load(std::min(before + step, staged_.last)));
    if (!EndsBefore(contact)) break;
    before = chunk_;
  }
  if (before == staged_.last) {  // past the end
    people_.clear();
    at_ = 0;
    return {};
  }
  int64_t from = chunk_;  // does not end before; `before` does
  while (from - before > 1) {
    TRY(Load(before + (from - before) / 2));
    (EndsBefore(contact) ? before : from) = chunk_;
  }
  return chunk_ == from ? Result<void>() : Load(from);
}

Result<std::optional<StagedPerson>> StagedReader::Find(const token::ContactToken& contact) {
  TRY(GoTo(contact));
  size_t low = at_, high = count();
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (TokenAt(people_, middle) < contact) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  at_ = low;
  if (low == count() || TokenAt(people_, low) != contact) return std::optional<StagedPerson>();
  return std::optional<StagedPerson>(PersonAt(people_, low));
}

Result<std::optional<StagedPerson>> StagedReader::Next() {
  while (at_ == count()) {
    if (chunk_ == staged_.last) return std::optional<StagedPerson>();
    TRY(Load(chunk_ + 1));
  }
  return std::optional<StagedPerson>(PersonAt(people_, at_++));
}

namespace {

// All staged imports at once, in the order of tokens; of one person, in that of the imports.
class AllStaged {
 public:
  static Result<AllStaged> Open(sqlite::Database& db, const std::vector<StagedImport>& imports) {
    AllStaged all;
    for (const StagedImport& staged : imports) all.readers_.emplace_back(db, staged);
    for (StagedReader& reader : all.readers_) {
      TRY_ASSIGN(all.heads_.emplace_back(), reader.Next());
    }
    return all;
  }
  // The next person, once from each import that brought them; empty at the end.
  Result<void> Next(std::vector<std::pair<const StagedImport*, StagedPerson>>& out) {
    out.clear();
    const token::ContactToken* least = nullptr;
    for (const auto& head : heads_) {
      if (head && (least == nullptr || head->contact < *least)) least = &head->contact;
    }
    if (least == nullptr) return {};
    const token::ContactToken contact = *least;
    for (size_t i = 0; i < heads_.size(); ++i) {
      if (!heads_[i] || heads_[i]->contact != contact) continue;
      out.emplace_back(&readers_[i].staged(), *heads_[i]);
      TRY_ASSIGN(heads_[i], readers_[i].Next());
    }
    return {};
  }

 private:
  std::vector<StagedReader> readers_;
  std::vector<std::optional<StagedPerson>> heads_;
};

// Puts staged imports into the tables, and says how far it is.
class Flush {
 public:
  Flush(sqlite::Database& db, const std::vector<StagedImport>& imports,
        const OnProgress& on_progress)
      : db_(db), imports_(imports), on_progress_(on_progress) {
    for (const StagedImport& staged : imports) {
      // Each person twice: their contact, and what becomes of their record.
      total_ += 2 * kPeopleInChunk * static_cast<uint64_t>(staged.last - staged.first + 1);
    }
  }
  Result<void> Contacts(sorting::ExternalSort& changes);
  Result<void> Records(sorting::ExternalSort& changes);

 private:
  void Count(uint64_t people) {
    done_ += people;
    if (on_progress_ && done_ / kBetweenProgress != (done_ - people) / kBetweenProgress) {
      on_progress_(std::min(done_, total_), total_);
    }
  }
  static constexpr uint64_t kBetweenProgress = 100'000;

  sqlite::Database& db_;
  const std::vector<StagedImport>& imports_;
  const OnProgress& on_progress_;
  uint64_t done_ = 0, total_ = 0;
};

Result<void> Flush::Contacts(sorting::ExternalSort& changes) {
  TRY_ASSIGN(AllStaged all, AllStaged::Open(db_, imports_));
  std::vector<std::pair<const StagedImport*, StagedPerson>> same;
  for (;;) {
    TRY(all.Next(same));
    if (same.empty()) return changes.Sort();
    Count(same.size());
    std::optional<RecordId> record;  // the newest
    Day seen = same.front().first->day;
    for (const auto& [staged, person] : same) {
      seen = std::max(seen, staged->day);
      if (person.is_new) record = person.record;
      if (!person.is_new && !person.last_contact && !person.in_traffic) continue;
      std::array<uint8_t, kChangeBytes> change{};
      std::copy(person.record.bytes.begin(), person.record.bytes.end(), change.begin());
      change[kKindAt] = person.is_new ? kRecordNew : kRecordSeen;
      Bytes packed;
      AppendPerson(packed, person);
      std::copy(packed.begin(), packed.end(), change.begin() + kPersonAt);
      PutLe<int64_t>(std::span(change).subspan<kFileAt, 8>(), staged->file);
      TRY(changes.Add(change.data()));
    }
    const token::ContactToken& contact = same.front().second.contact;
    TRY(
        db_.Run("INSERT INTO contact(token, generation, seen_day, messaged_day, record_id)"
                " VALUES(?1, ?2, ?3, NULL, ?4) ON CONFLICT(token, generation) DO UPDATE SET"
                " seen_day = max(seen_day, excluded.seen_day),"
                " record_id = coalesce(excluded.record_id, record_id)",
                contact.bytes, contact.generation, seen, record));
  }
}

Result<void> Flush::Records(sorting::ExternalSort& changes) {
  for (;;) {
    TRY_ASSIGN(const uint8_t* change, changes.Next());
    if (change == nullptr) return {};
    Count(1);
    const ByteView bytes(change, kChangeBytes);
    const StagedPerson person = PersonAt(bytes.subspan(kPersonAt, kStagedPersonBytes), 0);
    if (change[kKindAt] == kRecordNew) {
      TRY(db_.Run(
          "INSERT INTO record(record_id, token, generation, file, expiry_day, last_contact,"
          " in_traffic) VALUES(?1, ?2, ?3, ?4, NULL, ?5, ?6)",
          person.record, person.contact.bytes, person.contact.generation,
          GetLe<int64_t>(bytes.subspan<kFileAt, 8>()), person.last_contact, person.in_traffic));
    } else {  // none: it was used or dropped meanwhile
      TRY(
          db_.Run("UPDATE record SET in_traffic = max(in_traffic, ?3),"
                  " last_contact = max(coalesce(last_contact, ?2), coalesce(?2, last_contact))"
                  " WHERE record_id = ?1",
                  person.record, person.last_contact, person.in_traffic));
    }
  }
}

// The messaged of one range.
struct Messaged {
  token::ContactToken contact;
  RecordId record;
  Day day;
};

Messaged MessagedAt(ByteView people, size_t at, Day day) {
  Messaged messaged{{}, {}, day};
  const ByteView one = people.subspan(at, kMessagedBytes);
  std::copy_n(one.begin(), kTokenBytes, messaged.contact.bytes.begin());
  std::copy_n(one.begin() + kTokenBytes, kRecordBytes, messaged.record.bytes.begin());
  messaged.contact.generation = GetLe<uint16_t>(one.last<2>());
  return messaged;
}

}  // namespace

void AppendMessaged(Bytes& people, const token::ContactToken& contact, const RecordId& record) {
  people.insert(people.end(), contact.bytes.begin(), contact.bytes.end());
  people.insert(people.end(), record.bytes.begin(), record.bytes.end());
  people.push_back(static_cast<uint8_t>(contact.generation & 0xff));
  people.push_back(static_cast<uint8_t>(contact.generation >> 8));
}

Result<void> StageMessaged(sqlite::Database& db, Day today, ByteView people) {
  TRY(db.Run("INSERT INTO staged_messaged(day, people) VALUES(?1, ?2)", today, people));
  return {};
}

Result<void> FlushMessaged(sqlite::Database& db) {
  std::vector<Messaged> all;
  {
    TRY_ASSIGN(auto query, db.Ask("SELECT day, people FROM staged_messaged"));
    for (;;) {
      TRY_ASSIGN(const bool row, query.Step());
      if (!row) break;
      const ByteView people = query.Blob(1);
      for (size_t at = 0; at + kMessagedBytes <= people.size(); at += kMessagedBytes) {
        all.push_back(MessagedAt(people, at, query.DayAt(0)));
      }
    }
  }
  if (all.empty()) return {};
  std::sort(all.begin(), all.end(),
            [](const Messaged& a, const Messaged& b) { return a.contact < b.contact; });
  for (const Messaged& one : all) {
    TRY_ASSIGN(const int64_t rows,
               db.Run("UPDATE contact SET messaged_day = ?3, record_id = nullif(record_id, ?4)"
                      " WHERE token = ?1 AND generation = ?2",
                      one.contact.bytes, one.contact.generation, one.day, one.record));
    // Nothing takes a contact that waits; but who was messaged must stay known.
    if (rows == 1) continue;
    TRY(
        db.Run("INSERT INTO contact(token, generation, seen_day, messaged_day, record_id)"
               " VALUES(?1, ?2, ?3, ?3, NULL)",
               one.contact.bytes, one.contact.generation, one.day));
  }
  TRY(db.Run("DELETE FROM staged_messaged"));
  return {};
}

Result<void> FlushImports(sqlite::Database& db, const OnProgress& on_progress) {
  TRY_ASSIGN(const std::vector<StagedImport> imports, StagedImports(db));
  if (imports.empty()) return {};
  Flush flush(db, imports, on_progress);
  sorting::ExternalSort changes({kChangeBytes, kPersonAt}, DirName(db.place()));
  TRY(flush.Contacts(changes));
  TRY(flush.Records(changes));
  TRY(db.Run("DELETE FROM staged"));
  TRY(db.Run("DELETE FROM staged_import"));
  return {};
}

Result<bool> IsAnythingStaged(sqlite::Database& db) {
  TRY_ASSIGN(const int64_t any, db.Number("SELECT EXISTS(SELECT 1 FROM staged_import)"
                                          " OR EXISTS(SELECT 1 FROM staged_messaged)"));
  return any != 0;
}

Result<bool> IsImportStaged(sqlite::Database& db, int64_t file) {
  TRY_ASSIGN(const int64_t any,
             db.Number("SELECT EXISTS(SELECT 1 FROM staged_import WHERE file = ?1)", file));
  return any != 0;
}

Result<StagedCounts> CountStaged(sqlite::Database& db) {
  TRY_ASSIGN(auto query,
             db.Ask("SELECT coalesce(sum(people), 0), coalesce(sum(records), 0),"
                    " (SELECT coalesce(sum(length(people) / 50), 0) FROM staged_messaged)"
                    " FROM staged_import"));
  TRY(query.Step());
  return StagedCounts{static_cast<uint64_t>(query.Int(0)), static_cast<uint64_t>(query.Int(1)),
                      static_cast<uint64_t>(query.Int(2))};
}

}  // namespace signpost::store
