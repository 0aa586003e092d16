#include "core/reader/extraction/list.h"

#include <gtest/gtest.h>

#include "tests/core/reader/extraction/found_values.h"

namespace signpost::reader::extraction {
namespace {

using formats::Format;
using wire::reader::FileRefusal;

TEST(List, CommentsAndBlankLinesAreNoEntries) {
  const Extracted got =
      Extract("# opt-outs\n\n07700 900123\n  +44 7700 900124  # by text\r\n\r\n#07700 900999\n",
              Format::kList);
  EXPECT_EQ(got.found.all, (Texts{"3:0 07700 900123", "4:0 +44 7700 900124"}));
  EXPECT_EQ(got.rows, 2u);
}

TEST(List, AnExtensionIsNotAComment) {
  EXPECT_EQ(Extract("07700 900123 #12\n", Format::kList).found.values, (Texts{"07700 900123 #12"}));
}

TEST(List, WordsAmongNumbersAreTold) {
  EXPECT_EQ(Extract("07700 900123\nDave\n07700 900124\n").found.values.size(), 3u);
}

TEST(List, ALineWithoutAnEndIsALine) { EXPECT_EQ(Extract("07700 900123").found.values.size(), 1u); }

TEST(List, ALineOverAMebibyteRefusesTheFile) {
  EXPECT_EQ(Extract("07700 900123\n" + std::string((1u << 20) + 1, '7'), Format::kList).refusal,
            FileRefusal::kRowTooLong);
}

TEST(List, AnEmptyFileIsRefused) {
  EXPECT_EQ(Extract("", Format::kList).refusal, FileRefusal::kEmpty);
  EXPECT_EQ(Extract("\n \n").refusal, FileRefusal::kEmpty);
}

}  // namespace
}  // namespace signpost::reader::extraction
