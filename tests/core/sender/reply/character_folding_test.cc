#include "core/sender/reply/character_folding.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace signpost::sender::reply {
namespace {

TEST(Fold, DressingUpDoesNotHideAWord) {
  for (const std::string_view text : {"stop",
                                      "STOP",
                                      "Stop",
                                      "  stop  ",
                                      "\"stop\"",
                                      "stop!!!",
                                      "¡stop!",
                                      "ＳＴＯＰ",
                                      "𝐒𝐓𝐎𝐏",
                                      "𝖘𝖙𝖔𝖕",
                                      "Ⓢⓣⓞⓟ",
                                      "🅂🅃🄾🄿",
                                      "śŧöp",
                                      "s\xCC\x81top",
                                      "st\xE2\x80\x8Bop",
                                      "\xEF\xBB\xBFstop",
                                      "🛑 stop 🛑",
                                      "stop\n",
                                      "«stop»",
                                      "“stop”",
                                      "stop👍🏽"}) {
    EXPECT_EQ(Fold(text), "stop") << text;
  }
}

TEST(Fold, WordsStayApartAndLettersOfOtherScriptsAreNoBlanks) {
  EXPECT_EQ(Fold("please...stop"), "please stop");
  EXPECT_EQ(Fold("don't"), "dont");
  EXPECT_EQ(Fold("don’t"), "dont");
  EXPECT_EQ(Fold("arrêt"), "arret");
  EXPECT_EQ(Fold("przestań"), "przestan");
  EXPECT_EQ(Fold("opt-out"), "opt out");
  EXPECT_EQ(Fold("стоп").find(' '), std::string::npos);
  EXPECT_EQ(Fold("бstop").size(), 5u);
  EXPECT_EQ(Fold(""), "");
  EXPECT_EQ(Fold(" . "), "");
  EXPECT_EQ(Fold("a\xff"
                 "b"),
            "a b");
}

TEST(Fold, NothingElseComesOut) {
  EXPECT_TRUE(rc::check([](const std::string& text) {
    const std::string folded = Fold(text);
    for (size_t i = 0; i < folded.size(); ++i) {
      const char c = folded[i];
      RC_ASSERT((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == ' ' || c == kOther);
      if (c == ' ') RC_ASSERT(i > 0 && i + 1 < folded.size() && folded[i - 1] != ' ');
    }
    RC_ASSERT(Fold(folded).size() <= folded.size());
  }));
}

}  // namespace
}  // namespace signpost::sender::reply
