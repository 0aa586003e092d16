// One import: people in the order of their tokens, whom it looks up where they are known, and
// leaves as one staged import (staging.h). Memory does not grow with them: a chunk of each import.
#include <algorithm>

#include "core/signpost/store/sqlite_store.h"
#include "core/signpost/store/token_filter.h"

namespace signpost::store {
namespace {

// Each staged import costs every later one a look for each person.
constexpr size_t kMaxStagedImports = 8;

}  // namespace

class SqliteImportSession final : public ImportSession {
 public:
  SqliteImportSession(SqliteStore& store, Day today)
      : store_(store),
        db_(store.db_),
        today_(today),
        opted_out_(db_, "SELECT count(*) FROM opt_out",
                   "SELECT substr(token, 1, 8) FROM opt_out ORDER BY token, generation"),
        protected_(db_, "SELECT count(*) FROM protected",
                   "SELECT substr(token, 1, 8) FROM protected ORDER BY token, generation") {}

  Result<bool> OptedOut(const token::OptOutToken& token) override;
  Result<void> Lock() override;
  Result<policy::Eligibility> Admit(const ImportedPerson& came) override;
  Result<void> Finish(const std::optional<SealedFileRow>& file, const ImportRow& row,
                      const Describe& describe) override;

 private:
  struct Known {
    std::optional<Day> seen;  // empty: nobody that the store knows
    bool messaged = false;
    bool held = false;
    RecordId record;  // when held
  };
  Result<Known> Look(const token::ContactToken& contact);
  Result<bool> IsLive(const RecordId& record);
  Result<policy::Eligibility> Decide(const ImportedPerson& came);
  Result<void> Keep(const StagedPerson& person);
  Result<void> FlushChunk();
  Result<void> Write(const std::optional<SealedFileRow>& file, const ImportRow& row);
  uint64_t& CountOf(policy::Eligibility reason) { return reasons_[static_cast<size_t>(reason)]; }

