#include "core/shared/sms/alphabet.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "tests/core/vectors.h"

namespace signpost::sms {
namespace {

std::string Repeat(std::string_view text, size_t times) {
  std::string all;
  for (size_t i = 0; i < times; ++i) all += text;
  return all;
}

unsigned Segments(const std::string& text) { return Measure(text).value().segments; }

TEST(Alphabet, EveryCharacterOfTheTableGoesBothWays) {
  const auto table = ReadVectors("tests/core/shared/sms/vectors/gsm0338.vec");
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

TEST(Alphabet, Latin1IsUsedOnlyWhereItIsTakenAndGsmIsNotEnough) {
  const Takes latin1{true, true};
  const Takes latin1_only{false, true};
  EXPECT_EQ(Measure("plain", latin1)->alphabet, Alphabet::kGsm);
  EXPECT_EQ(Measure("caf\u00e2", {})->alphabet, Alphabet::kUcs2);
  EXPECT_EQ(Measure("caf\u00e2", latin1)->alphabet, Alphabet::kLatin1);
  EXPECT_EQ(Measure("plain", latin1_only)->alphabet, Alphabet::kLatin1);
  EXPECT_EQ(Measure("Δ", latin1_only)->alphabet, Alphabet::kUcs2);
  EXPECT_EQ(Measure("5 €", latin1_only)->alphabet, Alphabet::kUcs2);
  EXPECT_EQ(ToHex(Split("£â\nÿ", Alphabet::kLatin1)->at(0)), "a3e20aff");
  EXPECT_FALSE(Split("\u0085", Alphabet::kLatin1));
  EXPECT_FALSE(Split("\u007f", Alphabet::kLatin1));
  EXPECT_EQ(Measure(Repeat("â", 140), latin1)->segments, 1u);
  EXPECT_EQ(Measure(Repeat("â", 141), latin1)->segments, 2u);
  EXPECT_EQ(Measure(Repeat("â", 268), latin1)->segments, 2u);
  EXPECT_EQ(Measure(Repeat("â", 269), latin1)->segments, 3u);
  EXPECT_EQ(Split(Repeat("â", 269), Alphabet::kLatin1)->at(1).size(), 134u);
}

// 23.038's own example, and those that fill the octet.
TEST(Alphabet, PackedSeptetsAreWhatTheAirCarries) {
  const auto packed = [](std::string_view text, unsigned fill = 0) {
    return ToHex(Pack(Split(text, Alphabet::kGsm)->at(0), fill));
  };
  EXPECT_EQ(packed("1"), "31");
  EXPECT_EQ(packed("12"), "3119");
  EXPECT_EQ(packed("hellohello"), "e8329bfd4697d9ec37");
  EXPECT_EQ(packed("1234567"), "31d98c56b3dd1a");  // a carriage return, not one more "@"
  EXPECT_EQ(packed("12345678"), "31d98c56b3dd70");
  EXPECT_EQ(packed("@"), "00");
  EXPECT_EQ(packed("hello", 1), "d06536fb0d");
  EXPECT_EQ(packed("a", 1), "c2");
  EXPECT_EQ(Pack(Bytes(160, 'a'), 0).size(), 140u);
  EXPECT_EQ(Pack(Bytes(153, 'a'), kFillBehindHeader).size(), 134u);
}

TEST(Alphabet, PackedSeptetsComeBackWithoutOneMore) {
  for (unsigned fill = 0; fill < 7; ++fill) {
    for (size_t size = 0; size < 40; ++size) {
      Bytes septets;
      for (size_t i = 0; i < size; ++i) septets.push_back(static_cast<uint8_t>((i * 37) % 128));
      if (size > 0 && septets.back() == '\r') septets.back() = 0;
      Bytes back = Unpack(Pack(septets, fill), fill);
      // Whether zeros at the end were fill or "@" only the count of septets would tell.
      EXPECT_EQ(back, septets) << size << " " << fill;
    }
  }
  EXPECT_TRUE(Unpack({}, 1).empty());
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
    const auto measured = Measure(text, {text.size() % 2 == 0, text.size() % 3 == 0});
    RC_PRE(measured.has_value());
    const auto parts = Split(text, measured->alphabet);
    RC_ASSERT(parts.has_value());
    RC_ASSERT(parts->size() == measured->segments);
    std::string joined;
    for (const Bytes& part : *parts) {
      joined += measured->alphabet == Alphabet::kGsm      ? DecodeGsm(Unpack(Pack(part, 1), 1))
                : measured->alphabet == Alphabet::kLatin1 ? DecodeLatin1(part)
                                                          : DecodeUtf16Be(part);
    }
    RC_ASSERT(joined == text);
  }));
}

}  // namespace
}  // namespace signpost::sms
