#include "core/reader/extraction/cellebrite_xml.h"

#include <gtest/gtest.h>

#include "tests/core/reader/extraction/cellebrite_report.h"
#include "tests/core/reader/extraction/found_values.h"

namespace signpost::reader::extraction {
namespace {

using formats::Format;
using wire::reader::FileRefusal;

TEST(CellebriteXml, EveryKindOfModelIsReadWithItsDay) {
  const Extracted got = Extract(FullReport());
  EXPECT_EQ(got.refusal, FileRefusal::kNone);
  EXPECT_EQ(got.found.layout.format, Format::kCellebriteXml);
  EXPECT_EQ(
      Told(got),
      (Texts{"+447700900101 @2026-03-05", "07700 900103", "447700900102@s.whatsapp.net @2026-02-01",
             "447700900102@s.whatsapp.net @2026-02-02", "+44 7700 900104",
             "447700900106@s.whatsapp.net", "07700900107", "07700900108 @2026-01-05"}));
  EXPECT_EQ(got.rows, 8u);
}

TEST(CellebriteXml, TheOwnerIsLeftOutAndNamed) {
  const Extracted got = Extract(FullReport());
  EXPECT_EQ(CountBad(got, wire::reader::Reason::kOwner), 2u);
  EXPECT_EQ(got.found.owners,
            (Texts{"+447700900001", "+447700900001", "447700900001@s.whatsapp.net", "07700900001",
                   "+447700900002"}));
  for (const std::string& value : got.found.values) {
    EXPECT_EQ(value.find("900001"), std::string::npos);
  }
}

TEST(CellebriteXml, NamesBodiesAndDeviceFieldsAreNeverTaken) {
  for (const std::string& value : Extract(FullReport()).found.values) {
    EXPECT_EQ(value.find("90099"), std::string::npos);
  }
}

TEST(CellebriteXml, GroupsFaxesAndMailAreCountedForWhatTheyAre) {
  const Extracted got = Extract(FullReport());
  EXPECT_EQ(CountBad(got, wire::reader::Reason::kNoPerson), 1u);
  EXPECT_EQ(CountBad(got, wire::reader::Reason::kNoHandset), 1u);
  EXPECT_EQ(CountBad(got, wire::reader::Reason::kNotANumber), 1u);
}

TEST(CellebriteXml, IdsOfOtherServicesAreNotTakenForNationalNumbers) {
  const auto chat = [](std::string_view source, std::string_view id) {
    return Extract(Report(ModelType(
        "Chat",
        Model("Chat", Models("Participants", "Party", Party(id)) + Field("Source", source)))));
  };
  EXPECT_TRUE(chat("Telegram", "7700900123").found.values.empty());
  EXPECT_TRUE(chat("Facebook Messenger", "07700900123").found.values.empty());
  EXPECT_TRUE(chat("", "7700900123").found.values.empty());
  EXPECT_EQ(chat("", "07700900123").found.values.size(), 1u);
  EXPECT_EQ(chat("Telegram", "+447700900123").found.values.size(), 1u);
  EXPECT_EQ(chat("Signal", "447700900123").found.values.size(), 1u);
  for (const char* host : {"g.us", "newsletter", "broadcast", "lid", "bot"}) {
    const Extracted got = chat("WhatsApp", "447700900123@" + std::string(host));
    EXPECT_EQ(CountBad(got, wire::reader::Reason::kNoPerson), 1u) << host;
    EXPECT_TRUE(got.found.values.empty());
  }
}

TEST(CellebriteXml, PartiesOfModelsThatAreNoTrafficAreNotTaken) {
  const std::string party = Models("Parties", "Party", Party("+447700900123"));
  EXPECT_TRUE(Extract(Report(ModelType("Email", Model("Email", party)))).found.values.empty());
  EXPECT_TRUE(Extract(Report(ModelType("Call", Model("Call", Models("Attachments", "Party",
                                                                    Party("+447700900123"))))))
                  .found.values.empty());
}

TEST(CellebriteXml, ASimsOwnAndServiceNumbersAreNotContacts) {
  const auto sim = [](std::string_view name) {
    return Extract(Report(ModelType(
        "SIMData", Model("SIMData", Field("Name", name) + Field("Value", "07700900123")))));
  };
  EXPECT_EQ(sim("MSISDN 1").found.owners.size(), 1u);
  for (const char* name :
       {"MSISDN 1", "SMSP", "Service Dialing Numbers", "IMSI", "ICCID", "LOCI"}) {
    EXPECT_TRUE(sim(name).found.values.empty()) << name;
  }
  EXPECT_EQ(sim("Last Numbers Dialed").found.values.size(), 1u);
}

TEST(CellebriteXml, EveryPieceSizeGivesTheSame) {
  const std::string report = FullReport();
  const Extracted whole = Extract(report);
  for (const size_t piece : {1u, 2u, 3u, 7u, 64u, 1000u}) {
    EXPECT_EQ(Extract(report, Format::kAuto, piece).found.all, whole.found.all) << piece;
  }
}

// The parser proper: cut at any byte, without a sample before it.
TEST(CellebriteXml, CutAnywhereGivesTheSame) {
  const std::string report = FullReport();
  const Extracted whole = Extract(report);
  for (size_t cut = 0; cut < report.size(); cut += 3) {
    FoundValues found;
    CellebriteXmlParser parser(found);
    EXPECT_EQ(parser.Feed(std::string_view(report).substr(0, cut)), FileRefusal::kNone);
    EXPECT_EQ(parser.Feed(std::string_view(report).substr(cut)), FileRefusal::kNone);
    EXPECT_EQ(parser.Finish(), FileRefusal::kNone);
    ASSERT_EQ(found.all, whole.found.all) << cut;
  }
}

TEST(CellebriteXml, ATruncatedReportIsRefusedWhereverItEnds) {
  const std::string report = FullReport();
  for (size_t end = 400; end < report.size() - 12; end += 97) {
    const Extracted got = Extract(report.substr(0, end));
    EXPECT_EQ(got.refusal, FileRefusal::kBroken) << end;
  }
}

TEST(CellebriteXml, AReportBehindAPasswordIsRefusedAsSuch) {
  EXPECT_EQ(Extract("\x2d\x06\x52\x6d and so on").refusal, FileRefusal::kProtected);
}

TEST(CellebriteXml, IllegalEntitiesAndControlsCostNothing) {
  std::string report = FullReport();
  const std::string number = "+44 7700 900104";
  report.replace(report.find("<![CDATA[" + number), 9 + number.size() + 3,
                 number + "&#x0;&#11;\x01");
  report.insert(report.find("Fictional"), "&#0;&#xFFFE;\x02");
  const Extracted got = Extract(report);
  EXPECT_EQ(got.refusal, FileRefusal::kNone);
  EXPECT_EQ(std::count(got.found.values.begin(), got.found.values.end(), number), 1);
}

TEST(CellebriteXml, BrokenTextCostsItsValueOnly) {
  std::string report = FullReport();
  report.insert(report.find("07700900108") + 5, "\xc3");
  report.insert(report.find("Fictional"), "Zo\xc3\xab, Ren\xc3\xa9");
  const Extracted got = Extract(report);
  EXPECT_EQ(got.refusal, FileRefusal::kNone);
  EXPECT_EQ(got.found.values.size(), 7u);
  EXPECT_EQ(CountBad(got, wire::reader::Reason::kBadRow), 1u);
}

TEST(CellebriteXml, Utf16IsReadWhateverTheDeclarationSays) {
  std::string wide = "\xff\xfe";
  for (const char c : FullReport()) wide += {c, '\0'};
  const Extracted got = Extract(wide);
  EXPECT_EQ(got.refusal, FileRefusal::kNone);
  EXPECT_EQ(got.found.values.size(), 8u);
}

TEST(CellebriteXml, EntitiesAreNeverDeclaredOrExpanded) {
  const std::string body = FullReport().substr(FullReport().find("<project"));
  const std::string bomb =
      "<?xml version=\"1.0\"?><!DOCTYPE project [<!ENTITY a \"07700900123\">"
      "<!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]>";
  EXPECT_EQ(Extract(bomb + body).refusal, FileRefusal::kBroken);
  std::string outside = "<!DOCTYPE project SYSTEM \"file:///etc/hostname\">" + body;
  EXPECT_EQ(Extract(outside).refusal, FileRefusal::kNone);
  outside.insert(outside.find("Fictional"), "&a;");
  EXPECT_EQ(Extract(outside).refusal, FileRefusal::kBroken);
}

TEST(CellebriteXml, DepthIsBounded) {
  std::string deep;
  for (int i = 0; i < 300; ++i) deep += "<model type=\"Chat\">";
  EXPECT_EQ(Extract(Report(deep)).refusal, FileRefusal::kTooDeep);
}

TEST(CellebriteXml, AModelWithMorePartiesThanCanBeHeldLosesNone) {
  std::string parties;
  const std::string padding(900, ' ');
  for (int i = 0; i < 1500; ++i) {
    parties += Model("Party", Field("Identifier", "+44770090" + std::string("0100") + ";" +
                                                      padding + "+447700900101"));
  }
  const Extracted got = Extract(Report(ModelType(
      "Chat", Model("Chat", Field("Source", "WhatsApp") + Models("Participants", "Party", parties) +
                                Time("LastActivity", "2026-02-02T10:00:00.000+00:00")))));
  EXPECT_EQ(got.found.values.size(), 3000u);
  EXPECT_FALSE(got.found.seen.front().day.has_value());  // told before the time was known
  EXPECT_TRUE(got.found.seen.back().day.has_value());
}

}  // namespace
}  // namespace signpost::reader::extraction