  SqliteStore& store_;
  sqlite::Database& db_;
  Day today_;
  TokenFilter opted_out_, protected_;
  std::optional<Verb> verb_;
  bool over_ = false;  // finished or failed: SQLite may have ended the transaction by itself
  bool any_contacts_ = true;
  bool any_expired_ = true;           // a sealed number that no sweep has removed yet
  std::optional<Contacts> contacts_;  // from Lock on
  std::vector<StagedReader> staged_;
  std::optional<token::ContactToken> newest_;  // that was admitted
  Bytes chunk_;
  int64_t first_chunk_ = 0, next_chunk_ = 0;
  uint64_t strangers_ = 0;  // people whom the store did not know
  uint64_t found_ = 0;
  std::array<uint64_t, static_cast<size_t>(policy::Eligibility::kCount)> reasons_{};
};

Result<bool> SqliteImportSession::OptedOut(const token::OptOutToken& token) {
  if (verb_ || over_) return Fail(Code::kInternal, "asked too late", db_.place());
  TRY_ASSIGN(bool opted_out, opted_out_.MayHold(token.bytes));
  if (opted_out) {
    TRY_ASSIGN(opted_out, store_.IsOptedOut(token));
  }
  if (opted_out) {
    ++found_;
    ++CountOf(policy::Eligibility::kOptedOut);
  }
  return opted_out;
}

Result<void> SqliteImportSession::Lock() {
  if (verb_ || over_) return Fail(Code::kInternal, "the import has begun", db_.place());
  TRY_ASSIGN(Verb verb, Verb::Begin(store_));
  TRY_ASSIGN(contacts_, verb.FlushedContacts());
  TRY_ASSIGN(std::vector<StagedImport> staged, StagedImports(db_));
  if (staged.size() >= kMaxStagedImports) {
    TRY_ASSIGN(contacts_, verb.FlushedRecords());
    staged.clear();
  }
  for (const StagedImport& one : staged) staged_.emplace_back(db_, one);
  TRY_ASSIGN(any_contacts_, contacts_->Any());
  TRY_ASSIGN(const int64_t expired,
             db_.Number("SELECT EXISTS(SELECT 1 FROM sealed_file WHERE expiry_day < ?1)", today_));
  TRY_ASSIGN(first_chunk_, db_.Number("SELECT coalesce(max(chunk), 0) + 1 FROM staged"));
  any_expired_ = expired != 0;
  next_chunk_ = first_chunk_;
  verb_.emplace(std::move(verb));
  return {};
}

// A record past its expiry that no sweep has removed yet does not hold anybody's place. A file's
// expiry is the earliest of its sections, so that without an expired file there is no such record.
Result<bool> SqliteImportSession::IsLive(const RecordId& record) {
  if (!any_expired_) return true;
  TRY_ASSIGN(const std::optional<Day> expiry, contacts_->ExpiryOf(record));
  return expiry && *expiry >= today_;
}

Result<SqliteImportSession::Known> SqliteImportSession::Look(const token::ContactToken& contact) {
  Known known;
  if (any_contacts_) {
    TRY_ASSIGN(const std::optional<ContactRow> row, contacts_->Find(contact));
    if (row) {
      known.seen = row->seen;
      known.messaged = row->messaged;
      known.held = row->record.has_value();
      known.record = row->record.value_or(RecordId());
    }
  }
  if (known.held) {
    TRY_ASSIGN(known.held, IsLive(known.record));
  }
  for (StagedReader& reader : staged_) {
    TRY_ASSIGN(const std::optional<StagedPerson> person, reader.Find(contact));
    if (!person) continue;
    const StagedImport& staged = reader.staged();
    known.seen = known.seen ? std::max(*known.seen, staged.day) : staged.day;
    if (!person->is_new) continue;
    known.held = staged.expiry >= today_;
    known.record = person->record;
  }
  return known;
}

Result<policy::Eligibility> SqliteImportSession::Decide(const ImportedPerson& came) {
  TRY_ASSIGN(const Known known, Look(came.contact));
  policy::ContactFacts facts;
  facts.messaged = known.messaged;
  facts.held = known.held;
  TRY_ASSIGN(facts.is_protected, protected_.MayHold(came.contact.bytes));
  if (facts.is_protected) {
    TRY_ASSIGN(facts.is_protected, store_.IsProtected(came.contact));
  }
  const policy::Eligibility reason = policy::MayAdmit(facts);
  StagedPerson person{came.contact, came.record, came.last_contact, came.in_traffic,
                      reason == policy::Eligibility::kEligible};
  if (person.is_new) {
    strangers_ += known.seen ? 0 : 1;
    TRY(Keep(person));
    return reason;
  }
  if (!known.seen) return reason;  // who is withheld and was never held is not remembered
  person.record = known.held ? known.record : RecordId{};
  if (!known.held) {
    person.last_contact.reset();
    person.in_traffic = false;
  }
  if (*known.seen < today_ || person.last_contact || person.in_traffic) TRY(Keep(person));
  return reason;
}

Result<policy::Eligibility> SqliteImportSession::Admit(const ImportedPerson& came) {
  if (!verb_ || over_) return Fail(Code::kInternal, "the import is over", db_.place());
  if (newest_ && came.contact <= *newest_) {
    over_ = true;
    return Fail(Code::kInternal, "people came out of order", db_.place());
  }
  newest_ = came.contact;
  const Result<policy::Eligibility> reason = Decide(came);
  if (!reason) {
    over_ = true;
    return reason;
  }
  found_ += came.times;
  const bool once = *reason == policy::Eligibility::kEligible;
  CountOf(*reason) += once ? 1 : came.times;
  if (once) CountOf(policy::Eligibility::kAlreadyHeld) += came.times - 1;
  return reason;
}

Result<void> SqliteImportSession::Keep(const StagedPerson& person) {
  AppendPerson(chunk_, person);
  return chunk_.size() < kPeopleInChunk * kStagedPersonBytes ? Result<void>() : FlushChunk();
}

Result<void> SqliteImportSession::FlushChunk() {
  if (chunk_.empty()) return {};
  TRY(db_.Run("INSERT INTO staged(chunk, people) VALUES(?1, ?2)", next_chunk_++, ByteView(chunk_)));
  chunk_.clear();
  return {};
}

Result<void> SqliteImportSession::Write(const std::optional<SealedFileRow>& file,
                                        const ImportRow& row) {
  TRY(FlushChunk());
  const uint64_t fresh = CountOf(policy::Eligibility::kEligible);
  if (fresh != (file ? file->records : 0)) {
    return Fail(Code::kInternal, "the intake does not hold exactly the new records", db_.place());
  }
  std::optional<int64_t> number;
  if (file) {
    TRY(store_.InsertFile(*file));
    number = db_.last_row();
  }
  if (next_chunk_ != first_chunk_) {
    TRY(
        db_.Run("INSERT INTO staged_import(day, file, first, last, people, records)"
                " VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
                today_, number, first_chunk_, next_chunk_ - 1, strangers_, fresh));
  }
  // Without an intake there is nothing that a case could still be withdrawn from.
  TRY(db_.Run("INSERT INTO import(import_id, day, case_ref, file) VALUES(?1, ?2, ?3, ?4)",
              row.import, row.day, file ? row.case_ref : std::string(), number));
  return {};
}

Result<void> SqliteImportSession::Finish(const std::optional<SealedFileRow>& file,
                                         const ImportRow& row, const Describe& describe) {
  if (!verb_ || over_) return Fail(Code::kInternal, "the import is over", db_.place());
  over_ = true;
  TRY(Write(file, row));
  ledger::Counts counts{{"found", found_}, {"new", CountOf(policy::Eligibility::kEligible)}};
  PutCount(counts, "repeated", CountOf(policy::Eligibility::kAlreadyHeld));
  for (const policy::Eligibility reason :
       {policy::Eligibility::kOptedOut, policy::Eligibility::kProtected,
        policy::Eligibility::kAlreadyMessaged}) {
    PutCount(counts, "withheld." + std::string(policy::EligibilityName(reason)), CountOf(reason));
  }
  TRY(verb_->Append(describe(counts)));
  return verb_->Commit();
}

Result<std::unique_ptr<ImportSession>> SqliteStore::BeginImport(Day today) {
  return std::unique_ptr<ImportSession>(std::make_unique<SqliteImportSession>(*this, today));
}

}  // namespace signpost::store
