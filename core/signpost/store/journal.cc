// Runs and outcomes. The positions that a run attempted are first..next of its row, committed
// before their numbers leave the opener (attempt.cc). An attempt has a row of its own once it is
// over: it was withheld, or it has an outcome. What has none when its run is over is unknown, for
// good.
#include <algorithm>

#include "core/signpost/store/sqlite_store.h"

namespace signpost::store {
namespace {

constexpr size_t kMessageIdsInMemory = 1 << 16;

std::string_view OutcomeName(int64_t outcome) {
  switch (static_cast<wire::sender::Outcome>(outcome)) {
    case wire::sender::Outcome::kSent:
      return "sent";
    case wire::sender::Outcome::kRefused:
      return "refused";
    case wire::sender::Outcome::kUnknown:
    case wire::sender::Outcome::kNotSubmitted:
      return "unknown";
    case wire::sender::Outcome::kDelivered:
      return "delivered";
    case wire::sender::Outcome::kUndelivered:
      return "undelivered";
  }
  return "unknown";
}

// What the ledger calls it: the carrier took it, whatever a receipt says later.
std::string_view OutcomeNameOfRun(int64_t outcome) {
  const std::string_view name = OutcomeName(outcome);
  return name == "delivered" || name == "undelivered" ? "sent" : name;
}

// Rows of (outcome or null, reason or null, how many).
Result<ledger::Counts> Tally(sqlite::Query& query, std::string_view (*name)(int64_t)) {
  ledger::Counts counts;
  for (;;) {
    TRY_ASSIGN(const bool row, query.Step());
    if (!row) return counts;
    const auto number = static_cast<uint64_t>(query.Int(2));
    if (query.IsNull(0)) {
      const auto reason = static_cast<policy::Eligibility>(query.Int(1));
      counts["withheld." + std::string(policy::EligibilityName(reason))] += number;
    } else {
      counts[std::string(name(query.Int(0)))] += number;
    }
  }
}

uint64_t Sum(const ledger::Counts& counts) {
  uint64_t sum = 0;
  for (const auto& each : counts) sum += each.second;
  return sum;
}

bool IsZero(std::span<const uint8_t, 16> hash) {
  return std::all_of(hash.begin(), hash.end(), [](uint8_t byte) { return byte == 0; });
}

}  // namespace

Result<std::optional<SqliteStore::OpenRun>> SqliteStore::FindOpenRun(int64_t batch) {
  TRY_ASSIGN(auto query, db_.Ask("SELECT run, run_id, first, next, day FROM run"
                                 " WHERE batch = ?1 AND ended = 0",
                                 batch));
  TRY_ASSIGN(const bool row, query.Step());
  if (!row) return std::optional<OpenRun>();
  return std::optional<OpenRun>(OpenRun{query.Int(0), query.IdAt<RunId>(1),
                                        static_cast<uint32_t>(query.Int(2)),
                                        static_cast<uint32_t>(query.Int(3)), query.DayAt(4)});
}

Result<uint32_t> SqliteStore::CloseRun(int64_t batch, const OpenRun& run) {
  std::vector<uint32_t> open;
  {
    TRY_ASSIGN(auto query, db_.Ask("SELECT position FROM attempt WHERE batch = ?1"
                                   " AND position >= ?2 AND position < ?3 ORDER BY position",
                                   batch, run.first, run.next));
    uint32_t expected = run.first;
    for (;;) {
      TRY_ASSIGN(const bool row, query.Step());
      const uint32_t position = row ? static_cast<uint32_t>(query.Int(0)) : run.next;
      while (expected < position) open.push_back(expected++);
      expected = position + 1;
      if (!row) break;
    }
  }
  for (const uint32_t position : open) {
    TRY(
        db_.Run("INSERT INTO attempt(batch, position, run, outcome, withheld, status, id_hash, day)"
                " VALUES(?1, ?2, ?3, ?4, NULL, 0, NULL, ?5)",
                batch, position, run.run, wire::sender::Outcome::kUnknown, run.day));
  }
  const auto of_batch = [batch](const auto& each) { return each.second.batch == batch; };
  std::erase_if(message_ids_, of_batch);
  std::erase_if(new_ids_, of_batch);
  TRY(
      db_.Run("INSERT OR IGNORE INTO message_id(id_hash, batch, position)"
              " SELECT id_hash, batch, position FROM attempt WHERE batch = ?1 AND position >= ?2"
              " AND position < ?3 AND id_hash IS NOT NULL ORDER BY id_hash",
              batch, run.first, run.next));
  TRY(db_.Run("UPDATE run SET ended = 1 WHERE run = ?1", run.run));
  return static_cast<uint32_t>(open.size());
}

Result<ledger::Counts> SqliteStore::RunCounts(int64_t run) {
  ledger::Counts counts;
  {
    TRY_ASSIGN(auto query,
               db_.Ask("SELECT outcome, withheld, count(*) FROM attempt WHERE run = ?1"
                       " AND batch = (SELECT batch FROM run WHERE run = ?1) GROUP BY 1, 2",
                       run));
    TRY_ASSIGN(counts, Tally(query, OutcomeNameOfRun));
  }
  TRY_ASSIGN(const int64_t attempted,
             db_.Number("SELECT next - first FROM run WHERE run = ?1", run));
  // Rows may be gone, past their retention; then nothing is open either.
  const uint64_t over = Sum(counts);
  TRY_ASSIGN(const int64_t open, db_.Number("SELECT ended = 0 FROM run WHERE run = ?1", run));
  if (open != 0 && static_cast<uint64_t>(attempted) > over) {
    counts["unknown"] += static_cast<uint64_t>(attempted) - over;
  }
  return counts;
}

Result<ResumePoint> SqliteStore::Resume(
    const BatchId& batch, const std::function<NewEntry(RunId, const ledger::Counts&)>& describe) {
  TRY_ASSIGN(Verb verb, Verb::Begin(*this));
  TRY_ASSIGN(const BatchKey key, KeyOf(batch));
  ResumePoint point;
  TRY_ASSIGN(const int64_t next,
             db_.Number("SELECT coalesce(max(next), 0) FROM run WHERE batch = ?1", key.batch));
  point.next_position = static_cast<uint32_t>(next);
  TRY_ASSIGN(const std::optional<OpenRun> run, FindOpenRun(key.batch));
  if (!run) return point;
  TRY_ASSIGN(point.became_unknown, CloseRun(key.batch, *run));
  TRY_ASSIGN(const ledger::Counts counts, RunCounts(run->run));
  TRY(verb.Append(describe(run->id, counts), Verb::Late::kAccept));
  TRY(verb.Commit());
  runs_.erase(batch);
  point.crashed_run = run->id;
  return point;
}

Result<void> SqliteStore::BeginRun(const BatchId& batch, const RunId& run, const NewEntry& note) {
  TRY_ASSIGN(Verb verb, Verb::Begin(*this));
  TRY_ASSIGN(const BatchKey key, GoingBatch(batch));
  TRY_ASSIGN(const std::optional<OpenRun> open, FindOpenRun(key.batch));
  if (open) return Fail(Code::kRefused, "a run of the batch has not ended", batch.Hex());
  TRY(
      db_.Run("INSERT INTO run(run_id, batch, ended, first, next) VALUES(?1, ?2, 0,"
              " (SELECT coalesce(max(next), 0) FROM run WHERE batch = ?2),"
              " (SELECT coalesce(max(next), 0) FROM run WHERE batch = ?2))",
              run, key.batch));
  TRY(SetState(key.batch, BatchState::kOpened));
  TRY(verb.Append(note));
  TRY(verb.Commit());
  runs_[batch] = run;
  return {};
}

Result<void> SqliteStore::SettleIn(const BatchKey& key, std::span<const Settlement> settlements) {
  if (settlements.empty()) return {};
  TRY_ASSIGN(const std::optional<OpenRun> run, FindOpenRun(key.batch));
  for (const Settlement& each : settlements) {
    wire::sender::Outcome outcome = each.outcome;
    if (outcome == wire::sender::Outcome::kNotSubmitted) outcome = wire::sender::Outcome::kUnknown;
    if (outcome != wire::sender::Outcome::kSent && outcome != wire::sender::Outcome::kRefused &&
        outcome != wire::sender::Outcome::kUnknown) {
      return Fail(Code::kCorrupt, "only a receipt can say that", key.row.batch.Hex());
    }
    const bool named = !IsZero(each.id_hash);
    const bool attempted = run && each.position >= run->first && each.position < run->next;
    int64_t rows = 0;
    if (attempted) {
      TRY_ASSIGN(rows, db_.Run("INSERT OR IGNORE INTO attempt(batch, position, run, outcome,"
                               " withheld, status, id_hash, day)"
                               " VALUES(?1, ?2, ?3, ?4, NULL, ?5, ?6, ?7)",
                               key.batch, each.position, run->run, outcome, each.status,
                               named ? std::optional(each.id_hash) : std::nullopt, run->day));
    }
    if (rows != 1) {
      return Fail(Code::kCorrupt, "a record that is not being attempted was settled",
                  key.row.batch.Hex());
    }
    if (named) new_ids_.emplace_back(each.id_hash, Position{key.batch, each.position});
  }
  if (message_ids_.size() + new_ids_.size() >= kMessageIdsInMemory) TRY(KeepMessageIds());
  return {};
}

Result<void> SqliteStore::KeepMessageIds() {
  std::vector<std::pair<std::array<uint8_t, 16>, Position>> sorted = std::move(new_ids_);
  new_ids_.clear();
  sorted.insert(sorted.end(), message_ids_.begin(), message_ids_.end());
  message_ids_.clear();
  std::sort(sorted.begin(), sorted.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  for (const auto& [hash, at] : sorted) {
    TRY(db_.Run("INSERT OR IGNORE INTO message_id(id_hash, batch, position) VALUES(?1, ?2, ?3)",
                hash, at.batch, at.position));
  }
  return {};
}

Result<void> SqliteStore::Settle(const BatchId& batch, std::span<const Settlement> settlements) {
  TRY_ASSIGN(Verb verb, Verb::Begin(*this));
  TRY_ASSIGN(const BatchKey key, KeyOf(batch));
  TRY(SettleIn(key, settlements));
  return verb.Commit();
}

Result<void> SqliteStore::SettleLate(const BatchId& batch,
                                     std::span<const Settlement> settlements) {
  TRY_ASSIGN(Verb verb, Verb::Begin(*this));
  TRY_ASSIGN(const BatchKey key, KeyOf(batch));
  TRY_ASSIGN(const std::optional<OpenRun> run, FindOpenRun(key.batch));
  for (const Settlement& each : settlements) {
    const bool answer = each.outcome == wire::sender::Outcome::kSent ||
                        each.outcome == wire::sender::Outcome::kRefused;
    const bool ours = run && each.position >= run->first && each.position < run->next;
    if (!answer || !ours) {
      return Fail(Code::kCorrupt, "a late answer says nothing of this run", batch.Hex());
    }
    const bool named = !IsZero(each.id_hash);
    TRY_ASSIGN(const int64_t rows,
               db_.Run("UPDATE attempt SET outcome = ?3, status = ?4, id_hash = ?5"
                       " WHERE batch = ?1 AND position = ?2 AND outcome = ?6",
                       key.batch, each.position, each.outcome, each.status,
                       named ? std::optional(each.id_hash) : std::nullopt,
                       wire::sender::Outcome::kUnknown));
    if (rows == 1 && named) new_ids_.emplace_back(each.id_hash, Position{key.batch, each.position});
  }
  return verb.Commit();
}

Result<std::vector<SqliteStore::Position>> SqliteStore::PositionsOf(
    const std::array<uint8_t, 16>& id_hash) {
  message_ids_.insert(new_ids_.begin(), new_ids_.end());
  new_ids_.clear();
  std::vector<Position> positions;
  const auto [begin, end] = message_ids_.equal_range(id_hash);
  for (auto it = begin; it != end; ++it) positions.push_back(it->second);
  TRY_ASSIGN(auto query,
             db_.Ask("SELECT batch, position FROM message_id WHERE id_hash = ?1", id_hash));
  for (;;) {
    TRY_ASSIGN(const bool row, query.Step());
    if (!row) return positions;
    positions.push_back({query.Int(0), static_cast<uint32_t>(query.Int(1))});
  }
}

Result<uint32_t> SqliteStore::SettleReceipts(std::span<const wire::sender::Receipt> receipts) {
  TRY_ASSIGN(Verb verb, Verb::Begin(*this));
  uint32_t matched = 0;
  for (const wire::sender::Receipt& receipt : receipts) {
    TRY_ASSIGN(const bool found, SettleReceipt(receipt));
    matched += found ? 1 : 0;
  }
  TRY(verb.Commit());
  return matched;
}

// By the id as it is given; in another base only where nobody has it so, since a carrier that
// counts has a message of its own under each of the three.
Result<bool> SqliteStore::SettleReceipt(const wire::sender::Receipt& receipt) {
  const wire::sender::Outcome outcome = receipt.outcome;
  const bool final_outcome = outcome == wire::sender::Outcome::kDelivered ||
                             outcome == wire::sender::Outcome::kUndelivered;
  if (!final_outcome && outcome != wire::sender::Outcome::kSent) return true;  // says nothing new
  for (const auto& raw : receipt.id_hashes) {
    std::array<uint8_t, 16> hash;
    std::copy(std::begin(raw), std::end(raw), hash.begin());
    if (IsZero(hash)) continue;
    TRY_ASSIGN(const std::vector<Position> positions, PositionsOf(hash));
    for (const Position& at : positions) {
      // From sent only to how it ended; from unknown also to sent.
      TRY(
          db_.Run("UPDATE attempt SET outcome = ?3 WHERE batch = ?1 AND position = ?2"
                  " AND id_hash = ?4 AND (outcome = 3 OR (outcome = 1 AND ?3 <> 1))",
                  at.batch, at.position, outcome, hash));
    }
    if (!positions.empty()) return true;
  }
  return false;
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
  TRY_ASSIGN(const std::optional<OpenRun> run, FindOpenRun(key.batch));
  if (run) {
    TRY_ASSIGN(const int64_t over,
               db_.Number("SELECT count(*) FROM attempt WHERE batch = ?1 AND position >= ?2"
                          " AND position < ?3",
                          key.batch, run->first, run->next));
    PutCount(out.counts, "attempting", run->next - run->first - static_cast<uint64_t>(over));
  }
  out.attempted = static_cast<uint32_t>(Sum(out.counts));
  TRY_ASSIGN(const std::optional<int64_t> file, FileNumber(key.row.file));
  if (file) {
    TRY_ASSIGN(const uint64_t waiting, CountMoved(db_, *file));
    out.waiting = static_cast<uint32_t>(waiting);
  }
  TRY(transaction.Commit());
  return out;
}

Result<ledger::Counts> SqliteStore::CountsOfRun(const RunId& run) {
  TRY_ASSIGN(auto transaction, sqlite::Transaction::Begin(db_, sqlite::Transaction::Kind::kRead));
  int64_t number = 0;
  {
    TRY_ASSIGN(auto query, db_.Ask("SELECT run FROM run WHERE run_id = ?1", run));
    TRY_ASSIGN(const bool row, query.Step());
    if (!row) return Fail(Code::kNotFound, "there is no such run", run.Hex());
    number = query.Int(0);
  }
  TRY_ASSIGN(ledger::Counts counts, RunCounts(number));
  TRY(transaction.Commit());
  return counts;
}

Result<void> SqliteStore::EndRun(const BatchId& batch, const RunId& run, bool finished,
                                 std::span<const NewEntry> notes) {
  TRY_ASSIGN(Verb verb, Verb::Begin(*this));
  TRY_ASSIGN(const BatchKey key, GoingBatch(batch));
  TRY_ASSIGN(const std::optional<OpenRun> open, FindOpenRun(key.batch));
  if (!open || open->id != run) {
    return Fail(Code::kRefused, "the run has ended already", batch.Hex());
  }
  TRY(CloseRun(key.batch, *open));
  TRY_ASSIGN(Contacts contacts, verb.FlushedContacts());  // so that what is staged does not pile up
  if (finished) {
    TRY_ASSIGN(const uint64_t left, EndBatch(contacts, key, BatchState::kFinished));
    if (left != 0) TRY(SetState(key.batch, BatchState::kExpired));
  }
  TRY(verb.Append(notes));
  TRY(verb.Commit());
  runs_.erase(batch);
  return {};
}

}  // namespace signpost::store
