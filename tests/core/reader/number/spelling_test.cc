#include "core/reader/number/spelling.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <random>
#include <string>
#include <type_traits>

namespace signpost::reader::number {
namespace {

using wire::reader::Reason;

TEST(Spelling, DigitsAreNeverInvented) {
  EXPECT_TRUE(rc::check([](const std::string& cell) {
    const Spelling spelling(cell);
    if (spelling.reason() != Reason::kAccepted) return;
    RC_ASSERT(spelling.digits().size() >= 7u);
    RC_ASSERT(spelling.digits().size() <= Spelling::kMaxDigits);
    RC_ASSERT(std::all_of(spelling.digits().begin(), spelling.digits().end(),
                          [](char c) { return c >= '0' && c <= '9'; }));
  }));
}

TEST(Spelling, AnInternationalNumberDoesNotBeginWithZero) {
  EXPECT_TRUE(rc::check([] {
    const auto cell =
        *rc::gen::container<std::string>(rc::gen::elementOf(std::string("0479+ ()-/.")));
    const Spelling spelling(cell);
    if (spelling.reason() != Reason::kAccepted || !spelling.international()) return;
    RC_ASSERT(spelling.digits()[0] != '0');
  }));
}

// The short way for plain cells against the way that reads every cell.
TEST(Spelling, APlainCellIsNotReadOtherwiseThanInFull) {
  static constexpr std::string_view kPlain = "0000123456789999+ -.()[]{}~_\t";
  static constexpr std::string_view kOdd = "'=\",/\\:;#*ex@\x7f\x80";
  std::mt19937_64 random(std::random_device{}());
  const auto one_of = [&random](std::string_view chars) { return chars[random() % chars.size()]; };
  size_t taken = 0;
  for (int i = 0; i < 100000; ++i) {
    std::string cell;
    const size_t size = i % 100 == 0 ? 120 + random() % 16 : random() % 26;
    while (cell.size() < size) cell += one_of(random() % 40 == 0 ? kOdd : kPlain);
    if (i % 3 == 0) cell += random() % 2 == 0 ? ".0" : ".00";
    const Spelling quick(cell), full(cell, Spelling::InFull{});
    ASSERT_EQ(quick.reason(), full.reason());
    ASSERT_EQ(quick.extension(), full.extension());
    if (quick.reason() != Reason::kAccepted) continue;
    ASSERT_TRUE(quick.digits() == full.digits()) << "not shown: may be somebody's number";
    ASSERT_EQ(quick.international(), full.international());
    ++taken;
  }
  EXPECT_GT(taken, 20000u);
}

TEST(Spelling, AVeryLongCellIsNotANumber) {
  EXPECT_EQ(Spelling(std::string(100000, '7')).reason(), Reason::kNotANumber);
  EXPECT_EQ(Spelling(std::string(100000, ' ') + "07700900123").reason(), Reason::kAccepted);
}

TEST(Spelling, BrokenTextInsideANumberIsNotASpace) {
  EXPECT_EQ(Spelling("07700\xff"
                     "900123")
                .reason(),
            Reason::kNotANumber);
  EXPECT_EQ(Spelling("07700\xef\xbf\xbd"
                     "900123")
                .reason(),
            Reason::kNotANumber);
}

TEST(Spelling, CannotBeCopied) {
  EXPECT_FALSE(std::is_copy_constructible_v<Spelling>);
  EXPECT_FALSE(std::is_copy_assignable_v<Spelling>);
}

}  // namespace
}  // namespace signpost::reader::number
