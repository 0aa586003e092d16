// A whole dispatch, its refusals, and what a crash leaves.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <csignal>
#include <set>

#include "tests/cli/opener/opener_run.h"

namespace signpost::opener {
namespace {

using test::All;
using test::ExpectNothingPassed;
using test::Now;
using test::OpenerRun;
using test::Site;

TEST(Opener, WholeDispatchTokensFirstNumbersAfterRelease) {
  Site site(test::Now());
  OpenerRun run(site);
  run.Dispatch();
  const std::optional<wire::Frames> accepted = run.Hear();
  ASSERT_TRUE(accepted && accepted->kind == wire::opener::kAccepted);
  EXPECT_EQ(accepted->As<wire::opener::Accepted>().mark, 0u);
  EXPECT_EQ(accepted->As<wire::opener::Accepted>().records, 30u);
  OpenerRun::Got got = run.AtTheSender();
  EXPECT_TRUE(got.session && !got.text.empty());
  EXPECT_TRUE(got.numbers.empty());

  std::set<Bytes> tokens;
  std::vector<std::pair<uint32_t, std::string>> passed;
  for (uint32_t first = 0; first < 30; first += 10) {
    run.AskFor(first, 10);
    const std::optional<wire::Frames> asked = run.Hear();
    ASSERT_TRUE(asked && asked->kind == wire::opener::kTokens);
    ASSERT_EQ(asked->count, 10u);
    for (uint32_t i = 0; i < 10; ++i) {
      const auto token = asked->As<std::array<uint8_t, 32>>(i);
      tokens.insert(Bytes(token.begin(), token.end()));
    }
    EXPECT_FALSE(run.SenderHas(50)) << "a number left before the release";
    EXPECT_EQ(site.Mark(), first) << "and the mark moves with the release";
    std::vector<uint8_t> verdicts = test::All(10);
    verdicts[3] = static_cast<uint8_t>(policy::Eligibility::kOptedOut);
    verdicts[4] = static_cast<uint8_t>(policy::Eligibility::kProtected);
    run.Release(verdicts);
    ASSERT_TRUE(run.SenderHas(60000));
    EXPECT_EQ(site.Mark(), first + 10) << "durable before a number arrives";
    const std::optional<wire::Frames> done = run.Hear();
    ASSERT_TRUE(done && done->kind == wire::opener::kPassed);
    EXPECT_EQ(done->As<uint32_t>(), 8u);
    for (auto& number : run.AtTheSender().numbers) passed.push_back(std::move(number));
  }
  EXPECT_EQ(tokens.size(), 30u);
  run.End();
  EXPECT_EQ(run.HearKind(), wire::opener::kDone);
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
  for (const Case& c : {Case{"SIGNPOST", 5, 0}, Case{"60006", 3, 0}, Case{"447700900123", 1, 1}}) {
    Site site(test::Now());
    site.Replan([&](policy::Manifest& m) {
      m.sender = c.sender;
      m.pace = 7;
      m.window = 3;
      m.profile = {policy::SmppProfile::Default::kGsm7Packed, false, true, {0x8, 0x400}};
    });
    OpenerRun run(site);
    run.BeginDispatch();
    const OpenerRun::Got got = run.AtTheSender();
    ASSERT_TRUE(got.session.has_value());
    EXPECT_EQ(std::string(got.session->sender, got.session->sender_bytes), c.sender);
    EXPECT_EQ(got.session->smpp.source_ton, c.ton);
    EXPECT_EQ(got.session->smpp.source_npi, c.npi);
    EXPECT_EQ(got.session->per_second, 7u);
    EXPECT_EQ(got.session->window, 3u);
    EXPECT_EQ(got.session->smpp.packed, 1);
    EXPECT_EQ(got.session->smpp.payload, 1);
    EXPECT_EQ(got.session->smpp.data_coding, 0);
    EXPECT_EQ(got.session->smpp.not_sent_count, 2);
    EXPECT_EQ(got.session->smpp.not_sent[1], 0x400u);
    EXPECT_EQ(got.session->mode, Mode::kRehearsal);
    EXPECT_EQ(got.session->tls.name_bytes, 0) << "nobody asked for TLS";
    EXPECT_EQ(got.text, site.message);
  }
}

TEST(Opener, SenderIsToldTheApprovedNameAndPin) {
  for (const std::string& pin : {std::string("-"), std::string(62, 'a') + "0b"}) {
    Site site(test::Now());
    site.Replan([&](policy::Manifest& m) {
      m.gateway.tls_name = "smpp.carrier.example";
      m.gateway.tls_pin = pin;
    });
    OpenerRun run(site);
    run.BeginDispatch();
    const OpenerRun::Got got = run.AtTheSender();
    ASSERT_TRUE(got.session.has_value());
    EXPECT_EQ(std::string(got.session->tls.name, got.session->tls.name_bytes),
              "smpp.carrier.example");
    EXPECT_EQ(got.session->tls.has_pin, pin == "-" ? 0 : 1);
    if (got.session->tls.has_pin == 1) {
      EXPECT_EQ(ToHex(got.session->tls.pin), pin);
    }
  }
}

TEST(Opener, SenderIsToldTheCodingOfTheApprovedAlphabet) {
  struct Case {
    policy::SmppProfile::Default usual;
    bool latin1;
    policy::ManifestAlphabet alphabet;
    uint8_t data_coding;
  };
  using Default = policy::SmppProfile::Default;
  for (const Case& c : {Case{Default::kGsm7, true, policy::ManifestAlphabet::kLatin1, 3},
                        Case{Default::kLatin1, false, policy::ManifestAlphabet::kLatin1, 0},
                        Case{Default::kGsm7Packed, false, policy::ManifestAlphabet::kUcs2, 8}}) {
    Site site(test::Now());
    site.message = "Help is \u00e2";
    site.Replan([&](policy::Manifest& m) {
      m.message_hash = Sha256(site.message);
      m.profile.alphabet = c.usual;
      m.profile.latin1 = c.latin1;
      m.alphabet = c.alphabet;
    });
    OpenerRun run(site);
    run.BeginDispatch();
    const OpenerRun::Got got = run.AtTheSender();
    ASSERT_TRUE(got.session.has_value());
    EXPECT_EQ(got.session->alphabet, static_cast<sms::Alphabet>(c.alphabet));
    EXPECT_EQ(got.session->smpp.data_coding, c.data_coding);
    EXPECT_EQ(got.session->smpp.packed, 0);
    EXPECT_EQ(got.session->smpp.not_sent_count, 0);
  }
}

// What signpost hears from the opener in any spelling of any number of the batch.
TEST(Opener, NoNumberGoesToSignpost) {
  Site site(test::Now());
  OpenerRun run(site);
  run.BeginDispatch();
  for (uint32_t first = 0; first < 30; first += 10) {
    run.PassOn(first, 10);
  }
  run.End();
  ASSERT_EQ(run.HearKind(), wire::opener::kDone);
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
    policy::Refusal refusal;
    std::function<void(Site&)> spoil;
  };
  const std::vector<Case> cases = {
      {policy::Refusal::kNotApproved, [](Site& s) { s.DropApprovalEntry(); }},
      {policy::Refusal::kNotApproved, [](Site& s) { s.WithdrawApproval(); }},
      {policy::Refusal::kFileChanged, [](Site& s) { s.ChangeFile(); }},
      {policy::Refusal::kTextChanged, [](Site& s) { s.ChangeText("Something else."); }},
      {policy::Refusal::kManifest,
       [](Site& s) { s.ChangeManifest([](policy::Manifest& m) { m.gateway.port = 2776; }); }},
      {policy::Refusal::kPolicyChain, [](Site& s) { s.FloodPolicies(); }},
      {policy::Refusal::kLedgerSignature, [](Site& s) { s.SignLedgerAsSomebodyElse(); }},
      {policy::Refusal::kOutsideHours,
       [](Site& s) {
         s.Replan([&](policy::Manifest& m) { m.hours = {{s.now + -1800, s.now + -900}}; });
       }},
      {policy::Refusal::kExpired,
       [](Site& s) { s.Replan([&](policy::Manifest& m) { m.expires = s.now + -60; }); }},
      {policy::Refusal::kKey, [](Site& s) { s.LoseEpochKey(); }},
      {policy::Refusal::kKey, [](Site& s) { s.passphrase = "wrong horse"; }},
      {policy::Refusal::kKey, [](Site& s) { s.passphrase = ""; }},
      {policy::Refusal::kState, [](Site& s) { s.state_file = test::EmptyStateFile(); }},
  };
  for (const Case& c : cases) {
    Site site(test::Now());
    c.spoil(site);
    OpenerRun run(site);
    run.Dispatch();
    EXPECT_EQ(policy::RefusalName(run.HearRefusal()), policy::RefusalName(c.refusal));
    test::ExpectNothingPassed(run);
  }
}

// Refusals come when everything was said, however much that is: nobody waits for the other.
TEST(Opener, RefusalWhileSignpostStillSpeaksDoesNotLockBoth) {
  Site site(test::Now());
  site.passphrase = "wrong horse";
  site.file_bytes.resize(900000);
  site.FloodPolicies();
  OpenerRun run(site);
  run.Dispatch();
  EXPECT_REFUSAL(kKey, run.HearRefusal());
}

TEST(Opener, RewoundLedgerIsRefused) {
  Site site(test::Now());
  {
    OpenerRun run(site);
    run.BeginDispatch();
    run.End();
    ASSERT_EQ(run.HearKind(), wire::opener::kDone);
  }
  site.RewindLedger(1);
  OpenerRun again(site);
  again.Dispatch();
  EXPECT_REFUSAL(kLedgerRewound, again.HearRefusal());
  test::ExpectNothingPassed(again);
}

TEST(Opener, RefusedLedgerIsRememberedToo) {
  Site site(test::Now());
  site.WithdrawApproval();
  {
    OpenerRun run(site);
    run.Dispatch();
    ASSERT_EQ(run.HearRefusal(), policy::Refusal::kNotApproved);
  }
  EXPECT_EQ(site.LedgerSeen(), site.events.size());
  site.RewindLedger(2);
  OpenerRun again(site);
  again.Dispatch();
  EXPECT_REFUSAL(kLedgerRewound, again.HearRefusal());
}

TEST(Opener, SecondRunFromAnEarlierPositionIsRefused) {
  Site site(test::Now());
  {
    OpenerRun run(site);
    run.BeginDispatch();
    run.PassOn(0, 10);
    run.End();
    ASSERT_EQ(run.HearKind(), wire::opener::kDone);
  }
  site.EndRun("stopped");
  {
    OpenerRun earlier(site);
    earlier.Dispatch(9);
    EXPECT_REFUSAL(kOpenedFurther, earlier.HearRefusal());
    test::ExpectNothingPassed(earlier);
  }
  site.EndRun("opened-further");
  OpenerRun next(site);
  next.BeginDispatch(10);
  next.AskFor(10, 10);
  EXPECT_EQ(next.HearKind(), wire::opener::kTokens);
}

// kill -9 after the release was taken and before the numbers were through: the sender does not
// read, so the opener hangs in the middle of passing them.
TEST(Opener, KilledBetweenReleaseAndPassingIsNeverOpenedAgain) {
  Site site(test::Now({.records = 600, .range = 600}));
  {
    OpenerRun run(site, 1);
    run.BeginDispatch();
    run.AskFor(0, 600);
    ASSERT_EQ(run.HearKind(), wire::opener::kTokens);
    run.Release(test::All(600));
    for (int i = 0; i < 6000 && site.Mark() == 0; ++i) usleep(10000);
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
  test::ExpectNothingPassed(again);
}

TEST(Opener, RangesOutOfOrderAreRefused) {
  const std::vector<wire::opener::Range> ranges = {
      {10, 10}, {0, 0}, {0, 11}, {30, 1}, {0xffffffff, 2}};
  for (const wire::opener::Range& range : ranges) {
    Site site(test::Now());
    OpenerRun run(site);
    run.BeginDispatch();
    run.AskFor(range.first, range.count);
    EXPECT_REFUSAL(kOutOfOrder, run.HearRefusal());
    test::ExpectNothingPassed(run);
    EXPECT_EQ(site.Mark(), 0u);
  }
}

TEST(Opener, RangeIsNotOpenedTwiceInOneRun) {
  Site site(test::Now());
  OpenerRun run(site);
  run.BeginDispatch();
  run.PassOn(0, 10);
  run.AskFor(0, 10);
  EXPECT_REFUSAL(kOpenedFurther, run.HearRefusal());
}

TEST(Opener, RunThatEndsInsteadOfAReleasePassesNothing) {
  Site site(test::Now());
  OpenerRun run(site);
  run.BeginDispatch();
  run.AskFor(0, 10);
  ASSERT_EQ(run.HearKind(), wire::opener::kTokens);
  run.End();
  EXPECT_EQ(run.HearKind(), wire::opener::kDone);
  EXPECT_TRUE(run.child().Wait().has_value());
  const OpenerRun::Got got = run.AtTheSender();
  EXPECT_TRUE(got.end);
  EXPECT_TRUE(got.numbers.empty());
  EXPECT_EQ(site.Mark(), 0u) << "nothing was opened further than this process";
}

TEST(Opener, ReleaseAfterTheHoursIsRefused) {
  // The opener's clock is the machine's. Where that is slow, the hours are over before the first
  // range: then once more, with more time.
  for (int64_t seconds = 1;; seconds *= 2) {
    ASSERT_LE(seconds, 64) << "a range was never opened in time";
    Site site(test::Now());
    site.Replan([&](policy::Manifest& m) {
      m.hours = {{site.now + -1800, Clock().Now() + seconds}};
    });
    OpenerRun run(site);
    run.Dispatch();
    if (run.HearKind() != wire::opener::kAccepted) continue;
    run.AskFor(0, 10);
    if (run.HearKind() != wire::opener::kTokens) continue;
    while (Clock().Now() < site.manifest.hours[0].until) usleep(50000);
    run.Release(test::All(10));
    EXPECT_REFUSAL(kOutsideHours, run.HearRefusal());
    EXPECT_TRUE(run.child().Wait().has_value());
    EXPECT_TRUE(run.AtTheSender().numbers.empty());
    return;
  }
}

TEST(Opener, StateThatCannotBeWrittenPassesNothing) {
  Site site(test::Now());
  OpenerRun run(site);
  run.BeginDispatch();
  run.AskFor(0, 10);
  ASSERT_EQ(run.HearKind(), wire::opener::kTokens);
  ASSERT_EQ(fcntl(site.state_file.get(), F_ADD_SEALS, F_SEAL_WRITE), 0);
  run.Release(test::All(10));
  EXPECT_REFUSAL(kState, run.HearRefusal());
  EXPECT_TRUE(run.child().Wait().has_value());
  const OpenerRun::Got got = run.AtTheSender();
  EXPECT_TRUE(got.end);
  EXPECT_TRUE(got.numbers.empty());
}

TEST(Opener, StateThatCannotBeWrittenAtFirstIsARefusal) {
  Site site(test::Now());
  ASSERT_EQ(fcntl(site.state_file.get(), F_ADD_SEALS, F_SEAL_WRITE), 0);
  OpenerRun run(site);
  run.Dispatch();
  EXPECT_REFUSAL(kState, run.HearRefusal());
  test::ExpectNothingPassed(run);
}

}  // namespace
}  // namespace signpost::opener
