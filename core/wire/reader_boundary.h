// signpost <-> signpost-reader -> signpost-sealer.
//
// Descriptors of signpost-reader: 3 control (signpost), 4 numbers (to the sealer), 5 the evidence
// file, read-only (it may be a pipe: read once, forwards).
#pragma once

#include "core/wire/channel.h"

namespace signpost::reader {

constexpr int kControlFd = 3;
constexpr int kNumbersFd = 4;
constexpr int kEvidenceFd = 5;

enum class Format : uint8_t { kAuto = 0, kCsv = 1, kVcard = 2, kList = 3 };
enum class Encoding : uint8_t { kUtf8 = 0, kUtf8Bom = 1, kUtf16Le = 2, kUtf16Be = 3, kCp1252 = 4 };

// Why a value was not taken. Total and exclusive; counted by signpost, printed by name.
// Stable numbers: they are in the ledger's import totals.
enum class Reason : uint8_t {
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
  kBadRow,        // the row itself cannot be read (unclosed quote, broken encoding)
  kCount
};
constexpr size_t kReasons = static_cast<size_t>(Reason::kCount);

// Why a whole file was refused.
enum class FileRefusal : uint8_t {
  kNone = 0,
  kEmpty,
  kUnknownFormat,   // neither CSV nor vCard nor a list
  kWrongFormat,     // --format said another
  kNoNumberColumn,  // a table, but no column looks like telephone numbers
  kBinary,          // NULs, a zip, a database
  kBadEncoding,
  kRowTooLong,      // one row or card over 1 MiB
  kTooManyColumns,  // over 4096
  kReadError,       // read(2) failed
  kChanged,         // reserved: the file changed while it was read
  kCount
};

enum class Purpose : uint8_t {
  kImport = 0,     // the policy's regions and kinds hold
  kAnyNumber = 1,  // opt-outs and the protected list: every possible number, any kind and region
};

struct Start {
  uint8_t mode;     // Mode
  uint8_t purpose;  // Purpose
  uint8_t format;   // Format
  uint8_t allow_mobile;
  uint8_t allow_fixed_line_or_mobile;  // regions whose numbers cannot be told apart, e.g. US
  uint8_t region_count;                // of `regions`, 1..16
  char default_region[2];              // how national numbers are read
  char regions[16][2];                 // allowed regions, ISO 3166-1 alpha-2
};
static_assert(sizeof(Start) == 40);

struct Found {              // once, when the format is known
  uint8_t format;           // Format
  uint8_t encoding;         // Encoding
  uint8_t delimiter;        // CSV: the byte; else 0
  uint8_t header;           // CSV: 1 when the first row is a header
  uint32_t number_columns;  // CSV: how many columns are read
};
static_assert(sizeof(Found) == 8);

struct Reject {     // a place: never a value
  uint64_t row;     // 1-based line where the row or property begins
  uint32_t column;  // 1-based; 0 when it has none
  uint32_t reason;  // Reason
};
static_assert(sizeof(Reject) == 16);

struct Progress {
  uint64_t bytes;
  uint64_t rows;
};

struct Totals {  // last: the file was read to its end
  uint64_t rows;
  uint64_t values[kReasons];  // one value counted once, by Reason; [0] is what went to the sealer
  char library_version[16];   // of libphonenumber, NUL padded
};
static_assert(sizeof(Totals) == 8 + 8 * kReasons + 16);

struct Refused {
  uint64_t row;
  uint32_t refusal;  // FileRefusal
  uint32_t zero;
};

enum Kind : uint8_t { kStart = 1, kFound, kRejects, kProgress, kTotals, kRefused, kNumbers, kEnd };

constexpr uint32_t kNumberFrame = 16;  // PhoneNumber, padded
constexpr uint32_t kBatchOfNumbers = 1024;

constexpr Rule kToReader[] = {
    {kStart, 0, 1, sizeof(Start), 1, 1},
};
constexpr Rule kFromReader[] = {
    {kFound, 0, 1, sizeof(Found), 1, 1},       {kRejects, 1, 1, sizeof(Reject), 1024, 0},
    {kProgress, 1, 1, sizeof(Progress), 1, 0}, {kTotals, 1, 2, sizeof(Totals), 1, 1},
    {kRefused, 0, 2, sizeof(Refused), 1, 1},   {kRefused, 1, 2, sizeof(Refused), 1, 1},
};
// The reader sends kEnd only after the whole file was good; the sealer passes on the end only then.
constexpr Rule kNumbersToSealer[] = {
    {kNumbers, 0, 0, kNumberFrame, kBatchOfNumbers, 0, 0, true},
    {kEnd, 0, 1, sizeof(uint64_t), 1, 1},  // how many numbers
};

}  // namespace signpost::reader
