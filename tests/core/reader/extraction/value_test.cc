#include "core/reader/extraction/value.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace signpost::reader::extraction {
namespace {

using Parts = std::vector<std::string_view>;

TEST(SplitValues, SeveralNumbersInACellAreAllFound) {
  const Parts two = {"07700 900123", "07700 900124"};
  for (const char* cell :
       {"07700 900123 ::: 07700 900124", "07700 900123\n07700 900124",
        "07700 900123\r\n07700 900124", "07700 900123;07700 900124", "07700 900123, 07700 900124",
        "07700 900123 / 07700 900124", "07700 900123|07700 900124", "07700 900123 & 07700 900124",
        "07700 900123 or 07700 900124", "07700 900123;;07700 900124;"}) {
    EXPECT_EQ(SplitValues(cell), two) << cell;
  }
  EXPECT_EQ(SplitValues("+44 7700 900123 +44 7700 900124"),
            (Parts{"+44 7700 900123", "+44 7700 900124"}));
  EXPECT_EQ(SplitValues("07700900123 ::: 07700900124;07700900125").size(), 3u);
  EXPECT_EQ(SplitValues("Dave, 07700 900123"), (Parts{"Dave", "07700 900123"}));
  EXPECT_EQ(SplitValues("a1@example.org; 07700 900123"), (Parts{"a1@example.org", "07700 900123"}));
}

TEST(SplitValues, OneNumberIsNotCutInTwo) {
  for (const char* cell :
       {"07700,900,123", "07700/900123", "07700 900123 ext 12", "07700 900123, ext 12",
        "07700900123;ext=12", "tel:+447700900123;ext=5555", "tel:7700900123;phone-context=+44",
        "447,700,900,123", "07700 900123/4", "+44 7700 900123", "+ 44 7700 900123",
        "(07700) 900123", "07700900123,,12#", "0+44 7700 900123"}) {
    EXPECT_EQ(SplitValues(cell), Parts{cell}) << cell;
  }
}

TEST(SplitValues, NothingIsBlankAndNothingIsInvented) {
  EXPECT_TRUE(SplitValues("").empty());
  EXPECT_TRUE(SplitValues(" \n ::: \r\n").empty());
  EXPECT_TRUE(rc::check([] {
    const auto cell = *rc::gen::container<std::string>(
        rc::gen::elementOf(std::string("0123456789+;,/|&: \n\ror")));
    size_t bytes = 0;
    for (const std::string_view part : SplitValues(cell)) {
      RC_ASSERT(!IsBlank(part));
      RC_ASSERT(part.data() >= cell.data() &&
                part.data() + part.size() <= cell.data() + cell.size());
      bytes += part.size();
    }
    RC_ASSERT(bytes <= cell.size());
  }));
}

TEST(LikenessOf, DatesTimesAmountsAndIdsAreNoNumbers) {
  for (const char* cell : {"2026-11-23", "23/11/2026", "23.11.2026", "2026-11-23 10:00:00",
                           "00:01:23", "Dave", "", "51.507351", "-0.127758", "1234567@example.org",
                           "192.0.2.1x", "£1,000,000", "12345", "1234567890123456"}) {
    EXPECT_EQ(LikenessOf(cell), Likeness::kNone) << cell;
  }
  EXPECT_EQ(LikenessOf("7700900123"), Likeness::kDigits);
  for (const char* cell : {"07700900123", "+447700900123", "7700 900123", "(07700) 900123",
                           "=\"07700900123\"", "'07700900123", "tel:+447700900123",
                           "\xef\xbc\x90\xef\xbc\x97\xef\xbc\x97\xef\xbc\x90\xef\xbc\x90 900123"}) {
    EXPECT_EQ(LikenessOf(cell), Likeness::kNumber) << cell;
  }
}

}  // namespace
}  // namespace signpost::reader::extraction
