#include "core/reader/extraction/xry.h"

#include <gtest/gtest.h>

#include "tests/core/reader/extraction/found_values.h"

namespace signpost::reader::extraction {
namespace {

using formats::Format;

std::string Report(std::string_view kind, std::string_view entities) {
  return "XRY Report\r\n\r\n" + std::string(kind) + "\r\n\r\n\r\n" + std::string(entities);
}

std::string Utf16(std::string_view text) {
  std::string wide = "\xff\xfe";
  for (const char c : text) wide += {c, '\0'};
  return wide;
}

const std::string kXryCalls = Report(
    "Calls",
    "Calls #\t1\r\nCall Type:\tMissed\r\nTime:\t4/3/2026 1:23:45 PM (Device)\r\nFrom\r\n"
    "Tel:\t+447700900101\r\nName (Matched):\tA 07700 900999\r\nTo\r\nTel:\t+447700900001\r\n\r\n"
    "Calls #\t2\r\nCall Type:\tDialed\r\nTime:\t25/12/2025 10:00:00\r\nTo\r\n"
    "Tel:\t07700 900102\r\nDuration:\t00:10:00\r\n\r\n");

const std::string kXryMessages =
    Report("Messages/SMS",
           "SMS #\t1\r\nFrom\r\nTel:\t07700900103\r\nText:\tcall me on\r\nTel: 07700 900999\r\n"
           "Time: 1/1/1999\r\nDirection:\tIncoming\r\nTime:\t2026-01-02 10:00:00 UTC\r\n"
           "Service Center:\t+447700900998\r\n\r\n"
           "SMS #\t2\r\nParticipant\r\nTel:\ta@example.org\r\nTel:\t07700900104\r\nText:\tx\r\n");

TEST(Xry, CallsAreTakenWithTheEarlierOfTwoDays) {
  const Extracted got = Extract(Utf16(kXryCalls));
  EXPECT_EQ(got.refusal, wire::reader::FileRefusal::kNone);
  EXPECT_EQ(got.found.layout.format, Format::kXryText);
  EXPECT_EQ(got.found.values, (Texts{"+447700900101", "07700 900102"}));
  EXPECT_EQ(got.found.seen[0].day->Text(), "2026-03-04");
  EXPECT_EQ(got.found.seen[1].day->Text(), "2025-12-25");
  EXPECT_EQ(got.rows, 2u);
}

TEST(Xry, TheOwnerIsLeftOutAndNamed) {
  const Extracted got = Extract(Utf16(kXryCalls));
  EXPECT_EQ(got.found.owners, (Texts{"+447700900001"}));
  EXPECT_EQ(got.found.bad, (std::vector<uint64_t>{13}));
}

TEST(Xry, ANumberInTheTextOfAMessageIsNotTaken) {
  const Extracted got = Extract(kXryMessages);
  EXPECT_EQ(got.found.values, (Texts{"07700900103", "07700900104"}));
  EXPECT_EQ(got.found.seen[0].day->Text(), "2026-01-02");
  EXPECT_TRUE(got.found.seen[0].traffic);
}

TEST(Xry, ContactsAreNoTraffic) {
  const Extracted got = Extract(
      Utf16(Report("Contacts/Contacts",
                   "Contacts #\t1\r\nName:\tA\r\nTel:\t+447700900105\r\nStorage:\tDevice\r\n\r\n"
                   "Contacts #\t2\r\nName:\tB\r\nFax:\t+447700900106\r\n")));
  EXPECT_EQ(got.found.values, (Texts{"+447700900105"}));
  EXPECT_FALSE(got.found.seen[0].traffic);
  EXPECT_EQ(got.found.bad.size(), 1u);
}

TEST(Xry, EveryPieceSizeGivesTheSame) {
  for (const std::string& text : {Utf16(kXryCalls), kXryMessages}) {
    const Extracted whole = Extract(text);
    for (const size_t piece : {1u, 3u, 50u}) {
      EXPECT_EQ(Extract(text, Format::kAuto, piece).found.all, whole.found.all);
    }
  }
}

TEST(Xry, OtherTextsAreNotTakenForAReport) {
  EXPECT_NE(Extract("a\nb\nCalls\n\n\nPhone\n07700900123\n").found.layout.format, Format::kXryText);
  EXPECT_EQ(Extract("Phone\n07700900123\n", Format::kXryText).refusal,
            wire::reader::FileRefusal::kWrongFormat);
}

}  // namespace
}  // namespace signpost::reader::extraction
