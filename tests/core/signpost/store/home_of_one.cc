#include "tests/core/signpost/store/home_of_one.h"

#include <sqlite3.h>
#include <stdlib.h>

#include <filesystem>

#include "crypto/tree/tree.h"

namespace signpost::store {
namespace {

std::array<uint8_t, 32> TokenBytes(const char* purpose, uint32_t person) {
  return Sha256(std::string(purpose) + std::to_string(person));
}

std::string NewFolder() {
  std::string folder = ::testing::TempDir() + "/store-XXXXXX";
  if (::mkdtemp(folder.data()) == nullptr) std::abort();
  return folder;
}

}  // namespace

token::ContactToken ContactOf(uint32_t person) { return {TokenBytes("contact", person), 1}; }
token::OptOutToken OptOutOf(uint32_t person) { return {TokenBytes("opt-out", person), 1}; }
RecordId RandomRecord() { return RecordId::Random(); }

HomeOfOne::HomeOfOne() : folder_(NewFolder()), signer_(*note::NoteSigner::Generate("store-test")) {
  auto store = store::SqliteStore::Open(Path(), signer_, true, kShortWaitMs);
  if (!store) std::abort();
  store_ = *std::move(store);
}

HomeOfOne::~HomeOfOne() {
  store_.reset();
  std::filesystem::remove_all(folder_);
}

void HomeOfOne::Reopen() {
  store_.reset();
  store_ = OpenAnother();
}

std::unique_ptr<store::SqliteStore> HomeOfOne::OpenAnother(int wait_ms) {
  auto store = store::SqliteStore::Open(Path(), signer_, false, wait_ms);
  EXPECT_TRUE(store) << store.error().message;
  return store ? *std::move(store) : nullptr;
}

store::NewEntry HomeOfOne::NoteOf(ledger::EventBody body) const {
  return {ledger::Event{now_, "tester", std::move(body)}, std::nullopt};
}

store::Describe HomeOfOne::Describing(ledger::Counts* out) {
  return [this, out](const ledger::Counts& counts) {
    if (out) *out = counts;
    ledger::Opening opening = ledger::FreshOpening(counts);
    ledger::RecordsLost body;
    body.counts = ledger::Commit(opening);
    return std::vector<store::NewEntry>{{ledger::Event{now_, "tester", body}, opening}};
  };
}

Imported HomeOfOne::Import(const std::vector<uint32_t>& people, Day today, Day expiry,
                           const std::string& case_ref) {
  std::vector<Came> came;
  for (const uint32_t person : people) {
    came.push_back({ContactOf(person), OptOutOf(person), RandomRecord()});
  }
  Imported out = ImportCame(came, today, expiry, case_ref);
  for (size_t i = 0; i < out.reasons.size(); ++i) {
    if (out.reasons[i] == policy::Eligibility::kEligible) out.records[people[i]] = came[i].record;
  }
  return out;
}

Imported HomeOfOne::ImportCame(const std::vector<Came>& came, Day today, Day expiry,
                               const std::string& case_ref) {
  Imported out;
  auto session = store_->BeginImport(today);
  EXPECT_TRUE(session) << session.error().message;
  if (!session) return out;
  auto reasons = AdmitAll(**session, came);
  EXPECT_TRUE(reasons) << reasons.error().message;
  if (!reasons) return out;
  out.reasons = *reasons;
  const auto fresh =
      std::count(out.reasons.begin(), out.reasons.end(), policy::Eligibility::kEligible);
  if (fresh != 0) {
    out.file = store::SealedFileRow{FileId::Random(), seal::SealedKind::kIntake, expiry,
                                    static_cast<uint64_t>(fresh), case_ref};
  }
  const auto finished = (*session)->Finish(
      out.file, store::ImportRow{ImportId::Random(), today, case_ref}, Describing(&out.counts));
  EXPECT_TRUE(finished) << finished.error().message;
  return out;
}

store::PlanCommit HomeOfOne::PlanOf(const Imported& from, const std::vector<uint32_t>& people,
                                    Planned& out) const {
  store::PlanCommit plan;
  out = {BatchId::Random(), FileId::Random(), people, {}};
  plan.batch_file = {out.file, seal::SealedKind::kBatch, from.file->expiry, people.size(), ""};
  store::IntakeShare share;
  share.intake = from.file->file;
  for (const uint32_t person : people) {
    out.records.push_back(from.records.at(person));
    share.drawn.push_back(from.records.at(person));
    share.to_erase.push_back(person);
  }
  share.left = from.records.size() - people.size();
  const auto files = store_->SealedFiles();
  for (const store::SealedFileRow& row : *files) {  // planned from before
    if (row.file == share.intake) share.left = row.records - people.size();
  }
  plan.shares = {share};
  plan.batch = {out.batch, store::BatchState::kPlanned,
                out.file,  static_cast<uint32_t>(people.size()),
                now_,      now_ + 7 * 86400,
                "gateway"};
  plan.documents = {{"manifest", out.batch.Hex(), "note"}, {"message", out.batch.Hex(), "text"}};
  return plan;
}

Planned HomeOfOne::Plan(const Imported& from, const std::vector<uint32_t>& people) {
  Planned out;
  const auto planned = store_->CommitPlan(PlanOf(from, people, out), NoteOf());
  EXPECT_TRUE(planned) << planned.error().message;
  return out;
}

RunId HomeOfOne::BeginRun(const Planned& batch) {
  const RunId run = RunId::Random();
  const auto begun =
      store_->BeginRun(batch.batch, run, NoteOf(ledger::BatchOpened{batch.batch, run}));
  EXPECT_TRUE(begun) << begun.error().message;
  return run;
}

Result<std::vector<policy::Eligibility>> HomeOfOne::Attempt(const Planned& batch, uint32_t first,
                                                            uint32_t count, Day today) {
  std::vector<token::OptOutToken> tokens;
  for (uint32_t i = first; i < first + count; ++i) tokens.push_back(OptOutOf(batch.people[i]));
  return store_->BeginAttempt(batch.batch, first, std::span(batch.records).subspan(first, count),
                              tokens, today, {});
}

void HomeOfOne::SettleAll(const Planned& batch, wire::sender::Outcome outcome) {
  std::vector<store::Settlement> settlements;
  for (uint32_t i = 0; i < batch.people.size(); ++i) {
    store::Settlement each;
    each.position = i;
    each.outcome = outcome;
    each.id_hash.fill(static_cast<uint8_t>(i + 1));
    settlements.push_back(each);
  }
  const auto settled = store_->Settle(batch.batch, settlements);
  EXPECT_TRUE(settled) << settled.error().message;
}

void HomeOfOne::OptOut(const std::vector<uint32_t>& people, Day day) {
  std::vector<token::OptOutToken> tokens;
  for (const uint32_t person : people) tokens.push_back(OptOutOf(person));
  EXPECT_TRUE(store_->RecordOptOuts(tokens, day, 100 * people.size(), Digest{}, Describing()));
}

void HomeOfOne::Protect(const std::vector<uint32_t>& people) {
  std::vector<token::ContactToken> tokens;
  for (const uint32_t person : people) tokens.push_back(ContactOf(person));
  EXPECT_TRUE(store_->RecordProtected(tokens, kToday, Describing()));
}

policy::ContactFacts HomeOfOne::FactsOf(const Imported& from, const RecordId& record) {
  const auto facts = store_->Facts(from.file->file, std::span(&record, 1));
  EXPECT_TRUE(facts) << facts.error().message;
  return facts ? facts->front().value_or(policy::ContactFacts()) : policy::ContactFacts();
}

void HomeOfOne::Flush() {
  EXPECT_TRUE(store_->FlushStaging({}));
  EXPECT_EQ(Number("SELECT count(*) FROM staged"), 0);
}

ledger::Counts HomeOfOne::Sweep(Day today, const std::vector<RecordId>& expired) {
  store::SweepCommit commit;
  commit.today = today;
  commit.expired_records = expired;
  ledger::Counts counts;
  const auto swept = store_->CommitSweep(commit, Describing(&counts));
  EXPECT_TRUE(swept) << swept.error().message;
  return counts;
}

int64_t HomeOfOne::Number(const std::string& sql) const {
  sqlite3* db = nullptr;
  sqlite3_stmt* statement = nullptr;
  int64_t value = -1;
  if (sqlite3_open_v2(Path().c_str(), &db, SQLITE_OPEN_READWRITE, nullptr) == SQLITE_OK &&
      sqlite3_prepare_v2(db, sql.c_str(), -1, &statement, nullptr) == SQLITE_OK &&
      sqlite3_step(statement) == SQLITE_ROW) {
    value = sqlite3_column_int64(statement, 0);
  } else {
    ADD_FAILURE() << sqlite3_errmsg(db) << " in " << sql;
  }
  sqlite3_finalize(statement);
  sqlite3_close(db);
  return value;
}

void HomeOfOne::Execute(const std::string& sql) const {
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open_v2(Path().c_str(), &db, SQLITE_OPEN_READWRITE, nullptr), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
      << sqlite3_errmsg(db);
  sqlite3_close(db);
}

void HomeOfOne::ExpectConsistent() {
  EXPECT_EQ(Number("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"), 0);
  const auto entries = store_->Entries();
  ASSERT_TRUE(entries) << entries.error().message;
  std::vector<Digest> leaves;
  Instant last{};
  for (const std::string& entry : *entries) {
    leaves.push_back(tree::LeafHash(entry));
    const auto event = ledger::DecodeEvent(entry);
    ASSERT_TRUE(event) << event.error().message;
    EXPECT_GE(event->at, last);
    last = event->at;
  }
  const auto text = store_->CheckpointNote();
  ASSERT_TRUE(text);
  const auto note = note::Note::Parse(*text);
  ASSERT_TRUE(note);
  const auto signers = note->VerifiedBy(std::span(&signer_.verifier(), 1));
  ASSERT_TRUE(signers);
  EXPECT_EQ(signers->size(), 1u);
  const auto checkpoint = note::Checkpoint::Parse(note->text());
  ASSERT_TRUE(checkpoint);
  EXPECT_EQ(*checkpoint, (note::Checkpoint{"store-test", leaves.size(), tree::RootOf(leaves)}));
  const auto openings = store_->Openings();
  ASSERT_TRUE(openings);
  for (const auto& [index, opening] : *openings) {
    ASSERT_LT(index, entries->size());
    const auto event = ledger::DecodeEvent((*entries)[index]);
    ASSERT_TRUE(event);
    ASSERT_NE(ledger::CommitmentOf(event->body), nullptr);
    EXPECT_EQ(*ledger::CommitmentOf(event->body), ledger::Commit(opening));
  }
  EXPECT_LE(Number("SELECT count(*) FROM checkpoint"), 1);
  // Every sealed record has its person, and every person who waits has a record, or a mark that
  // says how the waiting ended.
  EXPECT_EQ(
      Number("SELECT count(*) FROM contact c WHERE c.record_id IS NOT NULL AND"
             " c.record_id NOT IN (SELECT record_id FROM record)"
             " AND NOT EXISTS(SELECT 1 FROM staged_messaged m WHERE instr(m.people, c.token) > 0)"),
      0);
  EXPECT_EQ(Number("SELECT count(*) FROM staged_messaged m JOIN record r ON instr(m.people, "
                   "r.record_id) > 0"),
            0);
  EXPECT_EQ(Number("SELECT count(*) FROM record r WHERE NOT EXISTS(SELECT 1 FROM sealed_file f"
                   " WHERE f.file = r.file)"),
            0);
  // What is staged is whole.
  EXPECT_EQ(Number("SELECT count(*) FROM staged_import p WHERE p.records <> 0 AND NOT EXISTS("
                   "SELECT 1 FROM sealed_file f WHERE f.file = p.file AND f.records = p.records)"),
            0);
  EXPECT_EQ(Number("SELECT coalesce(sum(last - first + 1), 0) FROM staged_import"),
            Number("SELECT count(*) FROM staged"));
}

}  // namespace signpost::store
