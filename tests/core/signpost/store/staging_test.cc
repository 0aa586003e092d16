// What is staged and not flushed yet: everybody who asks must see it all the same.
#include "core/signpost/store/staging.h"

#include <set>

#include "tests/core/signpost/store/home_of_one.h"

namespace signpost::store {
namespace {

using Reasons = std::vector<policy::Eligibility>;

class StagingInStore : public HomeOfOne {
 protected:
  int64_t Waiting() const { return Number("SELECT count(*) FROM staged_import"); }
  static std::vector<uint32_t> UpTo(uint32_t count) {
    std::vector<uint32_t> people(count);
    for (uint32_t i = 0; i < count; ++i) people[i] = i;
    return people;
  }
};

TEST_F(StagingInStore, AnEntryIsReadBackAsItWasWritten) {
  Bytes people;
  store::StagedPerson entry{ContactOf(1), RandomRecord(), kToday + -3, true, true};
  entry.contact.generation = 0x1234;
  store::AppendPerson(people, {ContactOf(2), RandomRecord(), std::nullopt, false, false});
  store::AppendPerson(people, entry);
  ASSERT_EQ(people.size(), 2 * store::kStagedPersonBytes);
  const store::StagedPerson back = store::PersonAt(people, 1);
  EXPECT_EQ(back.contact, entry.contact);
  EXPECT_EQ(back.record, entry.record);
  EXPECT_EQ(back.last_contact, entry.last_contact);
  EXPECT_TRUE(back.in_traffic && back.is_new);
  const store::StagedPerson plain = store::PersonAt(people, 0);
  EXPECT_FALSE(plain.last_contact || plain.in_traffic || plain.is_new);
}

TEST_F(StagingInStore, AnImportWritesNoRowOfAnybody) {
  Import(UpTo(500));
  EXPECT_EQ(Number("SELECT count(*) FROM contact"), 0);
  EXPECT_EQ(Number("SELECT count(*) FROM record"), 0);
  EXPECT_EQ(Number("SELECT count(*) FROM staged"), 7);
  EXPECT_EQ(store_->Count()->records, 500u);
  EXPECT_EQ(store_->Count()->contacts_unmessaged, 500u);
  ExpectConsistent();
}

// Each person is found in each chunk, first, last and between, whoever else is asked for.
TEST_F(StagingInStore, APersonOfAnyChunkOfAnyStagedImportIsHeldAlready) {
  const std::vector<uint32_t> all = UpTo(1000);
  std::vector<uint32_t> even, third;
  for (const uint32_t n : all) (n % 2 == 0 ? even : third).push_back(n);
  Import(even);
  Import(third);
  EXPECT_EQ(Import(all).reasons, Reasons(all.size(), policy::Eligibility::kAlreadyHeld));
  for (const uint32_t n : {0u, 1u, 500u, 999u}) {
    EXPECT_EQ(Import({n}).reasons, Reasons{policy::Eligibility::kAlreadyHeld});
  }
  EXPECT_EQ(Import({1000, 3, 2000, 4}).reasons,
            (Reasons{policy::Eligibility::kEligible, policy::Eligibility::kAlreadyHeld,
                     policy::Eligibility::kEligible, policy::Eligibility::kAlreadyHeld}));
  EXPECT_EQ(store_->Count()->contacts_unmessaged, 1002u);
}

TEST_F(StagingInStore, APlanSeesWhoWasBroughtByAnImportThatNobodyFlushed) {
  const Imported imported = Import({1, 2, 3});
  const Planned batch = Plan(imported, {1, 2});
  EXPECT_EQ(Waiting(), 0);
  BeginRun(batch);
  EXPECT_EQ(*Attempt(batch, 0, 2), Reasons(2, policy::Eligibility::kEligible));
  ExpectConsistent();
}

TEST_F(StagingInStore, ADispatchThatAnImportOvertakesMessagesNobodyTwice) {
  const Planned batch = Plan(Import({1, 2}), {1, 2});
  BeginRun(batch);
  // Their numbers have expired, and another import brings them again in mid-run.
  const Imported again = Import({1, 2}, kExpiry + 1, kExpiry + 31);
  EXPECT_EQ(again.reasons, Reasons(2, policy::Eligibility::kEligible));
  EXPECT_EQ(*Attempt(batch, 0, 2, kExpiry), Reasons(2, policy::Eligibility::kEligible));
  EXPECT_EQ(Waiting(), 1);  // a range of a dispatch does not wait for that
  EXPECT_EQ(Import({1, 2}, kExpiry + 2).reasons, Reasons(2, policy::Eligibility::kAlreadyMessaged));
  const Planned newer = Plan(again, {1, 2});
  BeginRun(newer);
  EXPECT_EQ(*Attempt(newer, 0, 2, kExpiry + 2), Reasons(2, policy::Eligibility::kAlreadyMessaged));
  ExpectConsistent();
}

TEST_F(StagingInStore, ASweepFindsTheExpiredOfAnImportThatNobodyFlushed) {
  const Imported imported = Import({1, 2});
  EXPECT_EQ(Sweep(kExpiry + 1, {imported.records.at(1), imported.records.at(2)}),
            (ledger::Counts{{"numbers.expired", 2}}));
  EXPECT_EQ(store_->Count()->records, 0u);
  ExpectConsistent();
}

TEST_F(StagingInStore, AnExpiredPersonOfAStagedImportCanBeNewAgain) {
  Import({1});
  EXPECT_EQ(Import({1}, kExpiry).reasons, Reasons{policy::Eligibility::kAlreadyHeld});
  const Imported second = Import({1}, kExpiry + 1, kExpiry + 31);
  EXPECT_EQ(second.reasons, Reasons{policy::Eligibility::kEligible});
  EXPECT_EQ(store_->Count()->contacts_unmessaged, 1u);  // one person, two records
  EXPECT_EQ(store_->Count()->records, 2u);
  EXPECT_EQ(Import({1}, kExpiry + 2).reasons, Reasons{policy::Eligibility::kAlreadyHeld});
  Flush();
  EXPECT_EQ(store_->Count()->contacts_unmessaged, 1u);
  EXPECT_EQ(store_->Count()->records, 2u);
  EXPECT_EQ(Number("SELECT count(*) FROM contact c JOIN record r ON r.record_id = c.record_id"
                   " JOIN sealed_file f ON f.file = r.file WHERE f.expiry_day = " +
                   std::to_string((kExpiry + 31).days)),
            1);
}

TEST_F(StagingInStore, ALostFileOfAnImportThatNobodyFlushedFreesItsPeople) {
  Import({1, 2, 3});
  const auto lost = store_->DropMissingFiles({}, Describing());
  ASSERT_TRUE(lost) << lost.error().message;
  EXPECT_EQ(*lost, 3u);
  EXPECT_EQ(Import({1, 2, 3}).reasons, Reasons(3, policy::Eligibility::kEligible));
  ExpectConsistent();
}

TEST_F(StagingInStore, TheNewestDayOfAContactWinsWhateverTheOrder) {
  const RecordId records[] = {RandomRecord(), RandomRecord(), RandomRecord()};
  const auto came = [&](uint32_t person, std::optional<Day> day, bool traffic) {
    return Came{ContactOf(person), OptOutOf(person), records[person], day, traffic};
  };
  const Imported first = ImportCame(
      {came(0, kToday + -9, false), came(1, std::nullopt, false), came(2, kToday, true)});
  // Of the same person once more, within one import; held already, in a staged import.
  ImportCame({came(0, kToday + -20, true), came(0, kToday + -5, false), came(1, kToday, true),
              came(2, kToday + -1, false)});
  EXPECT_EQ(FactsOf(first, records[0]).last_contact, kToday + -5);
  EXPECT_TRUE(FactsOf(first, records[0]).in_traffic);
  EXPECT_EQ(FactsOf(first, records[1]).last_contact, kToday);
  EXPECT_TRUE(FactsOf(first, records[1]).in_traffic);
  EXPECT_EQ(FactsOf(first, records[2]).last_contact, kToday);
  // Flushed already.
  ImportCame({came(0, kToday + -1, false), came(1, std::nullopt, false)});
  EXPECT_EQ(FactsOf(first, records[0]).last_contact, kToday + -1);
  EXPECT_EQ(FactsOf(first, records[1]).last_contact, kToday);
  EXPECT_EQ(Number("SELECT count(*) FROM contact"), 3);
}

TEST_F(StagingInStore, ADayThatComesAfterItsNumberWasUsedIsNobodysElse) {
  const Imported imported = Import({1});
  const Planned batch = Plan(imported, {1});
  ImportCame({{ContactOf(1), OptOutOf(1), RandomRecord(), kToday, true}});
  BeginRun(batch);
  EXPECT_EQ(*Attempt(batch, 0, 1), Reasons{policy::Eligibility::kEligible});
  Flush();
  EXPECT_EQ(store_->Count()->contacts_messaged, 1u);
  EXPECT_EQ(store_->Count()->records, 0u);
  ExpectConsistent();
}

TEST_F(StagingInStore, ASecondImportOfTheSamePeopleOnOneDayLeavesNothingToFlush) {
  Import({1, 2, 3});
  Import({1, 2, 3});
  EXPECT_EQ(Waiting(), 1);
  Import({1, 2, 3}, kToday + 1);
  EXPECT_EQ(Waiting(), 2);
  Flush();
  EXPECT_EQ(Number("SELECT count(*) FROM contact WHERE seen_day = 20001"), 3);
}

TEST_F(StagingInStore, ManyImportsDoNotPileUp) {
  for (uint32_t n = 0; n < 30; ++n) {
    Import({n, n + 1});
    EXPECT_LE(Waiting(), 8);
  }
  EXPECT_EQ(store_->Count()->contacts_unmessaged, 31u);
  ExpectConsistent();
}

TEST_F(StagingInStore, AFlushSaysHowFarItIs) {
  Import(UpTo(60'000));
  std::vector<uint64_t> done;
  const auto flushed = store_->FlushStaging([&](uint64_t people, uint64_t of) {
    EXPECT_LE(people, of);
    done.push_back(people);
  });
  ASSERT_TRUE(flushed) << flushed.error().message;
  ASSERT_FALSE(done.empty());
  EXPECT_TRUE(std::is_sorted(done.begin(), done.end()));
  const size_t told = done.size();
  ASSERT_TRUE(store_->FlushStaging([&](uint64_t, uint64_t) { done.push_back(0); }));
  EXPECT_EQ(done.size(), told) << "nothing was left";
}

TEST_F(StagingInStore, AnOlderDatabaseFileCannotHideAMissingChunk) {
  Import(UpTo(200));
  Execute("DELETE FROM staged WHERE chunk = 2");
  const auto flushed = store_->FlushStaging({});
  ASSERT_FALSE(flushed);
  EXPECT_EQ(flushed.error().code, Code::kCorrupt);
}

// Thousands of opt-outs and protected numbers, so that the filters in memory decide, too.
TEST_F(StagingInStore, NobodyOnALongListSlipsThroughItsFilter) {
  std::vector<uint32_t> opted_out, listed;
  for (uint32_t n = 0; n < 300; ++n) {
    opted_out.push_back(40 * n);
    listed.push_back(40 * n + 1);
  }
  OptOut(opted_out);
  Protect(listed);
  const Imported imported = Import(UpTo(12'000));
  EXPECT_EQ(imported.counts, (ledger::Counts{{"found", 12'000},
                                             {"new", 11'400},
                                             {"withheld.opted-out", 300},
                                             {"withheld.protected", 300}}));
}

}  // namespace
}  // namespace signpost::store
