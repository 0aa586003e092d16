// Peers that go away or speak out of turn, clocks, live and rehearsal; and the two smaller jobs.
#include <gtest/gtest.h>

#include "tests/cli/opener/opener_run.h"

namespace signpost::opener {
namespace {

using test::All;
using test::ExpectNothingPassed;
using test::Now;
using test::OpenerRun;
using test::Site;

// Bind refused, link lost: signpost must hear of an end, not of a broken opener.
TEST(Opener, LostSenderEndsTheRunInOrder) {
  Site site(test::Now());
  OpenerRun run(site);
  run.BeginDispatch();
  run.SenderGoes();
  run.PassOn(0, 10);
  run.AskFor(10, 10);
  EXPECT_EQ(run.HearKind(), wire::opener::kDone) << "without a sender nothing more is opened";
  EXPECT_TRUE(run.child().Wait().has_value());
  EXPECT_EQ(site.Mark(), 10u);
}

TEST(Opener, SenderLostBeforeTheFirstRangeIsNoFailure) {
  Site site(test::Now());
  OpenerRun run(site);
  run.BeginDispatch();
  run.SenderGoes();
  run.End();
  EXPECT_EQ(run.HearKind(), wire::opener::kDone);
  EXPECT_TRUE(run.child().Wait().has_value());
}

TEST(Opener, SignpostThatGoesAwayEndsIt) {
  Site site(test::Now());
  OpenerRun run(site);
  run.BeginDispatch();
  run.AskFor(0, 10);
  ASSERT_EQ(run.HearKind(), wire::opener::kTokens);
  run.SignpostGoes();
  EXPECT_FALSE(run.child().Wait().has_value());
  const OpenerRun::Got got = run.AtTheSender();
  EXPECT_TRUE(got.numbers.empty());
  EXPECT_FALSE(got.end) << "the sender must not take it for an orderly end";
}

// A signpost that was taken over, at every point where it could speak out of turn.
TEST(Opener, MessageThatIsNotDueEndsTheProcess) {
  const uint8_t early_release[] = {
      wire::opener::kRelease, 0, 0, 0, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  const uint8_t short_release[] = {
      wire::opener::kRelease, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  const uint8_t second_start[] = {wire::opener::kStart, 0, 0, 0, 1, 0, 0, 0};
  for (const bool range_is_out : {false, true}) {
    Site site(test::Now());
    OpenerRun run(site);
    run.BeginDispatch();
    if (range_is_out) {
      run.AskFor(0, 10);
      ASSERT_EQ(run.HearKind(), wire::opener::kTokens);
    }
    const ByteView wrong = range_is_out ? ByteView(short_release) : ByteView(early_release);
    ASSERT_TRUE(WriteAll(run.raw_control(), wrong, "control").has_value());
    EXPECT_FALSE(run.child().Wait().has_value());
    const OpenerRun::Got got = run.AtTheSender();
    EXPECT_TRUE(got.numbers.empty());
    EXPECT_FALSE(got.end);
  }
  Site site(test::Now());
  OpenerRun run(site);
  run.Start(site.StartOf(wire::opener::Job::kDispatch));
  ASSERT_TRUE(WriteAll(run.raw_control(), second_start, "control").has_value());
  EXPECT_FALSE(run.child().Wait().has_value());
}

TEST(Opener, MovedClockIsRefusedByLiveKeys) {
  for (const int64_t shift : {1, -1, 86400}) {
    Site site(test::Now({.mode = Mode::kLive, .fictional = false}));
    OpenerRun run(site);
    site.Open();
    wire::opener::Start start = site.StartOf(wire::opener::Job::kDispatch);
    start.clock_shift_seconds = shift;
    run.Start(start);
    site.Show(run.control());
    EXPECT_REFUSAL(kClock, run.HearRefusal());
    test::ExpectNothingPassed(run);
  }
}

TEST(Opener, MovedClockOfARehearsalIsFollowed) {
  Site site(test::Now());
  OpenerRun run(site);
  site.Open();
  wire::opener::Start start = site.StartOf(wire::opener::Job::kDispatch);
  start.clock_shift_seconds = 86400;
  run.Start(start);
  site.Show(run.control());
  EXPECT_REFUSAL(kExpired, run.HearRefusal());
}

TEST(Opener, LiveKeysOpenWhatIsNotFictional) {
  Site site(test::Now({.mode = Mode::kLive, .fictional = false}));
  OpenerRun run(site);
  run.BeginDispatch();
  run.AskFor(0, 10);
  EXPECT_EQ(run.HearKind(), wire::opener::kTokens);
}

TEST(Opener, FictionalNumbersAndLiveKeysDoNotMeet) {
  for (const bool fictional : {true, false}) {
    Site site(
        test::Now({.mode = fictional ? Mode::kLive : Mode::kRehearsal, .fictional = fictional}));
    OpenerRun run(site);
    run.BeginDispatch();
    run.AskFor(0, 10);
    EXPECT_REFUSAL(kCorrupt, run.HearRefusal());
    test::ExpectNothingPassed(run);
  }
}

// Both jobs of init and of a new epoch.
TEST(Opener, StateIsMadeOnceAndNotOverAnother) {
  Site site(test::Now());
  site.state_file = test::EmptyStateFile();
  for (const bool first : {true, false}) {
    OpenerRun run(site);
    run.Start(site.StartOf(wire::opener::Job::kMakeState));
    ASSERT_TRUE(run.control().SendText(wire::opener::kKeyFile, site.key_files[0]).has_value());
    if (first) {
      EXPECT_EQ(run.HearKind(), wire::opener::kDone);
    } else {
      EXPECT_REFUSAL(kState, run.HearRefusal());
    }
    EXPECT_TRUE(run.child().Wait().has_value());
  }
  EXPECT_EQ(site.Mark(), 0u);
}

TEST(Opener, EpochKeyIsMadeInsideAndBoundToTheTrustRoot) {
  Site site(test::Now());
  OpenerRun run(site);
  wire::opener::Start start = site.StartOf(wire::opener::Job::kMakeEpoch);
  start.epoch_from_day = site.now.day().days;
  start.epoch_deadline_day = site.now.day().days + 36;
  run.Start(start);
  ASSERT_TRUE(run.control().SendText(wire::opener::kKeyFile, site.key_files[0]).has_value());
  const std::optional<wire::Frames> made = run.Hear();
  ASSERT_TRUE(made && made->kind == wire::opener::kMadeKey);
  KeyRing ring(test::SecretOf(Site::kPassphrase));
  ASSERT_TRUE(ring.Add(site.key_files[0]).has_value());
  ASSERT_TRUE(ring.Add(AsText(made->bytes)).has_value()) << "same trust root, same passphrase";
  const OpenerKeys keys = ring.Take().value();
  EXPECT_EQ(keys.epochs.at(0).facts.deadline, site.now.day() + 36);
  EXPECT_EQ(run.HearKind(), wire::opener::kDone);
  EXPECT_TRUE(run.child().Wait().has_value());
}

TEST(Opener, WrongPassphraseMakesNoEpochAndNoState) {
  for (const wire::opener::Job job :
       {wire::opener::Job::kMakeEpoch, wire::opener::Job::kMakeState}) {
    for (const char* passphrase : {"wrong horse", ""}) {
      Site site(test::Now());
      site.passphrase = passphrase;
      OpenerRun run(site);
      run.Start(site.StartOf(job));
      ASSERT_TRUE(run.control().SendText(wire::opener::kKeyFile, site.key_files[0]).has_value());
      EXPECT_REFUSAL(kKey, run.HearRefusal());
      EXPECT_TRUE(run.child().Wait().has_value());
    }
  }
}

TEST(Opener, UnknownJobEndsTheProcess) {
  Site site(test::Now());
  OpenerRun run(site);
  wire::opener::Start start = site.StartOf(wire::opener::Job::kDispatch);
  start.job = static_cast<wire::opener::Job>(9);
  run.Start(start);
  EXPECT_FALSE(run.child().Wait().has_value());
}

}  // namespace
}  // namespace signpost::opener
