#include "core/reader/database/days.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace signpost::reader::database {
namespace {

std::string Text(double time, Epoch epoch) {
  const auto day = DayFromTime(time, epoch);
  return day ? day->Text() : "";
}

TEST(DayFromTime, UnitsAreToldByMagnitude) {
  for (const double time : {1612345678.0, 1612345678e3, 1612345678e6, 1612345678e9}) {
    EXPECT_EQ(Text(time, Epoch::kUnix), "2021-02-03");
  }
  for (const double time : {634038478.0, 634038478.25, 634038478e3, 634038478e9}) {
    EXPECT_EQ(Text(time, Epoch::kCocoa), "2021-02-03");
  }
  EXPECT_EQ(Text(1612345678, Epoch::kCocoa), "2021-02-03");  // Unix time in a Cocoa column
}

TEST(DayFromTime, WhatNoPhoneCanHaveMeantIsNoDay) {
  for (const double time :
       {0.0, -1.0, 99.0, 1e30, 5e9, std::nan(""), std::numeric_limits<double>::infinity()}) {
    EXPECT_EQ(Text(time, Epoch::kUnix), "") << time;
  }
  EXPECT_EQ(Text(-63114076800, Epoch::kCocoa), "");  // year 1: Core Data's distant past
  EXPECT_EQ(Text(64092211200, Epoch::kCocoa), "");   // year 4001: its distant future
}

TEST(LatestDays, KeepsTheLatestAndIsBounded) {
  LatestDays days;
  days.Note(7, Day{18000});
  days.Note(7, Day{17000});
  days.Note(7, std::nullopt);
  days.Note(8, std::nullopt);
  EXPECT_EQ(days.Of(7), Day{18000});
  EXPECT_TRUE(days.Has(8));
  EXPECT_EQ(days.Of(8), std::nullopt);
  EXPECT_FALSE(days.Has(9));
  for (int64_t id = 0; id < 300000; ++id) days.Note(id, Day{1});
  EXPECT_TRUE(days.full());
  EXPECT_FALSE(days.Has(299999));
  EXPECT_EQ(days.Of(7), Day{18000});
}

}  // namespace
}  // namespace signpost::reader::database
