#include "crypto/base/redact.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "crypto/base/result.h"

namespace signpost {
namespace {

TEST(Redact, ANumberIsFoundHoweverItIsWritten) {
  for (const char* number :
       {"07700900123", "07700 900123", "07700-900-123", "+44 7700 900123", "+44 (0) 7700 900 123",
        "(07700) 900123", "0 7 7 0 0 9 0 0 1 2 3", "0.7700.900.123", "00447700900123",
        "07700\u00a0900123", "07700\u2011900123", "07700\t900123"}) {
    EXPECT_TRUE(LooksLikeNumber(number)) << number;
    EXPECT_EQ(WithoutNumbers("list " + std::string(number) + ".csv"), "list (digits).csv");
    EXPECT_EQ(WithoutNumbers(number), "(digits)");
  }
}

TEST(Redact, ANumberAmongOtherThingsIsFound) {
  EXPECT_EQ(WithoutNumbers("case07700900123: 2 rows"), "case(digits): 2 rows");
  EXPECT_EQ(WithoutNumbers("tel:+447700900123;x"), "tel:(digits);x");
  EXPECT_EQ(WithoutNumbers("07700900123, 07700900124"), "(digits), (digits)");
  EXPECT_EQ(WithoutNumbers("+447700900123+447700900124"), "(digits)(digits)");
  EXPECT_EQ(WithoutNumbers("2026-11-23 07700900123"), "2026-11-23 (digits)");
  EXPECT_EQ(WithoutNumbers("07700900123 2026-11-23"), "(digits) 2026-11-23");
  EXPECT_EQ(WithoutNumbers("127.0.0.1 07700900123"), "127.0.0.1 (digits)");
  EXPECT_EQ(WithoutNumbers("/home/x/07700 900123/calls.csv:17"), "/home/x/(digits)/calls.csv:17");
}

TEST(Redact, WhatIsNoNumberStaysReadable) {
  for (const char* text : {"",
                           "calls.csv:17 column 3",
                           "123456",
                           "12-34-56",
                           "2026-11-23",
                           "2026-11-23T10:00:00Z",
                           "2026-11-23 10:00:00",
                           "2026-11-23.csv",
                           "DPIA-2026-041",
                           "127.0.0.1:37711",
                           "192.168.100.200",
                           "79f4b1c60ae2d35c8a11e0b9273d64f5",
                           "0123456789012345678901234567890a",
                           "01234567890123456789012345678901",
                           "sealed/a0123456789012345.batch",
                           "OP-KESTREL",
                           "fewer than 5",
                           "3 of 120 rows",
                           "-",
                           "+",
                           "((("}) {
    EXPECT_FALSE(LooksLikeNumber(text)) << text;
    EXPECT_EQ(WithoutNumbers(text), text);
  }
}

TEST(Redact, ShapesThatOnlyLookLikeADayOrAnAddressHideNothing) {
  for (const char* text : {"2026-11-2307700", "0770-09-0012", "2026-13-45", "2026-0412",
                           "077.009.001.23", "770.090.012.3", "1.2.3.4.5.6.7", "2026-11-23-07700",
                           "+2026-11-23", "07700900123077009", "deadbeef07700900123z"}) {
    EXPECT_TRUE(LooksLikeNumber(text)) << text;
  }
}

TEST(Redact, NothingOfANumberIsLeftBetweenAnyWords) {
  EXPECT_TRUE(rc::check("a number between words", [] {
    const auto text = [] {
      return *rc::gen::container<std::string>(rc::gen::elementOf(std::string("ghxyz :/,;=\"'_")));
    };
    const std::string before = text();
    const std::string number = "07700900" + std::to_string(*rc::gen::inRange(100, 1000));
    const std::string shown = WithoutNumbers(before + number + text());
    RC_ASSERT(shown.find_first_of("0123456789") == std::string::npos);
    RC_ASSERT(!LooksLikeNumber(shown));
  }));
}

TEST(Redact, TheRowOfALongFileIsNotHidden) {
  EXPECT_EQ(WithoutNumbers("calls.csv:1048576"), "calls.csv:1048576");
  EXPECT_EQ(WithoutNumbers("calls.csv:7700900123"), "calls.csv:(digits)");
  EXPECT_EQ(WithoutNumbers("calls.csv:07700900123"), "calls.csv:(digits)");
}

TEST(Redact, AnErrorDoesNotRepeatANumberThatWasTyped) {
  const Error error{Code::kNotFound, "no 07700900123", "07700 900123.csv", "signpost show"};
  EXPECT_EQ(ErrorText("signpost", error),
            "signpost: (digits).csv: no (digits)\nsignpost: hint: signpost show\n");
}

TEST(OneLine, NoControlCharacterIsLeft) {
  EXPECT_EQ(OneLine("case-a.csv"), "case-a.csv");
  EXPECT_EQ(OneLine("a\x1b[2J\r\n\tb\x7f"), "a?[2J???b?");
  EXPECT_EQ(OneLine("\xc2\x9b"
                    "31m"),
            "?31m");  // CSI as one character of UTF-8
  EXPECT_EQ(OneLine("caf\xc3\xa9 \xc2\xa3"), "caf\xc3\xa9 \xc2\xa3");
  EXPECT_EQ(OneLine("\xc2"), "\xc2");
}

TEST(OneLine, NothingTurnsTheTextAround) {
  EXPECT_EQ(OneLine("a\xe2\x80\xaevsc.exe"), "a?vsc.exe");
  EXPECT_EQ(OneLine("\xe2\x81\xa7x\xe2\x81\xa9"), "?x?");
  EXPECT_EQ(OneLine("\xe2\x82\xac\xe2\x80"), "\xe2\x82\xac\xe2\x80");
}

}  // namespace
}  // namespace signpost
