// Stages people whom imports brought, and people who were messaged, on their way to the tables
// where they are looked up (contacts.h). Each import and each range of a dispatch appends to blobs
// that lie side by side. A row in `contact` and one in `record` for each person, in the order of
// random keys, would rewrite a page of a large store for each.
//
// One import leaves one row of `staged_import`, and chunks of up to kPeopleInChunk people in
// `staged`, numbered from its `first` to its `last`, in the order of their tokens. One range leaves
// one row of `staged_messaged`. Whoever reads contacts or records flushes them before, in the order
// of those tables: Verb sees to that (sqlite_store.h). An import looks staged imports up instead.
//
// A person in a chunk, 56 bytes:
//
//   0   32  contact token
//   32   2  its generation, little-endian
//   34  16  record id: the person's own new record; without bit 0, the one that was held, or zeros
//   50   4  day of the last contact, little-endian; -2^31 when there is none
//   54   1  bit 0: the record is new; bit 1: seen in calls or messages
//   55   1  zero
//
// A chunk is as much as fits a page of the database (4096 bytes) without an overflow page.
//
// Somebody who was messaged, 50 bytes: contact token 32, record id 16, generation 2
// (little-endian).
#pragma once

#include <optional>
#include <vector>

#include "core/signpost/store/progress.h"
#include "core/signpost/store/sqlite.h"
#include "crypto/base/bytes.h"
#include "crypto/base/result.h"
#include "crypto/base/time.h"
#include "crypto/token/token.h"

namespace signpost::store {

constexpr size_t kStagedPersonBytes = 56;
constexpr size_t kPeopleInChunk = 72;

struct StagedPerson {
  token::ContactToken contact;
  RecordId record;
  std::optional<Day> last_contact = {};
  bool in_traffic = false;
  bool is_new = false;
};
void AppendPerson(Bytes& people, const StagedPerson& person);
StagedPerson PersonAt(ByteView people, size_t index);

struct StagedImport {
  int64_t number = 0;
  Day day;
  int64_t file = 0;  // of its new records; 0 when it has none
  Day expiry;        // of that file
  int64_t first = 0, last = 0;
  uint64_t records = 0;
};
// In the order of their imports.
Result<std::vector<StagedImport>> StagedImports(sqlite::Database& db);

// Goes through one staged import forwards: a far person is found in a few steps, the next one at
// once.
class StagedReader {
 public:
  StagedReader(sqlite::Database& db, const StagedImport& staged)
      : db_(&db), staged_(staged), chunk_(staged.first - 1) {}

  const StagedImport& staged() const { return staged_; }
  // The person, if they are in it. Later calls ask for later tokens.
  Result<std::optional<StagedPerson>> Find(const token::ContactToken& contact);
  // The next person; nullopt at the end.
  Result<std::optional<StagedPerson>> Next();

 private:
  size_t count() const { return people_.size() / kStagedPersonBytes; }
  Result<void> Load(int64_t chunk);
  bool EndsBefore(const token::ContactToken& contact) const;  // the chunk that is loaded
  Result<void> GoTo(const token::ContactToken& contact);      // the first chunk that does not

  sqlite::Database* db_;
  StagedImport staged_;
  int64_t chunk_;  // that is loaded; first - 1: none yet
  Bytes people_;
  size_t at_ = 0;  // of its people: those before are done with
};

// A person who was messaged, of whom the contact does not say so yet.
void AppendMessaged(Bytes& people, const token::ContactToken& contact, const RecordId& record);
Result<void> StageMessaged(sqlite::Database& db, Day today, ByteView people);

// In the caller's transaction: everybody who is staged into `contact` and `record`.
Result<void> FlushMessaged(sqlite::Database& db);
Result<void> FlushImports(sqlite::Database& db, const OnProgress& on_progress = {});

Result<bool> IsAnythingStaged(sqlite::Database& db);
Result<bool> IsImportStaged(sqlite::Database& db, int64_t file);
struct StagedCounts {
  uint64_t people = 0;   // whom the store did not know before
  uint64_t records = 0;  // that are new
  uint64_t messaged = 0;
};
Result<StagedCounts> CountStaged(sqlite::Database& db);

}  // namespace signpost::store
