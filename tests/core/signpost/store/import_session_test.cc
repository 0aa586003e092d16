#include <rapidcheck.h>

#include <set>

#include "tests/core/signpost/store/home_of_one.h"

namespace signpost::store {
namespace {

class ImportIntoStore : public HomeOfOne {};
using Reasons = std::vector<policy::Eligibility>;

TEST_F(ImportIntoStore, ASecondPersonInOneImportIsNotHeldTwice) {
  const Imported imported = Import({1, 2, 1, 3, 2, 1});
  EXPECT_EQ(imported.reasons,
            (Reasons{policy::Eligibility::kEligible, policy::Eligibility::kEligible,
                     policy::Eligibility::kAlreadyHeld, policy::Eligibility::kEligible,
                     policy::Eligibility::kAlreadyHeld, policy::Eligibility::kAlreadyHeld}));
  EXPECT_EQ(imported.counts, (ledger::Counts{{"found", 6}, {"new", 3}, {"repeated", 3}}));
  EXPECT_EQ(store_->Count()->records, 3u);
  ExpectConsistent();
}

TEST_F(ImportIntoStore, APersonOutOfOrderIsRefusedNotHeldTwice) {
  for (const int later : {0, 1}) {  // the same again, and one that should have come before
    auto session = store_->BeginImport(kToday);
    ASSERT_TRUE(session);
    ASSERT_TRUE((*session)->Lock());
    store::ImportedPerson person;
    person.contact.bytes[0] = 7;
    ASSERT_EQ(*(*session)->Admit(person), policy::Eligibility::kEligible);
    person.contact.bytes[0] = static_cast<uint8_t>(7 - later);
    EXPECT_FALSE((*session)->Admit(person));
    EXPECT_FALSE((*session)->Finish(std::nullopt, store::ImportRow{ImportId::Random(), kToday, ""},
                                    Describing()));
  }
  EXPECT_EQ(store_->Count()->contacts_unmessaged, 0u);
}

TEST_F(ImportIntoStore, AnImportThatStillReadsKeepsNobodyWaiting) {
  auto session = store_->BeginImport(kToday);
  ASSERT_TRUE(session);
  ASSERT_FALSE(*(*session)->OptedOut(OptOutOf(1)));
  auto other = OpenAnother();
  const store::NewEntry note = NoteOf();
  EXPECT_TRUE(other->Append(std::span(&note, 1), {}));
  ASSERT_TRUE((*session)->Lock());
  EXPECT_FALSE(other->Append(std::span(&note, 1), {}));
}

TEST_F(ImportIntoStore, AnOptOutThatIsAskedTooLateIsAnError) {
  auto session = store_->BeginImport(kToday);
  ASSERT_TRUE(session);
  ASSERT_TRUE((*session)->Lock());
  EXPECT_FALSE((*session)->OptedOut(OptOutOf(1)));
}

TEST_F(ImportIntoStore, ASecondImportOfTheSamePeopleBringsNothingNew) {
  Import({1, 2, 3});
  const Imported again = Import({3, 2, 1}, kToday + 5);
  EXPECT_EQ(again.reasons, Reasons(3, policy::Eligibility::kAlreadyHeld));
  EXPECT_EQ(again.counts, (ledger::Counts{{"found", 3}, {"new", 0}, {"repeated", 3}}));
  EXPECT_EQ(store_->SealedFiles()->size(), 1u);
  Flush();
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
  EXPECT_EQ(again.reasons,
            (Reasons{policy::Eligibility::kOptedOut, policy::Eligibility::kProtected,
                     policy::Eligibility::kAlreadyMessaged, policy::Eligibility::kAlreadyHeld,
                     policy::Eligibility::kOptedOut, policy::Eligibility::kProtected,
                     policy::Eligibility::kEligible}));
  EXPECT_EQ(again.counts, (ledger::Counts{{"found", 7},
                                          {"new", 1},
                                          {"repeated", 1},
                                          {"withheld.opted-out", 2},
                                          {"withheld.protected", 2},
                                          {"withheld.already-messaged", 1}}));
  // Who was withheld and never held is not remembered.
  Flush();
  EXPECT_EQ(Number("SELECT count(*) FROM contact"), 5);
}

TEST_F(ImportIntoStore, ThePersonOfAnExpiredNumberCanBeNewAgain) {
  const Imported first = Import({1});
  EXPECT_EQ(Import({1}, kExpiry).reasons, Reasons{policy::Eligibility::kAlreadyHeld});
  // Not swept yet: the old record does not hold the place, and its end does not touch the new one.
  const Imported second = Import({1}, kExpiry + 1, kExpiry + 31);
  EXPECT_EQ(second.reasons, Reasons{policy::Eligibility::kEligible});
  const ledger::Counts counts = Sweep(kExpiry + 1, {first.records.at(1)});
  EXPECT_EQ(counts.at("numbers.expired"), 1u);
  EXPECT_EQ(counts.at("outstanding"), 1u);
  EXPECT_EQ(Import({1}, kExpiry + 2).reasons, Reasons{policy::Eligibility::kAlreadyHeld});
  Sweep(kExpiry + 32, {second.records.at(1)});
  EXPECT_EQ(Import({1}, kExpiry + 32, kExpiry + 60).reasons,
            Reasons{policy::Eligibility::kEligible});
  ExpectConsistent();
}

TEST_F(ImportIntoStore, AnImportThatIsNotFinishedLeavesNothing) {
  {
    auto session = store_->BeginImport(kToday);
    ASSERT_TRUE(session);
    std::vector<Came> people;
    for (uint32_t i = 0; i < 1000; ++i) {
      people.push_back({ContactOf(i), OptOutOf(i), RandomRecord()});
    }
    ASSERT_TRUE(AdmitAll(**session, people));
  }
  const store::StoreCounts counts = *store_->Count();
  EXPECT_EQ(counts.contacts_unmessaged + counts.records + counts.imports + counts.ledger_entries,
            0u);
  EXPECT_TRUE(store_->SealedFiles()->empty());
  EXPECT_EQ(Number("SELECT count(*) FROM staged"), 0);
  EXPECT_EQ(Import({1}).reasons, Reasons{policy::Eligibility::kEligible});
  ExpectConsistent();
}

TEST_F(ImportIntoStore, AnIntakeThatHoldsOthersThanTheNewIsRefused) {
  auto session = store_->BeginImport(kToday);
  ASSERT_TRUE(session);
  ASSERT_TRUE(AdmitAll(**session, {{ContactOf(1), OptOutOf(1), RandomRecord()}}));
  const auto finished = (*session)->Finish(
      std::nullopt, store::ImportRow{ImportId::Random(), kToday, ""}, Describing());
  ASSERT_FALSE(finished);
  EXPECT_FALSE((*session)->Admit({ContactOf(1), RandomRecord()}));
  session->reset();
  EXPECT_EQ(store_->Count()->records, 0u);
}

// Ids are random: two that are equal are no accident, and one would open as the other.
TEST_F(ImportIntoStore, ARecordIdThatCameTwiceIsNotTwoPeoples) {
  const RecordId record = RandomRecord();
  ImportCame({{ContactOf(1), OptOutOf(1), record}, {ContactOf(2), OptOutOf(2), record}});
  const auto flushed = store_->FlushStaging({});
  ASSERT_FALSE(flushed);
  EXPECT_EQ(flushed.error().code, Code::kCorrupt);
}

TEST_F(ImportIntoStore, NoRowHoldsBothTokensOfOnePerson) {
  OptOut({1});
  Import({1, 2});
  EXPECT_EQ(Number("SELECT count(*) FROM staged a JOIN opt_out o"
                   " ON instr(a.people, o.token) > 0"),
            0);
  Flush();
  EXPECT_EQ(Number("SELECT count(*) FROM contact"), 1);
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

// Against a model that is a set of people: whatever the order, the imports and the repetitions.
TEST_F(ImportIntoStore, NobodyIsHeldTwiceOrForgotten) {
  uint32_t base = 0;
  EXPECT_TRUE(rc::check([&] {
    base += 1000;
    const auto opted_out =
        *rc::gen::container<std::set<uint32_t>>(rc::gen::inRange<uint32_t>(0, 60));
    std::vector<uint32_t> out;
    for (const uint32_t person : opted_out) out.push_back(base + person);
    OptOut(out);
    std::set<uint32_t> held;
    for (int import = 0; import < 3; ++import) {
      const auto people =
          *rc::gen::container<std::vector<uint32_t>>(rc::gen::inRange<uint32_t>(0, 60));
      std::vector<uint32_t> came;
      Reasons expected;
      for (const uint32_t person : people) {
        came.push_back(base + person);
        expected.push_back(opted_out.count(person) != 0 ? policy::Eligibility::kOptedOut
                           : held.insert(person).second ? policy::Eligibility::kEligible
                                                        : policy::Eligibility::kAlreadyHeld);
      }
      RC_ASSERT(Import(came).reasons == expected);
      if (*rc::gen::inRange(0, 4) == 0) Flush();
    }
  }));
  ExpectConsistent();
  const store::StoreCounts before = *store_->Count();
  Flush();
  const store::StoreCounts after = *store_->Count();
  EXPECT_EQ(after.records, before.records);
  EXPECT_EQ(after.contacts_unmessaged, before.contacts_unmessaged);
  ExpectConsistent();
}

}  // namespace
}  // namespace signpost::store
