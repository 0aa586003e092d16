#include "core/reader/extraction/sniff.h"

#include <gtest/gtest.h>

namespace signpost {
namespace {

using reader::FileRefusal;
using reader::Format;

Sniffed Of(std::string_view text, Format wanted = Format::kAuto) {
  return Sniff(AsBytes(text), true, wanted);
}

TEST(Sniff, EveryDelimiterIsFoundByContent) {
  for (const char d : {',', ';', '\t', '|', '^', '~'}) {
    const std::string s(1, d);
    const Sniffed sniffed = Of("Name" + s + "Phone" + s + "Note\nA" + s + "07700 900123" + s +
                               "x, y; z\nB" + s + "+44 7700 900124" + s + "\n");
    EXPECT_EQ(sniffed.refusal, FileRefusal::kNone) << d;
    EXPECT_EQ(sniffed.layout.delimiter, d);
    EXPECT_TRUE(sniffed.layout.header);
    EXPECT_EQ(sniffed.layout.NumberColumns(), 1u) << d;
  }
}

TEST(Sniff, SemicolonsInsideCellsAreNotTheDelimiter) {
  const Sniffed sniffed =
      Of("Name,Phone\nA,07700 900123;07700 900124\nB,07700 900125;07700 900126\n"
         "C,07700 900127;07700 900128\n");
  EXPECT_EQ(sniffed.layout.delimiter, ',');
}

TEST(Sniff, DelimiterThatASpreadsheetNamesIsTaken) {
  const Sniffed sniffed = Of("sep=;\r\nName;Phone\r\nA;07700 900123\r\n");
  EXPECT_EQ(sniffed.layout.delimiter, ';');
  EXPECT_EQ(sniffed.layout.rows_before_data, 2u);
}

TEST(Sniff, ListOfNumbersIsAList) {
  EXPECT_EQ(Of("07700 900123\n+447700900124\n").layout.format, Format::kList);
  EXPECT_EQ(Of("# opt-outs, of June\n07700 900123\n").layout.format, Format::kList);
  EXPECT_EQ(Of("tel:07700900123\ntel:07700900124\n").layout.format, Format::kList);
  EXPECT_EQ(Of("# nobody yet\n").layout.format, Format::kList);
}

TEST(Sniff, OneColumnWithAHeadingIsATable) {
  const Sniffed sniffed = Of("Mobile\n07700 900123\n07700 900124\n");
  EXPECT_EQ(sniffed.layout.format, Format::kCsv);
  EXPECT_TRUE(sniffed.layout.header);
}

TEST(Sniff, VcardIsFoundInAnyCase) {
  EXPECT_EQ(Of("BEGIN:VCARD\nEND:VCARD\n").layout.format, Format::kVcard);
  EXPECT_EQ(Of("\xef\xbb\xbf\r\nbegin:vcard\r\n").layout.format, Format::kVcard);
}

TEST(Sniff, AFileThatIsNotWhatItClaimsIsRefused) {
  const std::string csv = "Name,Phone\nA,07700 900123\nB,07700 900124\n";
  EXPECT_EQ(Of(csv, Format::kVcard).refusal, FileRefusal::kWrongFormat);
  EXPECT_EQ(Of(csv, Format::kList).refusal, FileRefusal::kWrongFormat);
  EXPECT_EQ(Of("BEGIN:VCARD\nEND:VCARD\n", Format::kCsv).refusal, FileRefusal::kWrongFormat);
  EXPECT_EQ(Of("<?xml version=\"1.0\"?><html/>").refusal, FileRefusal::kUnknownFormat);
  EXPECT_EQ(Of("{\"numbers\": []}").refusal, FileRefusal::kUnknownFormat);
  EXPECT_EQ(Of("Dear all,\nplease see below.\nRegards\n").refusal, FileRefusal::kUnknownFormat);
  EXPECT_EQ(Of("no number here\n", Format::kList).refusal, FileRefusal::kWrongFormat);
}

TEST(Sniff, ATableWithoutNumbersIsRefused) {
  EXPECT_EQ(Of("Name,City\nA,Leigh\nB,Colchester\n").refusal, FileRefusal::kNoNumberColumn);
  EXPECT_EQ(Of("Name,Fax\nA,07700 900123\n").refusal, FileRefusal::kNoNumberColumn);
}

TEST(Sniff, AHeaderWithoutRowsIsATableWithoutRows) {
  const Sniffed sniffed = Of("Name,Mobile\r\n");
  EXPECT_EQ(sniffed.refusal, FileRefusal::kNone);
  EXPECT_EQ(sniffed.layout.NumberColumns(), 1u);
}

}  // namespace
}  // namespace signpost
