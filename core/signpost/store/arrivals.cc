#include "core/signpost/store/arrivals.h"

#include <algorithm>
#include <cstring>

#include "core/signpost/sorting/external_sort.h"
#include "core/signpost/store/sqlite_store.h"
#include "crypto/base/file.h"

namespace signpost::store {
namespace {

constexpr uint8_t kIsNew = 1, kInTraffic = 2;
constexpr size_t kTokenAt = 0, kGenerationAt = 32, kRecordAt = 34, kDayAt = 50, kFlagsAt = 54;

// What is to be done to one record: its id, then kRecordNew or kRecordSeen, so that it is made
// before it is changed; then an entry, and its file.
constexpr size_t kKindAt = 16, kEntryAt = 17, kFileAt = kEntryAt + kEntryBytes;
constexpr size_t kChangeBytes = kFileAt + 8;
constexpr uint8_t kRecordNew = 0, kRecordSeen = 1;

token::ContactToken TokenAt(ByteView people, size_t index) {
  const ByteView one = people.subspan(index * kEntryBytes, kEntryBytes);
  token::ContactToken contact;
  std::copy_n(one.begin() + kTokenAt, contact.bytes.size(), contact.bytes.begin());
  contact.generation = GetLe<uint16_t>(one.subspan<kGenerationAt, 2>());
  return contact;
}

}  // namespace

void AppendEntry(Bytes& people, const ArrivalEntry& entry) {
  const size_t at = people.size();
  people.resize(at + kEntryBytes);
  const std::span<uint8_t> one = std::span(people).subspan(at);
  std::copy(entry.contact.bytes.begin(), entry.contact.bytes.end(), one.begin() + kTokenAt);
  PutLe<uint16_t>(one.subspan<kGenerationAt, 2>(), entry.contact.generation);
  std::copy(entry.record.bytes.begin(), entry.record.bytes.end(), one.begin() + kRecordAt);
  PutLe<int32_t>(one.subspan<kDayAt, 4>(), entry.last_contact ? entry.last_contact->days : kNoDay);
  one[kFlagsAt] =
      static_cast<uint8_t>((entry.is_new ? kIsNew : 0) | (entry.in_traffic ? kInTraffic : 0));
}

ArrivalEntry EntryAt(ByteView people, size_t index) {
  const ByteView one = people.subspan(index * kEntryBytes, kEntryBytes);
  ArrivalEntry entry;
  entry.contact = TokenAt(people, index);
  std::copy_n(one.begin() + kRecordAt, entry.record.bytes.size(), entry.record.bytes.begin());
  const auto day = GetLe<int32_t>(one.subspan<kDayAt, 4>());
  if (day != kNoDay) entry.last_contact = Day{day};
  entry.is_new = (one[kFlagsAt] & kIsNew) != 0;
  entry.in_traffic = (one[kFlagsAt] & kInTraffic) != 0;
  return entry;
}

Result<std::vector<ArrivalPart>> WaitingParts(sqlite::Database& db) {
  std::vector<ArrivalPart> parts;
  TRY_ASSIGN(auto query, db.Ask("SELECT p.part, p.day, coalesce(p.file, 0),"
                                " coalesce(f.expiry_day, 0), p.first, p.last, p.records"
                                " FROM arrival_part p LEFT JOIN sealed_file f ON f.file = p.file"
                                " ORDER BY p.part"));
  for (;;) {
    TRY_ASSIGN(const bool row, query.Step());
    if (!row) return parts;
    parts.push_back({query.Int(0), query.DayAt(1), query.Int(2), query.DayAt(3), query.Int(4),
                     query.Int(5), static_cast<uint64_t>(query.Int(6))});
  }
}

Result<void> PartReader::Load(int64_t chunk) {
  TRY_ASSIGN(auto query, db_->Ask("SELECT people FROM arrival WHERE chunk = ?1", chunk));
  TRY_ASSIGN(const bool row, query.Step());
  if (!row) return Fail(Code::kCorrupt, "a part of an import is missing", db_->place());
  const ByteView people = query.Blob(0);
  people_.assign(people.begin(), people.end());
  chunk_ = chunk;
  at_ = 0;
  return {};
}

bool PartReader::EndsBefore(const token::ContactToken& contact) const {
  return count() == 0 || TokenAt(people_, count() - 1) < contact;
}

Result<void> PartReader::GoTo(const token::ContactToken& contact) {
  if (!EndsBefore(contact)) return {};
  int64_t before = chunk_;
  for (int64_t step = 1; before < part_.last; step *= 2) {
    TRY(Load(std::min(before + step, part_.last)));
    if (!EndsBefore(contact)) break;
    before = chunk_;
  }
  if (before == part_.last) {  // past the end
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

Result<std::optional<ArrivalEntry>> PartReader::Find(const token::ContactToken& contact) {
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
  if (low == count() || TokenAt(people_, low) != contact) return std::optional<ArrivalEntry>();
  return std::optional<ArrivalEntry>(EntryAt(people_, low));
}

Result<std::optional<ArrivalEntry>> PartReader::Next() {
  while (at_ == count()) {
    if (chunk_ == part_.last) return std::optional<ArrivalEntry>();
    TRY(Load(chunk_ + 1));
  }
  return std::optional<ArrivalEntry>(EntryAt(people_, at_++));
}

namespace {

// All parts at once, in the order of tokens; of one person, in that of the imports.
class Parts {
 public:
  static Result<Parts> Open(sqlite::Database& db, const std::vector<ArrivalPart>& parts) {
    Parts all;
    for (const ArrivalPart& part : parts) all.readers_.emplace_back(db, part);
    for (PartReader& reader : all.readers_) {
      TRY_ASSIGN(all.heads_.emplace_back(), reader.Next());
    }
    return all;
  }
  // The parts that have the next person, with their entries; empty at the end.
  Result<void> Next(std::vector<std::pair<const ArrivalPart*, ArrivalEntry>>& out) {
    out.clear();
    const token::ContactToken* least = nullptr;
    for (const auto& head : heads_) {
      if (head && (least == nullptr || head->contact < *least)) least = &head->contact;
    }
    if (least == nullptr) return {};
    const token::ContactToken contact = *least;
    for (size_t i = 0; i < heads_.size(); ++i) {
      if (!heads_[i] || heads_[i]->contact != contact) continue;
      out.emplace_back(&readers_[i].part(), *heads_[i]);
      TRY_ASSIGN(heads_[i], readers_[i].Next());
    }
    return {};
  }

 private:
  std::vector<PartReader> readers_;
  std::vector<std::optional<ArrivalEntry>> heads_;
};

// Carries parts over, and says how far it is.
class Flush {
 public:
  Flush(sqlite::Database& db, const std::vector<ArrivalPart>& parts, const OnProgress& on_progress)
      : db_(db), parts_(parts), on_progress_(on_progress) {
    for (const ArrivalPart& part : parts) {
      // Each person twice: their contact, and what becomes of their record.
      total_ += 2 * kPeopleInChunk * static_cast<uint64_t>(part.last - part.first + 1);
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
  const std::vector<ArrivalPart>& parts_;
  const OnProgress& on_progress_;
  uint64_t done_ = 0, total_ = 0;
};

Result<void> Flush::Contacts(sorting::ExternalSort& changes) {
  TRY_ASSIGN(Parts all, Parts::Open(db_, parts_));
  std::vector<std::pair<const ArrivalPart*, ArrivalEntry>> same;
  for (;;) {
    TRY(all.Next(same));
    if (same.empty()) return changes.Sort();
    Count(same.size());
    std::optional<RecordId> record;  // the newest
    Day seen = same.front().first->day;
    for (const auto& [part, entry] : same) {
      seen = std::max(seen, part->day);
      if (entry.is_new) record = entry.record;
      if (!entry.is_new && !entry.last_contact && !entry.in_traffic) continue;
      std::array<uint8_t, kChangeBytes> change{};
      std::copy(entry.record.bytes.begin(), entry.record.bytes.end(), change.begin());
      change[kKindAt] = entry.is_new ? kRecordNew : kRecordSeen;
      Bytes packed;
      AppendEntry(packed, entry);
      std::copy(packed.begin(), packed.end(), change.begin() + kEntryAt);
      PutLe<int64_t>(std::span(change).subspan<kFileAt, 8>(), part->file);
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
    const ArrivalEntry entry = EntryAt(bytes.subspan(kEntryAt, kEntryBytes), 0);
    if (change[kKindAt] == kRecordNew) {
      TRY(db_.Run(
          "INSERT INTO record(record_id, token, generation, file, expiry_day, last_contact,"
          " in_traffic) VALUES(?1, ?2, ?3, ?4, NULL, ?5, ?6)",
          entry.record, entry.contact.bytes, entry.contact.generation,
          GetLe<int64_t>(bytes.subspan<kFileAt, 8>()), entry.last_contact, entry.in_traffic));
    } else {  // none: it was used or dropped meanwhile
      TRY(
          db_.Run("UPDATE record SET in_traffic = max(in_traffic, ?3),"
                  " last_contact = max(coalesce(last_contact, ?2), coalesce(?2, last_contact))"
                  " WHERE record_id = ?1",
                  entry.record, entry.last_contact, entry.in_traffic));
    }
  }
}

}  // namespace

Result<void> SqliteStore::CarryArrivals(const OnProgress& on_progress) {
  TRY_ASSIGN(const std::vector<ArrivalPart> parts, WaitingParts(db_));
  if (parts.empty()) return {};
  Flush flush(db_, parts, on_progress);
  sorting::ExternalSort changes({kChangeBytes, kEntryAt}, DirName(db_.place()));
  TRY(flush.Contacts(changes));
  TRY(flush.Records(changes));
  TRY(db_.Run("DELETE FROM arrival"));
  TRY(db_.Run("DELETE FROM arrival_part"));
  return {};
}

Result<void> SqliteStore::FlushStaging(const OnProgress& on_progress) {
  TRY_ASSIGN(const int64_t waiting, db_.Number("SELECT EXISTS(SELECT 1 FROM arrival_part)"));
  if (waiting == 0) return {};
  TRY_ASSIGN(Verb verb, Verb::Begin(*this, Verb::Carry::kMarks));
  TRY(CarryArrivals(on_progress));
  return verb.Commit();
}

}  // namespace signpost::store
