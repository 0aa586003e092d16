#include "crypto/base/time.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <unistd.h>

#include <ctime>

namespace signpost {
namespace {

TEST(Time, DayThatDoesNotExistIsRefused) {
  EXPECT_EQ(Day::Parse("1970-01-01"), Day{0});
  EXPECT_EQ(Day::Parse("2026-11-23"), Day{20780});
  EXPECT_EQ(Day::Parse("2024-02-29")->Text(), "2024-02-29");
  for (const char* bad :
       {"", "2026-11-2", "2026-11-231", "2026-02-29", "2026-13-01", "2026-00-01", "2026-01-00",
        "2026-01-32", "2026/01/01", "20260-1-01", "-026-01-01", "2026-1 -01", "+026-01-01"}) {
    EXPECT_FALSE(Day::Parse(bad)) << bad;
  }
}

TEST(Time, InstantHasOneSpelling) {
  EXPECT_EQ(Instant::Parse("2026-11-23T21:08:02Z")->Text(), "2026-11-23T21:08:02Z");
  EXPECT_EQ(Instant::Parse("2026-11-23"), Instant::StartOf({20780}));
  for (const char* bad : {"2026-11-23T", "2026-11-23T21:08:02", "2026-11-23T21:08:02z",
                          "2026-11-23 21:08:02Z", "2026-11-23T24:00:00Z", "2026-11-23T23:60:00Z",
                          "2026-11-23T23:59:60Z", "2026-11-23T21:08:02+", "2026-11-23T21:08:02ZZ",
                          "2026-11-23T21-08-02Z", "2026-11-23T2 :08:02Z", "now", ""}) {
    EXPECT_FALSE(Instant::Parse(bad)) << bad;
  }
}

TEST(Time, TextDoesNotMoveTheTime) {
  EXPECT_TRUE(rc::check([] {
    // Years 0001 to 9999: the four digits that Parse takes.
    const auto seconds = *rc::gen::inRange<int64_t>(-62135596800, 253402300800);
    const Instant t{seconds};
    RC_ASSERT(Instant::Parse(t.Text()) == t);
    RC_ASSERT(Day::Parse(t.day().Text()) == t.day());
    RC_ASSERT(Instant::StartOf(t.day()) <= t);
    RC_ASSERT(t < Instant::StartOf(t.day() + 1));
  }));
}

TEST(Time, SecondBeforeTheEpochIsTheDayBefore) {
  EXPECT_EQ(Instant{-1}.day(), Day{-1});
  EXPECT_EQ(Instant{-86400}.day(), Day{-1});
  EXPECT_EQ(Instant{-86401}.day(), Day{-2});
  EXPECT_EQ(Instant{-1}.Text(), "1969-12-31T23:59:59Z");
}

TEST(Time, IntervalDoesNotHoldItsEnd) {
  const Interval hours{{100}, {200}};
  EXPECT_FALSE(hours.Contains({99}));
  EXPECT_TRUE(hours.Contains({100}));
  EXPECT_TRUE(hours.Contains({199}));
  EXPECT_FALSE(hours.Contains({200}));
}

TEST(Time, MovedClockRunsOn) {
  const Instant start = *Instant::Parse("2030-01-01");
  const Clock clock = Clock::StartingAt(start);
  EXPECT_GE(clock.Now(), start);
  EXPECT_LT(clock.Now(), start + 3600) << "whatever the machine does meanwhile";
  EXPECT_NE(clock.shift_seconds(), 0);
}

TEST(Time, ClockIsTheSystems) {
  EXPECT_EQ(Clock().shift_seconds(), 0);
  const int64_t before = std::time(nullptr);
  const Instant now = Clock().Now();
  EXPECT_LE(before, now.seconds);
  EXPECT_LE(now.seconds, static_cast<int64_t>(std::time(nullptr)));
}

TEST(Time, StandingClockDoesNotRunOn) {
  const Instant noon = *Instant::Parse("2030-01-01T12:00:00Z");
  const Clock clock = Clock::StandingAt(noon);
  const int64_t second = std::time(nullptr);
  while (std::time(nullptr) == second) usleep(1000);  // a tick
  EXPECT_EQ(clock.Now(), noon);
  // A process that is told this shift begins there, and runs on.
  const Instant there = Clock::Shifted(clock.shift_seconds()).Now();
  EXPECT_GE(there, noon);
  EXPECT_LT(there, noon + 3600);
}

TEST(Time, MonotonicClockDoesNotGoBack) {
  const int64_t before = MonotonicMillis();
  EXPECT_LE(before, MonotonicMillis());
}

}  // namespace
}  // namespace signpost
