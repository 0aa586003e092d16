// Lists the messages between signpost and signpost-reader, and from there to signpost-sealer.
//
// Descriptors of signpost-reader: 3 control (signpost), 4 numbers (to the sealer). The extraction
// comes over the control channel, a file at a time and read-only: signpost sends kSource when the
// reader is through with the one before, and kNoMore at the end. A file may hold several sources (a
// zip of an extraction); each begins with kFound and ends with kSourceEnd, or is kSkipped. Where a
// file has no write-ahead log or journal beside it, that descriptor is /dev/null.
#pragma once

#include <limits>

#include "core/shared/formats/format.h"
#include "core/shared/wire/channel.h"
#include "crypto/base/mode.h"

namespace signpost::wire::reader {

constexpr int kControlFd = 3;
constexpr int kNumbersFd = 4;

enum class Encoding : uint8_t { kUtf8 = 0, kUtf8Bom = 1, kUtf16Le = 2, kUtf16Be = 3, kCp1252 = 4 };

// What a column of a table is read for.
enum class ColumnRole : uint32_t {
  kSkip = 0,
  kNumber,
  kTypeOfNext,  // "Work Fax" in it leaves out the next number column of that row
  kTime,        // of the call or message in this row
  kNoHandset,   // fax and pager: what is in it is counted, and left out
  kService,     // which service the row is of: whether bare digits are numbers
  kDirection,   // whether it came in or went out, and so which side of it is the phone's owner
  kCount
};

// Why a value was not taken. Total and exclusive; counted by signpost, printed by name.
// Stable numbers: they are in the ledger's import totals.
enum class Reason : uint32_t {
  kAccepted = 0,  // passed on to the sealer
  kNotANumber,    // words, an e-mail address, an id
  kTooShort,
  kTooLong,
  kShortCode,   // 3 to 6 digits: 60006, 999
  kScientific,  // 4.477E+11: a spreadsheet destroyed it; never guessed
  kInvalid,     // the shape of a number, but no such number is given out
  kLandline,
  kPremium,  // premium and shared cost
  kTollFree,
  kVoip,
  kPager,
  kOtherKind,     // personal numbers, UAN, voicemail
  kForeign,       // valid, in a region that the policy does not allow
  kFictional,     // 07700 900xxx on a live home
  kNotFictional,  // anything else in a rehearsal
  kAmbiguous,     // two readings, both plausible
  kBadRow,        // the row itself cannot be read (unclosed quote, broken encoding, damaged page)
  kOwner,         // the phone's own number, or a party that is its owner
  kNoHandset,     // a fax, pager or modem by its label: nobody reads a text there
  kNoPerson,      // a group, a list, a channel, a service, a hidden id
  kCount
};
constexpr size_t kReasons = static_cast<size_t>(Reason::kCount);

// Why a whole file was refused.
enum class FileRefusal : uint32_t {
  kNone = 0,
  kEmpty,
  kUnknownFormat,   // nothing that is known, by its content
  kWrongFormat,     // --format said another
  kNoNumberColumn,  // a table, but no column looks like telephone numbers
  kBinary,          // NULs, a zip, a database
  kBadEncoding,
  kRowTooLong,       // one row or card over 1 MiB
  kTooManyColumns,   // over 4096
  kReadError,        // read(2) failed
  kChanged,          // the file changed while it was read
  kProtected,        // a Cellebrite report behind a password
  kEncrypted,        // a zip whose entries are encrypted
  kBroken,           // ends too early, or is not what its beginning claims
  kInflatesTooMuch,  // a zip bomb, or an entry over a limit
  kUnzipFirst,       // a database over 256 MiB inside a zip
  kNeedsFile,        // a zip or a database on standard input: it is read from several places
  kNothingKnown,     // a zip without any file that is known
  kUnknownDatabase,  // SQLite, but none of the known kinds
  kNeedsJournal,  // an interrupted transaction that cannot be undone: its journal is not beside it
  kNeedsWal,      // a database whose -wal is not beside it, and nothing known in what is left
  kTooDeep,       // nested deeper than any export is
  kCount
};

enum class Purpose : uint8_t {
  kImport = 0,     // the policy's regions and kinds hold
  kAnyNumber = 1,  // opt-outs and the protected list: every possible number, any kind and region
  kExplain = 2,    // as kImport, but no number leaves the reader
};

// Files of one database. What is absent is /dev/null.
enum Part : uint8_t { kMain = 0, kWal = 1, kJournal = 2, kParts = 3 };
constexpr uint64_t kNoSize = std::numeric_limits<uint64_t>::max();

struct Start {
  Mode mode;
  Purpose purpose;
  formats::Format format;
  uint8_t allow_mobile;
  uint8_t allow_fixed_line_or_mobile;  // regions whose numbers cannot be told apart, e.g. US
  uint8_t region_count;                // of `regions`, 1..16
  char default_region[2];              // how national numbers are read
  char regions[16][2];                 // allowed regions, ISO 3166-1 alpha-2

