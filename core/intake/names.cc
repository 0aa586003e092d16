#include "core/intake/names.h"

#include <array>

namespace signpost {
namespace {

using reader::Encoding;
using reader::FileRefusal;
using reader::Format;
using reader::kReasons;
using reader::Reason;

struct ReasonWords {
  std::string_view name, text;
};

constexpr std::array<ReasonWords, kReasons> kReasonWords = {{
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
}};

struct RefusalWords {
  std::string_view text, hint;
};

constexpr std::array<RefusalWords, static_cast<size_t>(FileRefusal::kCount)> kRefusalWords = {{
    {"", ""},
    {"the file is empty", ""},
    {"neither CSV nor vCard nor a list of numbers", "name the format with --format if it is one"},
    {"not in the format that was named", "leave --format away, or name another"},
    {"no column looks like telephone numbers", "give the column a header such as Number or Phone"},
    {"a binary file", "export the contacts as CSV or vCard"},
    {"a character encoding that cannot be read", "save the file as UTF-8"},
    {"a row longer than 1 MiB", "an unclosed quotation mark may begin on this row"},
    {"more than 4096 columns", ""},
    {"the file cannot be read to its end", "is the disk or the share it lies on still there?"},
    {"the file changed while it was read", "import a copy that nobody writes to"},
}};

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

std::string_view FormatName(Format format) {
  switch (format) {
    case Format::kAuto:
      return "auto";
    case Format::kCsv:
      return "csv";
    case Format::kVcard:
      return "vcard";
    case Format::kList:
      return "list";
  }
  return "auto";
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

}  // namespace signpost
