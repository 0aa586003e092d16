#include "core/signpost/hours/hours.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace signpost::hours {
namespace {

Instant At(std::string_view text) { return Instant::Parse(text).value(); }

std::vector<Interval> Hours(const policy::SendingRules& rules, std::string_view from,
                            std::string_view until) {
  const auto hours = SendingHours(rules, At(from), At(until));
  EXPECT_TRUE(hours.has_value());
  return hours ? *hours : std::vector<Interval>();
}

Interval Between(std::string_view from, std::string_view until) { return {At(from), At(until)}; }

TEST(Hours, AWeekendIsNotSentOn) {
  // 2026-11-28 is a Saturday.
  EXPECT_TRUE(Hours({}, "2026-11-28T00:00:00Z", "2026-11-30T00:00:00Z").empty());
  EXPECT_EQ(Hours({}, "2026-11-27T00:00:00Z", "2026-12-01T00:00:00Z"),
            (std::vector<Interval>{Between("2026-11-27T09:00:00Z", "2026-11-27T19:00:00Z"),
                                   Between("2026-11-30T09:00:00Z", "2026-11-30T19:00:00Z")}));
}

TEST(Hours, SummerTimeDoesNotShiftTheLocalHours) {
  // The clocks of London go forward on 2026-03-29 and back on 2026-10-25.
  EXPECT_EQ(Hours({}, "2026-03-27T00:00:00Z", "2026-03-31T00:00:00Z"),
            (std::vector<Interval>{Between("2026-03-27T09:00:00Z", "2026-03-27T19:00:00Z"),
                                   Between("2026-03-30T08:00:00Z", "2026-03-30T18:00:00Z")}));
  EXPECT_EQ(Hours({}, "2026-10-23T00:00:00Z", "2026-10-27T00:00:00Z"),
            (std::vector<Interval>{Between("2026-10-23T08:00:00Z", "2026-10-23T18:00:00Z"),
                                   Between("2026-10-26T09:00:00Z", "2026-10-26T19:00:00Z")}));
}

policy::SendingRules EveryDay(int from_minute, int to_minute) {
  policy::SendingRules rules;
  rules.days.fill(true);
  rules.from_minute = from_minute;
  rules.to_minute = to_minute;
  return rules;
}

TEST(Hours, ASkippedHourIsNotSentIn) {
  // 01:00 to 02:00 of 2026-03-29 does not exist in London.
  EXPECT_TRUE(Hours(EveryDay(60, 120), "2026-03-29T00:00:00Z", "2026-03-29T12:00:00Z").empty());
  EXPECT_EQ(Hours(EveryDay(90, 180), "2026-03-29T00:00:00Z", "2026-03-29T12:00:00Z"),
            std::vector<Interval>{Between("2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z")});
}

TEST(Hours, ARepeatedHourCountsOnceAndWhole) {
  EXPECT_EQ(Hours(EveryDay(60, 120), "2026-10-25T00:00:00Z", "2026-10-25T12:00:00Z"),
            std::vector<Interval>{Between("2026-10-25T00:00:00Z", "2026-10-25T02:00:00Z")});
}

TEST(Hours, WholeDaysBecomeOneInterval) {
  EXPECT_EQ(Hours(EveryDay(0, 24 * 60), "2026-11-23T10:00:00Z", "2026-11-30T10:00:00Z"),
            std::vector<Interval>{Between("2026-11-23T10:00:00Z", "2026-11-30T10:00:00Z")});
}

TEST(Hours, AnotherZoneIsNotTakenForUtc) {
  policy::SendingRules rules;
  rules.zone = "Pacific/Auckland";  // 13 hours ahead in November
  EXPECT_EQ(Hours(rules, "2026-11-22T00:00:00Z", "2026-11-23T12:00:00Z"),
            std::vector<Interval>{Between("2026-11-22T20:00:00Z", "2026-11-23T06:00:00Z")});
}

TEST(Hours, NothingOutsideWhatWasAskedFor) {
  EXPECT_EQ(Hours({}, "2026-11-23T12:30:00Z", "2026-11-23T12:31:00Z"),
            std::vector<Interval>{Between("2026-11-23T12:30:00Z", "2026-11-23T12:31:00Z")});
  EXPECT_TRUE(Hours({}, "2026-11-23T19:00:00Z", "2026-11-24T09:00:00Z").empty());
  EXPECT_TRUE(Hours({}, "2026-11-24T12:00:00Z", "2026-11-24T11:00:00Z").empty());
}

TEST(Hours, AnUnknownZoneIsAnErrorNotUtc) {
  policy::SendingRules rules;
  rules.zone = "Europe/Nowhere";
  const auto hours = SendingHours(rules, At("2026-11-23"), At("2026-11-24"));
  ASSERT_FALSE(hours.has_value());
  EXPECT_EQ(hours.error().code, Code::kInput);
}

TEST(Hours, AZoneThatNobodyKnowsIsNotTakenIn) {
  EXPECT_TRUE(CheckZone("Europe/London").has_value());
  EXPECT_TRUE(CheckZone("UTC").has_value());
  for (const char* zone : {"Mars/X", "", "europe/london", "../../etc/passwd", "GMT+25"}) {
    const Result<void> checked = CheckZone(zone);
    ASSERT_FALSE(checked.has_value()) << zone;
    EXPECT_EQ(checked.error().code, Code::kInput) << zone;
  }
}

TEST(Hours, IntervalsNeverTouchOrOverlap) {
  EXPECT_TRUE(rc::check("ascending, apart and inside", [] {
    policy::SendingRules rules;
    for (bool& day : rules.days) day = *rc::gen::arbitrary<bool>();
    rules.from_minute = *rc::gen::inRange(0, 1440);
    rules.to_minute = *rc::gen::inRange(rules.from_minute + 1, 1441);
    const Instant from{*rc::gen::inRange<int64_t>(1780000000, 1830000000)};
    const Instant until = from + *rc::gen::inRange<int64_t>(1, 31 * 86400);
    const auto hours = SendingHours(rules, from, until);
    RC_ASSERT(hours.has_value());
    Instant last = from;
    for (size_t i = 0; i < hours->size(); ++i) {
      const Interval& interval = (*hours)[i];
      RC_ASSERT(interval.from < interval.until);
      const bool apart = i == 0 ? last <= interval.from : last < interval.from;
      RC_ASSERT(apart);
      last = interval.until;
    }
    RC_ASSERT(last <= until);
  }));
}

}  // namespace
}  // namespace signpost::hours
