#include "crypto/number/phone_number.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>
#include <string>

#include "crypto/base/bytes.h"

namespace signpost::number {
namespace {

constexpr std::string_view kFictional = "+447700900123";

std::string Digits(size_t count, char digit = '1') { return "+" + std::string(count, digit); }

TEST(PhoneNumber, TextThatIsNotE164IsRefused) {
  EXPECT_TRUE(PhoneNumber::FromE164(kFictional));
  EXPECT_TRUE(PhoneNumber::FromE164(Digits(7)));
  EXPECT_TRUE(PhoneNumber::FromE164(Digits(15)));
  for (const std::string& bad :
       {std::string(), std::string("+"), Digits(6), Digits(16), Digits(12).substr(1),
        Digits(8) + " ", " " + Digits(8), "+" + Digits(8), Digits(4) + "-" + "1111", Digits(8, '0'),
        "+1111111" + std::string(1, '\0'), Digits(8) + "\n",
        std::string("+\xd9\xa1\xd9\xa1\xd9\xa1\xd9\xa1")}) {
    const auto number = PhoneNumber::FromE164(bad);
    ASSERT_FALSE(number);
    EXPECT_EQ(number.error().code, Code::kInput);
  }
}

TEST(PhoneNumber, ErrorDoesNotRepeatTheText) {
  const std::string almost = std::string(kFictional) + "x";
  const auto number = PhoneNumber::FromE164(almost);
  ASSERT_FALSE(number);
  const Error& error = number.error();
  EXPECT_EQ((error.message + error.place + error.hint).find("7700"), std::string::npos);
}

TEST(PhoneNumber, PaddingThatHidesSomethingIsRefused) {
  std::array<uint8_t, 16> padded{};
  std::copy(kFictional.begin(), kFictional.end(), padded.begin());
  EXPECT_TRUE(PhoneNumber::FromPadded(padded));
  padded[15] = 1;
  EXPECT_FALSE(PhoneNumber::FromPadded(padded));
  padded[15] = 0;
  padded[13] = ' ';
  EXPECT_FALSE(PhoneNumber::FromPadded(padded));
  EXPECT_FALSE(PhoneNumber::FromPadded(std::array<uint8_t, 16>{}));
}

TEST(PhoneNumber, NoDigitIsLostOnTheWay) {
  EXPECT_TRUE(rc::check([] {
    const auto tail = *rc::gen::container<std::string>(rc::gen::inRange('0', ':'));
    RC_PRE(tail.size() >= 6 && tail.size() <= 14);
    const std::string text = "+" + std::string(1, *rc::gen::inRange('1', ':')) + tail;
    const auto number = PhoneNumber::FromE164(text);
    RC_ASSERT(number.has_value());
    RC_ASSERT(number->ExposeText(ExposeNumber{}) == text);
    const auto again = PhoneNumber::FromPadded(number->Expose(ExposeNumber{}));
    RC_ASSERT(again.has_value());
    RC_ASSERT(again->ExposeText(ExposeNumber{}) == text);
  }));
}

TEST(PhoneNumber, MovedFromNumberIsWiped) {
  PhoneNumber first = *PhoneNumber::FromE164(kFictional);
  PhoneNumber second = std::move(first);
  const auto wiped = [](const PhoneNumber& number) {
    const auto bytes = number.Expose(ExposeNumber{});
    return std::all_of(bytes.begin(), bytes.end(), [](uint8_t b) { return b == 0; });
  };
  EXPECT_TRUE(wiped(first));  // NOLINT: moved from is wiped by contract
  EXPECT_TRUE(first.ExposeText(ExposeNumber{}).empty());
  EXPECT_EQ(second.ExposeText(ExposeNumber{}), kFictional);
  first = std::move(second);
  EXPECT_TRUE(wiped(second));  // NOLINT
  PhoneNumber& same = first;
  first = std::move(same);
  EXPECT_EQ(first.ExposeText(ExposeNumber{}), kFictional);
}

TEST(PhoneNumber, DestroyedNumberIsWiped) {
  alignas(PhoneNumber) std::array<uint8_t, sizeof(PhoneNumber)> storage{};
  auto* number = new (storage.data()) PhoneNumber(*PhoneNumber::FromE164(kFictional));
  ASSERT_EQ(AsText(storage).substr(0, kFictional.size()), kFictional);
  std::destroy_at(number);
  EXPECT_EQ(storage, (std::array<uint8_t, sizeof(PhoneNumber)>{}));
}

TEST(PhoneNumber, OnlyTheDramaRangeIsFictional) {
  const auto fictional = [](const std::string& text) {
    return PhoneNumber::FromE164(text)->IsFictional();
  };
  EXPECT_TRUE(fictional("+447700900000"));
  EXPECT_TRUE(fictional("+447700900999"));
  // Its neighbours, assembled so that they stand nowhere as numbers.
  EXPECT_FALSE(fictional("+4477009" + std::string("01000")));
  EXPECT_FALSE(fictional("+4477008" + std::string("99999")));
  EXPECT_FALSE(fictional("+4477009" + std::string("0099")));
  EXPECT_FALSE(fictional("+4477009" + std::string("001234")));
  EXPECT_FALSE(fictional("+3177009" + std::string("00123")));
}

}  // namespace
}  // namespace signpost::number