  constexpr bool IsKnown() const {
    return mode <= Mode::kRehearsal && purpose <= Purpose::kExplain &&
           format < formats::Format::kCount;
  }
};
static_assert(sizeof(Start) == 40);

struct Source {            // with kParts descriptors
  uint64_t bytes[kParts];  // when it was opened; kNoSize: a pipe, or absent
  uint32_t file;           // which, from 0
  uint8_t alone;       // 1: nothing else is imported with it, so what is wrong with it ends the run
  uint8_t known_only;  // 1: text counts only where it says of itself what it is
  uint8_t zero[2];
  static constexpr bool kNoEnums = true;
};
static_assert(sizeof(Source) == 32);

// What is to be said of a source beside its numbers. Bits.
enum Warning : uint32_t {
  kWalMissing = 1,  // the database was in WAL mode and has no -wal beside it: rows may be missing
  kJournalUndone = 2,  // a transaction that never ended was undone, in memory
  kWalUnusable = 4,    // the -wal beside it belongs to another database or is cut short
  kDaysUnread = 8,     // it has times, and some could not be read
};
constexpr uint32_t kAllWarnings = kWalMissing | kJournalUndone | kWalUnusable | kDaysUnread;

struct Found {  // a source begins
  formats::Format format;
  Encoding encoding;
  uint8_t delimiter;  // CSV: the byte; else 0
  uint8_t header;     // CSV: 1 when there is a header
  formats::Dialect dialect;
  uint8_t zero[3];
  uint32_t file;            // Source.file
  uint32_t entry;           // of a zip: its place in the directory, from 1; 0: the file itself
  uint32_t number_columns;  // tables: how many columns are read
  uint32_t readings;        // bit n: reading n + 1 of the database (core/shared/formats) is made

  constexpr bool IsKnown() const {
    return format < formats::Format::kCount && encoding <= Encoding::kCp1252 &&
           dialect < formats::Dialect::kCount;
  }
};
static_assert(sizeof(Found) == 24);

struct Column {     // of a table, after kFound
  uint32_t column;  // from 1
  ColumnRole role;

  constexpr bool IsKnown() const { return role < ColumnRole::kCount; }
};

struct SourceEnd {
  uint64_t rows;
  uint64_t values[kReasons];  // by Reason
  uint64_t traffic;           // of the accepted: seen in a call or a message
  uint64_t dated;             // of the accepted: with a day
  uint32_t warnings;          // Warning
  FileRefusal damage;         // why it ended early; what is counted was read before

  constexpr bool IsKnown() const {
    return (warnings & ~kAllWarnings) == 0 && damage < FileRefusal::kCount;
  }
};
static_assert(sizeof(SourceEnd) == 8 + 8 * kReasons + 24);

struct Skipped {  // a file of an extraction that is not read
  uint32_t file, entry;
  FileRefusal refusal;
  uint32_t zero;

  constexpr bool IsKnown() const { return refusal < FileRefusal::kCount; }
};

struct Reject {     // a place: never a value
  uint64_t row;     // 1-based line where the row begins; of a database, which row
  uint32_t column;  // 1-based; 0 when it has none. Of a database: its reading (core/shared/formats)
  Reason reason;

