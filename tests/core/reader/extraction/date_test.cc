#include "core/reader/extraction/date.h"

#include <gtest/gtest.h>

namespace signpost::reader::extraction {
namespace {

std::string InstantOf(std::string_view text, DateOrder order = DateOrder::kUnsaid) {
  const auto day = ParseDay(text, order);
  return day ? day->Text() : "none";
}

TEST(Date, EverySpellingOfATimeIsItsDay) {
  for (const char* text : {"2026-11-23",
                           "2026-11-23T21:08:02Z",
                           "2026-11-23 21:08:02.123+00:00",
                           "20261123",
                           "2026/11/23 9:08 PM",
                           "1795468082",
                           "1795468082000",
                           "1795468082000000",
                           "23/11/2026",
                           "23.11.2026 21:08",
                           "23-11-26 21:08:02",
                           "11/23/2026 9:08:02 PM",
                           "23 Nov 2026",
                           "Nov 23, 2026 9:08:02 PM",
                           "Monday, 23 November 2026 at 21:08",
                           "Mon Nov 23 21:08:02 2026",
                           "23-Nov-26",
                           "23/11/2026 21:08:02(UTC+0)",
                           "11/23/2026 9:08:02 PM (Device)",
                           "November 23rd, 2026"}) {
    EXPECT_EQ(InstantOf(text), "2026-11-23") << text;
  }
}

TEST(Date, OffsetsMoveTheDayToUtc) {
  EXPECT_EQ(InstantOf("2026-11-24T00:30:00+01:00"), "2026-11-23");
  EXPECT_EQ(InstantOf("2026-11-22T22:30:00-0200"), "2026-11-23");
  EXPECT_EQ(InstantOf("24/11/2026 00:30:00(UTC+1)"), "2026-11-23");
  EXPECT_EQ(InstantOf("2026-11-23T12:00:00 UTC-05:30"), "2026-11-23");
  EXPECT_EQ(InstantOf("2026-11-23 12:30 AM"), "2026-11-23");
}

TEST(Date, AnAmbiguousDayIsNeverTheLaterOne) {
  EXPECT_EQ(InstantOf("03/04/2026"), "2026-03-04");
  EXPECT_EQ(InstantOf("04/03/2026"), "2026-03-04");
  EXPECT_EQ(InstantOf("03/04/2026", DateOrder::kDayFirst), "2026-04-03");
  EXPECT_EQ(InstantOf("03/04/2026", DateOrder::kMonthFirst), "2026-03-04");
  EXPECT_EQ(InstantOf("23/04/2026", DateOrder::kMonthFirst), "2026-04-23");
}

TEST(Date, WhatIsNoTimeIsNoDay) {
  for (const char* text :
       {"", "null", "0", "-1", "07700 900123", "+447700900123", "12:30:45", "00:10:00",
        "2026-02-30", "31/31/2026", "32 Nov 2026", "1/2/3/4", "2026-11-23 25:00",
        "hello 23 Nov 2026", "1950-01-01", "9999-12-31", "99999999999999999999", "5 minutes"}) {
    EXPECT_EQ(InstantOf(text), "none") << text;
  }
  EXPECT_EQ(InstantOf(std::string(5000, '1')), "none");
}

TEST(Date, OrderIsProvedOrSaid) {
  EXPECT_EQ(OrderProvedBy("23/11/2026"), DateOrder::kDayFirst);
  EXPECT_EQ(OrderProvedBy("11/23/2026 9:08 PM"), DateOrder::kMonthFirst);
  EXPECT_EQ(OrderProvedBy("03/04/2026"), DateOrder::kUnsaid);
  EXPECT_EQ(OrderProvedBy("2026-11-23"), DateOrder::kUnsaid);
  EXPECT_EQ(OrderSaidBy("Received Date/Time - UTC+00:00 (dd/MM/yyyy)"), DateOrder::kDayFirst);
  EXPECT_EQ(OrderSaidBy("Date (M/d/yyyy)"), DateOrder::kMonthFirst);
  EXPECT_EQ(OrderSaidBy("Time"), DateOrder::kUnsaid);
}

}  // namespace
}  // namespace signpost::reader::extraction
