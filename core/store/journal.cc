// Runs and attempts. An attempt is committed before its number leaves the opener; what has no
// outcome when its run is over is unknown, for good.
#include <algorithm>

#include "core/store/sqlite_store.h"

namespace signpost {
namespace {

constexpr int kAttempting = 0;  // else a sender::Outcome

std::string_view OutcomeName(int64_t outcome) {
  if (outcome == kAttempting) return "attempting";
  switch (static_cast<sender::Outcome>(outcome)) {
    case sender::Outcome::kSent:
      return "sent";
    case sender::Outcome::kRefused:
      return "refused";
    case sender::Outcome::kUnknown:
    case sender::Outcome::kNotSubmitted:
      return "unknown";
    case sender::Outcome::kDelivered:
      return "delivered";
    case sender::Outcome::kUndelivered:
      return "undelivered";
  }
  return "unknown";
}

// What the ledger calls it: the carrier took it, whatever a receipt says later; and what is still
// open when a run ends is unknown.
std::string_view OutcomeNameOfRun(int64_t outcome) {
  const std::string_view name = OutcomeName(outcome);
  if (name == "delivered" || name == "undelivered") return "sent";
  return name == "attempting" ? "unknown" : name;
}

// Rows of (outcome or null, reason or null, how many).
Result<Counts> Tally(sqlite::Query& query, std::string_view (*name)(int64_t)) {
  Counts counts;
  for (;;) {
    TRY_ASSIGN(const bool row, query.Step());
    if (!row) return counts;
    const auto number = static_cast<uint64_t>(query.Int(2));
    if (query.IsNull(0)) {
      const auto reason = static_cast<Withheld>(query.Int(1));
      counts["withheld." + std::string(WithheldName(reason))] += number;
    } else {
      counts[std::string(name(query.Int(0)))] += number;
    }
  }
}

bool IsZero(std::span<const uint8_t, 16> hash) {
  return std::all_of(hash.begin(), hash.end(), [](uint8_t byte) { return byte == 0; });
}

}  // namespace

Result<std::optional<SqliteStore::OpenRun>> SqliteStore::FindOpenRun(int64_t batch) {
  TRY_ASSIGN(auto query,
             db_.Ask("SELECT run, run_id FROM run WHERE batch = ?1 AND ended = 0", batch));
  TRY_ASSIGN(const bool row, query.Step());
  if (!row) return std::optional<OpenRun>();
  return std::optional<OpenRun>(OpenRun{query.Int(0), query.IdAt<RunId>(1)});
}

Result<uint32_t> SqliteStore::CloseRun(int64_t run) {
  TRY_ASSIGN(const int64_t unknown,
             db_.Run("UPDATE attempt SET outcome = 3 WHERE run = ?1 AND outcome = 0"
                     " AND batch = (SELECT batch FROM run WHERE run = ?1)",
                     run));
  TRY(db_.Run("UPDATE run SET ended = 1 WHERE run = ?1", run));
  return static_cast<uint32_t>(unknown);
}

Result<Counts> SqliteStore::RunCounts(int64_t run) {
  TRY_ASSIGN(auto query,
             db_.Ask("SELECT outcome, withheld, count(*) FROM attempt WHERE run = ?1"
                     " AND batch = (SELECT batch FROM run WHERE run = ?1) GROUP BY 1, 2",
                     run));
  return Tally(query, OutcomeNameOfRun);
}

Result<ResumePoint> SqliteStore::Resume(
    const BatchId& batch, const std::function<LedgerNote(RunId, const Counts&)>& describe) {
  TRY_ASSIGN(Verb verb, Verb::Begin(*this));
  TRY_ASSIGN(const BatchKey key, KeyOf(batch));
  ResumePoint point;
  TRY_ASSIGN(
      const int64_t next,
      db_.Number("SELECT coalesce(max(position) + 1, 0) FROM attempt WHERE batch = ?1", key.batch));
  point.next_position = static_cast<uint32_t>(next);
  TRY_ASSIGN(const std::optional<OpenRun> run, FindOpenRun(key.batch));
  if (!run) return point;
  TRY_ASSIGN(point.became_unknown, CloseRun(run->run));
  TRY_ASSIGN(const Counts counts, RunCounts(run->run));
  TRY(verb.Append(describe(run->id, counts), Verb::Late::kAccept));
  TRY(verb.Commit());
  runs_.erase(batch);
  point.crashed_run = run->id;
  return point;
}

Result<void> SqliteStore::BeginRun(const BatchId& batch, const RunId& run, const LedgerNote& note) {
  TRY_ASSIGN(Verb verb, Verb::Begin(*this));
  TRY_ASSIGN(const BatchKey key, GoingBatch(batch));
  TRY_ASSIGN(const std::optional<OpenRun> open, FindOpenRun(key.batch));
  if (open) return Fail(Code::kRefused, "a run of the batch has not ended", batch.Hex());
  TRY(db_.Run("INSERT INTO run(run_id, batch, ended) VALUES(?1, ?2, 0)", run, key.batch));
  TRY(SetState(key.batch, BatchState::kOpened));
  TRY(verb.Append(note));
  TRY(verb.Commit());
  runs_[batch] = run;
  return {};
}

// One record at the last instant. Its row goes whatever is decided: a number is used once.
Result<Withheld> SqliteStore::Attempt(const BatchKey& key, int64_t file, int64_t run,
                                      uint32_t position, const RecordId& record,
                                      const OptOutToken& token, Day today) {
  ContactToken contact;
  ContactFacts facts;
  {
    TRY_ASSIGN(auto query,
               db_.Ask("SELECT r.token, r.generation, coalesce(r.expiry_day, f.expiry_day),"
                       " c.messaged_day FROM record r LEFT JOIN sealed_file f ON f.file = r.file"
                       " LEFT JOIN contact c ON c.token = r.token AND c.generation = r.generation"
                       " WHERE r.record_id = ?1 AND r.file = ?2",
                       record, file));
    TRY_ASSIGN(const bool row, query.Step());
    if (!row) return Fail(Code::kCorrupt, "a record is not the batch's", key.row.batch.Hex());
    contact.bytes = query.Array<32>(0);
    contact.generation = static_cast<uint16_t>(query.Int(1));
    facts.expiry = query.DayAt(2);
    facts.messaged = !query.IsNull(3);
    facts.held = true;
  }
  TRY_ASSIGN(facts.opted_out, IsOptedOut(token));
  TRY_ASSIGN(facts.is_protected, IsProtected(contact));
  const Withheld reason = MayAttempt(facts, today);
  TRY(DropRecord(record));
  if (reason == Withheld::kNo) {
    TRY(
        db_.Run("INSERT INTO contact(token, generation, seen_day, messaged_day, record_id)"
                " VALUES(?1, ?2, ?3, ?3, NULL)"
                " ON CONFLICT(token, generation) DO UPDATE SET messaged_day = ?3",
                contact.bytes, contact.generation, today));
    TRY(
        db_.Run("INSERT INTO attempt(batch, position, run, outcome, withheld, status, id_hash, day)"
                " VALUES(?1, ?2, ?3, 0, NULL, 0, NULL, ?4)",
                key.batch, position, run, today));
  } else {
    TRY(
        db_.Run("INSERT INTO attempt(batch, position, run, outcome, withheld, status, id_hash, day)"
                " VALUES(?1, ?2, ?3, NULL, ?5, 0, NULL, ?4)",
                key.batch, position, run, today, reason));
  }
  return reason;
}

Result<std::vector<Withheld>> SqliteStore::BeginAttempt(const BatchId& batch,
                                                        uint32_t first_position,
                                                        std::span<const RecordId> records,
                                                        std::span<const OptOutToken> tokens,
                                                        Day today) {
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
  // In order and without a gap: a position is attempted once, and none is passed over.
  TRY_ASSIGN(
      const int64_t next,
      db_.Number("SELECT coalesce(max(position) + 1, 0) FROM attempt WHERE batch = ?1", key.batch));
  if (next != first_position || records.size() > key.row.records - first_position) {
    return Fail(Code::kCorrupt, "the records were attempted before, or are out of order",
                batch.Hex());
  }
  TRY_ASSIGN(const std::optional<int64_t> file, FileNumber(key.row.file));
  if (!file) return Fail(Code::kCorrupt, "the batch's file is not in the store", batch.Hex());
  std::vector<Withheld> reasons;
  reasons.reserve(records.size());
  for (size_t i = 0; i < records.size(); ++i) {
    TRY_ASSIGN(const Withheld reason,
               Attempt(key, *file, run->run, first_position + static_cast<uint32_t>(i), records[i],
                       tokens[i], today));
    reasons.push_back(reason);
  }
  TRY(verb.Commit());
  return reasons;
}

Result<void> SqliteStore::Settle(const BatchId& batch, std::span<const Settlement> settlements) {
  TRY_ASSIGN(Verb verb, Verb::Begin(*this));
  TRY_ASSIGN(const BatchKey key, KeyOf(batch));
  for (const Settlement& each : settlements) {
    sender::Outcome outcome = each.outcome;
    if (outcome == sender::Outcome::kNotSubmitted) outcome = sender::Outcome::kUnknown;
    if (outcome != sender::Outcome::kSent && outcome != sender::Outcome::kRefused &&
        outcome != sender::Outcome::kUnknown) {
      return Fail(Code::kCorrupt, "only a receipt can say that", batch.Hex());
    }
    const bool named = !IsZero(each.id_hash);
    TRY_ASSIGN(const int64_t rows,
               db_.Run("UPDATE attempt SET outcome = ?3, status = ?4, id_hash = ?5"
                       " WHERE batch = ?1 AND position = ?2 AND outcome = 0",
                       key.batch, each.position, outcome, each.status,
                       named ? std::optional(each.id_hash) : std::nullopt));
    if (rows != 1) {
      return Fail(Code::kCorrupt, "a record that is not being attempted was settled", batch.Hex());
    }
  }
  return verb.Commit();
}

Result<uint32_t> SqliteStore::SettleReceipts(std::span<const sender::Receipt> receipts) {
  TRY_ASSIGN(Verb verb, Verb::Begin(*this));
  int64_t changed = 0;
  for (const sender::Receipt& receipt : receipts) {
    const auto outcome = static_cast<sender::Outcome>(receipt.outcome);
    const bool final_outcome =
        outcome == sender::Outcome::kDelivered || outcome == sender::Outcome::kUndelivered;
    if (!final_outcome && outcome != sender::Outcome::kSent) continue;  // says nothing new
    for (const auto& raw : receipt.id_hashes) {
      std::array<uint8_t, 16> hash;
      std::copy(std::begin(raw), std::end(raw), hash.begin());
      if (IsZero(hash)) continue;
      // From sent only to how it ended; from unknown also to sent.
      TRY_ASSIGN(const int64_t rows,
                 db_.Run("UPDATE attempt SET outcome = ?2"
                         " WHERE id_hash = ?1 AND (outcome = 3 OR (outcome = 1 AND ?2 <> 1))",
                         hash, outcome));
      changed += rows;
    }
  }
  TRY(verb.Commit());
  return static_cast<uint32_t>(changed);
}

Result<BatchCounts> SqliteStore::CountsOf(const BatchId& batch) {
  TRY_ASSIGN(auto transaction, sqlite::Transaction::Begin(db_, sqlite::Transaction::Kind::kRead));
  TRY_ASSIGN(const BatchKey key, KeyOf(batch));
  BatchCounts out;
  {
    TRY_ASSIGN(auto query, db_.Ask("SELECT outcome, withheld, count(*) FROM attempt"
                                   " WHERE batch = ?1 GROUP BY 1, 2",
                                   key.batch));
    TRY_ASSIGN(out.counts, Tally(query, OutcomeName));
  }
  for (const auto& each : out.counts) out.attempted += static_cast<uint32_t>(each.second);
  TRY_ASSIGN(const int64_t waiting, db_.Number("SELECT count(*) FROM record WHERE file ="
                                               " (SELECT file FROM sealed_file WHERE file_id = ?1)",
                                               key.row.file));
  out.waiting = static_cast<uint32_t>(waiting);
  TRY(transaction.Commit());
  return out;
}

Result<Counts> SqliteStore::CountsOfRun(const RunId& run) {
  TRY_ASSIGN(auto transaction, sqlite::Transaction::Begin(db_, sqlite::Transaction::Kind::kRead));
  int64_t number = 0;
  {
    TRY_ASSIGN(auto query, db_.Ask("SELECT run FROM run WHERE run_id = ?1", run));
    TRY_ASSIGN(const bool row, query.Step());
    if (!row) return Fail(Code::kNotFound, "there is no such run", run.Hex());
    number = query.Int(0);
  }
  TRY_ASSIGN(Counts counts, RunCounts(number));
  TRY(transaction.Commit());
  return counts;
}

Result<void> SqliteStore::EndRun(const BatchId& batch, const RunId& run, bool finished,
                                 std::span<const LedgerNote> notes) {
  TRY_ASSIGN(Verb verb, Verb::Begin(*this));
  TRY_ASSIGN(const BatchKey key, GoingBatch(batch));
  TRY_ASSIGN(const std::optional<OpenRun> open, FindOpenRun(key.batch));
  if (!open || open->id != run) {
    return Fail(Code::kRefused, "the run has ended already", batch.Hex());
  }
  TRY(CloseRun(open->run));
  if (finished) {
    TRY_ASSIGN(const uint64_t left, EndBatch(key, BatchState::kFinished));
    if (left != 0) TRY(SetState(key.batch, BatchState::kExpired));
  }
  TRY(verb.Append(notes));
  TRY(verb.Commit());
  runs_.erase(batch);
  return {};
}

}  // namespace signpost
