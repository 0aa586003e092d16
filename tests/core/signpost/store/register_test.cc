#include "tests/core/signpost/store/home_of_one.h"

namespace signpost::store {
namespace {

class Register : public HomeOfOne {};

TEST_F(Register, AnOptOutGivenTwiceCountsOnce) {
  const std::vector<token::OptOutToken> tokens{OptOutOf(1), OptOutOf(2), OptOutOf(1)};
  ledger::Counts counts;
  ASSERT_TRUE(store_->RecordOptOuts(tokens, kToday, 10, Digest{}, Describing(&counts)));
  EXPECT_EQ(counts, (ledger::Counts{{"given", 3}, {"new", 2}}));
  ASSERT_TRUE(store_->RecordOptOuts(tokens, kToday, 20, Digest{}, Describing(&counts)));
  EXPECT_EQ(counts, (ledger::Counts{{"given", 3}, {"new", 0}}));
  EXPECT_EQ(store_->Count()->opt_outs, 2u);
}

TEST_F(Register, AnOptOutSaidAgainIsKeptFromThenOn) {
  OptOut({1}, kToday);
  OptOut({1}, kToday + 100);
  OptOut({1}, kToday + 50);
  EXPECT_EQ(Number("SELECT day FROM opt_out"), (kToday + 100).days);
}

TEST_F(Register, TheLogsMarkNeverGoesBack) {
  EXPECT_EQ(store_->LastOptOutLogMark()->bytes, 0u);
  const Digest early = Sha256("early"), late = Sha256("late");
  const token::OptOutToken token = OptOutOf(1);
  ASSERT_TRUE(store_->RecordOptOuts(std::span(&token, 1), kToday, 200, late, Describing()));
  ASSERT_TRUE(store_->RecordOptOuts(std::span(&token, 1), kToday, 100, early, Describing()));
  EXPECT_EQ(store_->LastOptOutLogMark()->bytes, 200u);
  EXPECT_EQ(store_->LastOptOutLogMark()->hash, late);
}

TEST_F(Register, AnOptOutOfAnotherKeyGenerationIsAnotherToken) {
  token::OptOutToken token = OptOutOf(1);
  token.generation = 2;
  ASSERT_TRUE(store_->RecordOptOuts(std::span(&token, 1), kToday, 10, Digest{}, Describing()));
  EXPECT_EQ(Import({1}).reasons, (std::vector{policy::Eligibility::kEligible}));
}

TEST_F(Register, AProtectedNumberGivenTwiceCountsOnce) {
  const std::vector<token::ContactToken> tokens{ContactOf(1), ContactOf(1)};
  ledger::Counts counts;
  ASSERT_TRUE(store_->RecordProtected(tokens, kToday, Describing(&counts)));
  EXPECT_EQ(counts, (ledger::Counts{{"given", 2}, {"new", 1}}));
}

TEST_F(Register, FactsAreInTheOrderThatWasAsked) {
  const Imported imported = Import({1, 2, 3, 4});
  Protect({3});
  std::vector<RecordId> records;
  for (const uint32_t person : {4u, 3u, 1u, 2u}) records.push_back(imported.records.at(person));
  const auto facts = store_->Facts(imported.file->file, records);
  ASSERT_TRUE(facts);
  for (size_t i = 0; i < 4; ++i) {
    ASSERT_TRUE((*facts)[i]);
    EXPECT_EQ((*facts)[i]->is_protected, i == 1);
    EXPECT_TRUE((*facts)[i]->held);
    EXPECT_FALSE((*facts)[i]->messaged);
  }
}

TEST_F(Register, FactsOfAnUnknownRecordAreNotInvented) {
  const Imported imported = Import({1, 2});
  const Imported other = Import({3});
  EXPECT_FALSE(FactsOf(imported, RandomRecord()).held);
  EXPECT_FALSE(FactsOf(imported, other.records.at(3)).held);
  Plan(imported, {1});
  EXPECT_FALSE(FactsOf(imported, imported.records.at(1)).held);
  EXPECT_TRUE(FactsOf(imported, imported.records.at(2)).held);
}

TEST_F(Register, AnEpochIsNotAddedTwice) {
  store::EpochRow row;
  row.epoch = EpochId::Random();
  row.from = kToday;
  row.until = kToday + 6;
  row.deadline = kToday + 36;
  row.public_key.fill(7);
  ASSERT_TRUE(store_->AddEpoch(row, NoteOf()));
  EXPECT_EQ(store_->AddEpoch(row, NoteOf()).error().code, Code::kCorrupt);
  EXPECT_EQ(store_->Entries()->size(), 1u);
  const auto live = store_->LiveEpochs();
  ASSERT_TRUE(live);
  ASSERT_EQ(live->size(), 1u);
  EXPECT_EQ(live->front().epoch, row.epoch);
  EXPECT_EQ(live->front().public_key, row.public_key);
  EXPECT_EQ(live->front().until, row.until);
  EXPECT_EQ(live->front().deadline, row.deadline);
}

}  // namespace
}  // namespace signpost::store
