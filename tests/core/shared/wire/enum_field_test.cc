#include "core/shared/wire/enum_field.h"

#include <gtest/gtest.h>

#include <bit>

#include "core/shared/wire/sealer_boundary.h"
#include "core/shared/wire/sender_boundary.h"

namespace signpost::wire {
namespace {

// As it comes off a channel: bytes, whatever they are.
template <class E>
std::optional<E> Received(std::underlying_type_t<E> raw) {
  return std::bit_cast<EnumField<E>>(raw).Get();
}

TEST(EnumField, ValueThatTheEnumDoesNotHaveIsNotGiven) {
  for (int raw = 0; raw < 256; ++raw) {
    const auto byte = static_cast<uint8_t>(raw);
    EXPECT_EQ(Received<sealer::Job>(byte).has_value(), raw <= 4) << raw;
    EXPECT_EQ(Received<sender::Outcome>(byte).has_value(), raw >= 1 && raw <= 6) << raw;
    EXPECT_EQ(Received<Mode>(byte).has_value(), raw <= 1) << raw;
  }
  EXPECT_EQ(Received<sender::Failure>(256), std::nullopt) << "all of its bytes count";
  EXPECT_EQ(Received<sender::Failure>(UINT32_MAX), std::nullopt);
  EXPECT_EQ(Received<sealer::Job>(2), sealer::Job::kProtect);
}

TEST(EnumField, IsComparedWithTheEnumsOwnWords) {
  sender::Settled settled{};
  EXPECT_EQ(settled.outcome.Get(), std::nullopt) << "zero is no outcome";
  settled.outcome = sender::Outcome::kSent;
  EXPECT_TRUE(settled.outcome == sender::Outcome::kSent);
  EXPECT_FALSE(settled.outcome == sender::Outcome::kUnknown);
}

}  // namespace
}  // namespace signpost::wire
