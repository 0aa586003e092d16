#include "core/reader/number/pattern.h"

#include <gtest/gtest.h>

#include "core/reader/number/automaton.h"

namespace signpost::reader::number {
namespace {

Pattern Make(std::string_view text) {
  std::optional<Pattern> pattern = Pattern::Parse(text);
  if (!pattern) std::abort();
  return *std::move(pattern);
}

// How much of the digits, then the groups; "no" when nothing matches.
std::string Front(std::string_view pattern, std::string_view digits) {
  const std::optional<Pattern::Match> match = Make(pattern).MatchFront(digits);
  if (!match) return "no";
  std::string text = std::to_string(match->size);
  for (const std::string_view group : match->groups) text += "," + std::string(group);
  return text;
}

TEST(Pattern, WhatDialectsReadDifferentlyIsRefused) {
  for (const char* text :
       {"1*",     "1+",    "1??",     "1?+",    "1{2,}",     "1{2}?", "1{0}", "1{33}",
        "1{3,2}", "[^1]",  "[]",      "[2-1]",  "[1",        "[a]",   "(1",   "1)",
        "(?=1)",  "(?!1)", "(?<n>1)", "(1)\\1", "\\D",       "\\s",   "^1",   "a",
        ".",      "(1?)?", "(?:)?",   "$?",     "(1)(2)(3)", "1 2",   "{2}",  "?"}) {
    EXPECT_FALSE(Pattern::Parse(text)) << text;
  }
  EXPECT_FALSE(Pattern::Parse(std::string(100, '(') + "1" + std::string(100, ')')));
}

TEST(Pattern, TheFirstAlternativeThatWorksIsNotPassedOver) {
  EXPECT_EQ(Front("0|01", "012"), "1,,");
  EXPECT_EQ(Front("01|0", "012"), "2,,");
  EXPECT_EQ(Front("(?:0|01)2", "012"), "3,,") << "it is tried again when the rest fails";
  EXPECT_EQ(Front("1{1,3}", "11112"), "3,,") << "as much as can be";
  EXPECT_EQ(Front("1{1,3}1", "111"), "3,,");
  EXPECT_EQ(Front("0?", "12"), "0,,");
  EXPECT_EQ(Front("[2-46]\\d", "57"), "no");
  EXPECT_EQ(Front("1", ""), "no");
}

TEST(Pattern, GroupsHoldWhatTheyMatchedAndNothingElse) {
  EXPECT_EQ(Front("(?:0|90)(?:(1[245])(\\d{3}))?", "09"), "1,,");
  EXPECT_EQ(Front("(?:0|90)(?:(1[245])(\\d{3}))?", "9012345"), "7,12,345");
  EXPECT_EQ(Front("(?:0|90)(?:(1[245])(\\d{3}))?", "901234"), "2,,") << "given back";
  EXPECT_EQ(Front("1|([2-7]\\d{2})$", "234"), "3,234,");
  EXPECT_EQ(Front("1|([2-7]\\d{2})$", "2345"), "no") << "the end is the end";
}

// Bit i of the answer: pattern i.
unsigned Matching(const std::vector<std::string>& whole, const std::vector<std::string>& front,
                  std::string_view digits) {
  std::vector<Pattern> patterns;
  for (const auto* texts : {&whole, &front}) {
    for (const std::string& text : *texts) patterns.push_back(Make(text));
  }
  std::vector<Automaton::Rule> rules;
  for (const Pattern& pattern : patterns) rules.push_back({&pattern, rules.size() >= whole.size()});
  const auto judge = [](size_t, std::span<const uint16_t> matched) {
    unsigned bits = 0;
    for (const uint16_t rule : matched) bits |= 1u << rule;
    return static_cast<uint16_t>(bits);
  };
  return Automaton::Build(rules, judge)->Read(digits);
}

TEST(Automaton, NoPatternHidesAnother) {
  const std::vector<std::string> whole = {"\\d{3}", "1[2-4]\\d", "12|123", "7(?:1\\d)?",
                                          "(?:1|12)3?"};
  EXPECT_EQ(Matching(whole, {}, "123"), 0b10111u);
  EXPECT_EQ(Matching(whole, {}, "12"), 0b10100u);
  EXPECT_EQ(Matching(whole, {}, "7"), 0b01000u);
  EXPECT_EQ(Matching(whole, {}, "719"), 0b01001u);
  EXPECT_EQ(Matching(whole, {}, "71"), 0u);
  EXPECT_EQ(Matching(whole, {}, "1234"), 0u);
  EXPECT_EQ(Matching(whole, {}, ""), 0u);
}

TEST(Automaton, AFrontMatchesWhateverFollowsAndNothingBefore) {
  const std::vector<std::string> front = {"26[0-8]", "1?"};
  EXPECT_EQ(Matching({"26"}, front, "26"), 0b101u);
  EXPECT_EQ(Matching({"26"}, front, "268"), 0b110u);
  EXPECT_EQ(Matching({"26"}, front, "2681234567"), 0b110u);
  EXPECT_EQ(Matching({"26"}, front, "26812345678901234567"), 0b110u) << "of any length";
  EXPECT_EQ(Matching({"26"}, front, "1268"), 0b100u);
}

TEST(Automaton, APatternWithAnEndIsRefused) {
  const Pattern pattern = Make("1$");
  const Automaton::Rule rule{&pattern, false};
  EXPECT_FALSE(
      Automaton::Build({&rule, 1}, [](size_t, std::span<const uint16_t>) { return uint16_t{0}; }));
}

}  // namespace
}  // namespace signpost::reader::number
