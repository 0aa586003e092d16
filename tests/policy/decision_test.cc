#include "policy/decision.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <functional>
#include <set>

#include "tests/policy/people.h"

namespace signpost::policy {
namespace {

using test::AnApprover;
using test::APlanner;

const Instant kNow = *Instant::Parse("2026-11-23T10:00:00Z");
const Day kToday = kNow.day();

// A batch that may be opened. Each test spoils one thing.
struct Case {
  Policy policy;
  Manifest manifest;
  OpenFacts facts;
  Instant now = kNow;
  Refusal Decide() const { return MayOpen(policy, manifest, facts, now); }
};

Case Openable() {
  Case c;
  c.policy.name = "test";
  c.policy.approvals.needed = 2;
  c.policy.planners = {test::APlanner("pat")};
  c.policy.approvers = {test::AnApprover("ann", "data-protection"), test::AnApprover("bob"),
                        test::AnApprover("cy")};
  Manifest& m = c.manifest;
  m.mode = Mode::kRehearsal;
  m.planner = "pat";
  m.planned = kNow + -3600;
  m.message_hash = Sha256("message");
  m.gateway = {"carrier", "127.0.0.1", 2775, "-", "-"};
  m.pace = 20;
  m.range = 200;
  m.records = 100;
  m.budget = 100;
  m.hours = {{kNow + -1800, kNow + 1800}};
  m.expires = kNow + 86400;
  m.policy_hash = Sha256("policy");
  m.file_hash = Sha256("file");
  OpenFacts& f = c.facts;
  f.policy_in_force = m.policy_hash;
  f.manifest_hash = Sha256("manifest");
  f.batch.manifest_hash = f.manifest_hash;
  f.batch.approvals = {"ann", "bob"};
  f.batch.times_opened = 1;
  f.planner_signed = true;
  f.approver_signatures = {"ann", "bob"};
  f.file_hash = m.file_hash;
  f.message_hash = m.message_hash;
  f.keys_mode = Mode::kRehearsal;
  f.earliest_deadline = kToday + 30;
  f.records_in_file = 100;
  f.last_entry_time = kNow;
  return c;
}

struct Spoiler {
  Refusal refusal;
  const char* what;
  std::function<void(Case&)> spoil;
};

// In the enum's order: where two hold, the earlier one is the answer.
const std::vector<Spoiler>& Spoilers() {
  static const std::vector<Spoiler> spoilers = {
      {Refusal::kPolicyChanged, "another policy in force",
       [](Case& c) { c.facts.policy_in_force = Sha256("next"); }},
      {Refusal::kManifest, "another manifest",
       [](Case& c) { c.facts.manifest_hash = Sha256("other"); }},
      {Refusal::kMode, "live keys", [](Case& c) { c.facts.keys_mode = Mode::kLive; }},
      {Refusal::kPlanner, "planner did not sign", [](Case& c) { c.facts.planner_signed = false; }},
      {Refusal::kPlanner, "planner unknown to the policy",
       [](Case& c) { c.policy.planners.clear(); }},
      {Refusal::kNotApproved, "one approval", [](Case& c) { c.facts.batch.approvals = {"ann"}; }},
      {Refusal::kNotApproved, "signature missing",
       [](Case& c) { c.facts.approver_signatures = {"ann"}; }},
      {Refusal::kNotApproved, "signature and entry of different people",
       [](Case& c) {
         c.facts.approver_signatures = {"ann", "cy"};
       }},
      {Refusal::kNotApproved, "the planner approved",
       [](Case& c) {
         c.policy.approvers.push_back(test::AnApprover("pat"));
         c.facts.batch.approvals = {"ann", "pat"};
         c.facts.approver_signatures = {"ann", "pat"};
       }},
      {Refusal::kNotApproved, "one approver twice",
       [](Case& c) {
         c.facts.batch.approvals = {"ann", "ann"};
         c.facts.approver_signatures = {"ann", "ann"};
       }},
      {Refusal::kNotApproved, "role missing",
       [](Case& c) {
         c.policy.approvals.roles = {"data-protection"};
         c.facts.batch.approvals = {"bob", "cy"};
         c.facts.approver_signatures = {"bob", "cy"};
       }},
      {Refusal::kWithdrawn, "cancelled", [](Case& c) { c.facts.batch.cancelled = true; }},
      {Refusal::kFileChanged, "file", [](Case& c) { c.facts.file_hash = Sha256("other"); }},
      {Refusal::kTextChanged, "text", [](Case& c) { c.facts.message_hash = Sha256("other"); }},
      {Refusal::kGateway, "not loopback", [](Case& c) { c.manifest.gateway.host = "10.0.0.1"; }},
      {Refusal::kGateway, "pin",
       [](Case& c) { c.manifest.gateway.tls_pin = std::string(64, 'a'); }},
      {Refusal::kOverLimits, "records", [](Case& c) { c.policy.batches.max_records = 99; }},
      {Refusal::kOverLimits, "records in file", [](Case& c) { c.facts.records_in_file = 101; }},
      {Refusal::kOverLimits, "segments",
       [](Case& c) {
         c.manifest.segments = 2;
         c.manifest.budget = 200;
       }},
      {Refusal::kOverLimits, "pace", [](Case& c) { c.manifest.pace = 21; }},
      {Refusal::kOverLimits, "range", [](Case& c) { c.manifest.range = 201; }},
      {Refusal::kOverLimits, "budget", [](Case& c) { c.manifest.budget = 99; }},
      {Refusal::kOverLimits, "expiry",
       [](Case& c) { c.manifest.expires = c.manifest.planned + (7 * 86400 + 1); }},
      {Refusal::kOverLimits, "deadline", [](Case& c) { c.facts.earliest_deadline = kToday + -10; }},
      {Refusal::kNotOpenedInLedger, "not opened", [](Case& c) { c.facts.batch.times_opened = 0; }},
      {Refusal::kExpired, "expired", [](Case& c) { c.manifest.expires = c.now; }},
      {Refusal::kOutsideHours, "too early", [](Case& c) { c.manifest.hours[0].from = c.now + 1; }},
      {Refusal::kOutsideHours, "too late", [](Case& c) { c.manifest.hours[0].until = c.now; }},
      {Refusal::kOpenedFurther, "finished", [](Case& c) { c.facts.batch.finished = true; }},
      {Refusal::kClock, "clock behind", [](Case& c) { c.facts.last_entry_time = c.now + 301; }},
  };
  return spoilers;
}

TEST(MayOpen, OpensWhatIsInOrder) { EXPECT_EQ(Openable().Decide(), Refusal::kNone); }

TEST(MayOpen, RefusesEachThingThatIsWrong) {
  for (const Spoiler& spoiler : Spoilers()) {
    Case c = Openable();
    spoiler.spoil(c);
    EXPECT_EQ(RefusalName(c.Decide()), RefusalName(spoiler.refusal)) << spoiler.what;
  }
}

TEST(MayOpen, TheFirstReasonInTheEnumWins) {
  for (const Spoiler& a : Spoilers()) {
    for (const Spoiler& b : Spoilers()) {
      if (a.refusal >= b.refusal) continue;
      Case c = Openable();
      b.spoil(c);
      a.spoil(c);
      EXPECT_EQ(RefusalName(c.Decide()), RefusalName(a.refusal)) << a.what << " and " << b.what;
    }
  }
}

TEST(MayOpen, ClockMayRunAFewMinutesBehind) {
  Case c = Openable();
  c.facts.last_entry_time = c.now + 300;
  EXPECT_EQ(c.Decide(), Refusal::kNone);
}

TEST(MayOpen, ExpiryMayReachTheEndOfTheDeadlineDayAndNoFurther) {
  Case c = Openable();
  c.manifest.expires = Instant::StartOf(kToday + 2);
  c.facts.earliest_deadline = kToday + 1;
  EXPECT_EQ(c.Decide(), Refusal::kNone);
  c.manifest.expires = c.manifest.expires + 1;
  EXPECT_EQ(c.Decide(), Refusal::kOverLimits);
}

TEST(MayOpen, BudgetDoesNotOverflow) {
  Case c = Openable();
  c.policy.batches.max_records = 100000;
  c.policy.batches.max_segments = 10;
  c.manifest.records = 0xffffffff;
  c.facts.records_in_file = 0xffffffff;
  c.manifest.segments = 10;
  c.manifest.budget = 0xfffffff6;  // records * segments modulo 2^32
  EXPECT_EQ(c.Decide(), Refusal::kOverLimits);
}

TEST(MayOpen, RehearsalsDialLoopbackLiteralsOnly) {
  for (const std::string host : {"127.0.0.1", "127.255.255.254", "::1", "localhost"}) {
    Case c = Openable();
    c.manifest.gateway.host = host;
    EXPECT_EQ(c.Decide(), Refusal::kNone) << host;
  }
  for (const std::string host :
       {"128.0.0.1", "127.0.0.1.example.org", "127.1", "0127.0.0.1", "127.0.0.256", "127.0.0.",
        "localhost.", "LOCALHOST", "::2", "0.0.0.0", "127.0.0.1:80", "", "127.0.0.01"}) {
    Case c = Openable();
    c.manifest.gateway.host = host;
    EXPECT_EQ(c.Decide(), Refusal::kGateway) << host;
  }
  for (const std::string host : {"127.0.0.2", "10.0.0.1"}) {  // every one, not only the first
    Case c = Openable();
    c.manifest.failover = {{"carrier", "::1", 2775, "-", "-"}, {"carrier", host, 2775, "-", "-"}};
    EXPECT_EQ(c.Decide(), host == "127.0.0.2" ? Refusal::kNone : Refusal::kGateway) << host;
  }
  Case live = Openable();
  live.manifest.mode = Mode::kLive;
  live.facts.keys_mode = Mode::kLive;
  live.manifest.gateway.host = "smsc.example.org";
  EXPECT_EQ(live.Decide(), Refusal::kNone);
}

TEST(MayOpen, PinWithoutTlsIsRefused) {
  Case c = Openable();
  c.manifest.gateway.tls_name = "carrier.example";
  EXPECT_EQ(c.Decide(), Refusal::kNone);
  c.manifest.gateway.tls_pin = std::string(64, 'a');
  EXPECT_EQ(c.Decide(), Refusal::kNone);
  c.manifest.gateway.tls_name = "-";
  EXPECT_EQ(c.Decide(), Refusal::kGateway);
}

TEST(LeavesInTheClear, OnlyWhereItLeavesThisMachineWithoutTls) {
  Manifest m = Openable().manifest;
  m.gateway.host = "smsc.example.org";
  EXPECT_TRUE(LeavesInTheClear(m));
  m.gateway.tls_name = "smsc.example.org";
  EXPECT_FALSE(LeavesInTheClear(m));
  m.gateway.tls_name = "-";
  for (const std::string host : {"127.0.0.1", "::1", "localhost"}) {
    m.gateway.host = host;
    EXPECT_FALSE(LeavesInTheClear(m)) << host;
  }
}

TEST(MaySend, RefusesBeyondBudgetExpiryAndHours) {
  const Manifest m = Openable().manifest;
  EXPECT_EQ(MaySend(m, 0, 100, kNow), Refusal::kNone);
  EXPECT_EQ(MaySend(m, 50, 50, kNow), Refusal::kNone);
  EXPECT_EQ(MaySend(m, 51, 50, kNow), Refusal::kOverLimits);
  EXPECT_EQ(MaySend(m, 101, 0, kNow), Refusal::kOverLimits);
  EXPECT_EQ(MaySend(m, UINT64_MAX, 1, kNow), Refusal::kOverLimits);
  EXPECT_EQ(MaySend(m, 0, m.range + 1, kNow), Refusal::kOverLimits);
  EXPECT_EQ(MaySend(m, 0, 10, m.expires), Refusal::kExpired);
  EXPECT_EQ(MaySend(m, 0, 10, m.hours[0].until), Refusal::kOutsideHours);
  EXPECT_EQ(MaySend(m, 101, 10, m.expires), Refusal::kOverLimits) << "the first in the enum";
  Manifest two = m;
  two.segments = 2;
  EXPECT_EQ(MaySend(two, 0, 51, kNow), Refusal::kOverLimits) << "segments, not messages";
}

TEST(SecondsLeft, EndsWithTheHoursOrTheExpiryAndNotAtATouch) {
  Manifest m = Openable().manifest;
  const Instant from = m.hours[0].from;
  m.hours = {{from, from + 3600}, {from + 3600, from + 7200}, {from + 9000, from + 9600}};
  m.expires = from + 100000;
  EXPECT_EQ(SecondsLeft(m, from), 7200u);
  EXPECT_EQ(SecondsLeft(m, from + 7199), 1u);
  EXPECT_EQ(SecondsLeft(m, from + 7200), 0u);
  EXPECT_EQ(SecondsLeft(m, from + 9000), 600u);
  m.expires = from + 5000;
  EXPECT_EQ(SecondsLeft(m, from), 5000u);
  EXPECT_EQ(SecondsLeft(m, from + 6000), 0u);
}

TEST(MayAttempt, TheFirstReasonInTheEnumWins) {
  for (unsigned bits = 0; bits < 32; ++bits) {
    ContactFacts f;
    f.opted_out = (bits & 1) != 0;
    f.is_protected = (bits & 2) != 0;
    f.messaged = (bits & 4) != 0;
    f.expiry = (bits & 8) != 0 ? kToday + -1 : kToday;
    f.held = (bits & 16) != 0;
    const Eligibility first = f.opted_out      ? Eligibility::kOptedOut
                              : f.is_protected ? Eligibility::kProtected
                              : f.messaged     ? Eligibility::kAlreadyMessaged
                                               : Eligibility::kEligible;
    const Eligibility send = first != Eligibility::kEligible ? first
                             : (bits & 8) != 0               ? Eligibility::kExpired
                                                             : Eligibility::kEligible;
    EXPECT_EQ(MayPlan(f, {}, kToday), send);
    EXPECT_EQ(MayAttempt(f, kToday), send);
    EXPECT_EQ(MayAdmit(f), first != Eligibility::kEligible ? first
                           : f.held                        ? Eligibility::kAlreadyHeld
                                                           : Eligibility::kEligible);
  }
}

TEST(MayPlan, ANumberThatFellSilentIsLeftOut) {
  ContactRules rules;
  rules.last_contact_days = 90;
  ContactFacts f;
  f.expiry = kToday;
  EXPECT_EQ(MayPlan(f, rules, kToday), Eligibility::kEligible) << "unknown is not unused";
  f.last_contact = kToday + -90;
  EXPECT_EQ(MayPlan(f, rules, kToday), Eligibility::kEligible);
  f.last_contact = kToday + -91;
  EXPECT_EQ(MayPlan(f, rules, kToday), Eligibility::kUnusedTooLong);
  EXPECT_EQ(MayPlan(f, {}, kToday), Eligibility::kEligible) << "a policy that does not ask";
  f.opted_out = true;
  EXPECT_EQ(MayPlan(f, rules, kToday), Eligibility::kOptedOut) << "what was said first is counted";
}

TEST(MayPlan, ANumberInAnAddressBookAloneIsLeftOutWhereThePolicyAsks) {
  ContactRules rules;
  rules.in_traffic_only = true;
  ContactFacts f;
  f.expiry = kToday;
  EXPECT_EQ(MayPlan(f, rules, kToday), Eligibility::kNotInTraffic);
  f.in_traffic = true;
  EXPECT_EQ(MayPlan(f, rules, kToday), Eligibility::kEligible);
}

TEST(MissingApprovals, CountsPeopleOfThePolicyOnly) {
  const Policy policy = Openable().policy;
  const std::vector<std::string> strangers = {"mallory", "trent"};
  EXPECT_EQ(MissingApprovals(policy, "pat", strangers).missing, 2);
  const std::vector<std::string> one = {"ann", "mallory"};
  EXPECT_EQ(MissingApprovals(policy, "pat", one).missing, 1);
  const std::vector<std::string> all = {"ann", "bob", "cy"};
  EXPECT_TRUE(MissingApprovals(policy, "pat", all).Enough());
  EXPECT_EQ(MissingApprovals(policy, "bob", std::vector<std::string>{"ann", "bob"}).missing, 1);
}

TEST(MissingApprovals, NamesTheRoleThatIsMissing) {
  Policy policy = Openable().policy;
  policy.approvals.roles = {"data-protection"};
  const ApprovalGap gap = MissingApprovals(policy, "pat", std::vector<std::string>{"bob", "cy"});
  EXPECT_EQ(gap.missing, 0);
  EXPECT_EQ(gap.roles, std::vector<std::string>{"data-protection"});
  EXPECT_FALSE(gap.Enough());
}

TEST(Names, EveryReasonHasItsOwnNameAndHint) {
  std::set<std::string_view> names;
  for (int i = 0; i < static_cast<int>(Refusal::kCount); ++i) {
    EXPECT_TRUE(names.insert(RefusalName(static_cast<Refusal>(i))).second);
    if (i > 0) {
      EXPECT_FALSE(RefusalHint(static_cast<Refusal>(i)).empty());
    }
  }
  for (int i = 0; i < static_cast<int>(Eligibility::kCount); ++i) {
    const auto name = EligibilityName(static_cast<Eligibility>(i));
    EXPECT_FALSE(name.empty());
    EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz-"), name.npos);
  }
  EXPECT_EQ(RefusalName(Refusal::kCount), "unknown");
  EXPECT_EQ(RefusalNamed("unknown"), std::nullopt);
  EXPECT_EQ(RefusalNamed("none"), std::nullopt);
  EXPECT_EQ(RefusalNamed("clock"), Refusal::kClock);
  EXPECT_EQ(RefusalOf(0), std::nullopt);
  EXPECT_EQ(RefusalOf(static_cast<uint64_t>(Refusal::kCount)), std::nullopt);
  EXPECT_EQ(RefusalOf(256 + 1), std::nullopt) << "not cut to a byte";
  EXPECT_EQ(RefusalOf(static_cast<uint64_t>(Refusal::kClock)), Refusal::kClock);
}

TEST(Retention, NoNumberOutlivesItsEpoch) {
  EXPECT_TRUE(rc::check([](uint8_t length, uint16_t kept, uint16_t start, uint8_t sealed_on) {
    Policy policy;
    policy.epochs.length_days = 1 + length % 31;
    policy.retention.sealed_number_days = 1 + kept % 366;
    const Day from{static_cast<int32_t>(start)};
    const Day made = from + sealed_on % policy.epochs.length_days;
    RC_ASSERT(LastDay(made, policy.retention.sealed_number_days) <= EpochDeadline(policy, from));
  }));
  Policy policy;  // 7 and 30 days
  EXPECT_EQ(EpochDeadline(policy, *Day::Parse("2026-11-23")).Text(), "2026-12-29");
}

TEST(PolicyChange, TextIsExact) {
  EXPECT_EQ(PolicyChangeText(Digest{}, Digest{}), "signpost-policy/v1\nprevious " +
                                                      std::string(64, '0') + "\nnext " +
                                                      std::string(64, '0') + "\n");
}

}  // namespace
}  // namespace signpost::policy
