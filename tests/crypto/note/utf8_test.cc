#include "crypto/note/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace signpost::note {
namespace {

TEST(Utf8, MalformedTextIsRefused) {
  for (const char* good :
       {"", "plain", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
        "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "a\nb", "\x7f"}) {
    EXPECT_TRUE(IsNoteText(good)) << good;
  }
  for (const char* bad :
       {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2\x41", "\xe0\x9f\xbf", "\xe2\x80",
        "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
        "\xff", "\xf0\x90\x80"}) {
    EXPECT_FALSE(IsNoteText(bad)) << bad;
  }
}

TEST(Utf8, ControlCharacterIsRefused) {
  for (char c = 0; c < 0x20; ++c) {
    const std::string text = std::string("a") + c;
    EXPECT_EQ(IsNoteText(text), c == '\n') << static_cast<int>(c);
    EXPECT_FALSE(IsKeyName(text)) << static_cast<int>(c);
  }
}

TEST(Utf8, NameThatCouldBeTwoWordsIsRefused) {
  for (const char* good : {"a", "example.org/ledger", "caf\xc3\xa9", "-"}) {
    EXPECT_TRUE(IsKeyName(good)) << good;
  }
  for (const char* bad :
       {"", "a b", "a+b", " a", "a\xc2\xa0", "\xe2\x80\x83", "\xe3\x80\x80", "\xe1\x9a\x80",
        "\xe2\x80\xa8", "\xe2\x81\x9f", "\x7f", "\xc2\x85", "\xff"}) {
    EXPECT_FALSE(IsKeyName(bad)) << bad;
  }
  EXPECT_TRUE(IsKeyName(std::string(100, 'n')));
  EXPECT_FALSE(IsKeyName(std::string(101, 'n')));
}

}  // namespace
}  // namespace signpost::note
