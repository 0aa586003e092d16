#include <rapidcheck.h>

#include <set>

#include "tests/core/store/home_of_one.h"

namespace signpost::store_test {
namespace {

class ImportIntoStore : public HomeOfOne {};
using Reasons = std::vector<Withheld>;

TEST_F(ImportIntoStore, ASecondPersonInOneImportIsNotHeldTwice) {
  const Imported imported = Import({1, 2, 1, 3, 2, 1});
  EXPECT_EQ(imported.reasons,
            (Reasons{Withheld::kNo, Withheld::kNo, Withheld::kAlreadyHeld, Withheld::kNo,
                     Withheld::kAlreadyHeld, Withheld::kAlreadyHeld}));
  EXPECT_EQ(imported.counts, (Counts{{"found", 6}, {"new", 3}, {"repeated", 3}}));
  EXPECT_EQ(store_->Count()->records, 3u);
  ExpectConsistent();
}

TEST_F(ImportIntoStore, ASecondPersonInAnotherBlockIsNotHeldTwice) {
  auto session = store_->BeginImport(kToday);
  ASSERT_TRUE(session);
  const Arrival first{ContactOf(1), OptOutOf(1), RandomRecord()};
  const Arrival second{ContactOf(1), OptOutOf(1), RandomRecord()};
  EXPECT_EQ(*(*session)->Admit(std::span(&first, 1)), (Reasons{Withheld::kNo}));
  EXPECT_EQ(*(*session)->Admit(std::span(&second, 1)), (Reasons{Withheld::kAlreadyHeld}));
}

TEST_F(ImportIntoStore, ASecondPersonBehindAFlushIsNotHeldTwice) {
  constexpr uint32_t kMany = 70'000;  // more than are kept in memory
  auto session = store_->BeginImport(kToday);
  ASSERT_TRUE(session);
  for (const Withheld expected : {Withheld::kNo, Withheld::kAlreadyHeld}) {
    for (uint32_t begin = 0; begin < kMany; begin += 1000) {
      std::vector<Arrival> block;
      for (uint32_t i = begin; i < begin + 1000; ++i) {
        block.push_back({ContactOf(i), OptOutOf(i), RandomRecord()});
      }
      ASSERT_EQ(*(*session)->Admit(block), Reasons(1000, expected));
    }
  }
  const SealedFileRow file{FileId::Random(), SealedKind::kIntake, kExpiry, kMany, "OP-1"};
  ASSERT_TRUE(
      (*session)->Finish(file, ImportRow{ImportId::Random(), kToday, "OP-1"}, Describing()));
  EXPECT_EQ(store_->Count()->records, kMany);
  ExpectConsistent();
}

TEST_F(ImportIntoStore, ASecondImportOfTheSamePeopleBringsNothingNew) {
  Import({1, 2, 3});
  const Imported again = Import({3, 2, 1}, kToday + 5);
  EXPECT_EQ(again.reasons, Reasons(3, Withheld::kAlreadyHeld));
  EXPECT_EQ(again.counts, (Counts{{"found", 3}, {"new", 0}, {"repeated", 3}}));
  EXPECT_EQ(store_->SealedFiles()->size(), 1u);
  EXPECT_EQ(Number("SELECT count(*) FROM contact WHERE seen_day = 20005"), 3);
  ExpectConsistent();
}

TEST_F(ImportIntoStore, TheFirstReasonWins) {
  const Imported first = Import({1, 2, 3, 4});
  const Planned batch = Plan(first, {1, 2, 3});
  BeginRun(batch);
  ASSERT_TRUE(Attempt(batch, 0, 3));
  OptOut({1, 5});
  Protect({1, 2, 6});
  const Imported again = Import({1, 2, 3, 4, 5, 6, 7});
  EXPECT_EQ(again.reasons, (Reasons{Withheld::kOptedOut, Withheld::kProtected,
                                    Withheld::kAlreadyMessaged, Withheld::kAlreadyHeld,
                                    Withheld::kOptedOut, Withheld::kProtected, Withheld::kNo}));
  EXPECT_EQ(again.counts, (Counts{{"found", 7},
                                  {"new", 1},
                                  {"repeated", 1},
                                  {"withheld.opted-out", 2},
                                  {"withheld.protected", 2},
                                  {"withheld.already-messaged", 1}}));
  // Who was withheld and never held is not remembered.
  EXPECT_EQ(Number("SELECT count(*) FROM contact"), 5);
}

TEST_F(ImportIntoStore, ThePersonOfAnExpiredNumberCanBeNewAgain) {
  const Imported first = Import({1});
  EXPECT_EQ(Import({1}, kExpiry).reasons, Reasons{Withheld::kAlreadyHeld});
  // Not swept yet: the old record does not hold the place, and its end does not touch the new one.
  const Imported second = Import({1}, kExpiry + 1, kExpiry + 31);
  EXPECT_EQ(second.reasons, Reasons{Withheld::kNo});
  const Counts counts = Sweep(kExpiry + 1, {first.records.at(1)});
  EXPECT_EQ(counts.at("numbers.expired"), 1u);
  EXPECT_EQ(counts.at("outstanding"), 1u);
  EXPECT_EQ(Import({1}, kExpiry + 2).reasons, Reasons{Withheld::kAlreadyHeld});
  Sweep(kExpiry + 32, {second.records.at(1)});
  EXPECT_EQ(Import({1}, kExpiry + 32, kExpiry + 60).reasons, Reasons{Withheld::kNo});
  ExpectConsistent();
}

TEST_F(ImportIntoStore, AnImportThatIsNotFinishedLeavesNothing) {
  {
    auto session = store_->BeginImport(kToday);
    ASSERT_TRUE(session);
    std::vector<Arrival> arrivals;
    for (uint32_t i = 0; i < 70'000; ++i) {
      arrivals.push_back({ContactOf(i), OptOutOf(i), RandomRecord()});
    }
    ASSERT_TRUE((*session)->Admit(arrivals));
  }
  const StoreCounts counts = *store_->Count();
  EXPECT_EQ(counts.contacts_unmessaged + counts.records + counts.imports + counts.ledger_entries,
            0u);
  EXPECT_TRUE(store_->SealedFiles()->empty());
  EXPECT_EQ(Import({1}).reasons, Reasons{Withheld::kNo});
  ExpectConsistent();
}

TEST_F(ImportIntoStore, AnIntakeThatHoldsOthersThanTheNewIsRefused) {
  auto session = store_->BeginImport(kToday);
  ASSERT_TRUE(session);
  const Arrival one{ContactOf(1), OptOutOf(1), RandomRecord()};
  ASSERT_TRUE((*session)->Admit(std::span(&one, 1)));
  const auto finished =
      (*session)->Finish(std::nullopt, ImportRow{ImportId::Random(), kToday, ""}, Describing());
  ASSERT_FALSE(finished);
  EXPECT_FALSE((*session)->Admit(std::span(&one, 1)));
  session->reset();
  EXPECT_EQ(store_->Count()->records, 0u);
}

TEST_F(ImportIntoStore, ARecordIdThatCameTwiceIsRefused) {
  const RecordId record = RandomRecord();
  auto session = store_->BeginImport(kToday);
  ASSERT_TRUE(session);
  const std::vector<Arrival> arrivals{{ContactOf(1), OptOutOf(1), record},
                                      {ContactOf(2), OptOutOf(2), record}};
  ASSERT_TRUE((*session)->Admit(arrivals));
  const SealedFileRow file{FileId::Random(), SealedKind::kIntake, kExpiry, 2, ""};
  const auto finished =
      (*session)->Finish(file, ImportRow{ImportId::Random(), kToday, ""}, Describing());
  ASSERT_FALSE(finished);
  EXPECT_EQ(finished.error().code, Code::kCorrupt);
}

TEST_F(ImportIntoStore, NoRowHoldsBothTokensOfOnePerson) {
  OptOut({1});
  Import({1, 2});
  EXPECT_EQ(Number("SELECT count(*) FROM contact c JOIN opt_out o ON o.token = c.token"), 0);
  EXPECT_EQ(Number("SELECT count(*) FROM pragma_table_info('contact') WHERE name LIKE '%opt%'") +
                Number("SELECT count(*) FROM pragma_table_info('record') WHERE name LIKE '%opt%'") +
                Number("SELECT count(*) FROM pragma_table_info('attempt')"
                       " WHERE name LIKE '%token%' OR name LIKE '%record%'"),
            0);
}

TEST_F(ImportIntoStore, TheCaseIsForgottenWhenItsIntakeIsPlanned) {
  const Imported imported = Import({1, 2, 3}, kToday, kExpiry, "OP-NAME");
  EXPECT_EQ(store_->SealedFiles()->front().case_ref, "OP-NAME");
  EXPECT_EQ(Number("SELECT count(*) FROM import WHERE case_ref = 'OP-NAME'"), 1);
  Plan(imported, {1, 2});
  EXPECT_EQ(Number("SELECT count(*) FROM import WHERE case_ref = ''"), 1);
  EXPECT_EQ(Number("SELECT count(*) FROM sealed_file WHERE case_ref <> ''"), 0);
}

TEST_F(ImportIntoStore, TheCaseOfAnImportWithoutAnIntakeIsNotKept) {
  Import({1}, kToday, kExpiry, "OP-A");
  Import({1}, kToday, kExpiry, "OP-B");
  EXPECT_EQ(Number("SELECT count(*) FROM import WHERE case_ref = 'OP-B'"), 0);
}

// Against a model that is a set of people: whatever the order, blocks and repetitions.
TEST_F(ImportIntoStore, NobodyIsHeldTwiceOrForgotten) {
  uint32_t base = 0;
  EXPECT_TRUE(rc::check([&] {
    base += 1000;
    const auto people =
        *rc::gen::container<std::vector<uint32_t>>(rc::gen::inRange<uint32_t>(0, 60));
    const auto opted_out =
        *rc::gen::container<std::set<uint32_t>>(rc::gen::inRange<uint32_t>(0, 60));
    std::vector<uint32_t> out;
    for (const uint32_t person : opted_out) out.push_back(base + person);
    OptOut(out);
    auto session = store_->BeginImport(kToday);
    RC_ASSERT(session.has_value());
    std::set<uint32_t> held;
    size_t at = 0;
    while (at < people.size()) {
      const size_t size = *rc::gen::inRange<size_t>(1, people.size() - at + 1);
      std::vector<Arrival> block;
      Reasons expected;
      for (size_t i = at; i < at + size; ++i) {
        const uint32_t person = base + people[i];
        block.push_back({ContactOf(person), OptOutOf(person), RandomRecord()});
        expected.push_back(opted_out.count(people[i]) != 0 ? Withheld::kOptedOut
                           : held.insert(person).second    ? Withheld::kNo
                                                           : Withheld::kAlreadyHeld);
      }
      const auto reasons = (*session)->Admit(block);
      RC_ASSERT(reasons.has_value());
      RC_ASSERT(*reasons == expected);
      at += size;
    }
    std::optional<SealedFileRow> file;
    if (!held.empty()) {
      file = SealedFileRow{FileId::Random(), SealedKind::kIntake, kExpiry, held.size(), ""};
    }
    RC_ASSERT((*session)
                  ->Finish(file, ImportRow{ImportId::Random(), kToday, ""}, Describing())
                  .has_value());
  }));
  ExpectConsistent();
}

}  // namespace
}  // namespace signpost::store_test
