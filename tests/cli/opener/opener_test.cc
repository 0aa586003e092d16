#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <set>

#include "core/process/child.h"
#include "core/wire/sender_boundary.h"
#include "tests/core/opening/site.h"

namespace signpost {
namespace {

using testing::Again;
using testing::PipeOf;
using testing::Site;
using testing::SiteOptions;

SiteOptions Now(SiteOptions options = {}) {
  options.now = Clock().Now();
  return options;
}

// One signpost-opener, and signpost's and the sender's ends of its channels.
class OpenerRun {
 public:
  explicit OpenerRun(Site& site, int sender_buffer = 0) : site_(site) {
    SocketPair control = MakeSocketPair().value();
    SocketPair numbers = MakeSocketPair().value();
    if (sender_buffer > 0) {
      EXPECT_EQ(setsockopt(numbers.ours.get(), SOL_SOCKET, SO_SNDBUF, &sender_buffer,
                           sizeof sender_buffer),
                0);
    }
    std::vector<OwnedFd> fds;
    fds.push_back(std::move(control.theirs));
    fds.push_back(std::move(numbers.ours));
    fds.push_back(PipeOf(site.passphrase));
    fds.push_back(Again(site.state_file));
    child_.emplace(Spawn("signpost-opener", std::move(fds)).value());
    raw_control_ = Again(control.ours);
    control_.emplace(std::move(control.ours), opener::kToOpener, opener::kFromOpener, "opener");
    raw_sender_ = Again(numbers.theirs);
    sender_.emplace(std::move(numbers.theirs), std::span<const Rule>(), sender::kOpenerToSender,
                    "opener");
  }

  void Start(opener::Start start) {
    ASSERT_TRUE(control_->SendOne(opener::kStart, start).has_value());
  }
  // A dispatch from `next_position` in a new run, shown everything.
  void Dispatch(uint32_t next_position = 0) {
    site_.Open();
    Start(site_.StartOf(opener::Job::kDispatch, next_position));
    site_.Show(*control_);
  }

  // Its next message to signpost; nullopt at the end. Every byte is remembered.
  std::optional<Frames> Hear() {
    Result<std::optional<Frames>> got = control_->Receive();
    EXPECT_TRUE(got.has_value()) << "the opener broke its own table";
    if (!got || !*got) return std::nullopt;
    heard_.insert(heard_.end(), (*got)->bytes.begin(), (*got)->bytes.end());
    return *std::move(got);
  }
  uint8_t HearKind() {
    const std::optional<Frames> frames = Hear();
    return frames ? frames->kind : 0;
  }
  // kNone: it said something else.
  Refusal HearRefusal() {
    const std::optional<Frames> frames = Hear();
    if (!frames || frames->kind != opener::kRefused) return Refusal::kNone;
    return static_cast<Refusal>(frames->As<opener::Refused>().refusal);
  }
  void AskFor(uint32_t first, uint32_t count) {
    ASSERT_TRUE(control_->SendOne(opener::kOpenRange, opener::Range{first, count}).has_value());
  }
  void Release(const std::vector<uint8_t>& verdicts) {
    ASSERT_TRUE(control_->Send(opener::kRelease, std::span<const uint8_t>(verdicts)).has_value());
  }
  void End() { ASSERT_TRUE(control_->SendEmpty(opener::kEndRun).has_value()); }

  // What the sender has got so far, without waiting: positions and numbers.
  struct Got {
    std::optional<sender::Session> session;
    std::string text;
    bool end = false, eof = false;
    std::vector<std::pair<uint32_t, std::string>> numbers;
  };
  Got AtTheSender() {
    Got got;
    while (SenderHas(0)) {
      Result<std::optional<Frames>> frames = sender_->Receive();
      if (!frames || !*frames) {
        got.eof = true;
        break;
      }
      if ((*frames)->kind == sender::kSession) got.session = (*frames)->As<sender::Session>();
      if ((*frames)->kind == sender::kText) got.text = AsText((*frames)->bytes);
      got.end |= (*frames)->kind == sender::kEnd;
      for (uint32_t i = 0; (*frames)->kind == sender::kNumbers && i < (*frames)->count; ++i) {
        const auto numbered = (*frames)->As<sender::Numbered>(i);
        const auto* text = reinterpret_cast<const char*>(numbered.number);
        got.numbers.emplace_back(numbered.position, std::string(text, strnlen(text, 16)));
      }
    }
    return got;
  }
  bool SenderHas(int wait_ms) {
    pollfd waiting{raw_sender_.get(), POLLIN, 0};
    return poll(&waiting, 1, wait_ms) == 1;
  }
  void SenderGoes() {
    sender_->Close();
    raw_sender_ = OwnedFd();
  }
  void SignpostGoes() {
    control_->Close();
    raw_control_ = OwnedFd();
  }

