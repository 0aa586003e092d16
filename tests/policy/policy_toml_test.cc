#include "policy/policy_toml.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <regex>
#include <sstream>

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

TEST(PolicyToml, UkPolicyStatesTheDefaults) {
  const auto shipped = Parse(Shipped("uk-law-enforcement"));
  ASSERT_TRUE(shipped);
  for (const Key& key : kKeys) {
    if (key.name == "name" || key.name == "roles") continue;  // its own; see the file
    EXPECT_EQ(ValueText(key, *shipped), ValueText(key, Policy())) << key.name;
  }
}

// The value between its least and its most, or the shape of a text.
std::string RangeOf(const Key& key) {
  const auto span = [](auto min, auto max) {
    return min == max ? fmt::format("{}", min) : fmt::format("{}-{}", min, max);
  };
  std::string range;
  if (const auto* number = std::get_if<Key::Number>(&key.value)) {
    range = span(number->min, number->max);
  } else if (const auto* text = std::get_if<Key::Text>(&key.value)) {
    range = text->shape;
  } else if (const auto* texts = std::get_if<Key::Texts>(&key.value)) {
    range = fmt::format("{}, each {}", span(texts->min, texts->max), texts->shape);
  } else if (std::holds_alternative<Key::Days>(key.value)) {
    range = "1-7 of `mon`..`sun`";
  } else if (std::holds_alternative<Key::Time>(key.value)) {
    range = "`\"00:00\"`-`\"24:00\"`";
  }
  return key.beside.empty() ? range : fmt::format("{}, {}", range, key.beside);
}

std::string DefaultOf(const Key& key) {
  if (key.name == "name") return "none, required";
  const std::string text = ValueText(key, Policy());
  return text.find_first_of("\"[") == text.npos ? text : "`" + text + "`";
}

TEST(PolicyToml, KeyThatTheDocumentForgetsOrStatesOtherwiseIsFound) {
  std::vector<std::string> rows;
  std::string section;
  for (const Key& key : kKeys) {
    const std::string head = key.section == section ? "" : fmt::format("`[{}]`", key.section);
    section = key.section;
    std::string row = "|";
    for (const std::string& cell : {head, fmt::format("`{}`", key.name), std::string(key.unit),
                                    DefaultOf(key), RangeOf(key), std::string(key.decides)}) {
      row += cell.empty() ? " |" : " " + cell + " |";
    }
    rows.push_back(row);
  }
  std::istringstream document(
      ReadFile(std::string(SIGNPOST_SOURCE_DIR) + "/policy/POLICY.md").value());
  std::string line;
  while (std::getline(document, line) && line.rfind("| section | key |", 0) != 0) {
  }
  std::getline(document, line);  // |---|
  for (const std::string& row : rows) {
    std::getline(document, line);
    EXPECT_EQ(line, row);
  }
  std::getline(document, line);
  EXPECT_EQ(line.rfind("| `[[planner]]` |", 0), 0u) << "a row of no key: " << line;
}

TEST(PolicyToml, ValueBesideItsRangeOrOfAnotherTypeIsRefusedOfEveryKey) {
  for (const Key& key : kKeys) {
    const bool top = key.section.empty();
    const std::string toml =
        top ? "name = " : fmt::format("name = \"x\"\n[{}]\n{} = ", key.section, key.name);
    const std::string place = top ? "p.toml:1" : "p.toml:3";
    ExpectRefused(toml + "1.5\n", place, fmt::format("\"{}\" must be", key.name));
    if (const auto* number = std::get_if<Key::Number>(&key.value)) {
      for (const int64_t off : {int64_t{number->min} - 1, int64_t{number->max} + 1}) {
        ExpectRefused(toml + std::to_string(off) + "\n", place, "must be a whole number from");
      }
    }
  }
}

