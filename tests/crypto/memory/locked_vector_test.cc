#include "crypto/memory/locked_vector.h"

#include <gtest/gtest.h>

#include "crypto/number/phone_number.h"
#include "tests/crypto/memory/flags_of.h"

namespace signpost::memory {
namespace {

number::PhoneNumber Fictional(const std::string& tail) {
  return number::PhoneNumber::FromE164("+447700900" + tail).value();
}

bool AllZero(const uint8_t* bytes, size_t count) {
  return std::all_of(bytes, bytes + count, [](uint8_t b) { return b == 0; });
}

TEST(LockedVector, HoldsNumbersWhereNothingIsSwapped) {
  auto numbers = LockedVector<number::PhoneNumber>::Create(3).value();
  EXPECT_TRUE(numbers.empty());
  numbers.push_back(Fictional("001"));
  numbers.push_back(Fictional("002"));
  ASSERT_EQ(numbers.size(), 2u);
  EXPECT_EQ(numbers[1].ExposeText(number::ExposeNumber{}), "+447700900002");
  if (test::kLocksMemory) {
    EXPECT_TRUE(test::IsLocked(&numbers[0]));
  }
}

TEST(LockedVector, ClearedHoldsNothing) {
  auto numbers = LockedVector<number::PhoneNumber>::Create(2).value();
  numbers.push_back(Fictional("003"));
  const auto* const at = reinterpret_cast<const uint8_t*>(&numbers[0]);
  numbers.clear();
  EXPECT_TRUE(AllZero(at, sizeof(number::PhoneNumber)));
  EXPECT_EQ(numbers.size(), 0u);
  auto plain = LockedVector<std::array<uint8_t, 20>>::Create(2).value();
  plain.push_back({1, 2, 3});
  const uint8_t* const frame = plain[0].data();
  plain.clear();
  EXPECT_TRUE(AllZero(frame, 20));
}

TEST(LockedVector, MovedFromIsEmpty) {
  auto first = LockedVector<number::PhoneNumber>::Create(2).value();
  first.push_back(Fictional("004"));
  auto second = std::move(first);
  EXPECT_EQ(first.size(), 0u);  // NOLINT: by contract
  ASSERT_EQ(second.size(), 1u);
  first = std::move(second);
  EXPECT_EQ(first[0].ExposeText(number::ExposeNumber{}), "+447700900004");
}

TEST(LockedVectorDeath, NoElementBeyondTheCapacity) {
  EXPECT_DEATH(
      {
        auto numbers = LockedVector<number::PhoneNumber>::Create(1).value();
        numbers.push_back(Fictional("005"));
        numbers.push_back(Fictional("006"));
      },
      "");
  EXPECT_DEATH(
      static_cast<void>(LockedVector<number::PhoneNumber>::Create(1).value()[0].IsFictional()), "");
}

}  // namespace
}  // namespace signpost::memory
