#include "core/reader/extraction/columns.h"

#include <gtest/gtest.h>

#include "core/reader/extraction/header.h"

namespace signpost::reader::extraction {
namespace {

TEST(HeadingOf, NumbersAreFoundUnderTheHeadingsOfCommonExports) {
  for (const char* heading : {"Phone 1 - Value",
                              "Mobile Phone",
                              "Home Phone",
                              "Business Phone 2",
                              "Primary Phone",
                              "Mobile Number",
                              "Work Phone",
                              "Phone",
                              "Mobile",
                              "Tel",
                              "Tel.",
                              "Telephone No",
                              "Telefon",
                              "Handynummer",
                              "Telefonnummer",
                              "MSISDN",
                              "phone_number",
                              "phoneNumber",
                              "Cell",
                              "Mobiel",
                              "Phone Number(s)",
                              "Rufnummer",
                              "T\xc3\xa9l\xc3\xa9phone",
                              "Caller phone",
                              "WhatsApp ID",
                              "Telefoonnummer",
                              "Unformatted Phone"}) {
    EXPECT_EQ(HeadingOf(heading), Heading::kStrong) << heading;
  }
  for (const char* heading : {"Number", "number", "From", "To", "Caller ID", "Recipient", "address",
                              "Contact", "Nummer", "Parties", "Called party", "Contact number"}) {
    EXPECT_EQ(HeadingOf(heading), Heading::kWeak) << heading;
  }
}

TEST(HeadingOf, FaxAndPagerColumnsAreLeftOut) {
  for (const char* heading : {"Fax", "Business Fax", "Home Fax Number", "Fax Number", "Pager",
                              "Pager Number", "Telefax", "Other Fax"}) {
    EXPECT_EQ(HeadingOf(heading), Heading::kFax) << heading;
  }
}

TEST(HeadingOf, OtherNumbersAreNotTakenForTelephoneNumbers) {
  for (const char* heading :
       {"Account Number", "House number", "Order No", "Reference number", "IMEI number of phone",
        "Phone model", "Mobile network", "Name", "E-mail", "Date", "Duration", "Custody number",
        "Phone ID", "Contact name", "First Name", "Notes"}) {
    EXPECT_EQ(HeadingOf(heading), Heading::kOther) << heading;
  }
  EXPECT_EQ(HeadingOf("Phone 1 - Type"), Heading::kTypeOf);
  EXPECT_EQ(HeadingOf("Phone 1 - Label"), Heading::kTypeOf);
  EXPECT_EQ(HeadingOf("Alice"), Heading::kUnknown);
}

std::vector<int> Roles(const SampleRows& rows, bool header) {
  Layout layout;
  ChooseColumns(rows, layout);
  EXPECT_EQ(layout.header, header);
  std::vector<int> numbers;
  for (size_t c = 0; c < layout.roles.size(); ++c) {
    if (layout.roles[c] == ColumnRole::kNumber) numbers.push_back(static_cast<int>(c));
  }
  return numbers;
}

TEST(ChooseColumns, ATimeStampIsNotTakenForANumber) {
  // iMazing's calls have no header: direction, date, duration, number, name.
  EXPECT_EQ(Roles({{"Incoming", "2026-11-01 10:00:00", "00:01:02", "+44 7700 900123", "A"},
                   {"Outgoing", "2026-11-01 11:00:00", "00:00:00", "07700 900124", "B"}},
                  false),
            std::vector<int>{3});
  // Milliseconds and record ids beside numbers.
  EXPECT_EQ(Roles({{"1764000000000", "12345678", "07700900123"},
                   {"1764000000001", "12345679", "07700900124"}},
                  false),
            std::vector<int>{2});
}

TEST(ChooseColumns, DigitsAloneAreTakenWhenThereIsNothingElse) {
  EXPECT_EQ(Roles({{"A", "7700900123"}, {"B", "447700900124"}}, false), std::vector<int>{1});
}

TEST(ChooseColumns, HeadingsInAnUnknownLanguageAreNotARow) {
  EXPECT_EQ(Roles({{"Imi\xc4\x99", "Kontakty"}, {"A", "07700900123"}, {"B", "07700900124"}}, true),
            std::vector<int>{1});
}

TEST(ChooseColumns, TitleAboveTheHeaderIsNotTheHeader) {
  Layout layout;
  ChooseColumns({{"Contacts (2)"}, {"#", "Name", "Mobile"}, {"1", "A", "07700900123"}}, layout);
  EXPECT_TRUE(layout.header);
  EXPECT_EQ(layout.rows_before_data, 2u);
  EXPECT_EQ(layout.NumberColumns(), 1u);
}

TEST(ChooseColumns, DestroyedNumbersAreStillReadSoThatTheyAreCounted) {
  EXPECT_EQ(Roles({{"Name", "Number"}, {"A", "4.47701E+11"}, {"B", "4.47701E+11"}}, true),
            std::vector<int>{1});
}

TEST(ChooseColumns, ANetworksNameUnderMobileIsNotRead) {
  EXPECT_EQ(Roles({{"Mobile", "Phone"}, {"EE", "07700900123"}, {"O2 UK", "07700900124"}}, true),
            std::vector<int>{1});
}

TEST(ChooseColumns, AnUnknownHeadingOverNumbersIsFoundByContent) {
  EXPECT_EQ(Roles({{"Name", "Reaches"}, {"A", "07700 900123"}}, true), std::vector<int>{1});
}

}  // namespace
}  // namespace signpost::reader::extraction