TEST(PolicyToml, TwoKeysThatShareAPlaceAreFound) {
  for (const Key& key : kKeys) {
    Policy policy;
    if (const auto* number = std::get_if<Key::Number>(&key.value)) {
      number->in(policy) = 77;
    } else if (const auto* time = std::get_if<Key::Time>(&key.value)) {
      time->in(policy) = 77;
    } else if (const auto* flag = std::get_if<Key::Flag>(&key.value)) {
      flag->in(policy) = !flag->in(policy);
    } else {
      continue;  // one of a type, or of a section
    }
    for (const Key& other : kKeys) {
      EXPECT_EQ(ValueText(other, policy) != ValueText(other, Policy()), &other == &key)
          << key.name << ", " << other.name;
    }
  }
}

// What stands beside the values of the shipped policies: "Default 30, 1 to 366."
TEST(PolicyToml, CommentOfAShippedPolicyThatStatesAnotherDefaultOrRangeIsFound) {
  for (const std::string policy : {"rehearsal", "uk-law-enforcement"}) {
    std::istringstream file(Shipped(policy));
    std::string comment;
    for (std::string line; std::getline(file, line);) {
      if (line.rfind("# ", 0) == 0) {
        comment += line.substr(1);
        continue;
      }
      for (const Key& key : kKeys) {
        const auto* number = std::get_if<Key::Number>(&key.value);
        if (number == nullptr || line.rfind(fmt::format("{} = ", key.name), 0) != 0) continue;
        std::smatch found;
        if (std::regex_search(comment, found, std::regex("Default (\\d+)"))) {
          EXPECT_EQ(found[1], ValueText(key, Policy())) << policy << ": " << key.name;
        }
        if (std::regex_search(comment, found, std::regex("(\\d+) to (\\d+)"))) {
          EXPECT_EQ(found[1], std::to_string(number->min)) << policy << ": " << key.name;
          EXPECT_EQ(found[2], std::to_string(number->max)) << policy << ": " << key.name;
        }
      }
      comment.clear();
    }
  }
}

TEST(PolicyToml, UnknownKeyIsRefusedWithItsLine) {
  ExpectRefused("name = \"x\"\n[retention]\nsealed_number_day = 30\n", "p.toml:3", "unknown key");
  ExpectRefused("name = \"x\"\n\n\n[retentions]\n", "p.toml:4", "unknown key");
  ExpectRefused("name = \"x\"\nverison = 1\n", "p.toml:2", "unknown key");
}

TEST(PolicyToml, ValueOutOfRangeIsRefusedWithItsLine) {
  ExpectRefused("name = \"x\"\n[retention]\nsealed_number_days = 367\n", "p.toml:3",
                "must be a whole number from 1 to 366");
  ExpectRefused("name = \"x\"\n[contacts]\nmessages_per_person = 2\n", "p.toml:3",
                "must be a whole number from 1 to 1");
  ExpectRefused("name = \"x\"\n[batches]\nmax_segments = 0\n", "p.toml:3",
                "must be a whole number");
  ExpectRefused("name = \"x\"\n[sending]\nmessages_per_second = 1000001\n", "p.toml:3",
                "from 1 to 1000000");
  EXPECT_TRUE(Parse("name = \"x\"\n[sending]\nmessages_per_second = 1000000\n"));
  ExpectRefused("name = \"x\"\n[sending]\nrange_records = 9223372036854775807\n", "p.toml:3",
                "must be a whole number");
}

TEST(PolicyToml, WrongTypeIsRefused) {
  ExpectRefused("name = \"x\"\n[retention]\nsealed_number_days = \"30\"\n", "p.toml:3",
                "must be a whole number");
  ExpectRefused("name = \"x\"\n[retention]\nsealed_number_days = 30.0\n", "p.toml:3",
                "must be a whole number");
  ExpectRefused("name = \"x\"\n[contacts]\nmobile = 1\n", "p.toml:3", "must be true or false");
  ExpectRefused("name = 5\n", "p.toml:1", "\"name\" must be");
  ExpectRefused("name = \"x\"\nretention = 5\n", "p.toml:2", "must be a section");
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
  ExpectRefused("name = \"x\"\n[sending]\ndays = [\"Monday\"]\n", "p.toml:3", "each one of");
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
