// What is shown to the opener, spoiled in one place each.
#include "core/opener/evidence.h"

#include <gtest/gtest.h>

#include "tests/core/opener/site.h"

namespace signpost::opener {
namespace {

using test::Site;
using test::SiteOptions;

policy::Refusal AfterOpening(Site& site) {
  site.Open();
  return site.Decide();
}

// Spoils, opens the run, decides.
policy::Refusal With(const std::function<void(Site&)>& spoil) {
  Site site;
  spoil(site);
  return AfterOpening(site);
}

#define EXPECT_REFUSAL(refusal, got) \
  EXPECT_EQ(RefusalName(got), RefusalName(policy::Refusal::refusal))

TEST(Evidence, WhatIsInOrderIsOpened) {
  Site site;
  EXPECT_REFUSAL(kNone, AfterOpening(site));
}

TEST(Evidence, WhatIsInOrderIsOpenedOnALiveSite) {
  Site site({.mode = Mode::kLive, .fictional = false});
  EXPECT_REFUSAL(kNone, AfterOpening(site));
}

// Approvals.
TEST(Evidence, DroppedSignatureIsNotReplacedByItsEntry) {
  EXPECT_REFUSAL(kNotApproved, With([](Site& s) { s.DropApprovalSignature(); }));
}
TEST(Evidence, DroppedEntryIsNotReplacedByItsSignature) {
  EXPECT_REFUSAL(kNotApproved, With([](Site& s) { s.DropApprovalEntry(); }));
}
TEST(Evidence, ForgedApprovalDoesNotCount) {
  EXPECT_REFUSAL(kNotApproved, With([](Site& s) { s.ForgeApproval(); }));
}
TEST(Evidence, BrokenSignatureOfAKnownKeySpoilsTheManifest) {
  EXPECT_REFUSAL(kManifest, With([](Site& s) { s.BreakSignature(); }));
}
TEST(Evidence, PlannerDoesNotApprove) {
  EXPECT_REFUSAL(kNotApproved, With([](Site& s) { s.ApproveAsPlanner(); }));
}
TEST(Evidence, WithdrawnApprovalDoesNotCount) {
  EXPECT_REFUSAL(kNotApproved, With([](Site& s) { s.WithdrawApproval(); }));
}
TEST(Evidence, CancelledBatchIsNotOpened) {
  Site site;
  site.CancelBatch();
  site.run = RunId::Random();
  EXPECT_REFUSAL(kWithdrawn, site.Decide());
  EXPECT_REFUSAL(kLedgerEntries, AfterOpening(site)) << "the ledger cannot even open it";
}

// What was approved.
TEST(Evidence, ChangedTextIsNotSent) {
  EXPECT_REFUSAL(kTextChanged, With([](Site& s) { s.ChangeText("Something else."); }));
}
TEST(Evidence, ChangedFileIsNotOpened) {
  EXPECT_REFUSAL(kFileChanged, With([](Site& s) { s.ChangeFile(); }));
  EXPECT_REFUSAL(kFileChanged, With([](Site& s) { s.file_bytes.resize(20); }));
}
TEST(Evidence, AnotherWellMadeFileIsNotOpened) {
  EXPECT_REFUSAL(kFileChanged, With([](Site& s) { s.SwapRecordsFile(); }));
}
TEST(Evidence, ManifestChangedAfterApprovalIsRefused) {
  const std::vector<std::function<void(policy::Manifest&)>> changes = {
      [](policy::Manifest& m) { m.gateway.host = "127.0.0.2"; },
      [](policy::Manifest& m) { m.gateway.port = 2776; },
      [](policy::Manifest& m) {
        m.failover = {{"carrier", "127.0.0.1", 2776, "-", "-"}};
      },
      [](policy::Manifest& m) { m.profile.not_sent = {0x8}; },
      [](policy::Manifest& m) { m.profile.payload = true; },
      [](policy::Manifest& m) { m.sender = "OTHER"; },
      [](policy::Manifest& m) { m.records = 29; },
      [](policy::Manifest& m) { m.hours.back().until = m.hours.back().until + 3600; },
      [](policy::Manifest& m) { m.expires = m.expires + 3600; },
      [](policy::Manifest& m) { m.budget += 1; },
      [](policy::Manifest& m) { m.pace += 1; },
      [](policy::Manifest& m) { m.basis = "none"; },
  };
  for (size_t i = 0; i < changes.size(); ++i) {
    EXPECT_REFUSAL(kManifest, With([&](Site& s) { s.ChangeManifest(changes[i]); })) << i;
  }
}
TEST(Evidence, LiveManifestInRehearsalIsRefused) {
  EXPECT_REFUSAL(
      kMode, With([](Site& s) { s.Replan([](policy::Manifest& m) { m.mode = Mode::kLive; }); }));
}
TEST(Evidence, RehearsalDoesNotDialOut) {
  EXPECT_REFUSAL(kGateway, With([](Site& s) {
                   s.Replan([](policy::Manifest& m) { m.gateway.host = "192.0.2.1"; });
                 }));
}
TEST(Evidence, RehearsalDoesNotDialOutForFailoverEither) {
  EXPECT_REFUSAL(kGateway, With([](Site& s) {
                   s.Replan([](policy::Manifest& m) {
                     m.failover = {{m.gateway.name, "192.0.2.1", 2775, "-", "-"}};
                   });
                 }));
}
TEST(Evidence, SegmentsAreCountedInTheApprovedForm) {
  const auto refusal = [](std::string text, bool latin1, uint32_t segments) {
    return With([&](Site& s) {
      s.message = std::move(text);
      s.Replan([&](policy::Manifest& m) {
        m.message_hash = Sha256(s.message);
        m.segments = segments;
        m.profile.latin1 = latin1;
        m.alphabet = latin1 ? policy::ManifestAlphabet::kLatin1 : policy::ManifestAlphabet::kUcs2;
      });
    });
  };
  std::string text;
  for (int i = 0; i < 100; ++i) text += "\u00e2";
  EXPECT_REFUSAL(kNone, refusal(text, true, 1));
  EXPECT_REFUSAL(kOverLimits, refusal(text, false, 1));
}
TEST(Evidence, TlsIsNeverTakenOutOfWhatWasApproved) {
  EXPECT_REFUSAL(kNone, With([](Site& s) {
                   s.Replan([](policy::Manifest& m) { m.gateway.tls_name = "carrier.example"; });
                 }));
  EXPECT_REFUSAL(kManifest, With([](Site& s) {
                   s.Replan([](policy::Manifest& m) { m.gateway.tls_name = "carrier.example"; });
                   s.ChangeManifest([](policy::Manifest& m) { m.gateway.tls_name = "-"; });
                 }));
}
TEST(Evidence, PlannerOfAnotherNameIsRefused) {
  EXPECT_REFUSAL(kPlanner,
                 With([](Site& s) { s.Replan([](policy::Manifest& m) { m.planner = "ann"; }); }));
}
TEST(Evidence, MoreThanThePolicyAllowsIsRefused) {
  const std::vector<std::function<void(policy::Manifest&)>> changes = {
      [](policy::Manifest& m) { m.range = 11; },
      [](policy::Manifest& m) { m.pace = 21; },
      [](policy::Manifest& m) { m.records = 29; },
      [](policy::Manifest& m) { m.budget = 29; },
      [](policy::Manifest& m) { m.segments = 2; },
      [](policy::Manifest& m) { m.expires = m.planned + 8 * 86400; },
  };
  for (size_t i = 0; i < changes.size(); ++i) {
    EXPECT_REFUSAL(kOverLimits, With([&](Site& s) { s.Replan(changes[i]); })) << i;
  }
}
TEST(Evidence, TextOfMoreSegmentsThanApprovedIsRefused) {
  EXPECT_REFUSAL(kOverLimits, With([](Site& s) {
                   s.message = std::string(161, 'x');
                   s.Replan([&](policy::Manifest& m) { m.message_hash = Sha256(s.message); });
                 }));
}
TEST(Evidence, TextThatItsAlphabetCannotWriteIsRefused) {
  EXPECT_REFUSAL(kOverLimits, With([](Site& s) {
                   s.message = "\xd0\xbf";
                   s.Replan([&](policy::Manifest& m) { m.message_hash = Sha256(s.message); });
                 }));
}
TEST(Evidence, SenderNameThatWouldBeCutIsRefused) {
  EXPECT_REFUSAL(kOverLimits, With([](Site& s) {
                   s.Replan([](policy::Manifest& m) { m.sender = std::string(21, 'S'); });
                 }));
}

// Time.
TEST(Evidence, PastItsExpiryItIsNotOpened) {
  Site site;
  site.Open();
  site.now = site.manifest.expires;
  EXPECT_REFUSAL(kExpired, site.Decide());
}
TEST(Evidence, OutsideItsHoursItIsNotOpened) {
  Site site;
  site.Open();
  site.now = site.manifest.hours.back().until;
  EXPECT_REFUSAL(kOutsideHours, site.Decide());
}
TEST(Evidence, BeforeItsHoursItIsNotOpened) {
  Site site;
  site.Open();
  site.now = site.manifest.hours.front().from + -1;
  EXPECT_REFUSAL(kOutsideHours, site.Decide());
}
TEST(Evidence, ClockBehindTheLedgerIsRefused) {
  Site site;
  site.Open();
  site.events.back().at = site.now + 301;
  EXPECT_REFUSAL(kClock, site.Decide());
}

// Policy.
TEST(Evidence, ApprovedPolicyChangeIsFollowed) {
  EXPECT_REFUSAL(kNone, With([](Site& s) { s.ChangePolicy(true); }));
}
TEST(Evidence, PolicyChangeThatTooFewApprovedIsRefused) {
  EXPECT_REFUSAL(kPolicyChain, With([](Site& s) { s.ChangePolicy(false); }));
}
TEST(Evidence, PolicyChangeWithoutItsStatementIsRefused) {
  EXPECT_REFUSAL(kPolicyChain, With([](Site& s) {
                   s.ChangePolicy(true);
                   s.DropPolicyChange();
                 }));
}
TEST(Evidence, SwappedPolicyTextIsRefused) {
  EXPECT_REFUSAL(kPolicyChain, With([](Site& s) { s.SwapPolicy(); }));
}
TEST(Evidence, AnotherGenesisPolicyThanTheKeysKnowIsRefused) {
  EXPECT_REFUSAL(kPolicyChain, With([](Site& s) {
                   std::get<ledger::HomeCreated>(s.events[0].body).policy = Sha256("mine");
                   std::get<ledger::BatchPlanned>(s.events[3].body).policy = Sha256("mine");
                 }));
}
TEST(Evidence, OldSignaturesDoNotBringAPolicyBack) {
  EXPECT_REFUSAL(kLedgerEntries, With([](Site& s) { s.ReplayPolicy(); }));
}
TEST(Evidence, BatchOfAnEarlierPolicyIsRefused) {
  EXPECT_REFUSAL(kPolicyChanged, With([](Site& s) {
                   const Digest first = s.manifest.policy_hash;
                   s.ChangePolicy(true);
                   auto applied = s.events[1];
                   s.events.erase(s.events.begin() + 1);
                   s.Replan([&](policy::Manifest& m) { m.policy_hash = first; });
                   s.events.push_back(applied);
                   s.events.back().at = s.events[s.events.size() - 2].at;
                 }));
}
TEST(Evidence, FloodOfPoliciesIsNotKept) {
  EXPECT_REFUSAL(kPolicyChain, With([](Site& s) { s.FloodPolicies(); }));
}

// Ledger.
TEST(Evidence, LedgerOfAnotherKeyIsRefused) {
  EXPECT_REFUSAL(kLedgerSignature, With([](Site& s) { s.SignLedgerAsSomebodyElse(); }));
}
TEST(Evidence, MissingEntryIsFound) {
  Site site;
  site.Open();
  site.DropEntry();
  EXPECT_REFUSAL(kLedgerEntries, site.Decide());
}
TEST(Evidence, EntryThatBreaksTheRulesIsNamed) {
  Site site;
  site.BreakRules();
  EXPECT_REFUSAL(kLedgerEntries, AfterOpening(site));
  EXPECT_EQ(site.broken_entry, 5u);
}
TEST(Evidence, RewoundLedgerIsRefused) {
  Site site;
  site.Open();
  ASSERT_EQ(site.Decide(), policy::Refusal::kNone);
  site.RewindLedger(1);  // a restored store: it knows nothing of the run
  EXPECT_REFUSAL(kLedgerRewound, site.Decide());
  EXPECT_REFUSAL(kLedgerRewound, AfterOpening(site)) << "and goes on in its own way";
}
TEST(Evidence, ForkedLedgerIsRefused) {
  Site site;
  site.Open();
  ASSERT_EQ(site.Decide(), policy::Refusal::kNone);
  site.EndRun("stopped");
  site.ForkLedger();
  EXPECT_REFUSAL(kLedgerRewound, AfterOpening(site));
}
TEST(Evidence, GrownLedgerIsFollowed) {
  Site site;
  site.Open();
  ASSERT_EQ(site.Decide(), policy::Refusal::kNone);
  site.EndRun("stopped");
  EXPECT_REFUSAL(kNone, AfterOpening(site));
}
TEST(Evidence, WithdrawalSeenOnceCannotBeTakenBack) {
  Site site;
  site.WithdrawApproval();
  ASSERT_EQ(AfterOpening(site), policy::Refusal::kNotApproved);
  site.RewindLedger(2);
  EXPECT_REFUSAL(kLedgerRewound, AfterOpening(site));
}

// The run.
TEST(Evidence, RunThatTheLedgerDoesNotOpenIsRefused) {
  Site site;
  site.run = RunId::Random();
  EXPECT_REFUSAL(kNotOpenedInLedger, site.Decide());
  site.Open();
  site.run = RunId::Random();
  EXPECT_REFUSAL(kNotOpenedInLedger, site.Decide());
}
TEST(Evidence, OneRunIsOpenedOnce) {
  Site site;
  site.Open();
  ASSERT_EQ(site.Decide(), policy::Refusal::kNone);
  EXPECT_REFUSAL(kNotOpenedInLedger, site.Decide());
}
TEST(Evidence, RunThatHasEndedIsNotOpened) {
  Site site;
  site.Open();
  site.EndRun("outside-hours");
  EXPECT_REFUSAL(kNotOpenedInLedger, site.Decide());
}
TEST(Evidence, AnotherBatchsRunDoesNotOpenThisOne) {
  Site site;
  site.OpenAnotherBatchsRun();
  EXPECT_REFUSAL(kNotOpenedInLedger, site.Decide());
}

// Keys and state.
TEST(Evidence, DestroyedEpochsKeyIsNotUsed) {
  EXPECT_REFUSAL(kKey, With([](Site& s) { s.DestroyEpochInLedger(); }));
}
TEST(Evidence, MissingEpochKeyIsARefusal) {
  EXPECT_REFUSAL(kKey, With([](Site& s) { s.LoseEpochKey(); }));
}
TEST(Evidence, EpochKeyWithAnotherDeadlineIsNotUsed) {
  EXPECT_REFUSAL(kKey, With([](Site& s) { s.StretchEpochKey(); }));
}
TEST(Evidence, FreshStateOfAHomeThatHasSentIsRefused) {
  for (const char* why : {"done", "stopped", "gateway"}) {
    Site site;
    site.Open();
    ASSERT_EQ(site.Decide(), policy::Refusal::kNone);
    site.EndRun(why);
    site.FreshState();
    EXPECT_REFUSAL(kState, AfterOpening(site)) << why;
  }
}
// A first run that was refused, or that fell over, is no reason to lock a home for good.
TEST(Evidence, FirstRunThatWasRefusedDoesNotLockTheHome) {
  for (const char* why : {"key", "outside-hours", "crashed"}) {
    Site site;
    site.Open();
    site.EndRun(why);
    EXPECT_REFUSAL(kNone, AfterOpening(site)) << why;
  }
}

}  // namespace
}  // namespace signpost::opener
