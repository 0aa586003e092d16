// Reads one database for its handler: keeps where it stands, and tells the Sink what a cell holds.
// Everything here is bounded: rows are told to the Sink as they are met, pages are counted against
// the size of the file, owners are few. One thread.
#pragma once

#include "core/reader/database/connection.h"
#include "core/reader/database/days.h"
#include "core/reader/extraction/parser.h"

namespace signpost::reader::database {

// What one cell holds. Points into SQLite's row: until the next one.
struct Cell {
  enum class Kind {
    kNone,     // NULL or blank
    kText,     // valid UTF-8, trimmed, at most kMaxValueBytes
    kTooLong,  // no number
    kBroken,   // bytes that are no text
  };
  Kind kind = Kind::kNone;
  std::string_view text;
  bool plain = false;  // digits, spaces and dashes, after a plus perhaps: one value for certain
};

class DatabaseReader {
 public:
  // `readings`: those that are made, as in Layout. Others have no rows (cursor.h).
  DatabaseReader(extraction::Sink& sink, const ExtractionVfs& vfs, Connection& connection,
                 uint64_t total_bytes, uint32_t readings);
  DatabaseReader(const DatabaseReader&) = delete;
  DatabaseReader& operator=(const DatabaseReader&) = delete;

  extraction::Sink& sink;
  const ExtractionVfs& vfs;
  Connection& connection;
  extraction::SourceDone done;

  // The reading that is now made (from 1), or 0 for a table that only helps.
  void Begin(uint32_t reading) { reading_ = reading, row_ = 0; }
  bool made() const { return reading_ == 0 || (readings_ >> (reading_ - 1) & 1) != 0; }
  // A row, a bad one too. False: stop.
  bool CountRow();
  // Before more work on damaged places. False: stop.
  bool StillAllowed();
  void Damaged(wire::reader::FileRefusal why);  // cannot go on in this table
  void Stop() { stopped_ = true; }
  bool stopped() const { return stopped_; }

  // `seen.region` may be in any case, and anything: what is no region is left out.
  void Tell(const Cell& cell, extraction::Seen seen);
  // Where it is an address of WhatsApp ("447700900123@s.whatsapp.net", with a device or without),
  // its number, or that it is no person; anything else as it is.
  void TellJid(const Cell& cell, extraction::Seen seen);
  static bool IsJid(std::string_view text);
  // The number of such an address, with its plus, into `number`; false: a group, a list, a hidden
  // id, or no address at all.
  static bool NumberOfJid(std::string_view jid, std::string& number);
  void Bad(wire::reader::Reason reason) { sink.Bad(row_, reading_, reason); }
  // A damaged row: of a reading it is bad; of a helping table, its days are unread.
  void BadRow();
  void BadPage();  // how many rows were on it, nobody knows
  // An account or a number of the phone's own: "P:+447700900123", "e:...", an address.
  void Owner(const Cell& cell, std::string_view region = {});
  // nullopt: no time there (NULL, 0), or one that makes no sense (a warning).
  std::optional<Day> DayOf(sqlite3_stmt* row, int column, Epoch epoch);

 private:
  bool TellWalked();

  uint64_t total_bytes_;
  uint64_t page_limit_;  // PagesFetched() beyond the rows' share
  uint32_t readings_;
  uint32_t reading_ = 0;
  uint64_t row_ = 0;
  uint64_t walked_ = 0;  // in helping tables, too
  bool stopped_ = false;
  std::vector<std::string> owners_;
  std::string number_;
};

}  // namespace signpost::reader::database
