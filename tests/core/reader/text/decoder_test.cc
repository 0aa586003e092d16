#include "core/reader/text/decoder.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace signpost::reader::text {
namespace {

using namespace std::string_view_literals;
using wire::reader::Encoding;

std::string Decode(Encoding encoding, std::string_view bytes) {
  std::string out;
  TextDecoder decoder(encoding);
  decoder.Feed(AsBytes(bytes), out);
  decoder.Finish(out);
  return out;
}

TEST(TextDecoder, Utf8PassesUnchanged) {
  const std::string_view text = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x93\xb1z";
  EXPECT_EQ(Decode(Encoding::kUtf8, text), text);
}

TEST(TextDecoder, ByteOrderMarkDoesNotBecomePartOfTheFirstHeading) {
  EXPECT_EQ(Decode(Encoding::kUtf8Bom, "\xef\xbb\xbfName"), "Name");
  EXPECT_EQ(Decode(Encoding::kUtf16Le, "\xff\xfeN\0a\0"sv), "Na");
  EXPECT_EQ(Decode(Encoding::kUtf16Be, "\xfe\xff\0N\0a"sv), "Na");
  EXPECT_EQ(Decode(Encoding::kUtf8, "a\xef\xbb\xbf"), "a\xef\xbb\xbf") << "only at the start";
}

TEST(TextDecoder, OverlongAndSurrogateFormsAreNotText) {
  EXPECT_EQ(Decode(Encoding::kUtf8, "\xc0\xb0"), "\xff\xff");          // an overlong '0'
  EXPECT_EQ(Decode(Encoding::kUtf8, "\xe0\x80\xb0"), "\xff\xff\xff");  // the same in three
  EXPECT_EQ(Decode(Encoding::kUtf8, "\xed\xa0\x80"), "\xff\xff\xff");
  EXPECT_EQ(Decode(Encoding::kUtf8, "\xf4\x90\x80\x80"), "\xff\xff\xff\xff");
}

TEST(TextDecoder, CutSequenceDoesNotSwallowTheDigitBehindIt) {
  EXPECT_EQ(Decode(Encoding::kUtf8,
                   "\xe2\x82"
                   "0"),
            "\xff"
            "0");
  EXPECT_EQ(Decode(Encoding::kUtf8, "0\xf0\x9f\x93"), "0\xff");
}

TEST(TextDecoder, HalfASurrogatePairIsNotText) {
  EXPECT_EQ(Decode(Encoding::kUtf16Le, "\x3d\xd8\xf1\xdc"sv), "\xf0\x9f\x93\xb1");
  EXPECT_EQ(Decode(Encoding::kUtf16Le,
                   "\x3d\xd8"
                   "0\0"sv),
            "\xff"
            "0");
  EXPECT_EQ(Decode(Encoding::kUtf16Le,
                   "\xf1\xdc"
                   "0\0"sv),
            "\xff"
            "0");
  EXPECT_EQ(Decode(Encoding::kUtf16Le,
                   "0\0"
                   "1"sv),
            "0\xff")
      << "an odd byte at the end";
}

TEST(TextDecoder, Windows1252IsNotLatin1) {
  EXPECT_EQ(Decode(Encoding::kCp1252, "\x80\x96\xe9\xa0"),
            "\xe2\x82\xac\xe2\x80\x93\xc3\xa9\xc2\xa0");
  EXPECT_EQ(Decode(Encoding::kCp1252, "\x81"), "\xff");
}

TEST(TextDecoder, PiecesMakeNoDifference) {
  EXPECT_TRUE(rc::check([](const std::string& bytes, bool wide) {
    const Encoding encoding = wide ? Encoding::kUtf16Be : Encoding::kUtf8;
    std::string out;
    TextDecoder decoder(encoding);
    for (const char c : bytes) decoder.Feed(AsBytes(std::string_view(&c, 1)), out);
    decoder.Finish(out);
    RC_ASSERT(out == Decode(encoding, bytes));
  }));
}

TEST(TextDecoder, OutputIsUtf8OrBroken) {
  EXPECT_TRUE(rc::check([](const std::string& bytes) {
    std::string out = Decode(Encoding::kUtf8, bytes);
    std::erase(out, TextDecoder::kBroken);
    const std::string again = Decode(Encoding::kUtf8, out);
    // Taking the broken bytes out may leave a mark at the very start.
    RC_ASSERT(again.find(TextDecoder::kBroken) == std::string::npos);
  }));
}

TEST(TakeCodePoint, NeverReadsPastTheEndNorStandsStill) {
  EXPECT_TRUE(rc::check([](const std::string& bytes) {
    std::string_view rest = bytes;
    while (!rest.empty()) {
      const size_t before = rest.size();
      TakeCodePoint(rest);
      RC_ASSERT(rest.size() < before);
    }
  }));
  std::string_view text =
      "\xe2\x82\xac"
      "1";
  EXPECT_EQ(TakeCodePoint(text), U'\u20ac');
  EXPECT_EQ(TakeCodePoint(text), U'1');
}

TEST(ToUtf8, WesternBytesAreNotLost) {
  EXPECT_EQ(ToUtf8("07700\xa0"), "07700\xc2\xa0");
  EXPECT_EQ(ToUtf8("07700\xc2\xa0"), "07700\xc2\xa0");
}

}  // namespace
}  // namespace signpost::reader::text
