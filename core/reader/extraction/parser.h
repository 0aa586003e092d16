// Declares what all readers of files have in common: the Sink, which is told each value as soon as
// its row is whole. Text formats are Parsers: fed UTF-8 text in pieces of any size (with
// TextDecoder::kBroken for what was no text); databases and zips read from a ByteSource
// (source.h). All hold one row at most, wipe it afterwards, and know nothing of numbering plans.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/reader/extraction/layout.h"
#include "crypto/base/time.h"

namespace signpost::reader::extraction {

constexpr size_t kMaxRowBytes = 1u << 20;
constexpr size_t kMaxColumns = 4096;
constexpr size_t kMaxOwners = 64;  // numbers of one phone's owner; no phone has more
// What is longer is not a number with a label; so no more of a cell is ever looked at.
constexpr size_t kMaxValueBytes = 4096;

// Where a value was seen, as far as the source says.
struct Seen {
  bool traffic = false;    // in a call or a message; else in an address book
  std::optional<Day> day;  // of that call or message, in UTC
  std::string_view
      region;  // ISO 3166-1 alpha-2: where a national number was dialled; empty: unsaid
};

// How a source ended.
struct SourceDone {
  uint64_t rows = 0;
  uint32_t warnings = 0;  // reader::Warning
  // kNone; else it is damaged from here on, and what was told before stands.
  wire::reader::FileRefusal damage = wire::reader::FileRefusal::kNone;
};

// The caller's end. Places are 1-based; column 0: the format has none. In a database the row is
// the how-many-th of its reading, and the column says which reading.
class Sink {
 public:
  virtual ~Sink() = default;
  // A source begins. Then its values; then whoever called this calls Ended, or returns why the
  // whole source is refused.
  virtual void Found(const Layout& layout) = 0;
  virtual void Ended(const SourceDone& done) = 0;
  // An entry of a zip that looked like a source by its name and is not read: between sources.
  virtual void Skipped(uint32_t entry, wire::reader::FileRefusal why) = 0;
  // One value, never blank, valid UTF-8; points into the row, so copy nothing that outlives it.
  virtual void Value(uint64_t row, uint32_t column, std::string_view value, const Seen& seen) = 0;
  // A row or value that cannot be read, cannot be a number, or is left out for what it is.
  virtual void Bad(uint64_t row, uint32_t column, wire::reader::Reason reason) = 0;
  // A number of the phone's owner: left out from here on. (Where the source says so.)
  virtual void Owner(std::string_view value, std::string_view region) = 0;
  // At least every 64 KiB or thousand rows of work. False: nobody listens any more, give up.
  virtual bool Walked(uint64_t bytes, uint64_t rows) = 0;
};

class Parser {
 public:
  virtual ~Parser() = default;
  // kNone, or why the whole file is refused: then at line(), and nothing more may be fed.
  virtual wire::reader::FileRefusal Feed(std::string_view text) = 0;
  virtual wire::reader::FileRefusal Finish() = 0;
  virtual uint64_t rows() const = 0;               // data rows, entries or cards so far
  virtual uint64_t line() const = 0;               // where the row or card in hand begins
  virtual uint32_t warnings() const { return 0; }  // reader::Warning
};

// Splits `cell` into its values, and tells the sink those; kBadRow when it holds broken text.
void TellValues(Sink& sink, uint64_t row, uint32_t column, std::string_view cell,
                const Seen& seen = {});

}  // namespace signpost::reader::extraction