  constexpr bool IsKnown() const { return reason < Reason::kCount; }
};
static_assert(sizeof(Reject) == 16);

struct Progress {
  uint64_t bytes;
  uint64_t rows;
  static constexpr bool kNoEnums = true;
};

struct Totals {  // last: everything was read
  uint64_t rows;
  uint64_t values[kReasons];  // one value counted once, by Reason; [0] is what went to the sealer
  char library_version[16];   // of libphonenumber, NUL padded
  static constexpr bool kNoEnums = true;
};
static_assert(sizeof(Totals) == 8 + 8 * kReasons + 16);

struct Refused {
  uint64_t row;
  FileRefusal refusal;
  uint32_t zero;

  constexpr bool IsKnown() const { return refusal < FileRefusal::kCount; }
};

// A number on its way to the sealer. 24 bytes.
struct Number {
  uint8_t number[16];    // PhoneNumber, padded
  int32_t last_contact;  // of a call or message, in days since 1970-01-01; kNoDay
  uint8_t traffic;       // 1: seen in a call or a message; 0: in an address book
  uint8_t zero[3];
  static constexpr bool kNoEnums = true;
};
static_assert(sizeof(Number) == 24);
constexpr size_t kMaxColumnsTold = 64;  // of one table, in kColumns

enum Kind : uint8_t {
  kStart = 1,
  kFound,
  kRejects,
  kProgress,
  kTotals,
  kRefused,
  kNumbers,
  kEnd,
  kSource,
  kNoMore,
  kColumns,
  kSourceEnd,
  kSkipped,
  kSourceDone,
};

constexpr uint32_t kBatchOfNumbers = 1024;
constexpr uint32_t kMaxSources = 200'000;  // files of one extraction

constexpr uint32_t kMaxRejects = 1024;  // in one message

enum ToState : uint8_t { kAtStart = 0, kAtFiles, kAtEnd };
enum FromState : uint8_t { kBetweenSources = 0, kInSource, kSilent };
enum NumbersState : uint8_t { kNumbering = 0, kNumbersOver };

constexpr Rule kToReader[] = {
    {kStart, kAtStart, kAtFiles, sizeof(Start), 1, 1},
    {kSource, kAtFiles, kAtFiles, sizeof(Source), 1, kMaxSources, kParts},
    {kNoMore, kAtFiles, kAtEnd, sizeof(uint32_t), 1, 1},  // how many there were
};
constexpr Rule kFromReader[] = {
    {kFound, kBetweenSources, kInSource, sizeof(Found), 1, 0},
    {kColumns, kInSource, kInSource, sizeof(Column), kMaxColumnsTold, 0},
    {kRejects, kInSource, kInSource, sizeof(Reject), kMaxRejects, 0},
    {kProgress, kBetweenSources, kBetweenSources, sizeof(Progress), 1, 0},
    {kProgress, kInSource, kInSource, sizeof(Progress), 1, 0},
    {kSourceEnd, kInSource, kBetweenSources, sizeof(SourceEnd), 1, 0},
    {kSkipped, kBetweenSources, kBetweenSources, sizeof(Skipped), 1, 0},
    // Source.file: the next, please
    {kSourceDone, kBetweenSources, kBetweenSources, sizeof(uint32_t), 1, kMaxSources},
    {kTotals, kBetweenSources, kSilent, sizeof(Totals), 1, 1},
    {kRefused, kBetweenSources, kSilent, sizeof(Refused), 1, 1},
    {kRefused, kInSource, kSilent, sizeof(Refused), 1, 1},
};
// The reader sends kEnd only after everything was good; the sealer passes on the end only then.
constexpr Rule kNumbersToSealer[] = {
    {kNumbers, kNumbering, kNumbering, sizeof(Number), kBatchOfNumbers, 0, 0, true},
    {kEnd, kNumbering, kNumbersOver, sizeof(uint64_t), 1, 1},  // how many numbers
};

}  // namespace signpost::wire::reader
