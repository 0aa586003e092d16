#include "core/reader/extraction/sms_backup.h"

#include <gtest/gtest.h>

#include "tests/core/reader/extraction/found_values.h"

namespace signpost::reader::extraction {
namespace {

using formats::Format;
using wire::reader::FileRefusal;
using Texts = std::vector<std::string>;

// 1767225600000: 2026-01-01.
constexpr std::string_view kBackup = R"(<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>
<!--File Created By SMS Backup & Restore -->
<?xml-stylesheet type="text/xsl" href="sms.xsl"?>
<smses count="6" backup_set="x" backup_date="1767225600000">
  <sms protocol="0" address="+447700900101" date="1767225600000" type="1" subject="null" body="call &quot;07700 900999&quot; &#55357;&#56832;" service_center="+447700900998" contact_name="07700 900997" />
  <sms address="null" date="1767225600000" type="1" body="x" />
  <sms address="someone@example.org" date="1767225600000" type="1" body="x" />
  <sms address="07700900102" date="1767225600000" type="3" body="never sent" />
  <mms date="1767312000000" address="+447700900103~+447700900104" msg_box="1">
    <parts><part seq="0" ct="image/jpeg" data="AAAA" text="07700 900996" /></parts>
    <addrs><addr address="+447700900103" type="137" /><addr address="+447700900001" type="151" /></addrs>
  </mms>
  <mms date="1767312000000" address="null" msg_box="2">
    <addrs><addr address="insert-address-token" type="137" /><addr address="+447700900105" type="151" /></addrs>
  </mms>
</smses>
)";

TEST(SmsBackup, AddressesAreTakenWithTheirDayAndNothingElse) {
  const Extracted got = Extract(kBackup);
  EXPECT_EQ(got.refusal, FileRefusal::kNone);
  EXPECT_EQ(got.found.layout.format, Format::kSmsBackupXml);
  EXPECT_EQ(got.found.values, (Texts{"+447700900101", "07700900102", "+447700900103",
                                     "+447700900104", "+447700900105"}));
  EXPECT_EQ(got.found.seen[0].day->Text(), "2026-01-01");
  EXPECT_TRUE(got.found.seen[0].traffic);
  EXPECT_FALSE(got.found.seen[1].traffic);  // a draft
  EXPECT_EQ(got.found.seen[2].day->Text(), "2026-01-02");
  EXPECT_EQ(got.found.bad.size(), 1u);  // the e-mail address
  EXPECT_EQ(got.rows, 6u);
}

TEST(SmsBackup, TheOwnerInTheListOfAReceivedMmsIsNotTaken) {
  const Extracted got = Extract(
      "<smses><mms date=\"1767312000000\" msg_box=\"1\"><addrs>"
      "<addr address=\"+447700900103\" type=\"137\"/><addr address=\"+447700900001\" "
      "type=\"151\"/></addrs></mms></smses>");
  EXPECT_EQ(got.found.values, (Texts{"+447700900103"}));
}

TEST(SmsBackup, CallsAreTaken) {
  const Extracted got = Extract(
      "<calls count=\"2\"><call number=\"07700900101\" duration=\"5\" date=\"1767225600000\" "
      "type=\"2\" presentation=\"1\" contact_name=\"(Unknown)\"/>"
      "<call number=\"\" duration=\"0\" date=\"1767225600000\" type=\"3\"/></calls>");
  EXPECT_EQ(got.found.all, (Texts{"1:0 07700900101"}));
  EXPECT_EQ(got.found.seen[0].day->Text(), "2026-01-01");
}

TEST(SmsBackup, EveryPieceSizeGivesTheSame) {
  const Extracted whole = Extract(kBackup);
  for (const size_t cut : {1u, 2u, 5u, 33u}) {
    EXPECT_EQ(Extract(kBackup, Format::kAuto, cut).found.all, whole.found.all);
  }
  for (size_t cut = 0; cut < kBackup.size(); ++cut) {
    FoundValues found;
    SmsBackupParser parser(found);
    EXPECT_EQ(parser.Feed(kBackup.substr(0, cut)), FileRefusal::kNone);
    EXPECT_EQ(parser.Feed(kBackup.substr(cut)), FileRefusal::kNone);
    EXPECT_EQ(parser.Finish(), FileRefusal::kNone);
    ASSERT_EQ(found.all, whole.found.all) << cut;
  }
}

TEST(SmsBackup, AnAttributeOfAnySizeIsPassedByAndLinesStayTrue) {
  const std::string picture(3u << 20, 'A');
  const std::string text =
      "<smses>\n<mms msg_box=\"1\" address=\"07700900101\"><parts>"
      "<part data=\"" +
      picture + "\n&amp;\n" + picture +
      "\"/></parts></mms>\n<sms address=\"07700900102\"/>\n</smses>";
  const Extracted got = Extract(text);
  EXPECT_EQ(got.refusal, FileRefusal::kNone);
  EXPECT_EQ(got.found.all, (Texts{"2:0 07700900101", "5:0 07700900102"}));
  for (const size_t piece : {4093u, 70001u}) {
    EXPECT_EQ(Extract(text, Format::kAuto, piece).found.all, got.found.all);
  }
}

TEST(SmsBackup, AnAddressTooLongForANumberIsNoNumber) {
  for (const std::string& tail : {std::string("\xc3\xa9"), std::string("7")}) {
    std::string address;
    while (address.size() < 9000) address += tail;
    const Extracted got = Extract("<smses><sms address=\"" + address + "\"/></smses>");
    EXPECT_EQ(got.refusal, FileRefusal::kNone);
    EXPECT_TRUE(got.found.values.empty());
    EXPECT_EQ(got.found.bad.size(), 1u);
  }
}

TEST(SmsBackup, ATagWithAMillionAttributesIsRefused) {
  std::string tag = "<smses><sms";
  for (int i = 0; i < 1000000; ++i) tag += " a" + std::to_string(i) + "=\"\"";
  EXPECT_EQ(Extract(tag + "/></smses>").refusal, FileRefusal::kRowTooLong);
}

TEST(SmsBackup, AnotherRootElementIsNotTaken) {
  EXPECT_EQ(Extract("<?xml version=\"1.0\"?><kml/>").refusal, FileRefusal::kUnknownFormat);
  EXPECT_EQ(Extract("<project xmlns=\"http://example.org\"/>").refusal,
            FileRefusal::kUnknownFormat);
  EXPECT_EQ(Extract(kBackup, Format::kCellebriteXml).refusal, FileRefusal::kWrongFormat);
  EXPECT_EQ(Extract("Phone\n07700900123\n", Format::kSmsBackupXml).refusal,
            FileRefusal::kWrongFormat);
}

TEST(SmsBackup, NotWellFormedIsRefused) {
  for (const char* text : {"<smses><sms></smses>", "<smses></smses><x/>", "<smses>&nbsp;</smses>",
                           "<smses><!ELEMENT a></smses>", "<smses><sms address=\"1", "<smses><!-- ",
                           "<smses><![CDATA[x"}) {
    EXPECT_EQ(Extract(text).refusal, FileRefusal::kBroken) << text;
  }
}

}  // namespace
}  // namespace signpost::reader::extraction
