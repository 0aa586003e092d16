// Answers that come after an attempt had become unknown.
#include "tests/core/signpost/store/home_of_one.h"

namespace signpost::store {
namespace {

using wire::sender::Outcome;

class Late : public HomeOfOne {
 protected:
  Late() : batch_(Plan(Import({1, 2, 3}), {1, 2, 3})) {
    BeginRun(batch_);
    EXPECT_TRUE(Attempt(batch_, 0, 3));
  }
  Code Settle(const std::vector<store::Settlement>& settlements) {
    const auto done = store_->SettleLate(batch_.batch, settlements);
    return done ? Code::kUsage : done.error().code;  // kUsage: it was taken
  }
  ledger::Counts CountsNow() { return store_->CountsOf(batch_.batch)->counts; }

  Planned batch_;
};

TEST_F(Late, UnknownBecomesWhatTheAnswerSaysAndIsFoundByItsReceipt) {
  SettleAll(batch_, Outcome::kUnknown);
  std::array<uint8_t, 16> id;
  id.fill(7);
  EXPECT_EQ(Settle({{0, Outcome::kSent, 0, id}, {2, Outcome::kRefused, 0x0B, {}}}), Code::kUsage);
  EXPECT_EQ(CountsNow(), (ledger::Counts{{"sent", 1}, {"unknown", 1}, {"refused", 1}}));
  EXPECT_EQ(Number("SELECT status FROM attempt WHERE position = 2"), 0x0B);
  wire::sender::Receipt receipt{};
  receipt.outcome = Outcome::kDelivered;
  receipt.final_state = 1;
  std::fill(std::begin(receipt.id_hashes[1]), std::end(receipt.id_hashes[1]), 7);
  EXPECT_EQ(*store_->SettleReceipts(std::span(&receipt, 1)), 1u);
  EXPECT_EQ(CountsNow(), (ledger::Counts{{"delivered", 1}, {"unknown", 1}, {"refused", 1}}));
}

TEST_F(Late, WhatIsNotUnknownIsNotChanged) {
  EXPECT_EQ(Settle({{0, Outcome::kSent, 0, {}}}), Code::kUsage) << "still being attempted";
  EXPECT_EQ(CountsNow(), (ledger::Counts{{"attempting", 3}}));
  SettleAll(batch_, Outcome::kSent);
  EXPECT_EQ(Settle({{0, Outcome::kRefused, 0x0B, {}}}), Code::kUsage);
  EXPECT_EQ(Settle({{9, Outcome::kSent, 0, {}}}), Code::kCorrupt) << "nobody's";
  EXPECT_EQ(CountsNow(), (ledger::Counts{{"sent", 3}}));
}

TEST_F(Late, OneWrongAnswerUndoesItsWholeBlock) {
  SettleAll(batch_, Outcome::kUnknown);
  for (const Outcome outcome : {Outcome::kUnknown, Outcome::kDelivered, Outcome::kNotSubmitted}) {
    EXPECT_EQ(Settle({{0, Outcome::kSent, 0, {}}, {1, outcome, 0, {}}}), Code::kCorrupt);
  }
  EXPECT_EQ(CountsNow(), (ledger::Counts{{"unknown", 3}}));
}

}  // namespace
}  // namespace signpost::store
