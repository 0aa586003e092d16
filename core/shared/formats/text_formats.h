// Describes each format that is no database: tables, lists, cards and reports of forensic tools.
//
// A new one that says of itself what it is (a report) is a number in format.h, a row here, a parser
// and its row in core/reader/extraction/report_formats.cc, a row in core/reader/FORMATS.md and a
// test with a sample. The compiler and the tests ask for what is missing.
#pragma once

#include "core/shared/formats/format.h"

namespace signpost::formats {

struct TextFormat {
  Required<Format> format;
  Required<std::string_view> name;  // "vcard": for --format, in reports and JSON
  Required<std::string_view> title;
  Required<std::string_view> taken;     // which elements or columns
  Required<std::string_view> left_out;  // beside what every format leaves out
  List<std::string_view, 2> endings;    // of the names of its files, in small letters
  // No other file can be taken for one. A phone is full of .xml and .txt: only such count there.
  Required<bool> says_what_it_is;
  Required<bool> can_be_named;  // by import --format
  Required<bool> has_encoding;  // that is found out: not so in a workbook
  Required<Sample> sample;
};

// In the order of their numbers.
inline constexpr TextFormat kTextFormats[] = {
    {.format = Format::kCsv,
     .name = "csv",
     .title = "Tables: CSV, TSV and their kin",
     .taken = "columns headed phone, mobile, number, caller, from, to, entries, parties and so on; "
              "without a header, columns that hold telephone numbers. Google, Outlook, "
              "Thunderbird, iMazing, iExplorer, Cellebrite and AXIOM are known by their headings. "
              "Of logs, the day",
     .left_out = "fax and pager columns; every other column",
     .endings = {".csv", ".tsv"},
     .says_what_it_is = false,
     .can_be_named = true,
     .has_encoding = true,
     .sample = Sample::kPublished},
    {.format = Format::kVcard,
     .name = "vcard",
     .title = "vCard 2.1, 3.0 and 4.0",
     .taken = "TEL",
     .left_out = "fax, pager and modem; every other property",
     .endings = {".vcf", ".vcard"},
     .says_what_it_is = false,
     .can_be_named = true,
     .has_encoding = true,
     .sample = Sample::kPublished},
    {.format = Format::kList,
     .name = "list",
     .title = "A list, one number a line",
     .taken = "each line",
     .left_out = "what follows a #",
     .endings = {".txt"},
     .says_what_it_is = false,
     .can_be_named = true,
     .has_encoding = true,
     .sample = Sample::kPublished},
    {.format = Format::kCellebriteXml,
     .name = "cellebrite-xml",
     .title = "Cellebrite UFDR and report.xml",
     .taken = "numbers of contacts, calls, messages, voicemail, chats, shared contacts and SIM "
              "cards; the day of the call, message or chat",
     .left_out =
         "the owner: parties marked so, MSISDNs of the device, user accounts. Names, texts, "
         "every other model. Protected reports are refused",
     .endings = {".xml", ".ufdr"},
     .says_what_it_is = true,
     .can_be_named = false,
     .has_encoding = true,
     .sample = Sample::kReconstruction},
    {.format = Format::kCellebriteXlsx,
     .name = "cellebrite-xlsx",
     .title = "Cellebrite workbook (XLSX)",
     .taken = "Entries, Parties, Participants, From and To of every sheet, with the day",
     .left_out = "every other column",
     .endings = {".xlsx"},
     .says_what_it_is = false,
     .can_be_named = false,
     .has_encoding = false,
     .sample = Sample::kReconstruction},
    {.format = Format::kAxiomXlsx,
     .name = "axiom-xlsx",
     .title = "AXIOM workbook (XLSX)",
     .taken = "Phone Number(s), Caller, Recipient(s), Partners, Sender and Participants of every "
              "sheet, with the day",
     .left_out = "every other column",
     .endings = {".xlsx"},
     .says_what_it_is = false,
     .can_be_named = false,
     .has_encoding = false,
     .sample = Sample::kReconstruction},
    {.format = Format::kXlsx,
     .name = "xlsx",
     .title = "Any other workbook (XLSX)",
     .taken = "columns as in a table, of every sheet",
     .left_out = "every other column",
     .endings = {".xlsx"},
     .says_what_it_is = false,
     .can_be_named = false,
     .has_encoding = false,
     .sample = Sample::kReconstruction},
    {.format = Format::kXryText,
     .name = "xry-text",
     .title = "MSAB XRY text export",
     .taken = "Tel and Number of contacts, calls and messages, with the day",
     .left_out = "the owner (To of what came in, From of what went out); service centres; names "
                 "and texts",
     .endings = {".txt"},
     .says_what_it_is = true,
     .can_be_named = false,
     .has_encoding = true,
     .sample = Sample::kReconstruction},
    {.format = Format::kSmsBackupXml,
     .name = "sms-backup-xml",
     .title = "SMS Backup & Restore (XML)",
     .taken = "address of SMS and MMS, number of calls, with the day",
     .left_out = "the owner in lists of MMS; names and texts",
     .endings = {".xml"},
     .says_what_it_is = true,
     .can_be_named = false,
     .has_encoding = true,
     .sample = Sample::kReconstruction},
};

// No row is missing, stands elsewhere, or says nothing.
constexpr bool TextFormatsAreWhole() {
  auto next = static_cast<uint8_t>(Format::kCsv);
  for (const TextFormat& each : kTextFormats) {
    if (each.format != Format{next++} || each.endings.empty()) return false;
    for (const std::string_view text :
         {each.name.value, each.title.value, each.taken.value, each.left_out.value}) {
      if (text.empty()) return false;
    }
  }
  return Format{next} == Format::kAndroidContacts;
}
static_assert(TextFormatsAreWhole());

// Null: no text format.
constexpr const TextFormat* FindTextFormat(Format format) {
  for (const TextFormat& each : kTextFormats) {
    if (each.format == format) return &each;
  }
  return nullptr;
}

constexpr bool SaysWhatItIs(Format format) {
  const TextFormat* const text = FindTextFormat(format);
  return text != nullptr && text->says_what_it_is;
}

constexpr bool HasEncoding(Format format) {
  const TextFormat* const text = FindTextFormat(format);
  return text != nullptr && text->has_encoding;
}

}  // namespace signpost::formats
