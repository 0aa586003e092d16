#include "core/reader/extraction/sniff.h"

#include <gtest/gtest.h>

namespace signpost::reader::extraction {
namespace {

using formats::Format;
using wire::reader::FileRefusal;

Sniffed SniffedOf(std::string_view text, Format wanted = Format::kAuto) {
  return Sniff(AsBytes(text), true, wanted);
}

TEST(Sniff, EveryDelimiterIsFoundByContent) {
  for (const char d : {',', ';', '\t', '|', '^', '~'}) {
    const std::string s(1, d);
    const Sniffed sniffed = SniffedOf("Name" + s + "Phone" + s + "Note\nA" + s + "07700 900123" +
                                      s + "x, y; z\nB" + s + "+44 7700 900124" + s + "\n");
    EXPECT_EQ(sniffed.refusal, FileRefusal::kNone) << d;
    EXPECT_EQ(sniffed.layout.delimiter, d);
    EXPECT_TRUE(sniffed.layout.header);
    EXPECT_EQ(sniffed.layout.NumberColumns(), 1u) << d;
  }
}

TEST(Sniff, SemicolonsInsideCellsAreNotTheDelimiter) {
  const Sniffed sniffed = SniffedOf(
      "Name,Phone\nA,07700 900123;07700 900124\nB,07700 900125;07700 900126\n"
      "C,07700 900127;07700 900128\n");
  EXPECT_EQ(sniffed.layout.delimiter, ',');
}

TEST(Sniff, DelimiterThatASpreadsheetNamesIsTaken) {
  const Sniffed sniffed = SniffedOf("sep=;\r\nName;Phone\r\nA;07700 900123\r\n");
  EXPECT_EQ(sniffed.layout.delimiter, ';');
  EXPECT_EQ(sniffed.layout.rows_before_data, 2u);
}

TEST(Sniff, ListOfNumbersIsAList) {
  EXPECT_EQ(SniffedOf("07700 900123\n+447700900124\n").layout.format, Format::kList);
  EXPECT_EQ(SniffedOf("# opt-outs, of June\n07700 900123\n").layout.format, Format::kList);
  EXPECT_EQ(SniffedOf("tel:07700900123\ntel:07700900124\n").layout.format, Format::kList);
  EXPECT_EQ(SniffedOf("# nobody yet\n").layout.format, Format::kList);
}

TEST(Sniff, OneColumnWithAHeadingIsATable) {
  const Sniffed sniffed = SniffedOf("Mobile\n07700 900123\n07700 900124\n");
  EXPECT_EQ(sniffed.layout.format, Format::kCsv);
  EXPECT_TRUE(sniffed.layout.header);
}

TEST(Sniff, VcardIsFoundInAnyCase) {
  EXPECT_EQ(SniffedOf("BEGIN:VCARD\nEND:VCARD\n").layout.format, Format::kVcard);
  EXPECT_EQ(SniffedOf("\xef\xbb\xbf\r\nbegin:vcard\r\n").layout.format, Format::kVcard);
}

TEST(Sniff, AFileThatIsNotWhatItClaimsIsRefused) {
  const std::string csv = "Name,Phone\nA,07700 900123\nB,07700 900124\n";
  EXPECT_EQ(SniffedOf(csv, Format::kVcard).refusal, FileRefusal::kWrongFormat);
  EXPECT_EQ(SniffedOf(csv, Format::kList).refusal, FileRefusal::kWrongFormat);
  EXPECT_EQ(SniffedOf("BEGIN:VCARD\nEND:VCARD\n", Format::kCsv).refusal, FileRefusal::kWrongFormat);
  EXPECT_EQ(SniffedOf("<?xml version=\"1.0\"?><html/>").refusal, FileRefusal::kUnknownFormat);
  EXPECT_EQ(SniffedOf("{\"numbers\": []}").refusal, FileRefusal::kUnknownFormat);
  EXPECT_EQ(SniffedOf("Dear all,\nplease see below.\nRegards\n").refusal,
            FileRefusal::kUnknownFormat);
  EXPECT_EQ(SniffedOf("no number here\n", Format::kList).refusal, FileRefusal::kWrongFormat);
}

TEST(Sniff, ATableWithoutNumbersIsRefused) {
  EXPECT_EQ(SniffedOf("Name,City\nA,Leigh\nB,Colchester\n").refusal, FileRefusal::kNoNumberColumn);
  EXPECT_EQ(SniffedOf("Name,Fax\nA,07700 900123\n").refusal, FileRefusal::kNoNumberColumn);
}

TEST(Sniff, AHeaderWithoutRowsIsATableWithoutRows) {
  const Sniffed sniffed = SniffedOf("Name,Mobile\r\n");
  EXPECT_EQ(sniffed.refusal, FileRefusal::kNone);
  EXPECT_EQ(sniffed.layout.NumberColumns(), 1u);
}

}  // namespace
}  // namespace signpost::reader::extraction
