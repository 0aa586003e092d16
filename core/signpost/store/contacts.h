// Reads and changes the rows of people: `contact` (who is known, and who was messaged) and `record`
// (whose sealed number is held). All SQL that names these tables is here, and in staging.cc, which
// fills them.
//
// Both are behind what is staged (staging.h): an attempt says first in `messaged` that it was made,
// an import puts people first into `staged`. Somebody who read a contact without that could text a
// person twice. So these classes cannot be had without it: Verb flushes what is staged, and then
// gives them out (sqlite_store.h). What may be read before, says so in its type (UnflushedRecord).
//
// Inside the caller's transaction; they may not outlive it.
#pragma once

#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "core/signpost/store/sqlite.h"
#include "crypto/base/bytes.h"
#include "crypto/base/result.h"
#include "crypto/base/time.h"
#include "crypto/token/token.h"
#include "policy/decision.h"

namespace signpost::store {

struct ContactRow {
  Day seen;
  bool messaged = false;
  std::optional<RecordId> record;  // the sealed number that waits, if one does
};

// Contacts, of whom each says whether they were messaged. People of staged imports may be missing,
// and so may their records.
class Contacts {
 public:
  Result<bool> Any() const;
  Result<std::optional<ContactRow>> Find(const token::ContactToken& contact) const;
  // nullopt: no such record.
  Result<std::optional<Day>> ExpiryOf(const RecordId& record) const;
  Result<void> MarkMessaged(const token::ContactToken& contact, Day today);
  // To another file, with the expiry it had. False: it was not in `from`.
  Result<bool> Move(const RecordId& record, int64_t from, int64_t to, Day expiry_of_from);
  // The records that are left in a batch file; returns how many.
  Result<uint64_t> DropMoved(int64_t file);

 protected:
  friend class Verb;
  explicit Contacts(sqlite::Database& db) : db_(&db) {}
  sqlite::Database* db_;
};

// All contacts and all records.
class Records : public Contacts {
 public:
  // In a transaction that writes nothing. kStorage: something was staged just now.
  static Result<Records> ToRead(sqlite::Database& db);

  // Without the expiry, which the file knows. nullopt: the file holds no such record, or no more.
  Result<std::optional<policy::ContactFacts>> FactsOf(const RecordId& record, int64_t file) const;
  // Forgets one sealed number. False: it is unknown.
  Result<bool> Drop(const RecordId& record);
  // The records that were never moved out of an intake; returns how many. Looks at every record.
  Result<uint64_t> DropAsImported(int64_t file);
  Result<std::optional<int64_t>> FileOf(const RecordId& record) const;
  // Contacts without a record that were last seen, or messaged, before these days; how many.
  Result<uint64_t> DropContacts(Day seen_before, Day messaged_before);
  Result<uint64_t> Count() const;

 private:
  friend class Verb;
  explicit Records(sqlite::Database& db) : Contacts(db) {}
};

// A record of a batch, read while `messaged` may be ahead of its contact.
class UnflushedRecord {
 public:
  RecordId id;
  token::ContactToken contact;
  Day expiry;
  // The contact names this record, so that no other can have been attempted in its place since:
  // then, and only then, it is known here whether the person was messaged.
  std::optional<bool> messaged;
};

// The records of a batch file with an id from first to last, in the order of ids.
Result<std::vector<UnflushedRecord>> UnflushedBetween(sqlite::Database& db, int64_t batch_file,
                                                      const RecordId& first, const RecordId& last);
// The contact of a record that it names no longer has one. (No mark of it can be staged.)
Result<void> ForgetRecordOf(sqlite::Database& db, const UnflushedRecord& record);
// Those of one stretch (ids first to last), or each by itself; returns how many there were.
Result<uint64_t> DropAttempted(sqlite::Database& db, int64_t batch_file, const RecordId& first,
                               const RecordId& last);
// How many records a batch file still has.
Result<uint64_t> CountMoved(sqlite::Database& db, int64_t file);

struct ContactCounts {
  uint64_t unmessaged = 0, messaged = 0, records = 0;
};
// Of the tables and of what is staged together.
Result<ContactCounts> CountAll(sqlite::Database& db);

}  // namespace signpost::store
