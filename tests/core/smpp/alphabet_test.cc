#include "core/smpp/alphabet.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "tests/core/smpp/vectors.h"

namespace signpost::sms {
namespace {

std::string Repeat(std::string_view text, size_t times) {
  std::string all;
  for (size_t i = 0; i < times; ++i) all += text;
  return all;
}

unsigned Segments(const std::string& text) { return Measure(text).value().segments; }

TEST(Alphabet, EveryCharacterOfTheTableGoesBothWays) {
  const auto table = ReadVectors("gsm0338.vec");
  ASSERT_EQ(table.size(), 138u);
  for (const auto& [septets, name] : table) {
    if (septets == "1b") continue;  // the escape
    std::string text;
    AppendUtf8(text, static_cast<char32_t>(std::stoul(name.substr(2), nullptr, 16)));
    const auto parts = Split(text, Alphabet::kGsm);
    ASSERT_TRUE(parts) << septets;
    EXPECT_EQ(ToHex(parts->at(0)), septets);
    EXPECT_EQ(DecodeGsm(*FromHex(septets)), text);
    EXPECT_EQ(Measure(text)->units, septets.size() / 2);
  }
}

TEST(Alphabet, SegmentsAreNotMiscountedAtTheEdges) {
  EXPECT_EQ(Segments(Repeat("a", 160)), 1u);
  EXPECT_EQ(Segments(Repeat("a", 161)), 2u);
  EXPECT_EQ(Segments(Repeat("a", 306)), 2u);
  EXPECT_EQ(Segments(Repeat("a", 307)), 3u);
  EXPECT_EQ(Segments(Repeat("a", 918)), 6u);
  EXPECT_EQ(Segments(Repeat("ŵ", 70)), 1u);
  EXPECT_EQ(Segments(Repeat("ŵ", 71)), 2u);
  EXPECT_EQ(Segments(Repeat("ŵ", 134)), 2u);
  EXPECT_EQ(Segments(Repeat("ŵ", 135)), 3u);
  EXPECT_EQ(Segments(Repeat("€", 80)), 1u);
  EXPECT_EQ(Segments(Repeat("€", 81)), 2u);
}

TEST(Alphabet, EscapePairIsNotSplit) {
  // 153 septets a part: an escaped character at the edge moves to the next.
  const auto parts = Split(Repeat("a", 152) + "€" + Repeat("a", 10), Alphabet::kGsm);
  ASSERT_EQ(parts->size(), 2u);
  EXPECT_EQ(parts->at(0).size(), 152u);
  EXPECT_EQ(parts->at(1).at(0), 0x1B);
  // 76 euros are 152 septets: every part ends one early.
  EXPECT_EQ(Split(Repeat("€", 81), Alphabet::kGsm)->at(0).size(), 152u);
}

TEST(Alphabet, SurrogatePairIsNotSplit) {
  const auto parts = Split(Repeat("ŵ", 66) + "😀" + Repeat("ŵ", 10), Alphabet::kUcs2);
  ASSERT_EQ(parts->size(), 2u);
  EXPECT_EQ(parts->at(0).size(), 132u);
  EXPECT_EQ(ToHex(parts->at(1)).substr(0, 8), "d83dde00");
}

TEST(Alphabet, OneCharacterOutsideTheTableCostsUcs2) {
  EXPECT_EQ(Measure("plain")->alphabet, Alphabet::kGsm);
  EXPECT_EQ(Measure("ŵ")->alphabet, Alphabet::kUcs2);
  EXPECT_EQ(Measure("`")->alphabet, Alphabet::kUcs2);
  EXPECT_EQ(Measure("😀")->units, 2u);
  EXPECT_FALSE(Split("ŵ", Alphabet::kGsm));
}

TEST(Alphabet, WhatCannotBeSentIsRefused) {
  for (const std::string& text :
       {std::string(), std::string("\xff"), std::string("\xc0\x80"), std::string("\xed\xa0\x80"),
        std::string("\xf4\x90\x80\x80"), std::string("cut \xe2\x82"), Repeat("a", 1531),
        Repeat("ŵ", 671)}) {
    const auto measured = Measure(text);
    ASSERT_FALSE(measured);
    EXPECT_EQ(measured.error().code, Code::kInput);
    EXPECT_FALSE(Split(text, Alphabet::kUcs2));
  }
  EXPECT_EQ(Segments(Repeat("a", 1530)), 10u);
  EXPECT_EQ(Segments(Repeat("ŵ", 670)), 10u);
}

TEST(Alphabet, BrokenInboundTextDoesNotStopTheReader) {
  EXPECT_EQ(DecodeGsm(*FromHex("1b")), "");
  EXPECT_EQ(DecodeGsm(*FromHex("1b41")), "A");  // an unknown escape
  EXPECT_EQ(DecodeGsm(*FromHex("1b1b")), " ");
  EXPECT_EQ(DecodeGsm(*FromHex("ff")), "\xef\xbf\xbd");
  EXPECT_EQ(DecodeUtf16Be(*FromHex("0041d8")), "A");
  EXPECT_EQ(DecodeUtf16Be(*FromHex("d83d0041")),
            "\xef\xbf\xbd"
            "A");
  EXPECT_EQ(DecodeUtf16Be(*FromHex("de00")), "\xef\xbf\xbd");
  EXPECT_EQ(DecodeLatin1(*FromHex("e9")), "é");
}

TEST(Alphabet, JoinedPartsAreTheText) {
  EXPECT_TRUE(rc::check([](const std::vector<uint16_t>& raw) {
    std::string text = "x";
    for (const uint16_t unit : raw) {
      const char32_t point = unit % 7 == 0 ? 0x1F600u + unit % 64 : 0x20u + unit % 0x300u;
      AppendUtf8(text, point);
    }
    const auto measured = Measure(text);
    RC_PRE(measured.has_value());
    const auto parts = Split(text, measured->alphabet);
    RC_ASSERT(parts.has_value());
    RC_ASSERT(parts->size() == measured->segments);
    std::string joined;
    for (const Bytes& part : *parts) {
      joined += measured->alphabet == Alphabet::kGsm ? DecodeGsm(part) : DecodeUtf16Be(part);
    }
    RC_ASSERT(joined == text);
  }));
}

}  // namespace
}  // namespace signpost::sms
