#include "core/reader/archive/workbook.h"

#include <gtest/gtest.h>

#include "core/reader/archive/sheet.h"
#include "tests/core/reader/archive/read_zip.h"
#include "tests/core/reader/archive/workbook_writer.h"

namespace signpost::reader::archive {
namespace {

using formats::Format;
using wire::reader::FileRefusal;
using Texts = std::vector<std::string>;

Texts Sorted(Texts texts) {
  std::sort(texts.begin(), texts.end());
  return texts;
}

Texts Told(
    const extraction::FoundValues& found) {  // "value @day", sorted: values come by their strings
  Texts out;
  for (const auto& v : found.seen) {
    out.push_back(v.value + (v.traffic ? " @" : "") + (v.day ? v.day->Text() : ""));
  }
  return Sorted(out);
}

TEST(Workbook, CellebriteSheetsAreReadLineByLine) {
  const ZipGot got = Read(WriteWorkbook(CellebriteSheets()));
  EXPECT_EQ(got.refusal, FileRefusal::kNone);
  ASSERT_EQ(got.layouts.size(), 1u);
  EXPECT_EQ(got.layouts[0].format, Format::kCellebriteXlsx);
  EXPECT_EQ(Told(got.found),
            (Texts{"+44 7700 900101", "+447700900105 @2026-11-23", "07700 900104",
                   "447700900103@s.whatsapp.net", "447700900106@s.whatsapp.net @2026-11-23"}));
  EXPECT_EQ(got.found.owners, (Texts{"07700 900002", "+447700900001"}));
  EXPECT_EQ(got.found.bad.size(), 5u);  // fax, mail, two other ids, the owner
}

TEST(Workbook, FewPendingCellsAtATimeGiveTheSame) {
  const Bytes bytes = WriteWorkbook(CellebriteSheets());
  const ZipGot whole = Read(bytes);
  for (const size_t most : {1u, 2u, 3u, 5u}) {
    extraction::MemorySource source(bytes);
    std::unique_ptr<ZipArchive> zip;
    ASSERT_EQ(ZipArchive::Open(source, ZipLimits(), zip), FileRefusal::kNone);
    extraction::FoundValues found;
    EXPECT_EQ(ReadWorkbook(*zip, Format::kAuto, found, most), FileRefusal::kNone);
    EXPECT_EQ(Told(found), Told(whole.found)) << most;
    EXPECT_EQ(Sorted(found.all), Sorted(whole.found.all));
  }
}

TEST(Workbook, EveryKindOfCellIsAValue) {
  const ZipGot got = Read(WriteWorkbook({{"People",
                                          {{S("Name"), S("Mobile")},
                                           {S("A"), S("07700 900111")},
                                           {S("B"), {XlsxCell::kInline, "07700 900112"}},
                                           {S("C"), {XlsxCell::kFormula, "07700 900113"}},
                                           {S("D"), N("447700900114")},
                                           {S("E"), N("4.47700900115E11")},
                                           {S("F"), N("4.47701E+11")},
                                           {S("G"), {XlsxCell::kError, "#REF!"}}}}}));
  EXPECT_EQ(got.refusal, FileRefusal::kNone);
  EXPECT_EQ(got.layouts[0].format, Format::kXlsx);
  EXPECT_EQ(Sorted(got.found.all),
            (Texts{"2:2 07700 900111", "3:2 07700 900112", "4:2 07700 900113", "5:2 447700900114",
                   "6:2 447700900115", "7:2 4.47701E+11"}));
}

TEST(Workbook, AxiomSheetsLeaveTheLocalUserOut) {
  const ZipGot got = Read(WriteWorkbook(
      {{"Android Contacts",
        {{S("Record"), S("Display Name"), S("Phone Number(s)"), S("Source Account Type(s)")},
         {N("1"), S("A"), S("+447700900111; 07700 900112\n07700900113"), S("x")}}},
       {"Android Call Logs",
        {{S("Caller"), S("Recipient(s)"), S("Direction"),
          S("Call Date/Time - UTC+00:00 (dd/MM/yyyy)")},
         {S("Local User <+447700900001>"), S("B <+447700900114>"), S("Outgoing"),
          S("03/04/2026 10:00:00")}}}}));
  EXPECT_EQ(got.refusal, FileRefusal::kNone);
  EXPECT_EQ(got.layouts[0].format, Format::kAxiomXlsx);
  EXPECT_EQ(Told(got.found),
            (Texts{"+447700900111", "+447700900114 @2026-04-03", "07700 900112", "07700900113"}));
  EXPECT_EQ(got.found.owners, (Texts{"+447700900001"}));
}

TEST(Workbook, TheOwnersSideOfALogIsLeftOut) {
  const ZipGot got = Read(
      WriteWorkbook({{"Log",
                      {{S("Direction"), S("From"), S("To"), S("Time")},
                       {S("Incoming"), S("07700 900111"), S("07700 900001"), N("46349.5")},
                       {S("Outgoing"), S("07700 900001"), N("447700900112"), N("46349.5")}}}}));
  EXPECT_EQ(got.found.owners, (Texts{"07700 900001", "07700 900001"}));
  EXPECT_EQ(Told(got.found), (Texts{"07700 900111 @2026-11-23", "447700900112 @2026-11-23"}));
}

TEST(Workbook, FaxIsCountedByColumnAndByTheTypeBefore) {
  const ZipGot got =
      Read(WriteWorkbook({{"Contacts",
                           {{S("Name"), S("Phone 1 - Type"), S("Phone 1 - Value"), S("Fax")},
                            {S("A"), S("Mobile"), S("07700 900111"), S("07700 900112")},
                            {S("B"), S("Work Fax"), S("07700 900113"), S("")}}}}));
  EXPECT_EQ(got.found.values, (Texts{"07700 900111"}));
  EXPECT_EQ(got.found.bad.size(), 2u);
}

TEST(Workbook, BothSystemsOfDatesAreKnown) {
  EXPECT_EQ(DayOfSerial("46349.9", false)->Text(), "2026-11-23");
  EXPECT_EQ(DayOfSerial("44887", true)->Text(), "2026-11-23");
  EXPECT_FALSE(DayOfSerial("1e300", false).has_value());
  EXPECT_FALSE(DayOfSerial("nan", false).has_value());
  EXPECT_FALSE(DayOfSerial("-5", false).has_value());
}

TEST(Workbook, LostDigitsAreNeverGuessed) {
  EXPECT_EQ(DigitsOf("4.47700900115E11"), "447700900115");
  EXPECT_EQ(DigitsOf("4.47700900115E+11"), "447700900115");
  EXPECT_EQ(DigitsOf("4.47701E+11"), "4.47701E+11");
  EXPECT_EQ(DigitsOf("4E+11"), "4E+11");
  EXPECT_EQ(DigitsOf("4.4e99999999999"), "4.4e99999999999");
  EXPECT_EQ(DigitsOf("447700900115"), "447700900115");
}

TEST(Workbook, WithoutNumbersOrPartsItIsRefused) {
  EXPECT_EQ(Read(WriteWorkbook({{"S", {{S("Name"), S("City")}, {S("A"), S("Leigh")}}}})).refusal,
            FileRefusal::kNoNumberColumn);
  EXPECT_EQ(Read(WriteZip({{"xl/workbook.xml", "<workbook/>"}})).refusal, FileRefusal::kBroken);
  std::vector<ZipFile> files = WorkbookWriter(CellebriteSheets()).Files();
  for (ZipFile& file : files) file.content.resize(file.content.size() * 2 / 3);
  EXPECT_EQ(Read(WriteZip(files)).refusal, FileRefusal::kBroken);
  EXPECT_EQ(Read(WriteWorkbook(CellebriteSheets()), Format::kAxiomXlsx).refusal,
            FileRefusal::kWrongFormat);
}

TEST(Workbook, AStringThatIsNotThereIsABadRow) {
  std::vector<ZipFile> files =
      WorkbookWriter({{"S", {{S("Phone")}, {S("07700 900111")}, {S("07700 900112")}}}}).Files();
  std::string& sheet = files[0].content;
  const std::string good = sheet;
  for (const char* index : {"99999999999", "-1", "18446744073709551615"}) {
    sheet = good;
    sheet.replace(sheet.find("<v>2</v>"), 8, "<v>" + std::string(index) + "</v>");
    const ZipGot got = Read(WriteZip(files));
    EXPECT_EQ(got.found.values, (Texts{"07700 900111"})) << index;
    EXPECT_EQ(got.found.bad, (std::vector<uint64_t>{3})) << index;
  }
}

TEST(Workbook, ARowThatBeginsInACellIsNoColumnBeforeTheFirst) {
  const std::string bad =
      "<row r=\"9\"><c r=\"A9\" t=\"str\"><row r=\"8\"><v>1</v></row></c></row>";
  for (const char* before : {"<row r=\"1\">", "</sheetData>"}) {  // in the sample, and behind it
    std::vector<std::vector<XlsxCell>> rows(70, {{XlsxCell::kFormula, "07700 900111"}});
    rows[0] = {{XlsxCell::kFormula, "Phone"}};
    std::vector<ZipFile> files = WorkbookWriter({{"S", rows}}).Files();
    std::string& sheet = files[0].content;
    sheet.insert(sheet.find(before), bad);
    EXPECT_EQ(Read(WriteZip(files)).found.values, Texts(69, "07700 900111")) << before;
  }
}

TEST(Workbook, LongCellsDoNotWaitForStringsWithoutBound) {
  const std::string text = "07700 900112" + std::string(4000, ' ');
  std::vector<std::vector<XlsxCell>> rows(4500, {S("07700 900111"), {XlsxCell::kFormula, text}});
  rows[0] = {S("Phone"), S("Mobile")};
  const Bytes bytes = WriteWorkbook({{"S", rows}});
  extraction::MemorySource source(bytes);
  std::unique_ptr<ZipArchive> zip;
  ASSERT_EQ(ZipArchive::Open(source, {.free_bytes = 64u << 20}, zip), FileRefusal::kNone);
  extraction::FoundValues found;
  ASSERT_EQ(ReadWorkbook(*zip, Format::kAuto, found), FileRefusal::kNone);
  const Texts& values = found.values;
  ASSERT_EQ(values.size(), 2 * 4499u);
  // All at once, every string would come before the first cell that had its own text.
  const auto own = std::find(values.begin(), values.end(), "07700 900112");
  EXPECT_NE(std::find(own, values.end(), "07700 900111"), values.end());
}

TEST(Workbook, ARowWithoutEndIsRefusedAndNotHeld) {
  std::vector<ZipFile> files = WorkbookWriter({{"S", {{S("Phone")}, {S("07700 900111")}}}}).Files();
  std::string row;
  for (int i = 0; i < 5000; ++i) row += "<c r=\"A9\"><v>1</v></c>";
  std::string& sheet = files[0].content;
  sheet.insert(sheet.find("</sheetData>"), "<row>" + row + "</row>");
  EXPECT_EQ(Read(WriteZip(files)).refusal, FileRefusal::kTooManyColumns);
}

TEST(Workbook, AMillionColumnsAreRefused) {
  std::vector<ZipFile> files = WorkbookWriter({{"S", {{S("Phone")}, {S("07700 900111")}}}}).Files();
  std::string row;
  for (int i = 0; i < 20000; ++i) row += "<c><v>1</v></c>";
  std::string& sheet = files[0].content;
  sheet.insert(sheet.find("</sheetData>"), "<row>" + row + "</row>");
  const ZipGot got = Read(WriteZip(files));
  EXPECT_EQ(got.refusal, FileRefusal::kTooManyColumns);
}

TEST(Workbook, ItsStringsMayStandInAnyPlaceOfTheZip) {
  std::vector<ZipFile> files = WorkbookWriter(CellebriteSheets()).Files();
  std::reverse(files.begin(), files.end());
  EXPECT_EQ(Told(Read(WriteZip(files)).found), Told(Read(WriteWorkbook(CellebriteSheets())).found));
}

}  // namespace
}  // namespace signpost::reader::archive
