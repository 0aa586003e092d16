// What an import leaves in the store: who came, in the order of their contact tokens, in blobs that
// were appended side by side. A row in `contact` and one in `record` for each person, in the order
// of random keys, would rewrite a page of a large store for each.
//
// One import leaves one part: a row of `arrival_part`, and chunks of up to kPeopleInChunk people in
// `arrival`, numbered from its `first` to its `last`. They are carried into `contact` and `record`,
// in the order of these tables, before anybody asks about contacts or records: by each verb that
// says Carry::kAll (sqlite_store.h). An import looks parts up instead.
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
#pragma once

#include <optional>

#include "core/signpost/store/sqlite.h"
#include "crypto/base/bytes.h"
#include "crypto/base/result.h"
#include "crypto/base/time.h"
#include "crypto/token/token.h"

namespace signpost::store {

constexpr size_t kEntryBytes = 56;
constexpr size_t kPeopleInChunk = 72;

struct ArrivalEntry {
  token::ContactToken contact;
  RecordId record;
  std::optional<Day> last_contact = {};
  bool in_traffic = false;
  bool is_new = false;
};
void AppendEntry(Bytes& people, const ArrivalEntry& entry);
ArrivalEntry EntryAt(ByteView people, size_t index);

struct ArrivalPart {
  int64_t part = 0;
  Day day;
  int64_t file = 0;  // of its new records; 0 when it has none
  Day expiry;        // of that file
  int64_t first = 0, last = 0;
  uint64_t records = 0;
};
// In the order of their imports.
Result<std::vector<ArrivalPart>> WaitingParts(sqlite::Database& db);

// Goes through one part forwards: a far one is found in a few steps, the next one at once.
class PartReader {
 public:
  PartReader(sqlite::Database& db, const ArrivalPart& part)
      : db_(&db), part_(part), chunk_(part.first - 1) {}

  const ArrivalPart& part() const { return part_; }
  // The person's entry, if they are in it. Later calls ask for later tokens.
  Result<std::optional<ArrivalEntry>> Find(const token::ContactToken& contact);
  // The next entry; nullopt at the end.
  Result<std::optional<ArrivalEntry>> Next();

 private:
  size_t count() const { return people_.size() / kEntryBytes; }
  Result<void> Load(int64_t chunk);
  bool EndsBefore(const token::ContactToken& contact) const;  // the chunk that is loaded
  Result<void> GoTo(const token::ContactToken& contact);      // the first chunk that does not

  sqlite::Database* db_;
  ArrivalPart part_;
  int64_t chunk_;  // that is loaded; first - 1: none yet
  Bytes people_;
  size_t at_ = 0;  // of its people: those before are done with
};

}  // namespace signpost::store
