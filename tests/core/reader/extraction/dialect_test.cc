#include "core/reader/extraction/dialect.h"

#include <gtest/gtest.h>

#include "core/reader/extraction/cell.h"
#include "tests/core/reader/extraction/found_values.h"

namespace signpost::reader::extraction {
namespace {

using formats::Dialect;
using wire::reader::Reason;

TEST(Dialect, EachToolsHeaderIsKnown) {
  const std::pair<const char*, Dialect> cases[] = {
      {"Name,Given Name,Phone 1 - Type,Phone 1 - Value\nA,A,Mobile,07700 900111\n",
       Dialect::kGoogle},
      {"First Name,Mobile Phone,Home Phone,Business Fax\nA,07700 900111,,\n", Dialect::kOutlook},
      {"First Name,Work Phone,Fax Number,Pager Number,Mobile Number\nA,,,,07700 900111\n",
       Dialect::kThunderbird},
      {"\"Contact\",\"Number\",\"Date\",\"Type\",\"Unformatted Number\"\n"
       "\"A\",\"07700 900 111\",\"x\",\"y\",\"07700900111\"\n",
       Dialect::kIexplorer},
      {"Call type,Date,Duration,Number,Contact,Location,Service\n"
       "Incoming,2026-11-23 10:00:00,00:01:00,07700 900111,A,,Phone\n",
       Dialect::kImazing},
      {"Name,Number\nA,07700 900111\n", Dialect::kNone},
  };
  for (const auto& [text, dialect] : cases) {
    const Extracted got = Extract(text);
    EXPECT_EQ(got.found.layout.dialect, dialect) << text;
    EXPECT_EQ(got.found.values.size(), 1u) << text;
  }
}

TEST(Dialect, HeaderlessCallsAreALog) {
  const Extracted got = Extract(
      "Incoming,2026-11-23 10:00:00,00:01:00,+447700900111,A B\n"
      "Outgoing,2026-11-24 10:00:00,00:01:10,07700 900112,C\n"
      "Missed,2026-11-25 10:00:00,00:00:00,07700900113,D\n");
  EXPECT_EQ(got.found.layout.dialect, Dialect::kImazing);
  EXPECT_EQ(Told(got), (Texts{"+447700900111 @2026-11-23", "07700 900112 @2026-11-24",
                              "07700900113 @2026-11-25"}));
}

TEST(Dialect, AnAddressBooksDatesAreNoTraffic) {
  EXPECT_EQ(
      Told(Extract("Name,Mobile,Created Date,Birthday\nA,07700 900111,2026-11-23,1990-01-02\n")),
      (Texts{"07700 900111"}));
  EXPECT_EQ(Told(Extract("Name,Mobile,Date\nA,07700 900111,2026-11-23\n")),
            (Texts{"07700 900111"}));
}

TEST(Dialect, TheOrderOfDayAndMonthIsSaidOrProvedOrTheEarlierDayIsTaken) {
  const auto log = [](std::string_view heading, std::string_view second) {
    return Told(Extract("Direction,Number," + std::string(heading) +
                        "\nIn,07700 900111,03/04/2026 10:00\nOut,07700 900112," +
                        std::string(second) + "\n"))[0];
  };
  EXPECT_EQ(log("Time", "05/06/2026"), "07700 900111 @2026-03-04");
  EXPECT_EQ(log("Time", "25/06/2026"), "07700 900111 @2026-04-03");
  EXPECT_EQ(log("Time", "06/25/2026"), "07700 900111 @2026-03-04");
  EXPECT_EQ(log("Time (dd/MM/yyyy)", "05/06/2026"), "07700 900111 @2026-04-03");
  EXPECT_EQ(log("Time (MM/dd/yyyy)", "05/06/2026"), "07700 900111 @2026-03-04");
}

TEST(Dialect, TheEarliestTimeOfARowCountsAndTheTimeMayComeLast) {
  EXPECT_EQ(Told(Extract("From,To,Sent Date/Time,Received Date/Time\n"
                         "07700 900111,07700 900112,2026-11-24 01:00,2026-11-23 10:00\n")),
            (Texts{"07700 900111 @2026-11-23", "07700 900112 @2026-11-23"}));
}

TEST(Dialect, ATimeThatCannotBeReadIsTrafficWithAWarning) {
  const std::string text = "Direction,Number,Time\nIn,07700 900111,yesterday\nOut,07700 900112,\n";
  FoundValues found;
  Extractor extractor(formats::Format::kAuto, found);
  EXPECT_EQ(extractor.Feed(AsBytes(text)), wire::reader::FileRefusal::kNone);
  EXPECT_EQ(extractor.Finish(), wire::reader::FileRefusal::kNone);
  EXPECT_TRUE(found.seen.at(0).traffic);
  EXPECT_FALSE(found.seen[0].day.has_value());
  EXPECT_EQ(extractor.warnings(), static_cast<uint32_t>(wire::reader::kDaysUnread));
}

TEST(Dialect, CellebriteTablesAreReadLineByLine) {
  const Extracted contacts = Extract(
      "Contacts (2),,,,\n#,Name,Interaction Statuses,Entries,Source\n"
      "1,A 07700 900999,,\"Phone-Mobile: +44 7700 900111\nPhone-: 07700 900112\n"
      "Phone-_$!<Mobile>!$_: 07700 900113\nPhone-Home Fax: 07700 900114\n"
      "User ID-WhatsApp User Id: 447700900115@s.whatsapp.net\n"
      "User ID-Telegram: 7700900998\nEmail-Work: a@example.org\nWeb address-: "
      "07700900997\",Phone\n");
  EXPECT_EQ(contacts.found.layout.dialect, Dialect::kCellebrite);
  EXPECT_EQ(contacts.found.values, (Texts{"+44 7700 900111", "07700 900112", "07700 900113",
                                          "447700900115@s.whatsapp.net"}));
  EXPECT_EQ(CountBad(contacts, Reason::kNoHandset), 1u);
  EXPECT_EQ(CountBad(contacts, Reason::kNotANumber), 2u);

  const Extracted calls = Extract(
      "#,Parties,Direction,Timestamp: Time,Source\n"
      "1,\"From:  +447700900116 Ann 2nd\nTo:  +447700900001 (owner)\",Incoming,"
      "23/11/2026 21:08:02(UTC+0),\n"
      "2,To:  7700900996 Bob,Outgoing,24/11/2026 21:08:02(UTC+0),Telegram\n"
      "3,To:  120363000000000000@g.us Group,Outgoing,24/11/2026 21:08:02(UTC+0),WhatsApp\n");
  EXPECT_EQ(Told(calls), (Texts{"+447700900116 @2026-11-23"}));
  EXPECT_EQ(calls.found.owners, (Texts{"+447700900001"}));
  EXPECT_EQ(CountBad(calls, Reason::kOwner), 1u);
  EXPECT_EQ(CountBad(calls, Reason::kNoPerson), 1u);
}

TEST(Dialect, AxiomTablesLeaveTheLocalUserOut) {
  const Extracted got = Extract(
      "Caller,Recipient(s),Direction,Call Date/Time - UTC+00:00 (dd/MM/yyyy)\n"
      "Local User,+447700900111;+447700900112,Outgoing,03/04/2026 10:00:00\n"
      "B <+447700900113>,Local User <+447700900001>,Incoming,04/04/2026 10:00:00\n");
  EXPECT_EQ(got.found.layout.dialect, Dialect::kAxiom);
  EXPECT_EQ(Told(got), (Texts{"+447700900111 @2026-04-03", "+447700900112 @2026-04-03",
                              "+447700900113 @2026-04-04"}));
  EXPECT_EQ(got.found.owners, (Texts{"+447700900001"}));
}

TEST(Dialect, TheOwnersSideOfALogIsLeftOut) {
  const Extracted got = Extract(
      "Direction,From,To,Time\nIncoming,07700 900111,07700 900001,2026-11-23\n"
      "Outgoing,07700 900001,07700 900112,2026-11-23\n"
      "Incoming,07700 900113,07700 900001; 07700 900114,2026-11-23\n"
      "Draft,07700 900115,,2026-11-23\n");
  EXPECT_EQ(got.found.owners, (Texts{"07700 900001", "07700 900001"}));
  EXPECT_EQ(CountBad(got, Reason::kOwner), 2u);
  EXPECT_EQ(got.found.values, (Texts{"07700 900111", "07700 900112", "07700 900113", "07700 900001",
                                     "07700 900114", "07700 900115"}));
}

TEST(Dialect, EachPersonOfAnIexplorerTableIsTakenOnce) {
  const Extracted got = Extract(
      "\"Contact\",\"Number\",\"Unformatted Number\"\n\"A\",\"(0)7700 900 111\",\"07700900111\"\n");
  EXPECT_EQ(got.found.values, (Texts{"07700900111"}));
}

TEST(LeadingId, ANameIsNoPartOfANumber) {
  EXPECT_EQ(LeadingId("+44 7700 900111 Ann"), "+44 7700 900111");
  EXPECT_EQ(LeadingId("+447700900111 2nd Home"), "+447700900111");
  EXPECT_EQ(LeadingId("447700900111@s.whatsapp.net Ann 7"), "447700900111@s.whatsapp.net");
  EXPECT_EQ(LeadingId("07700 900111 (owner)"), "07700 900111");
  EXPECT_EQ(LeadingId("Ann 07700 900111"), "");
  EXPECT_EQ(LeadingId(""), "");
}

}  // namespace
}  // namespace signpost::reader::extraction
