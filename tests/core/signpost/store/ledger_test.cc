#include "tests/core/signpost/store/home_of_one.h"

namespace signpost::store {
namespace {

class LedgerOfStore : public HomeOfOne {
 protected:
  Result<void> AppendOne(store::SqliteStore& store) {
    const store::NewEntry note = NoteOf();
    return store.Append(std::span(&note, 1), {});
  }
};

TEST_F(LedgerOfStore, AnEmptyLedgerHasASignedCheckpointOfNothing) { ExpectConsistent(); }

TEST_F(LedgerOfStore, EveryAppendLeavesASignedCheckpointOfAllEntries) {
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(AppendOne(*store_));
    ExpectConsistent();
    if (i % 7 == 0) Reopen();
  }
  EXPECT_EQ(store_->Entries()->size(), 20u);
}

TEST_F(LedgerOfStore, AnotherProcessEntriesAreNotOverwritten) {
  auto other = OpenAnother();
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(AppendOne(*store_));
    ASSERT_TRUE(AppendOne(*other));
    ASSERT_TRUE(AppendOne(*other));
    ExpectConsistent();
  }
  EXPECT_EQ(store_->Entries()->size(), 30u);
}

TEST_F(LedgerOfStore, ATamperedEntryStopsTheNextAppend) {
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(AppendOne(*store_));
  store_.reset();
  Execute("UPDATE ledger_entry SET entry = replace(entry, 'tester', 'nobody') WHERE idx = 1");
  store_ = OpenAnother();
  const auto appended = AppendOne(*store_);
  ASSERT_FALSE(appended);
  EXPECT_EQ(appended.error().code, Code::kCorrupt);
}

TEST_F(LedgerOfStore, ADroppedEntryStopsTheNextAppend) {
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(AppendOne(*store_));
  store_.reset();
  Execute("DELETE FROM ledger_entry WHERE idx = 1");
  store_ = OpenAnother();
  EXPECT_EQ(AppendOne(*store_).error().code, Code::kCorrupt);
  EXPECT_EQ(store_->Entries().error().code, Code::kCorrupt);
}

TEST_F(LedgerOfStore, ATruncatedLedgerStopsTheNextAppend) {
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(AppendOne(*store_));
  Execute("DELETE FROM ledger_entry WHERE idx = 2");
  EXPECT_EQ(AppendOne(*store_).error().code, Code::kCorrupt);
  Reopen();
  EXPECT_EQ(AppendOne(*store_).error().code, Code::kCorrupt);
}

TEST_F(LedgerOfStore, ACheckpointOfAnotherKeyIsNotExtended) {
  ASSERT_TRUE(AppendOne(*store_));
  store_.reset();
  const note::NoteSigner other = *note::NoteSigner::Generate("store-test");
  auto store = store::SqliteStore::Open(Path(), other, false, kShortWaitMs);
  ASSERT_TRUE(store);
  const auto appended = AppendOne(**store);
  ASSERT_FALSE(appended);
  EXPECT_EQ(appended.error().code, Code::kCorrupt);
}

TEST_F(LedgerOfStore, TimeNeverGoesBackAmongProcesses) {
  ASSERT_TRUE(AppendOne(*store_));
  now_ = now_ + -5;  // stamped before, committed after
  ASSERT_TRUE(AppendOne(*store_));
  ExpectConsistent();
}

TEST_F(LedgerOfStore, AClockFarBehindTheLedgerIsRefused) {
  ASSERT_TRUE(AppendOne(*store_));
  now_ = now_ + -86400;
  const auto appended = AppendOne(*store_);
  ASSERT_FALSE(appended);
  EXPECT_EQ(appended.error().code, Code::kRefused);
  EXPECT_FALSE(appended.error().hint.empty());
  EXPECT_EQ(store_->Entries()->size(), 1u);
}

TEST_F(LedgerOfStore, AnOptOutIsNeverRefusedForTheClocksSake) {
  ASSERT_TRUE(AppendOne(*store_));
  now_ = now_ + -86400;
  OptOut({7});
  EXPECT_EQ(store_->Count()->opt_outs, 1u);
  ExpectConsistent();
}

TEST_F(LedgerOfStore, OpeningsAreKeptBesideTheirEntries) {
  ASSERT_TRUE(AppendOne(*store_));
  OptOut({1, 2, 3});
  ExpectConsistent();
  const auto openings = store_->Openings();
  ASSERT_TRUE(openings);
  ASSERT_EQ(openings->size(), 1u);
  EXPECT_EQ(openings->front().first, 1u);
  EXPECT_EQ(openings->front().second.counts, (ledger::Counts{{"given", 3}, {"new", 3}}));
}

TEST_F(LedgerOfStore, DocumentsAreReplacedAndFound) {
  const store::NewEntry note = NoteOf();
  const store::Document first{"manifest", "ab", "one"};
  const store::Document second{"manifest", "ab", "two"};
  ASSERT_TRUE(store_->Append(std::span(&note, 1), std::span(&first, 1)));
  ASSERT_TRUE(store_->Append(std::span(&note, 1), std::span(&second, 1)));
  EXPECT_EQ(*store_->FindDocument("manifest", "ab"), std::optional<std::string>("two"));
  EXPECT_EQ(*store_->FindDocument("manifest", "cd"), std::nullopt);
  EXPECT_EQ(*store_->FindDocument("message", "ab"), std::nullopt);
  EXPECT_EQ(store_->Documents()->size(), 1u);
}

}  // namespace
}  // namespace signpost::store
