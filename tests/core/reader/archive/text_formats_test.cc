// A sample of each format that is no database, as small as it can be.
#include "core/shared/formats/text_formats.h"

#include <gtest/gtest.h>

#include <map>

#include "tests/core/reader/archive/read_zip.h"
#include "tests/core/reader/archive/workbook_writer.h"
#include "tests/core/reader/extraction/cellebrite_report.h"

namespace signpost::reader::archive {
namespace {

using formats::Format;

std::string Workbook(std::vector<XlsxSheet> sheets) {
  return std::string(AsText(WriteWorkbook(sheets)));
}

const std::map<Format, std::string>& Samples() {
  static const std::map<Format, std::string> samples = {
      {Format::kCsv, "Name,Phone\nA,07700 900123\n"},
      {Format::kVcard, "BEGIN:VCARD\nTEL:07700900123\nEND:VCARD\n"},
      {Format::kList, "07700 900123\n+447700900124\n"},
      {Format::kCellebriteXml, std::string(extraction::FullReport())},
      {Format::kCellebriteXlsx, Workbook(CellebriteSheets())},
      {Format::kAxiomXlsx, Workbook({{"Contacts",
                                      {{S("Phone Number(s)"), S("Source Account Type(s)")},
                                       {S("07700 900123"), S("x")}}}})},
      {Format::kXlsx, Workbook({{"People", {{S("Mobile")}, {S("07700 900123")}}}})},
      {Format::kXryText,
       "XRY Report\n\nContacts\n\n\nContacts #\t1\nName:\tA\nTel:\t07700900123\n\n"},
      {Format::kSmsBackupXml, "<calls><call number=\"07700900123\" date=\"0\" /></calls>"},
  };
  return samples;
}

Format FormatOf(const std::string& sample) {
  if (!sample.starts_with("PK")) return extraction::Extract(sample).found.layout.format;
  const ZipGot got = Read(AsBytes(sample));
  return got.layouts.empty() ? Format::kAuto : got.layouts[0].format;
}

// A descriptor without a parser reads as a table, or as nothing.
TEST(TextFormats, EachHasASampleAndIsTakenForItself) {
  for (const formats::TextFormat& text : formats::kTextFormats) {
    const auto sample = Samples().find(text.format);
    ASSERT_NE(sample, Samples().end()) << text.name.value << ": none in this file";
    EXPECT_EQ(FormatOf(sample->second), text.format) << text.name.value;
  }
}

}  // namespace
}  // namespace signpost::reader::archive
