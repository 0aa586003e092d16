#include "core/signpost/store/schema.h"

#include <iterator>

namespace signpost::store::sqlite {
namespace {

// In the file's header (PRAGMA application_id): "SGPN".
constexpr int64_t kApplicationId = 0x5347504e;
#define SIGNPOST_APPLICATION_ID "1397182542"

// Tables that signpost-verify reads, too: ledger_entry, opening, document, checkpoint.
//
// No row holds both tokens of one person, and none says which case a person came from. A record row
// is the only bridge from a sealed number to its contact; it goes with the number, and until the
// contact is told it stands in staged_messaged; it comes as part of a chunk of staged people. An
// attempt row names nobody: a place in a batch, and how it ended.
//
// Days and instants count from 1970-01-01. sealed_file.file and batch.batch are local numbers, so
// that a row of a million costs two bytes instead of sixteen.
constexpr const char* kMigrations[] = {
    R"sql(
CREATE TABLE ledger_entry(
  idx INTEGER PRIMARY KEY,
  entry TEXT NOT NULL
) STRICT;
CREATE TABLE opening(
  idx INTEGER PRIMARY KEY,
  salt BLOB NOT NULL CHECK(length(salt) = 32),
  counts TEXT NOT NULL              -- compact JSON with sorted keys
) STRICT;
CREATE TABLE document(
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  content TEXT NOT NULL,
  PRIMARY KEY(kind, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE checkpoint(            -- the newest only
  size INTEGER PRIMARY KEY,
  note TEXT NOT NULL
) STRICT;

CREATE TABLE contact(
  token BLOB NOT NULL CHECK(length(token) = 32),
  generation INTEGER NOT NULL,
  seen_day INTEGER NOT NULL,        -- newest import that brought the person
  messaged_day INTEGER,             -- an attempt was made, whatever came of it
  record_id BLOB CHECK(length(record_id) = 16),  -- the sealed record that waits
  PRIMARY KEY(token, generation)
) STRICT, WITHOUT ROWID;
CREATE TABLE protected(
  token BLOB NOT NULL CHECK(length(token) = 32),
  generation INTEGER NOT NULL,
  day INTEGER NOT NULL,
  PRIMARY KEY(token, generation)
) STRICT, WITHOUT ROWID;
CREATE TABLE opt_out(
  token BLOB NOT NULL CHECK(length(token) = 32),
  generation INTEGER NOT NULL,
  day INTEGER NOT NULL,
  PRIMARY KEY(token, generation)
) STRICT, WITHOUT ROWID;
CREATE TABLE opt_out_log(           -- how far optouts.log is in opt_out: one row
  id INTEGER PRIMARY KEY CHECK(id = 1),
  bytes INTEGER NOT NULL,
  hash BLOB NOT NULL CHECK(length(hash) = 32)
) STRICT;

CREATE TABLE epoch(                 -- those whose secret key exists
  epoch_id BLOB PRIMARY KEY CHECK(length(epoch_id) = 16),
  public_key BLOB NOT NULL CHECK(length(public_key) = 32),
  from_day INTEGER NOT NULL,
  until_day INTEGER NOT NULL,
  deadline_day INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sealed_file(
  file INTEGER PRIMARY KEY,
  file_id BLOB NOT NULL UNIQUE CHECK(length(file_id) = 16),
  kind INTEGER NOT NULL CHECK(kind IN (1, 2)),
  expiry_day INTEGER NOT NULL,      -- the earliest of its sections
  records INTEGER NOT NULL,
  case_ref TEXT NOT NULL
) STRICT;
CREATE TABLE record(
  record_id BLOB PRIMARY KEY CHECK(length(record_id) = 16),
  token BLOB NOT NULL CHECK(length(token) = 32),
  generation INTEGER NOT NULL,
  file INTEGER NOT NULL,
  expiry_day INTEGER                -- null: that of its file, an intake as it was imported
) STRICT, WITHOUT ROWID;
CREATE TABLE import(
  import_id BLOB PRIMARY KEY CHECK(length(import_id) = 16),
  day INTEGER NOT NULL,
  case_ref TEXT NOT NULL,           -- '' once its intake is planned or gone
  file INTEGER                      -- its intake while that is as it was imported
) STRICT, WITHOUT ROWID;

CREATE TABLE batch(
  batch INTEGER PRIMARY KEY,
  batch_id BLOB NOT NULL UNIQUE CHECK(length(batch_id) = 16),
  state INTEGER NOT NULL CHECK(state BETWEEN 1 AND 5),
  file_id BLOB NOT NULL CHECK(length(file_id) = 16),
  records INTEGER NOT NULL,
  planned INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  gateway TEXT NOT NULL
) STRICT;
CREATE TABLE run(
  run INTEGER PRIMARY KEY,
  run_id BLOB NOT NULL UNIQUE CHECK(length(run_id) = 16),
  batch INTEGER NOT NULL,
  ended INTEGER NOT NULL CHECK(ended IN (0, 1))
) STRICT;
CREATE UNIQUE INDEX run_open ON run(batch) WHERE ended = 0;  -- one at a time
CREATE TABLE attempt(
  batch INTEGER NOT NULL,
  position INTEGER NOT NULL,
  run INTEGER NOT NULL,
  outcome INTEGER CHECK(outcome BETWEEN 0 AND 5),  -- 0: attempting; else sender::Outcome
  withheld INTEGER,                 -- Withheld; exactly one of the two is there
  status INTEGER NOT NULL,
  id_hash BLOB CHECK(length(id_hash) = 16),
  day INTEGER NOT NULL,
  PRIMARY KEY(batch, position),
  CHECK((outcome IS NULL) <> (withheld IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX attempt_id_hash ON attempt(id_hash) WHERE id_hash IS NOT NULL;
PRAGMA application_id = )sql" SIGNPOST_APPLICATION_ID R"sql(;
PRAGMA user_version = 1;
)sql",
    // What a range of a dispatch writes lies side by side: its attempts are the run's first..next,
    // a row each only when they are over; whose contact must still be marked, and which message id
    // is whose, is flushed in order, later. (A row in each of several tables in the order of
    // random keys would rewrite a page for each person.)
    R"sql(
ALTER TABLE run ADD COLUMN first INTEGER NOT NULL DEFAULT 0;
ALTER TABLE run ADD COLUMN next INTEGER NOT NULL DEFAULT 0;  -- positions first..next were attempted
ALTER TABLE run ADD COLUMN day INTEGER NOT NULL DEFAULT 0;   -- of the newest attempt
UPDATE run SET
  first = coalesce((SELECT min(position) FROM attempt a
                    WHERE a.batch = run.batch AND a.run = run.run), 0),
  next = coalesce((SELECT max(position) + 1 FROM attempt a
                   WHERE a.batch = run.batch AND a.run = run.run), 0),
  day = coalesce((SELECT max(day) FROM attempt a
                  WHERE a.batch = run.batch AND a.run = run.run), 0);
DELETE FROM attempt WHERE outcome = 0;  -- from here on: a position of a run without a row
DROP INDEX attempt_id_hash;
CREATE TABLE message_id(
  id_hash BLOB NOT NULL CHECK(length(id_hash) = 16),
  batch INTEGER NOT NULL,
  position INTEGER NOT NULL,
  PRIMARY KEY(id_hash, batch, position)
) STRICT, WITHOUT ROWID;
INSERT INTO message_id SELECT id_hash, batch, position FROM attempt
  WHERE id_hash IS NOT NULL ORDER BY id_hash;
CREATE TABLE mark(                  -- messaged, and their contacts do not say so yet: a row a range
  mark INTEGER PRIMARY KEY,
  day INTEGER NOT NULL,
  -- of each person: token 32, record id 16, generation 2 (little-endian)
  people BLOB NOT NULL CHECK(length(people) % 50 = 0)
) STRICT;
PRAGMA user_version = 2;
)sql",
    // What an import brought lies side by side, too, and is flushed later.
    R"sql(
ALTER TABLE record ADD COLUMN last_contact INTEGER;  -- day of the newest call or message
ALTER TABLE record ADD COLUMN in_traffic INTEGER NOT NULL DEFAULT 0 CHECK(in_traffic IN (0, 1));
CREATE TABLE arrival_part(          -- an import whose people are still in `arrival`
  part INTEGER PRIMARY KEY,
  day INTEGER NOT NULL,
  file INTEGER,                     -- sealed_file of its new records
  first INTEGER NOT NULL,           -- its chunks: first..last
  last INTEGER NOT NULL,
  people INTEGER NOT NULL,          -- of them, those whom nobody had brought before
  records INTEGER NOT NULL          -- of them, those with a new record
) STRICT;
CREATE TABLE arrival(
  chunk INTEGER PRIMARY KEY,
  people BLOB NOT NULL CHECK(length(people) % 56 = 0)
) STRICT;
PRAGMA user_version = 3;
)sql",
    // A plan erases what it takes in the intake itself, after its commit. Records that were moved
    // have an expiry of their own: only they are found by their file. And what is staged is called
    // that (staging.h).
    R"sql(
ALTER TABLE arrival RENAME TO staged;
ALTER TABLE arrival_part RENAME TO staged_import;
ALTER TABLE staged_import RENAME COLUMN part TO number;
ALTER TABLE mark RENAME TO staged_messaged;
ALTER TABLE staged_messaged RENAME COLUMN mark TO number;
CREATE TABLE erasure(               -- not known to be erased yet
  file INTEGER NOT NULL,            -- sealed_file
  position INTEGER NOT NULL,        -- counted in records, from 0
  PRIMARY KEY(file, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX record_moved ON record(file) WHERE expiry_day IS NOT NULL;
PRAGMA user_version = 4;
)sql",
};
constexpr int64_t kVersion = static_cast<int64_t>(std::size(kMigrations));

}  // namespace

Result<void> Migrate(Database& database, bool create) {
  // Nothing is written to a file before it is known to be ours.
  TRY_ASSIGN(const int64_t seen_id, database.Number("PRAGMA application_id"));
  TRY_ASSIGN(const int64_t seen_version, database.Number("PRAGMA user_version"));
  if (seen_id == kApplicationId && seen_version == kVersion) return {};

  TRY_ASSIGN(auto transaction, Transaction::Begin(database, Transaction::Kind::kWrite));
  // Again, now that nobody else can write: two may have come here at a time.
  TRY_ASSIGN(const int64_t id, database.Number("PRAGMA application_id"));
  TRY_ASSIGN(const int64_t version, database.Number("PRAGMA user_version"));
  TRY_ASSIGN(const int64_t objects, database.Number("SELECT count(*) FROM sqlite_schema"));
  const bool empty = id == 0 && version == 0 && objects == 0;
  if (empty && !create) {
    return Fail(Code::kCorrupt, "the store is empty", database.place(),
                "an init was interrupted, or the file was truncated: restore it from a backup");
  }
  if (!empty && (id != kApplicationId || version < 1)) {
    return Fail(Code::kCorrupt, "not a signpost store", database.place());
  }
  if (version > kVersion) {
    return Fail(Code::kRefused,
                "the store has schema " + std::to_string(version) + ", this program knows " +
                    std::to_string(kVersion),
                database.place(), "use the newer signpost that wrote it");
  }
  for (int64_t next = version; next < kVersion; ++next) {
    TRY(database.Execute(kMigrations[next]));
  }
  return transaction.Commit();
}

}  // namespace signpost::store::sqlite
