#include "core/normalise/spelling.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <type_traits>

namespace signpost {
namespace {

using reader::Reason;

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
}  // namespace signpost
