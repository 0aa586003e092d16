#include "core/reader/extraction/extractor.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "tests/core/reader/extraction/found_values.h"

namespace signpost::reader::extraction {
namespace {

using formats::Format;
using wire::reader::Encoding;
using wire::reader::FileRefusal;

std::string Wide(std::string_view ascii, bool little) {
  std::string out = little ? "\xff\xfe" : "\xfe\xff";
  for (const char c : ascii) out += little ? std::string{c, '\0'} : std::string{'\0', c};
  return out;
}

TEST(Extractor, EveryEncodingGivesTheSameNumbers) {
  const std::string text = "Name,Mobile\r\nA,07700 900123\r\nB,+44 7700 900124\r\n";
  const std::vector<std::string> expected = {"2:2 07700 900123", "3:2 +44 7700 900124"};
  for (const std::string& bytes : {text, "\xef\xbb\xbf" + text, Wide(text, true), Wide(text, false),
                                   Wide(text, true).substr(2), "Caf\xe9" + text}) {
    EXPECT_EQ(Extract(bytes).found.all, expected);
  }
  EXPECT_EQ(Extract("\xef\xbb\xbf" + text).found.layout.encoding, Encoding::kUtf8Bom);
}

TEST(Extractor, TheSinkHearsTheLayoutOnceAndFirst) {
  const Extracted got = Extract("07700 900123\n");
  EXPECT_EQ(got.found.layouts, 1);
  EXPECT_EQ(got.found.layout.format, Format::kList);
}

TEST(Extractor, ARefusedFileTellsNoValues) {
  const Extracted got = Extract(std::string("SQLite format 3\0 07700 900123\n", 31));
  EXPECT_EQ(got.refusal, FileRefusal::kBinary);
  EXPECT_EQ(got.found.layouts, 0);
  EXPECT_TRUE(got.found.all.empty());
}

TEST(Extractor, AnyBytesInAnyPiecesGiveTheSameAnswer) {
  EXPECT_TRUE(rc::check([](const std::string& bytes) {
    for (const Format wanted : {Format::kAuto, Format::kCsv, Format::kVcard, Format::kList}) {
      const Extracted whole = Extract(bytes, wanted);
      const Extracted pieces = Extract(bytes, wanted, 3);
      RC_ASSERT(whole.refusal == pieces.refusal);
      RC_ASSERT(whole.found.all == pieces.found.all);
    }
  }));
}

}  // namespace
}  // namespace signpost::reader::extraction
