// One import: a million arrivals in one transaction, in memory that does not grow with them.
//
// Who is new is decided at once, but written in blocks of many, in the order of the tables: tokens
// and record ids are uniform, so that rows in the order of their arrival would each touch a page of
// their own (and each page would go to the WAL again and again).
#include <algorithm>
#include <cstring>
#include <numeric>
#include <unordered_set>

#include "core/store/sqlite_store.h"

namespace signpost {
namespace {

constexpr size_t kFlushAt = 1 << 16;  // new arrivals in memory: about 8 MB

struct TokenHash {
  size_t operator()(const ContactToken& token) const {  // HMAC output: uniform already
    size_t hash;
    std::memcpy(&hash, token.bytes.data(), sizeof(hash));
    return hash;
  }
};

template <class Key>
std::vector<uint32_t> OrderBy(size_t size, Key key) {
  std::vector<uint32_t> order(size);
  std::iota(order.begin(), order.end(), 0u);
  // The first of two equals is the one that arrived first.
  std::stable_sort(order.begin(), order.end(),
                   [&](uint32_t a, uint32_t b) { return key(a) < key(b); });
  return order;
}

}  // namespace

class SqliteImportSession final : public ImportSession {
 public:
  SqliteImportSession(SqliteStore& store, Verb verb, Day today)
      : store_(store), db_(store.db_), verb_(std::move(verb)), today_(today) {
    fresh_tokens_.reserve(kFlushAt);
  }
  Result<std::vector<Withheld>> Admit(std::span<const Arrival> arrivals) override;
  Result<void> Finish(const std::optional<SealedFileRow>& file, const ImportRow& row,
                      const Describe& describe) override;

  Result<void> Prepare();

 private:
  struct Fresh {
    ContactToken contact;
    RecordId record;
  };
  struct Known {
    std::optional<Day> seen;  // empty: no row
    bool messaged = false;
    bool held = false;
  };
  Result<void> Decide(std::span<const Arrival> arrivals, std::span<Withheld> reasons);
  Result<Known> Look(const ContactToken& contact);
  Result<void> Flush();
  Result<void> Write(const std::optional<SealedFileRow>& file, const ImportRow& row);

