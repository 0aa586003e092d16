#include "core/sender/smpp/pace.h"

#include <gtest/gtest.h>

namespace signpost::sender::smpp {
namespace {

// Takes all there is every millisecond.
unsigned TakenIn(Pace& pace, int64_t from_ms, int64_t until_ms) {
  unsigned taken = 0;
  for (int64_t t = from_ms; t < until_ms; ++t) {
    for (; pace.Available(t) > 0; ++taken) pace.Take();
  }
  return taken;
}

TEST(Pace, NoSecondExceedsIt) {
  for (const uint32_t rate : {1u, 7u, 50u, 1000u, 10000u, 1000000u}) {
    Pace pace(rate);
    EXPECT_LE(TakenIn(pace, 1000, 11000), rate * 10 + 1) << rate;
    EXPECT_GE(TakenIn(pace, 11000, 21000), rate * 10 - 1) << rate;
  }
}

TEST(Pace, PauseIsNotMadeUpFor) {
  Pace pace(100);
  (void)TakenIn(pace, 0, 1000);
  EXPECT_LE(pace.Available(3600000), 10u);
}

TEST(Pace, ThrottlingHalvesOnceASecondAndRecovers) {
  Pace pace(100);
  (void)pace.Available(0);
  for (int i = 0; i < 20; ++i) pace.Halve(0);
  EXPECT_EQ(pace.per_second(), 50u);
  EXPECT_EQ(pace.Available(0), 0u);
  (void)pace.Available(20000);
  EXPECT_EQ(pace.per_second(), 100u);
}

TEST(Pace, ThrottlingThatGoesOnGoesOnHalving) {
  Pace pace(100);
  (void)pace.Available(0);
  for (int64_t t = 0; t < 10000; t += 100) pace.Halve(t);
  EXPECT_LT(pace.per_second(), 20u);
}

TEST(Pace, NextAtIsWhenOneIsThere) {
  Pace pace(3);
  (void)TakenIn(pace, 0, 1);
  const int64_t at = pace.NextAt(1);
  EXPECT_EQ(pace.Available(at - 1), 0u);
  EXPECT_EQ(pace.Available(at), 1u);
}

}  // namespace
}  // namespace signpost::sender::smpp
