#include "core/signpost/ingest/names.h"

#include <array>

#include "core/shared/formats/formats.h"

namespace signpost::ingest {
namespace {

using formats::Format;
using wire::reader::ColumnRole;
using wire::reader::Encoding;
using wire::reader::FileRefusal;
using wire::reader::Reason;

struct ReasonWords {
  std::string_view name, text;
};

constexpr std::array<ReasonWords, wire::reader::kReasons> kReasonWords = {{
    {"accepted", "taken"},
    {"not-a-number", "not a telephone number"},
    {"too-short", "too short"},
    {"too-long", "too long"},
    {"short-code", "a short code"},
    {"scientific", "scientific notation: a spreadsheet has destroyed the digits"},
    {"invalid", "no such number is given out"},
    {"landline", "a landline"},
    {"premium", "a premium or shared cost number"},
    {"toll-free", "a freephone number"},
    {"voip", "an internet telephony number"},
    {"pager", "a pager"},
    {"other-kind", "not a mobile: personal, company-wide or voicemail"},
    {"foreign", "in a region that the policy does not allow"},
    {"fictional", "a fictional number, in a live home"},
    {"not-fictional", "not a fictional number, in a rehearsal"},
    {"ambiguous", "can be read in two ways"},
    {"bad-row", "the row cannot be read"},
    {"owner", "the phone's own number"},
    {"no-handset", "a fax, pager or modem by its label"},
    {"no-person", "a group, list, channel or service"},
}};

struct RefusalWords {
  std::string_view text, hint;
};

constexpr std::array<RefusalWords, static_cast<size_t>(FileRefusal::kCount)> kRefusalWords = {{
    {"", ""},
    {"the file is empty", ""},
    {"in no format that is known", "signpost formats lists them; --format names a table or a list"},
    {"not in the format that was named", "leave --format away, or name another"},
    {"no column looks like telephone numbers", "give the column a header such as Number or Phone"},
    {"a binary file in no format that is known", "signpost formats lists them"},
    {"a character encoding that cannot be read", "save the file as UTF-8"},
    {"a row longer than 1 MiB", "an unclosed quotation mark may begin on this row"},
    {"more than 4096 columns", ""},
    {"the file cannot be read to its end", "is the disk or the share it lies on still there?"},
    {"the file changed while it was read", "import a copy that nobody writes to"},
    {"a Cellebrite report that is protected by a password",
     "export it again without protection: Signpost holds no passwords"},
    {"a zip with encrypted entries", "unzip it first, and import the folder"},
    {"damaged: it ends too early, or is not what its beginning claims",
     "compare its hash with the one in the extraction's report"},
    {"it inflates to more than any export does", "unzip it first, and import the folder"},
    {"a database of more than 256 MiB inside a zip", "unzip it first, and import the folder"},
    {"a zip or a database on standard input", "name the file: it is read from several places"},
    {"a zip without any file that is known", "signpost formats lists what is"},
    {"a database of another program", "signpost formats lists those that are known"},
    {"a database in the middle of a transaction that cannot be undone",
     "put its -journal beside it, as it was on the phone"},
    {"a database whose -wal is not beside it: what is left holds nothing that is known",
     "copy the files of the same name with it: everything may be in the -wal"},
    {"nested deeper than any export is", ""},
}};

// By ColumnRole: what a column is read for.
constexpr std::array<std::string_view, static_cast<size_t>(ColumnRole::kCount)> kRoleTexts = {
    "left out", "numbers",   "what the next column is", "time", "fax or pager: counted, left out",
    "service",  "direction",
};

// A value without its words leaves the last ones empty.
static_assert(!kReasonWords.back().text.empty() && !kRefusalWords.back().text.empty() &&
              !kRoleTexts.back().empty());

}  // namespace

std::string_view ReasonName(Reason reason) {
  return kReasonWords.at(static_cast<size_t>(reason)).name;
}
std::string_view ReasonText(Reason reason) {
  return kReasonWords.at(static_cast<size_t>(reason)).text;
}
std::string_view RefusalText(FileRefusal why) {
  return kRefusalWords.at(static_cast<size_t>(why)).text;
}
std::string_view RefusalHint(FileRefusal why) {
  return kRefusalWords.at(static_cast<size_t>(why)).hint;
}

std::string_view RoleText(ColumnRole role) { return kRoleTexts.at(static_cast<size_t>(role)); }

std::string_view FormatName(Format format) {
  const formats::FormatInfo* info = formats::FindFormat(format);
  return info == nullptr ? "auto" : info->name;
}

std::vector<std::string_view> WarningTexts(uint32_t warnings) {
  constexpr std::pair<wire::reader::Warning, std::string_view> kTexts[] = {
      {wire::reader::kWalMissing,
       "its -wal is not beside it: whatever was written last is missing, which may be everything"},
      {wire::reader::kJournalUndone,
       "a transaction that never ended was left out, as the phone would"},
      {wire::reader::kWalUnusable,
       "the -wal beside it is not its own, or is damaged, and was left out"},
      {wire::reader::kDaysUnread, "some times could not be read: those numbers have no day"},
  };
  std::vector<std::string_view> texts;
  for (const auto& [warning, text] : kTexts) {
    if ((warnings & warning) != 0) texts.push_back(text);
  }
  return texts;
}

std::string_view EncodingName(Encoding encoding) {
  switch (encoding) {
    case Encoding::kUtf8:
      return "UTF-8";
    case Encoding::kUtf8Bom:
      return "UTF-8 with a byte order mark";
    case Encoding::kUtf16Le:
      return "UTF-16LE";
    case Encoding::kUtf16Be:
      return "UTF-16BE";
    case Encoding::kCp1252:
      return "Windows-1252";
  }
  return "UTF-8";
}

}  // namespace signpost::ingest