  SqliteStore& store_;
  sqlite::Database& db_;
  Verb verb_;
  Day today_;
  bool over_ = false;  // finished or failed: SQLite may have ended the transaction by itself
  bool any_opt_outs_ = true, any_protected_ = true;
  int64_t file_ = 0;  // the row that stands for the intake until Finish names it
  std::vector<Fresh> fresh_;
  std::unordered_set<ContactToken, TokenHash> fresh_tokens_;
  std::vector<ContactToken> seen_again_;
  uint64_t found_ = 0;
  std::array<uint64_t, static_cast<size_t>(Withheld::kCount)> reasons_{};
};

Result<void> SqliteImportSession::Prepare() {
  TRY_ASSIGN(const int64_t opt_outs, db_.Number("SELECT EXISTS(SELECT 1 FROM opt_out)"));
  TRY_ASSIGN(const int64_t listed, db_.Number("SELECT EXISTS(SELECT 1 FROM protected)"));
  any_opt_outs_ = opt_outs != 0;
  any_protected_ = listed != 0;
  TRY(
      db_.Run("INSERT INTO sealed_file(file_id, kind, expiry_day, records, case_ref)"
              " VALUES(?1, ?2, 0, 0, '')",
              FileId{}, SealedKind::kIntake));
  file_ = db_.last_row();
  return {};
}

// A record past its expiry that no sweep has removed yet does not hold anybody's place.
Result<SqliteImportSession::Known> SqliteImportSession::Look(const ContactToken& contact) {
  Known known;
  if (fresh_tokens_.contains(contact)) {
    known.seen = today_;
    known.held = true;
    return known;
  }
  TRY_ASSIGN(auto query, db_.Ask("SELECT seen_day, messaged_day, record_id FROM contact"
                                 " WHERE token = ?1 AND generation = ?2",
                                 contact.bytes, contact.generation));
  TRY_ASSIGN(const bool row, query.Step());
  if (!row) return known;
  known.seen = query.DayAt(0);
  known.messaged = !query.IsNull(1);
  if (query.IsNull(2)) return known;
  TRY_ASSIGN(auto held, db_.Ask("SELECT r.file, coalesce(r.expiry_day, f.expiry_day) FROM record r"
                                " LEFT JOIN sealed_file f ON f.file = r.file"
                                " WHERE r.record_id = ?1",
                                query.Array<16>(2)));
  TRY_ASSIGN(const bool live, held.Step());
  known.held = live && (held.Int(0) == file_ || held.DayAt(1) >= today_);
  return known;
}

Result<void> SqliteImportSession::Decide(std::span<const Arrival> arrivals,
                                         std::span<Withheld> reasons) {
  std::vector<ContactFacts> facts(arrivals.size());
  if (any_opt_outs_) {
    for (const uint32_t i : OrderBy(arrivals.size(), [&](uint32_t n) -> const OptOutToken& {
           return arrivals[n].opt_out;
         })) {
      TRY_ASSIGN(facts[i].opted_out, store_.IsOptedOut(arrivals[i].opt_out));
    }
  }
  for (const uint32_t i : OrderBy(arrivals.size(), [&](uint32_t n) -> const ContactToken& {
         return arrivals[n].contact;
       })) {
    const ContactToken& contact = arrivals[i].contact;
    TRY_ASSIGN(const Known known, Look(contact));
    facts[i].messaged = known.messaged;
    facts[i].held = known.held;
    if (any_protected_) {
      TRY_ASSIGN(facts[i].is_protected, store_.IsProtected(contact));
    }
    reasons[i] = MayAdmit(facts[i]);
    if (reasons[i] == Withheld::kNo) {
      fresh_.push_back({contact, arrivals[i].record});
      fresh_tokens_.insert(contact);
    } else if (known.seen && *known.seen < today_) {
      seen_again_.push_back(contact);
    }
    ++reasons_[static_cast<size_t>(reasons[i])];
  }
  found_ += arrivals.size();
  if (fresh_.size() + seen_again_.size() >= kFlushAt) return Flush();
  return {};
}

Result<std::vector<Withheld>> SqliteImportSession::Admit(std::span<const Arrival> arrivals) {
  if (over_) return Fail(Code::kInternal, "the import is over", db_.place());
  std::vector<Withheld> reasons(arrivals.size(), Withheld::kNo);
  for (size_t begin = 0; begin < arrivals.size(); begin += kFlushAt) {
    const size_t size = std::min(kFlushAt, arrivals.size() - begin);
    const Result<void> decided =
        Decide(arrivals.subspan(begin, size), std::span(reasons).subspan(begin, size));
    if (!decided) {
      over_ = true;
      return tl::unexpected(decided.error());
    }
  }
  return reasons;
}

Result<void> SqliteImportSession::Flush() {
  std::sort(fresh_.begin(), fresh_.end(),
            [](const Fresh& a, const Fresh& b) { return a.contact < b.contact; });
  for (const Fresh& each : fresh_) {
    TRY(
        db_.Run("INSERT INTO contact(token, generation, seen_day, messaged_day, record_id)"
                " VALUES(?1, ?2, ?3, NULL, ?4) ON CONFLICT(token, generation) DO UPDATE SET"
                " seen_day = max(seen_day, excluded.seen_day), record_id = excluded.record_id",
                each.contact.bytes, each.contact.generation, today_, each.record));
  }
  std::sort(fresh_.begin(), fresh_.end(),
            [](const Fresh& a, const Fresh& b) { return a.record < b.record; });
  for (const Fresh& each : fresh_) {
    TRY(
        db_.Run("INSERT INTO record(record_id, token, generation, file, expiry_day)"
                " VALUES(?1, ?2, ?3, ?4, NULL)",
                each.record, each.contact.bytes, each.contact.generation, file_));
  }
  std::sort(seen_again_.begin(), seen_again_.end());
  for (const ContactToken& contact : seen_again_) {
    TRY(
        db_.Run("UPDATE contact SET seen_day = ?3"
                " WHERE token = ?1 AND generation = ?2 AND seen_day < ?3",
                contact.bytes, contact.generation, today_));
  }
  fresh_.clear();
  fresh_tokens_.clear();
  seen_again_.clear();
  return {};
}

Result<void> SqliteImportSession::Write(const std::optional<SealedFileRow>& file,
                                        const ImportRow& row) {
  TRY(Flush());
  const uint64_t fresh = reasons_[static_cast<size_t>(Withheld::kNo)];
  if (fresh != (file ? file->records : 0)) {
    return Fail(Code::kInternal, "the intake does not hold exactly the new records", db_.place());
  }
  if (file) {
    TRY(
        db_.Run("UPDATE sealed_file SET file_id = ?2, kind = ?3, expiry_day = ?4, records = ?5,"
                " case_ref = ?6 WHERE file = ?1",
                file_, file->file, file->kind, file->expiry, file->records, file->case_ref));
  } else {
    TRY(db_.Run("DELETE FROM sealed_file WHERE file = ?1", file_));
  }
  // Without an intake there is nothing that a case could still be withdrawn from.
  TRY(db_.Run("INSERT INTO import(import_id, day, case_ref, file) VALUES(?1, ?2, ?3, ?4)",
              row.import, row.day, file ? row.case_ref : std::string(),
              file ? std::optional<int64_t>(file_) : std::nullopt));
  return {};
}

Result<void> SqliteImportSession::Finish(const std::optional<SealedFileRow>& file,
                                         const ImportRow& row, const Describe& describe) {
  if (over_) return Fail(Code::kInternal, "the import is over", db_.place());
  over_ = true;
  TRY(Write(file, row));
  const auto by_reason = [&](Withheld reason) { return reasons_[static_cast<size_t>(reason)]; };
  Counts counts{{"found", found_}, {"new", by_reason(Withheld::kNo)}};
  PutCount(counts, "repeated", by_reason(Withheld::kAlreadyHeld));
  for (const Withheld reason :
       {Withheld::kOptedOut, Withheld::kProtected, Withheld::kAlreadyMessaged}) {
    PutCount(counts, "withheld." + std::string(WithheldName(reason)), by_reason(reason));
  }
  TRY(verb_.Append(describe(counts)));
  return verb_.Commit();
}

Result<std::unique_ptr<ImportSession>> SqliteStore::BeginImport(Day today) {
  TRY_ASSIGN(Verb verb, Verb::Begin(*this));
  auto session = std::make_unique<SqliteImportSession>(*this, std::move(verb), today);
  TRY(session->Prepare());
  return std::unique_ptr<ImportSession>(std::move(session));
}

}  // namespace signpost