  Child& child() { return *child_; }
  Channel& control() { return *control_; }
  int raw_control() const { return raw_control_.get(); }
  const Bytes& heard() const { return heard_; }

 private:
  Site& site_;
  std::optional<Child> child_;
  std::optional<Channel> control_, sender_;
  OwnedFd raw_control_, raw_sender_;
  Bytes heard_;
};

std::vector<uint8_t> All(size_t n) { return std::vector<uint8_t>(n, 0); }

#define EXPECT_REFUSAL(refusal, got) EXPECT_EQ(RefusalName(got), RefusalName(Refusal::refusal))

// Nothing was opened, nothing was passed, and nothing will be: the process is gone.
void ExpectNothingPassed(OpenerRun& run) {
  EXPECT_FALSE(run.Hear().has_value()) << "no word after a refusal";
  EXPECT_TRUE(run.child().Wait().has_value()) << "a refusal is an answer, not a failure";
  const OpenerRun::Got got = run.AtTheSender();
  EXPECT_TRUE(got.numbers.empty());
  EXPECT_TRUE(got.eof);
}

TEST(Opener, WholeDispatchTokensFirstNumbersAfterRelease) {
  Site site(Now());
  OpenerRun run(site);
  run.Dispatch();
  const std::optional<Frames> accepted = run.Hear();
  ASSERT_TRUE(accepted && accepted->kind == opener::kAccepted);
  EXPECT_EQ(accepted->As<opener::Accepted>().mark, 0u);
  EXPECT_EQ(accepted->As<opener::Accepted>().records, 30u);
  OpenerRun::Got got = run.AtTheSender();
  EXPECT_TRUE(got.session && !got.text.empty());
  EXPECT_TRUE(got.numbers.empty());

  std::set<Bytes> tokens;
  std::vector<std::pair<uint32_t, std::string>> passed;
  for (uint32_t first = 0; first < 30; first += 10) {
    run.AskFor(first, 10);
    const std::optional<Frames> asked = run.Hear();
    ASSERT_TRUE(asked && asked->kind == opener::kTokens);
    ASSERT_EQ(asked->count, 10u);
    for (uint32_t i = 0; i < 10; ++i) {
      const auto token = asked->As<std::array<uint8_t, 32>>(i);
      tokens.insert(Bytes(token.begin(), token.end()));
    }
    EXPECT_FALSE(run.SenderHas(50)) << "a number left before the release";
    EXPECT_EQ(site.Mark(), first) << "and the mark moves with the release";
    std::vector<uint8_t> verdicts = All(10);
    verdicts[3] = static_cast<uint8_t>(Withheld::kOptedOut);
    verdicts[4] = static_cast<uint8_t>(Withheld::kProtected);
    run.Release(verdicts);
    ASSERT_TRUE(run.SenderHas(5000));
    EXPECT_EQ(site.Mark(), first + 10) << "durable before a number arrives";
    const std::optional<Frames> done = run.Hear();
    ASSERT_TRUE(done && done->kind == opener::kPassed);
    EXPECT_EQ(done->As<uint32_t>(), 8u);
    for (auto& number : run.AtTheSender().numbers) passed.push_back(std::move(number));
  }
  EXPECT_EQ(tokens.size(), 30u);
  run.End();
  EXPECT_EQ(run.HearKind(), opener::kDone);
  EXPECT_TRUE(run.child().Wait().has_value());
  got = run.AtTheSender();
  EXPECT_TRUE(got.end && got.eof);

  ASSERT_EQ(passed.size(), 24u);
  for (const auto& [position, number] : passed) {
    EXPECT_TRUE(position % 10 != 3 && position % 10 != 4) << "withheld ones never leave";
    EXPECT_EQ(number, site.numbers[position]);
  }
}

TEST(Opener, SenderIsToldWhatWasApproved) {
  struct Case {
    std::string sender;
    uint8_t ton, npi;
  };
  for (const Case& c : {Case{"SIGNPOST", 5, 0}, Case{"60006", 3, 1}, Case{"447700900123", 1, 1}}) {
    Site site(Now());
    site.Replan([&](Manifest& m) {
      m.sender = c.sender;
      m.pace = 7;
      m.window = 3;
    });
    OpenerRun run(site);
    run.Dispatch();
    ASSERT_EQ(run.HearKind(), opener::kAccepted);
    const OpenerRun::Got got = run.AtTheSender();
    ASSERT_TRUE(got.session.has_value());
    EXPECT_EQ(std::string(got.session->sender, got.session->sender_bytes), c.sender);
    EXPECT_EQ(got.session->source_ton, c.ton);
    EXPECT_EQ(got.session->source_npi, c.npi);
    EXPECT_EQ(got.session->per_second, 7u);
    EXPECT_EQ(got.session->window, 3u);
    EXPECT_EQ(got.session->mode, static_cast<uint8_t>(Mode::kRehearsal));
    EXPECT_EQ(got.text, site.message);
  }
}

// What signpost hears from the opener in any spelling of any number of the batch.
TEST(Opener, NoNumberGoesToSignpost) {
  Site site(Now());
  OpenerRun run(site);
  run.Dispatch();
  ASSERT_EQ(run.HearKind(), opener::kAccepted);
  for (uint32_t first = 0; first < 30; first += 10) {
    run.AskFor(first, 10);
    ASSERT_EQ(run.HearKind(), opener::kTokens);
    run.Release(All(10));
    ASSERT_EQ(run.HearKind(), opener::kPassed);
  }
  run.End();
  ASSERT_EQ(run.HearKind(), opener::kDone);
  const std::string heard(AsText(run.heard()));
  const std::string hex = ToHex(run.heard());
  ASSERT_GT(heard.size(), 30u * 32);
  for (const std::string& number : site.numbers) {
    const std::string national = number.substr(3);
    std::string utf16;
    for (const char c : national) utf16 += {c, '\0'};
    EXPECT_EQ(heard.find(national), std::string::npos);
    EXPECT_EQ(heard.find(utf16), std::string::npos);
    EXPECT_EQ(hex.find(national), std::string::npos) << "packed digits";
    EXPECT_EQ(hex.find(ToHex(AsBytes(national))), std::string::npos);
    EXPECT_EQ(heard.find(ToBase64(AsBytes(number)).substr(0, 12)), std::string::npos);
  }
}

TEST(Opener, RefusalsOpenNothing) {
  struct Case {
    Refusal refusal;
    std::function<void(Site&)> spoil;
  };
  const std::vector<Case> cases = {
      {Refusal::kNotApproved, [](Site& s) { s.DropApprovalEntry(); }},
      {Refusal::kNotApproved, [](Site& s) { s.WithdrawApproval(); }},
      {Refusal::kFileChanged, [](Site& s) { s.ChangeFile(); }},
      {Refusal::kTextChanged, [](Site& s) { s.ChangeText("Something else."); }},
      {Refusal::kManifest,
       [](Site& s) { s.ChangeManifest([](Manifest& m) { m.gateway.port = 2776; }); }},
      {Refusal::kPolicyChain, [](Site& s) { s.FloodPolicies(); }},
      {Refusal::kLedgerSignature, [](Site& s) { s.SignLedgerAsSomebodyElse(); }},
      {Refusal::kOutsideHours,
       [](Site& s) { s.Replan([&](Manifest& m) {
                       m.hours = {{s.now + -1800, s.now + -900}};
                     }); }},
      {Refusal::kExpired, [](Site& s) { s.Replan([&](Manifest& m) { m.expires = s.now + -60; }); }},
      {Refusal::kKey, [](Site& s) { s.LoseEpochKey(); }},
      {Refusal::kKey, [](Site& s) { s.passphrase = "wrong horse"; }},
      {Refusal::kKey, [](Site& s) { s.passphrase = ""; }},
      {Refusal::kState, [](Site& s) { s.state_file = testing::EmptyStateFile(); }},
  };
  for (const Case& c : cases) {
    Site site(Now());
    c.spoil(site);
    OpenerRun run(site);
    run.Dispatch();
    EXPECT_EQ(RefusalName(run.HearRefusal()), RefusalName(c.refusal));
    ExpectNothingPassed(run);
  }
}

// Refusals come when everything was said, however much that is: nobody waits for the other.
TEST(Opener, RefusalWhileSignpostStillSpeaksDoesNotLockBoth) {
  Site site(Now());
  site.passphrase = "wrong horse";
  site.file_bytes.resize(900000);
  site.FloodPolicies();
  OpenerRun run(site);
  run.Dispatch();
  EXPECT_REFUSAL(kKey, run.HearRefusal());
}

TEST(Opener, RewoundLedgerIsRefused) {
  Site site(Now());
  {
    OpenerRun run(site);
    run.Dispatch();
    ASSERT_EQ(run.HearKind(), opener::kAccepted);
    run.End();
    ASSERT_EQ(run.HearKind(), opener::kDone);
  }
  site.RewindLedger(1);
  OpenerRun again(site);
  again.Dispatch();
  EXPECT_REFUSAL(kLedgerRewound, again.HearRefusal());
  ExpectNothingPassed(again);
}

TEST(Opener, RefusedLedgerIsRememberedToo) {
  Site site(Now());
  site.WithdrawApproval();
  {
    OpenerRun run(site);
    run.Dispatch();
    ASSERT_EQ(run.HearRefusal(), Refusal::kNotApproved);
  }
  EXPECT_EQ(site.LedgerSeen(), site.events.size());
  site.RewindLedger(2);
  OpenerRun again(site);
  again.Dispatch();
  EXPECT_REFUSAL(kLedgerRewound, again.HearRefusal());
}

TEST(Opener, SecondRunFromAnEarlierPositionIsRefused) {
  Site site(Now());
  {
    OpenerRun run(site);
    run.Dispatch();
    ASSERT_EQ(run.HearKind(), opener::kAccepted);
    run.AskFor(0, 10);
    ASSERT_EQ(run.HearKind(), opener::kTokens);
    run.Release(All(10));
    ASSERT_EQ(run.HearKind(), opener::kPassed);
    run.End();
    ASSERT_EQ(run.HearKind(), opener::kDone);
  }
  site.EndRun("stopped");
  {
    OpenerRun earlier(site);
    earlier.Dispatch(9);
    EXPECT_REFUSAL(kOpenedFurther, earlier.HearRefusal());
    ExpectNothingPassed(earlier);
  }
  site.EndRun("opened-further");
  OpenerRun next(site);
  next.Dispatch(10);
  ASSERT_EQ(next.HearKind(), opener::kAccepted);
  next.AskFor(10, 10);
  EXPECT_EQ(next.HearKind(), opener::kTokens);
}

// kill -9 after the release was taken and before the numbers were through: the sender does not
// read, so the opener hangs in the middle of passing them.
TEST(Opener, KilledBetweenReleaseAndPassingIsNeverOpenedAgain) {
  Site site(Now({.records = 600, .range = 600}));
  {
    OpenerRun run(site, 1);
    run.Dispatch();
    ASSERT_EQ(run.HearKind(), opener::kAccepted);
    run.AskFor(0, 600);
    ASSERT_EQ(run.HearKind(), opener::kTokens);
    run.Release(All(600));
    for (int i = 0; i < 500 && site.Mark() == 0; ++i) usleep(10000);
    ASSERT_EQ(site.Mark(), 600u);
    ASSERT_EQ(kill(run.child().pid(), SIGKILL), 0);
    EXPECT_FALSE(run.child().Wait().has_value());
    EXPECT_TRUE(run.AtTheSender().numbers.empty()) << "the message was cut off, so none was taken";
    EXPECT_FALSE(run.Hear().has_value()) << "it did not say that it passed them";
  }
  site.EndRun("crashed");
  OpenerRun again(site);
  again.Dispatch(0);
  EXPECT_REFUSAL(kOpenedFurther, again.HearRefusal());
  ExpectNothingPassed(again);
}

TEST(Opener, RangesOutOfOrderAreRefused) {
  const std::vector<opener::Range> ranges = {{10, 10}, {0, 0}, {0, 11}, {30, 1}, {0xffffffff, 2}};
  for (const opener::Range& range : ranges) {
    Site site(Now());
    OpenerRun run(site);
    run.Dispatch();
    ASSERT_EQ(run.HearKind(), opener::kAccepted);
    run.AskFor(range.first, range.count);
    EXPECT_REFUSAL(kOutOfOrder, run.HearRefusal());
    ExpectNothingPassed(run);
    EXPECT_EQ(site.Mark(), 0u);
  }
}

TEST(Opener, RangeIsNotOpenedTwiceInOneRun) {
  Site site(Now());
  OpenerRun run(site);
  run.Dispatch();
  ASSERT_EQ(run.HearKind(), opener::kAccepted);
  run.AskFor(0, 10);
  ASSERT_EQ(run.HearKind(), opener::kTokens);
  run.Release(All(10));
  ASSERT_EQ(run.HearKind(), opener::kPassed);
  run.AskFor(0, 10);
  EXPECT_REFUSAL(kOpenedFurther, run.HearRefusal());
}

TEST(Opener, RunThatEndsInsteadOfAReleasePassesNothing) {
  Site site(Now());
  OpenerRun run(site);
  run.Dispatch();
  ASSERT_EQ(run.HearKind(), opener::kAccepted);
  run.AskFor(0, 10);
  ASSERT_EQ(run.HearKind(), opener::kTokens);
  run.End();
  EXPECT_EQ(run.HearKind(), opener::kDone);
  EXPECT_TRUE(run.child().Wait().has_value());
  const OpenerRun::Got got = run.AtTheSender();
  EXPECT_TRUE(got.end);
  EXPECT_TRUE(got.numbers.empty());
  EXPECT_EQ(site.Mark(), 0u) << "nothing was opened further than this process";
}

TEST(Opener, ReleaseAfterTheHoursIsRefused) {
  Site site(Now());
  site.Replan([&](Manifest& m) { m.hours = {{site.now + -1800, Clock().Now() + 2}}; });
  OpenerRun run(site);
  run.Dispatch();
  ASSERT_EQ(run.HearKind(), opener::kAccepted);
  run.AskFor(0, 10);
  ASSERT_EQ(run.HearKind(), opener::kTokens);
  while (Clock().Now() < site.manifest.hours[0].until) usleep(50000);
  run.Release(All(10));
  EXPECT_REFUSAL(kOutsideHours, run.HearRefusal());
  EXPECT_TRUE(run.child().Wait().has_value());
  EXPECT_TRUE(run.AtTheSender().numbers.empty());
}

TEST(Opener, StateThatCannotBeWrittenPassesNothing) {
  Site site(Now());
  OpenerRun run(site);
  run.Dispatch();
  ASSERT_EQ(run.HearKind(), opener::kAccepted);
  run.AskFor(0, 10);
  ASSERT_EQ(run.HearKind(), opener::kTokens);
  ASSERT_EQ(fcntl(site.state_file.get(), F_ADD_SEALS, F_SEAL_WRITE), 0);
  run.Release(All(10));
  EXPECT_REFUSAL(kState, run.HearRefusal());
  EXPECT_TRUE(run.child().Wait().has_value());
  const OpenerRun::Got got = run.AtTheSender();
  EXPECT_TRUE(got.end);
  EXPECT_TRUE(got.numbers.empty());
}

TEST(Opener, StateThatCannotBeWrittenAtFirstIsARefusal) {
  Site site(Now());
  ASSERT_EQ(fcntl(site.state_file.get(), F_ADD_SEALS, F_SEAL_WRITE), 0);
  OpenerRun run(site);
  run.Dispatch();
  EXPECT_REFUSAL(kState, run.HearRefusal());
  ExpectNothingPassed(run);
}

// Bind refused, link lost: signpost must hear of an end, not of a broken opener.
TEST(Opener, LostSenderEndsTheRunInOrder) {
  Site site(Now());
  OpenerRun run(site);
  run.Dispatch();
  ASSERT_EQ(run.HearKind(), opener::kAccepted);
  run.SenderGoes();
  run.AskFor(0, 10);
  ASSERT_EQ(run.HearKind(), opener::kTokens);
  run.Release(All(10));
  ASSERT_EQ(run.HearKind(), opener::kPassed);
  run.AskFor(10, 10);
  EXPECT_EQ(run.HearKind(), opener::kDone) << "without a sender nothing more is opened";
  EXPECT_TRUE(run.child().Wait().has_value());
  EXPECT_EQ(site.Mark(), 10u);
}

TEST(Opener, SenderLostBeforeTheFirstRangeIsNoFailure) {
  Site site(Now());
  OpenerRun run(site);
  run.Dispatch();
  ASSERT_EQ(run.HearKind(), opener::kAccepted);
  run.SenderGoes();
  run.End();
  EXPECT_EQ(run.HearKind(), opener::kDone);
  EXPECT_TRUE(run.child().Wait().has_value());
}

TEST(Opener, SignpostThatGoesAwayEndsIt) {
  Site site(Now());
  OpenerRun run(site);
  run.Dispatch();
  ASSERT_EQ(run.HearKind(), opener::kAccepted);
  run.AskFor(0, 10);
  ASSERT_EQ(run.HearKind(), opener::kTokens);
  run.SignpostGoes();
  EXPECT_FALSE(run.child().Wait().has_value());
  const OpenerRun::Got got = run.AtTheSender();
  EXPECT_TRUE(got.numbers.empty());
  EXPECT_FALSE(got.end) << "the sender must not take it for an orderly end";
}

// A signpost that was taken over, at every point where it could speak out of turn.
TEST(Opener, MessageThatIsNotDueEndsTheProcess) {
  const uint8_t early_release[] = {
      opener::kRelease, 0, 0, 0, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  const uint8_t short_release[] = {
      opener::kRelease, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  const uint8_t second_start[] = {opener::kStart, 0, 0, 0, 1, 0, 0, 0};
  for (const bool range_is_out : {false, true}) {
    Site site(Now());
    OpenerRun run(site);
    run.Dispatch();
    ASSERT_EQ(run.HearKind(), opener::kAccepted);
    if (range_is_out) {
      run.AskFor(0, 10);
      ASSERT_EQ(run.HearKind(), opener::kTokens);
    }
    const ByteView wrong = range_is_out ? ByteView(short_release) : ByteView(early_release);
    ASSERT_TRUE(WriteAll(run.raw_control(), wrong, "control").has_value());
    EXPECT_FALSE(run.child().Wait().has_value());
    const OpenerRun::Got got = run.AtTheSender();
    EXPECT_TRUE(got.numbers.empty());
    EXPECT_FALSE(got.end);
  }
  Site site(Now());
  OpenerRun run(site);
  run.Start(site.StartOf(opener::Job::kDispatch));
  ASSERT_TRUE(WriteAll(run.raw_control(), second_start, "control").has_value());
  EXPECT_FALSE(run.child().Wait().has_value());
}

TEST(Opener, MovedClockIsRefusedByLiveKeys) {
  for (const int64_t shift : {1, -1, 86400}) {
    Site site(Now({.mode = Mode::kLive, .fictional = false}));
    OpenerRun run(site);
    site.Open();
    opener::Start start = site.StartOf(opener::Job::kDispatch);
    start.clock_shift_seconds = shift;
    run.Start(start);
    site.Show(run.control());
    EXPECT_REFUSAL(kClock, run.HearRefusal());
    ExpectNothingPassed(run);
  }
}

TEST(Opener, MovedClockOfARehearsalIsFollowed) {
  Site site(Now());
  OpenerRun run(site);
  site.Open();
  opener::Start start = site.StartOf(opener::Job::kDispatch);
  start.clock_shift_seconds = 86400;
  run.Start(start);
  site.Show(run.control());
  EXPECT_REFUSAL(kExpired, run.HearRefusal());
}

TEST(Opener, LiveKeysOpenWhatIsNotFictional) {
  Site site(Now({.mode = Mode::kLive, .fictional = false}));
  OpenerRun run(site);
  run.Dispatch();
  ASSERT_EQ(run.HearKind(), opener::kAccepted);
  run.AskFor(0, 10);
  EXPECT_EQ(run.HearKind(), opener::kTokens);
}

TEST(Opener, FictionalNumbersAndLiveKeysDoNotMeet) {
  for (const bool fictional : {true, false}) {
    Site site(Now({.mode = fictional ? Mode::kLive : Mode::kRehearsal, .fictional = fictional}));
    OpenerRun run(site);
    run.Dispatch();
    ASSERT_EQ(run.HearKind(), opener::kAccepted);
    run.AskFor(0, 10);
    EXPECT_REFUSAL(kCorrupt, run.HearRefusal());
    ExpectNothingPassed(run);
  }
}

// Both jobs of init and of a new epoch.
TEST(Opener, StateIsMadeOnceAndNotOverAnother) {
  Site site(Now());
  site.state_file = testing::EmptyStateFile();
  for (const bool first : {true, false}) {
    OpenerRun run(site);
    run.Start(site.StartOf(opener::Job::kMakeState));
    ASSERT_TRUE(run.control().SendText(opener::kKeyFile, site.key_files[0]).has_value());
    if (first) {
      EXPECT_EQ(run.HearKind(), opener::kDone);
    } else {
      EXPECT_REFUSAL(kState, run.HearRefusal());
    }
    EXPECT_TRUE(run.child().Wait().has_value());
  }
  EXPECT_EQ(site.Mark(), 0u);
}

TEST(Opener, EpochKeyIsMadeInsideAndBoundToTheTrustRoot) {
  Site site(Now());
  OpenerRun run(site);
  opener::Start start = site.StartOf(opener::Job::kMakeEpoch);
  start.epoch_from_day = site.now.day().days;
  start.epoch_deadline_day = site.now.day().days + 36;
  run.Start(start);
  ASSERT_TRUE(run.control().SendText(opener::kKeyFile, site.key_files[0]).has_value());
  const std::optional<Frames> made = run.Hear();
  ASSERT_TRUE(made && made->kind == opener::kMadeKey);
  KeyRing ring(testing::SecretOf(Site::kPassphrase));
  ASSERT_TRUE(ring.Add(site.key_files[0]).has_value());
  ASSERT_TRUE(ring.Add(AsText(made->bytes)).has_value()) << "same trust root, same passphrase";
  const OpenerKeys keys = ring.Take().value();
  EXPECT_EQ(keys.epochs.at(0).facts.deadline, site.now.day() + 36);
  EXPECT_EQ(run.HearKind(), opener::kDone);
  EXPECT_TRUE(run.child().Wait().has_value());
}

TEST(Opener, WrongPassphraseMakesNoEpochAndNoState) {
  for (const opener::Job job : {opener::Job::kMakeEpoch, opener::Job::kMakeState}) {
    for (const char* passphrase : {"wrong horse", ""}) {
      Site site(Now());
      site.passphrase = passphrase;
      OpenerRun run(site);
      run.Start(site.StartOf(job));
      ASSERT_TRUE(run.control().SendText(opener::kKeyFile, site.key_files[0]).has_value());
      EXPECT_REFUSAL(kKey, run.HearRefusal());
      EXPECT_TRUE(run.child().Wait().has_value());
    }
  }
}

TEST(Opener, UnknownJobEndsTheProcess) {
  Site site(Now());
  OpenerRun run(site);
  opener::Start start = site.StartOf(opener::Job::kDispatch);
  start.job = 9;
  run.Start(start);
  EXPECT_FALSE(run.child().Wait().has_value());
}

}  // namespace
}  // namespace signpost
