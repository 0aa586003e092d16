#include "policy/policy_toml.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "crypto/base/file.h"
#include "tests/policy/people.h"

namespace signpost::policy {
namespace {

using test::AnApprover;
using test::APlanner;
using test::ShapedKey;

std::string WithPeople(const std::string& toml) {
  return AppendPeople(toml, {test::AnApprover("ann", "data-protection"), test::AnApprover("bob")},
                      {test::APlanner("pat")});
}

Result<Policy> Parse(const std::string& toml) { return ParsePolicy(WithPeople(toml), "p.toml"); }

std::string Shipped(const std::string& name) {
  return ReadFile(std::string(SIGNPOST_SOURCE_DIR) + "/policy/" + name + ".toml").value();
}

void ExpectRefused(const std::string& toml, const std::string& place, const std::string& about) {
  const auto policy = Parse(toml);
  ASSERT_FALSE(policy) << toml;
  EXPECT_EQ(policy.error().code, Code::kInput);
  EXPECT_EQ(policy.error().place, place) << policy.error().message;
  EXPECT_NE(policy.error().message.find(about), std::string::npos) << policy.error().message;
}

TEST(PolicyToml, ShippedPoliciesParseOnceTheyHavePeople) {
  for (const std::string name : {"rehearsal", "uk-law-enforcement"}) {
    const auto policy = Parse(Shipped(name));
    ASSERT_TRUE(policy) << policy.error().place << ": " << policy.error().message;
    EXPECT_EQ(policy->name, name);
    EXPECT_EQ(policy->approvers.size(), 2u);
    EXPECT_EQ(policy->contacts.messages_per_person, 1);
    EXPECT_FALSE(ParsePolicy(Shipped(name), name)) << "without people nobody could plan or approve";
  }
}

TEST(PolicyToml, RehearsalMaySendAtAnyHour) {
  const auto policy = Parse(Shipped("rehearsal"));
  ASSERT_TRUE(policy);
  EXPECT_EQ(policy->sending.from_minute, 0);
  EXPECT_EQ(policy->sending.to_minute, 24 * 60);
  for (const bool day : policy->sending.days) EXPECT_TRUE(day);
  EXPECT_EQ(policy->sending.range_records, 50);
}

// The defaults in policy.h, in POLICY.md and in the live policy are one set.
TEST(PolicyToml, UkPolicyStatesTheDefaults) {
  const auto shipped = Parse(Shipped("uk-law-enforcement"));
  const auto bare = Parse("name = \"bare\"\n");
  ASSERT_TRUE(shipped && bare);
  EXPECT_EQ(shipped->retention.sealed_number_days, bare->retention.sealed_number_days);
  EXPECT_EQ(shipped->retention.contact_token_unmessaged_days,
            bare->retention.contact_token_unmessaged_days);
  EXPECT_EQ(shipped->retention.contact_token_messaged_days,
            bare->retention.contact_token_messaged_days);
  EXPECT_EQ(shipped->retention.opt_out_days, bare->retention.opt_out_days);
  EXPECT_EQ(shipped->sending.days, bare->sending.days);
  EXPECT_EQ(shipped->sending.from_minute, bare->sending.from_minute);
  EXPECT_EQ(shipped->sending.to_minute, bare->sending.to_minute);
  EXPECT_EQ(shipped->sending.messages_per_second, bare->sending.messages_per_second);
  EXPECT_EQ(shipped->sending.range_records, bare->sending.range_records);
  EXPECT_EQ(shipped->batches.max_records, bare->batches.max_records);
  EXPECT_EQ(shipped->epochs.length_days, bare->epochs.length_days);
}

TEST(PolicyToml, UnknownKeyIsRefusedWithItsLine) {
  ExpectRefused("name = \"x\"\n[retention]\nsealed_number_day = 30\n", "p.toml:3", "unknown key");
  ExpectRefused("name = \"x\"\n\n\n[retentions]\n", "p.toml:4", "unknown key");
  ExpectRefused("name = \"x\"\nverison = 1\n", "p.toml:2", "unknown key");
}

TEST(PolicyToml, ValueOutOfRangeIsRefusedWithItsLine) {
  ExpectRefused("name = \"x\"\n[retention]\nsealed_number_days = 367\n", "p.toml:3",
                "not between 1 and 366");
  ExpectRefused("name = \"x\"\n[contacts]\nmessages_per_person = 2\n", "p.toml:3",
                "not between 1 and 1");
  ExpectRefused("name = \"x\"\n[batches]\nmax_segments = 0\n", "p.toml:3", "not between");
  ExpectRefused("name = \"x\"\n[sending]\nmessages_per_second = 1000001\n", "p.toml:3",
                "not between 1 and 1000000");
  EXPECT_TRUE(Parse("name = \"x\"\n[sending]\nmessages_per_second = 1000000\n"));
  ExpectRefused("name = \"x\"\n[sending]\nrange_records = 9223372036854775807\n", "p.toml:3",
                "not between");
}

TEST(PolicyToml, WrongTypeIsRefused) {
  ExpectRefused("name = \"x\"\n[retention]\nsealed_number_days = \"30\"\n", "p.toml:3",
                "not a whole number");
  ExpectRefused("name = \"x\"\n[retention]\nsealed_number_days = 30.0\n", "p.toml:3",
                "not a whole number");
  ExpectRefused("name = \"x\"\n[contacts]\nmobile = 1\n", "p.toml:3", "not true or false");
  ExpectRefused("name = 5\n", "p.toml:1", "name is not");
  ExpectRefused("name = \"x\"\nretention = 5\n", "p.toml:2", "not a section");
}

TEST(PolicyToml, HoursThatAreNoHoursAreRefused) {
  for (const std::string hour : {"9:00", "09:60", "24:01", "25:00", "", "noon", "09.00", "-1:00"}) {
    const auto policy = Parse("name = \"x\"\n[sending]\nfrom = \"" + hour + "\"\n");
    ASSERT_FALSE(policy) << hour;
    EXPECT_EQ(policy.error().place, "p.toml:3");
  }
  ExpectRefused("name = \"x\"\n[sending]\nfrom = \"19:00\"\nto = \"09:00\"\n", "p.toml:2",
                "from is not before to");
  EXPECT_TRUE(Parse("name = \"x\"\n[sending]\nfrom = \"00:00\"\nto = \"24:00\"\n"));
}

TEST(PolicyToml, DaysAreReadInAnyOrderAndNotTwice) {
  const auto policy = Parse("name = \"x\"\n[sending]\ndays = [\"sun\", \"mon\"]\n");
  ASSERT_TRUE(policy);
  EXPECT_EQ(policy->sending.days,
            (std::array<bool, 7>{true, false, false, false, false, false, true}));
  ExpectRefused("name = \"x\"\n[sending]\ndays = [\"mon\", \"mon\"]\n", "p.toml:3", "twice");
  ExpectRefused("name = \"x\"\n[sending]\ndays = []\n", "p.toml:3", "list of 1 to 7");
  ExpectRefused("name = \"x\"\n[sending]\ndays = [\"Monday\"]\n", "p.toml:3", "not one of");
}

TEST(PolicyToml, AnOptOutCannotBeForgottenBeforeTheMessage) {
  ExpectRefused("name = \"x\"\n[retention]\nopt_out_days = 1825\n", "p.toml:2",
                "opt_out_days is below");
}

TEST(PolicyToml, ATokenCannotBeForgottenBeforeItsNumber) {
  ExpectRefused(
      "name = \"x\"\n[retention]\nsealed_number_days = 60\ncontact_token_unmessaged_days = 59\n",
      "p.toml:2", "contact_token_unmessaged_days is below");
  ExpectRefused("name = \"x\"\n[retention]\ncontact_token_messaged_days = 89\n", "p.toml:2",
                "contact_token_messaged_days is below");
}

TEST(PolicyToml, TooFewApproversAreRefused) {
  const auto policy = ParsePolicy(
      AppendPeople("name = \"x\"\n", {test::AnApprover("ann")}, {test::APlanner("pat")}), "p");
  ASSERT_FALSE(policy);
  EXPECT_NE(policy.error().message.find("fewer approvers"), std::string::npos);
  EXPECT_FALSE(Parse("name = \"x\"\n[approvals]\nroles = [\"chief\"]\n")) << "nobody has the role";
  EXPECT_FALSE(
      Parse("name = \"x\"\n[approvals]\nneeded = 1\nroles = [\"data-protection\", \"b\"]\n"));
}

TEST(PolicyToml, APlannerCannotApprove) {
  const std::string base = "name = \"x\"\n";
  EXPECT_FALSE(ParsePolicy(AppendPeople(base, {test::AnApprover("ann"), test::AnApprover("pat")},
                                        {test::APlanner("pat")}),
                           "p"));
  // The same key under another name is the same person.
  Approver disguised = test::AnApprover("eve");
  disguised.vkey = "eve" + test::ShapedKey("pat").substr(3);
  EXPECT_FALSE(ParsePolicy(
      AppendPeople(base, {test::AnApprover("ann"), disguised}, {test::APlanner("pat")}), "p"));
}

TEST(PolicyToml, OnePersonIsNotTwoApprovers) {
  const std::string base = "name = \"x\"\n";
  EXPECT_FALSE(ParsePolicy(AppendPeople(base, {test::AnApprover("ann"), test::AnApprover("ann")},
                                        {test::APlanner("pat")}),
                           "p"));
  Approver disguised = test::AnApprover("eve");
  disguised.vkey = "eve" + test::ShapedKey("ann").substr(3);
  EXPECT_FALSE(ParsePolicy(
      AppendPeople(base, {test::AnApprover("ann"), disguised}, {test::APlanner("pat")}), "p"));
}

TEST(PolicyToml, KeysThatAreNoKeysAreRefused) {
  for (const std::string& vkey :
       {std::string("ann"), std::string("ann+00000000+"), "bob" + test::ShapedKey("ann").substr(3),
        test::ShapedKey("ann") + "AA",
        std::string("ann+0000000G") + test::ShapedKey("ann").substr(12)}) {
    Approver approver = test::AnApprover("ann");
    approver.vkey = vkey;
    EXPECT_FALSE(ParsePolicy(AppendPeople("name = \"x\"\n", {approver, test::AnApprover("bob")},
                                          {test::APlanner("pat")}),
                             "p"))
        << vkey;
  }
}

TEST(PolicyToml, NamesCannotBreakOutOfWhatAppendPeopleWrites) {
  Approver approver = test::AnApprover("ann");
  approver.name = "ann\"\n[retention]\nsealed_number_days = 366\n#";
  const auto policy = ParsePolicy(
      AppendPeople("name = \"x\"\n", {approver, test::AnApprover("bob")}, {test::APlanner("pat")}),
      "p");
  EXPECT_FALSE(policy);
}

TEST(PolicyToml, BadTomlIsAnErrorWithItsLineAndNeverAnException) {
  for (const std::string toml :
       {"name = \"x\"\n[retention\n", "name = \"x\"\nname = \"y\"\n", "name = \"x\"\n\xff\xfe\n",
        "name = \"x\"\na = [[[[[[[[[[\n", "name = 9999999999999999999999\n"}) {
    const auto policy = ParsePolicy(toml, "p.toml");
    ASSERT_FALSE(policy);
    EXPECT_EQ(policy.error().code, Code::kInput);
    EXPECT_EQ(policy.error().place.rfind("p.toml:", 0), 0u) << policy.error().place;
  }
  EXPECT_FALSE(ParsePolicy(std::string(1 << 20, '#'), "p.toml")) << "too large";
}

TEST(PolicyToml, NoTextMakesTheParserThrow) {
  EXPECT_TRUE(rc::check([](const std::string& text) {
    (void)ParsePolicy(text, "p");
    (void)ParsePolicy("name = \"x\"\n[sending]\n" + text, "p");
  }));
}

}  // namespace
}  // namespace signpost::policy
