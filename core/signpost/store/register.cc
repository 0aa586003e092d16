// Opt-outs, the protected list, what is known of a contact; epochs.
#include <algorithm>
#include <numeric>

#include "core/signpost/store/sqlite_store.h"

namespace signpost::store {
namespace {

// Tokens are uniform: in their own order a set touches each page once.
template <class AnyToken>
std::vector<AnyToken> Sorted(std::span<const AnyToken> tokens) {
  std::vector<AnyToken> sorted(tokens.begin(), tokens.end());
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  return sorted;
}

ledger::Counts GivenAndNew(size_t given, int64_t fresh) {
  ledger::Counts counts{{"new", static_cast<uint64_t>(fresh)}};
  PutCount(counts, "given", given);
  return counts;
}

}  // namespace

Result<bool> SqliteStore::IsOptedOut(const token::OptOutToken& token) {
  TRY_ASSIGN(auto query, db_.Ask("SELECT 1 FROM opt_out WHERE token = ?1 AND generation = ?2",
                                 token.bytes, token.generation));
  return query.Step();
}

Result<bool> SqliteStore::IsProtected(const token::ContactToken& token) {
  TRY_ASSIGN(auto query, db_.Ask("SELECT 1 FROM protected WHERE token = ?1 AND generation = ?2",
                                 token.bytes, token.generation));
  return query.Step();
}

Result<void> SqliteStore::RecordOptOuts(std::span<const token::OptOutToken> tokens, Day day,
                                        uint64_t log_bytes, const Digest& log_hash,
                                        const Describe& describe) {
  TRY_ASSIGN(Verb verb, Verb::Begin(*this));
  int64_t fresh = 0;
  for (const token::OptOutToken& token : Sorted(tokens)) {
    TRY_ASSIGN(const int64_t inserted,
               db_.Run("INSERT OR IGNORE INTO opt_out(token, generation, day) VALUES(?1, ?2, ?3)",
                       token.bytes, token.generation, day));
    fresh += inserted;
    // Said again: kept from today on.
    if (inserted == 0) {
      TRY(db_.Run("UPDATE opt_out SET day = ?3 WHERE token = ?1 AND generation = ?2 AND day < ?3",
                  token.bytes, token.generation, day));
    }
  }
  // The mark only goes forward: what it covers is recorded.
  TRY(
      db_.Run("INSERT INTO opt_out_log(id, bytes, hash) VALUES(1, ?1, ?2)"
              " ON CONFLICT(id) DO UPDATE SET bytes = excluded.bytes, hash = excluded.hash"
              " WHERE excluded.bytes > opt_out_log.bytes",
              log_bytes, log_hash));
  TRY(verb.Append(describe(GivenAndNew(tokens.size(), fresh)), Verb::Late::kAccept));
  return verb.Commit();
}

Result<Store::OptOutLogMark> SqliteStore::LastOptOutLogMark() {
  TRY_ASSIGN(auto query, db_.Ask("SELECT bytes, hash FROM opt_out_log"));
  TRY_ASSIGN(const bool row, query.Step());
  if (!row) return OptOutLogMark{};
  return OptOutLogMark{static_cast<uint64_t>(query.Int(0)), query.Array<32>(1)};
}

Result<void> SqliteStore::RecordProtected(std::span<const token::ContactToken> tokens, Day day,
                                          const Describe& describe) {
  TRY_ASSIGN(Verb verb, Verb::Begin(*this));
  int64_t fresh = 0;
  for (const token::ContactToken& token : Sorted(tokens)) {
    TRY_ASSIGN(const int64_t inserted,
               db_.Run("INSERT OR IGNORE INTO protected(token, generation, day) VALUES(?1, ?2, ?3)",
                       token.bytes, token.generation, day));
    fresh += inserted;
  }
  TRY(verb.Append(describe(GivenAndNew(tokens.size(), fresh)), Verb::Late::kAccept));
  return verb.Commit();
}

Result<void> SqliteStore::FlushStaging(const OnProgress& on_progress) {
  TRY_ASSIGN(const bool any, IsAnythingStaged(db_));
  if (!any) return {};
  TRY_ASSIGN(Verb verb, Verb::Begin(*this));
  TRY(verb.FlushedRecords(on_progress));
  return verb.Commit();
}

Result<std::vector<std::optional<policy::ContactFacts>>> SqliteStore::Facts(
    const FileId& intake, std::span<const RecordId> ids) {
  TRY(FlushStaging({}));
  TRY_ASSIGN(auto transaction, sqlite::Transaction::Begin(db_, sqlite::Transaction::Kind::kRead));
  TRY_ASSIGN(const Records records, Records::ToRead(db_));
  TRY_ASSIGN(const FileKey key, KeyOfFile(intake));
  std::vector<size_t> order(ids.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return ids[a] < ids[b]; });
  std::vector<std::optional<policy::ContactFacts>> facts(ids.size());
  for (const size_t i : order) {
    TRY_ASSIGN(facts[i], records.FactsOf(ids[i], key.file));
  }
  TRY(transaction.Commit());
  return facts;
}

Result<void> SqliteStore::AddEpoch(const EpochRow& row, const NewEntry& note) {
  TRY_ASSIGN(Verb verb, Verb::Begin(*this));
  TRY(
      db_.Run("INSERT INTO epoch(epoch_id, public_key, from_day, until_day, deadline_day)"
              " VALUES(?1, ?2, ?3, ?4, ?5)",
              row.epoch, row.public_key, row.from, row.until, row.deadline));
  TRY(verb.Append(note));
  return verb.Commit();
}

Result<std::vector<EpochRow>> SqliteStore::LiveEpochs() {
  std::vector<EpochRow> epochs;
  TRY_ASSIGN(auto query, db_.Ask("SELECT epoch_id, public_key, from_day, until_day, deadline_day"
                                 " FROM epoch ORDER BY from_day, epoch_id"));
  for (;;) {
    TRY_ASSIGN(const bool row, query.Step());
    if (!row) return epochs;
    epochs.push_back({query.IdAt<EpochId>(0), query.Array<32>(1), query.DayAt(2), query.DayAt(3),
                      query.DayAt(4)});
  }
}

}  // namespace signpost::store
