#include "tests/core/signpost/store/home_of_one.h"

namespace signpost::store {
namespace {

using wire::sender::Outcome;

class Journal : public HomeOfOne {
 protected:
  store::ResumePoint Resume(const Planned& batch, ledger::Counts* counts = nullptr) {
    auto point = store_->Resume(batch.batch, [&](RunId, const ledger::Counts& of_run) {
      if (counts) *counts = of_run;
      return NoteOf();
    });
    EXPECT_TRUE(point) << point.error().message;
    return point ? *point : store::ResumePoint{};
  }
  static wire::sender::Receipt ReceiptFor(uint8_t fill, Outcome outcome, size_t which = 0) {
    wire::sender::Receipt receipt{};
    receipt.outcome = outcome;
    receipt.final_state = 1;
    std::fill(std::begin(receipt.id_hashes[which]), std::end(receipt.id_hashes[which]), fill);
    return receipt;
  }
  uint32_t Receive(const std::vector<wire::sender::Receipt>& receipts) {
    const auto changed = store_->SettleReceipts(receipts);
    EXPECT_TRUE(changed) << changed.error().message;
    return changed ? *changed : 0;
  }
};

TEST_F(Journal, AnAttemptIsNeverMadeTwice) {
  const Planned batch = Plan(Import({1, 2, 3}), {1, 2, 3});
  BeginRun(batch);
  EXPECT_EQ(*Attempt(batch, 0, 2),
            (std::vector{policy::Eligibility::kEligible, policy::Eligibility::kEligible}));
  EXPECT_EQ(Attempt(batch, 0, 2).error().code, Code::kCorrupt);
  EXPECT_EQ(Attempt(batch, 1, 2).error().code, Code::kCorrupt);
  Reopen();
  EXPECT_EQ(Resume(batch).next_position, 2u);
  BeginRun(batch);
  EXPECT_EQ(Attempt(batch, 0, 2).error().code, Code::kCorrupt);
  EXPECT_TRUE(Attempt(batch, 2, 1));
  EXPECT_EQ(store_->Count()->records, 0u);
  EXPECT_EQ(store_->Count()->contacts_messaged, 3u);
  ExpectConsistent();
}

TEST_F(Journal, TheSameRecordAtAnotherPositionIsRefused) {
  const Planned batch = Plan(Import({1, 2}), {1, 2});
  BeginRun(batch);
  ASSERT_TRUE(Attempt(batch, 0, 1));
  const token::OptOutToken token = OptOutOf(1);
  const auto again = store_->BeginAttempt(batch.batch, 1, std::span(batch.records).first(1),
                                          std::span(&token, 1), kToday, {});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Code::kCorrupt);
}

TEST_F(Journal, ARecordOfAnotherFileIsRefused) {
  const Planned batch = Plan(Import({1}), {1});
  const Imported other = Import({2});
  BeginRun(batch);
  const token::OptOutToken token = OptOutOf(2);
  const auto attempted = store_->BeginAttempt(batch.batch, 0, std::span(&other.records.at(2), 1),
                                              std::span(&token, 1), kToday, {});
  ASSERT_FALSE(attempted);
  EXPECT_EQ(attempted.error().code, Code::kCorrupt);
  EXPECT_EQ(store_->Count()->contacts_messaged, 0u);
}

TEST_F(Journal, NoPositionIsPassedOver) {
  const Planned batch = Plan(Import({1, 2, 3}), {1, 2, 3});
  BeginRun(batch);
  EXPECT_EQ(Attempt(batch, 1, 1).error().code, Code::kCorrupt);
  EXPECT_TRUE(Attempt(batch, 0, 3));
}

TEST_F(Journal, ARangeWithAnUnknownRecordAttemptsNobody) {
  Planned batch = Plan(Import({1, 2}), {1, 2});
  BeginRun(batch);
  batch.records[1] = RandomRecord();
  EXPECT_EQ(Attempt(batch, 0, 2).error().code, Code::kCorrupt);
  EXPECT_EQ(store_->Count()->contacts_messaged, 0u);
  EXPECT_EQ(store_->Count()->records, 2u);
}

TEST_F(Journal, AnOptOutAtTheLastInstantHolds) {
  const Planned batch = Plan(Import({1, 2, 3, 4}), {1, 2, 3, 4});
  BeginRun(batch);
  OptOut({1});
  Protect({2});
  EXPECT_EQ(*Attempt(batch, 0, 3),
            (std::vector{policy::Eligibility::kOptedOut, policy::Eligibility::kProtected,
                         policy::Eligibility::kEligible}));
  OptOut({4});
  EXPECT_EQ(*Attempt(batch, 3, 1), (std::vector{policy::Eligibility::kOptedOut}));
  const store::BatchCounts counts = *store_->CountsOf(batch.batch);
  EXPECT_EQ(
      counts.counts,
      (ledger::Counts{{"attempting", 1}, {"withheld.opted-out", 2}, {"withheld.protected", 1}}));
  EXPECT_EQ(counts.attempted, 4u);
  EXPECT_EQ(counts.waiting, 0u);
  EXPECT_EQ(store_->Count()->contacts_messaged, 1u);
  ExpectConsistent();
  EXPECT_EQ(store_->Count()->records, 0u);
}

TEST_F(Journal, AnExpiredNumberIsNotAttempted) {
  const Planned batch = Plan(Import({1}), {1});
  BeginRun(batch);
  EXPECT_EQ(*Attempt(batch, 0, 1, kExpiry + 1), (std::vector{policy::Eligibility::kExpired}));
}

TEST_F(Journal, APersonWithTwoRecordsIsMessagedOnce) {
  const Planned old_batch = Plan(Import({1}), {1});
  const Planned new_batch = Plan(Import({1}, kExpiry + 1, kExpiry + 31), {1});
  BeginRun(new_batch);
  EXPECT_EQ(*Attempt(new_batch, 0, 1, kExpiry + 1), (std::vector{policy::Eligibility::kEligible}));
  BeginRun(old_batch);
  EXPECT_EQ(*Attempt(old_batch, 0, 1, kExpiry),
            (std::vector{policy::Eligibility::kAlreadyMessaged}));
  ExpectConsistent();
}

// Whoever looks next must see who was messaged, though their contacts do not say so yet.
TEST_F(Journal, WhoIsStagedAsMessagedIsFlushedBeforeAnybodyAsks) {
  const Planned batch = Plan(Import({1, 2, 3}), {1, 2, 3});
  BeginRun(batch);
  ASSERT_TRUE(Attempt(batch, 0, 2));
  EXPECT_EQ(Number("SELECT sum(length(people)) FROM staged_messaged"), 100);
  EXPECT_EQ(store_->Count()->contacts_messaged, 2u);
  auto other = OpenAnother();
  store_.swap(other);  // an import of another process in mid-run, long after the number's expiry
  EXPECT_EQ(Import({1, 2, 3}, kExpiry + 1, kExpiry + 31).reasons,
            (std::vector{policy::Eligibility::kAlreadyMessaged,
                         policy::Eligibility::kAlreadyMessaged, policy::Eligibility::kEligible}));
  store_.swap(other);
  EXPECT_EQ(Number("SELECT count(*) FROM staged_messaged"), 0);
  EXPECT_EQ(*Attempt(batch, 2, 1), (std::vector{policy::Eligibility::kEligible}));
  EXPECT_EQ(store_->Count()->contacts_messaged, 3u);
  ExpectConsistent();
}

TEST_F(Journal, APersonWhoseNewerRecordIsMessagedIsNotMessagedByTheOlder) {
  const Planned old_batch = Plan(Import({1}), {1});
  const Planned new_batch = Plan(Import({1}, kExpiry + 1, kExpiry + 31), {1});
  BeginRun(new_batch);
  BeginRun(old_batch);
  EXPECT_EQ(*Attempt(new_batch, 0, 1, kExpiry), (std::vector{policy::Eligibility::kEligible}));
  EXPECT_EQ(Number("SELECT count(*) FROM staged_messaged"), 1);
  EXPECT_EQ(*Attempt(old_batch, 0, 1, kExpiry),
            (std::vector{policy::Eligibility::kAlreadyMessaged}));
  ExpectConsistent();
}

TEST_F(Journal, APersonWhoseOlderRecordWasUsedIsNotMessagedByTheNewer) {
  const Planned old_batch = Plan(Import({1}), {1});
  const Planned new_batch = Plan(Import({1}, kExpiry + 1, kExpiry + 31), {1});
  BeginRun(new_batch);
  BeginRun(old_batch);
  EXPECT_EQ(*Attempt(old_batch, 0, 1, kExpiry), (std::vector{policy::Eligibility::kEligible}));
  EXPECT_EQ(*Attempt(new_batch, 0, 1, kExpiry),
            (std::vector{policy::Eligibility::kAlreadyMessaged}));
  ExpectConsistent();
}

// As plan.cc makes it, and as an older program made it: neither touches a neighbour's record.
TEST_F(Journal, ARangeTakesItsOwnRecordsInWhicheverOrderTheBatchIs) {
  for (const bool in_order : {true, false}) {
    std::vector<uint32_t> people;
    for (uint32_t i = 0; i < 40; ++i) people.push_back(i + (in_order ? 100 : 200));
    const Imported imported = Import(people);
    std::sort(people.begin(), people.end(), [&](uint32_t a, uint32_t b) {
      return imported.records.at(a) < imported.records.at(b);
    });
    if (!in_order) std::swap(people[5], people[25]);
    const Planned batch = Plan(imported, people);
    BeginRun(batch);
    OptOut({people[3]});
    for (uint32_t first = 0; first < 40; first += 10) {
      const auto attempted = Attempt(batch, first, 10);
      ASSERT_TRUE(attempted) << attempted.error().message;
      EXPECT_EQ(std::count(attempted->begin(), attempted->end(), policy::Eligibility::kEligible),
                first == 0 ? 9 : 10);
      EXPECT_EQ(store_->CountsOf(batch.batch)->waiting, 30 - first);
    }
    EXPECT_EQ(store_->Count()->records, 0u);
    ExpectConsistent();
  }
}

// Two records of one person can only be in one batch when somebody made the file so.
TEST_F(Journal, APersonTwiceInOneRangeIsMessagedOnce) {
  for (const bool older_first : {true, false}) {
    const uint32_t person = older_first ? 1 : 2;
    const Imported older = Import({person});
    const Imported newer = Import({person, person + 10}, kExpiry + 1, kExpiry + 31);
    Planned batch = Plan(newer, {person, person + 10});
    Execute(
        "UPDATE record SET file = (SELECT max(file) FROM sealed_file), expiry_day = 20061"
        " WHERE file <> (SELECT max(file) FROM sealed_file)");
    Execute("UPDATE batch SET records = 3 WHERE batch = (SELECT max(batch) FROM batch)");
    BeginRun(batch);
    std::vector<RecordId> records = {older.records.at(person), batch.records[0]};
    if (!older_first) std::swap(records[0], records[1]);
    records.push_back(batch.records[1]);
    const std::vector<token::OptOutToken> tokens(3, OptOutOf(77));
    const auto attempted = store_->BeginAttempt(batch.batch, 0, records, tokens, kExpiry + 1, {});
    ASSERT_TRUE(attempted) << attempted.error().message;
    EXPECT_EQ(*attempted,
              (std::vector{policy::Eligibility::kEligible, policy::Eligibility::kAlreadyMessaged,
                           policy::Eligibility::kEligible}));
    ExpectConsistent();
  }
}

TEST_F(Journal, OutcomesAndTheNextRangeAreOneTransaction) {
  const Planned batch = Plan(Import({1, 2, 3}), {1, 2, 3});
  BeginRun(batch);
  ASSERT_TRUE(Attempt(batch, 0, 1));
  std::vector<store::Settlement> settled(1);
  settled[0].outcome = Outcome::kSent;
  const token::OptOutToken token = OptOutOf(2);
  const auto next = [&](const RecordId& record) {
    return store_->BeginAttempt(batch.batch, 1, std::span(&record, 1), std::span(&token, 1), kToday,
                                settled);
  };
  EXPECT_EQ(next(RandomRecord()).error().code, Code::kCorrupt);
  EXPECT_EQ(store_->CountsOf(batch.batch)->counts, (ledger::Counts{{"attempting", 1}}));
  ASSERT_TRUE(next(batch.records[1]));
  EXPECT_EQ(store_->CountsOf(batch.batch)->counts,
            (ledger::Counts{{"attempting", 1}, {"sent", 1}}));
  EXPECT_EQ(next(batch.records[2]).error().code, Code::kCorrupt);  // settled once already
}

TEST_F(Journal, ALateAnswerSettlesWhatIsUnknownAndNothingElse) {
  const Planned batch = Plan(Import({1, 2}), {1, 2});
  BeginRun(batch);
  ASSERT_TRUE(Attempt(batch, 0, 2));
  std::vector<store::Settlement> settled(2);
  settled[0].outcome = Outcome::kUnknown;
  settled[1].position = 1;
  settled[1].outcome = Outcome::kRefused;
  ASSERT_TRUE(store_->Settle(batch.batch, settled));
  settled[0].outcome = settled[1].outcome = Outcome::kSent;
  settled[0].id_hash.fill(7);
  ASSERT_TRUE(store_->SettleLate(batch.batch, settled));
  EXPECT_EQ(store_->CountsOf(batch.batch)->counts, (ledger::Counts{{"refused", 1}, {"sent", 1}}));
  EXPECT_EQ(Receive({ReceiptFor(7, Outcome::kDelivered)}), 1u);
  settled[0].outcome = Outcome::kUnknown;
  EXPECT_EQ(store_->SettleLate(batch.batch, settled).error().code, Code::kCorrupt);
}

TEST_F(Journal, ALateAnswerToAnEarlierRunIsRefused) {
  const Planned batch = Plan(Import({1, 2}), {1, 2});
  const RunId run = BeginRun(batch);
  ASSERT_TRUE(Attempt(batch, 0, 1));
  ASSERT_TRUE(store_->EndRun(batch.batch, run, false, {}));
  BeginRun(batch);
  std::vector<store::Settlement> settled(1);
  settled[0].outcome = Outcome::kSent;
  EXPECT_EQ(store_->SettleLate(batch.batch, settled).error().code, Code::kCorrupt);
  EXPECT_EQ(store_->CountsOf(batch.batch)->counts, (ledger::Counts{{"unknown", 1}}));
}

TEST_F(Journal, AReceiptFindsItsAttemptInALaterRunOfAnotherProcess) {
  const Planned batch = Plan(Import({1, 2, 3}), {1, 2, 3});
  BeginRun(batch);
  ASSERT_TRUE(Attempt(batch, 0, 2));
  std::vector<store::Settlement> settled(1);
  settled[0].outcome = Outcome::kSent;
  settled[0].id_hash.fill(9);
  ASSERT_TRUE(store_->Settle(batch.batch, settled));
  Reopen();  // the process that knew the id was killed
  Resume(batch);
  EXPECT_EQ(Receive({ReceiptFor(9, Outcome::kDelivered)}), 1u);
  EXPECT_EQ(store_->CountsOf(batch.batch)->counts,
            (ledger::Counts{{"delivered", 1}, {"unknown", 1}}));
}

TEST_F(Journal, WhatACrashLeftInFlightBecomesUnknown) {
  const Planned batch = Plan(Import({1, 2, 3}), {1, 2, 3});
  const RunId run = BeginRun(batch);
  ASSERT_TRUE(Attempt(batch, 0, 3));
  store::Settlement sent;
  sent.position = 1;
  sent.outcome = Outcome::kSent;
  ASSERT_TRUE(store_->Settle(batch.batch, std::span(&sent, 1)));
  Reopen();
  ledger::Counts counts;
  const store::ResumePoint point = Resume(batch, &counts);
  EXPECT_EQ(point.crashed_run, run);
  EXPECT_EQ(point.became_unknown, 2u);
  EXPECT_EQ(point.next_position, 3u);
  EXPECT_EQ(counts, (ledger::Counts{{"sent", 1}, {"unknown", 2}}));
  EXPECT_EQ(*store_->CountsOfRun(run), counts);
  const store::ResumePoint again = Resume(batch);
  EXPECT_EQ(again.crashed_run, std::nullopt);
  EXPECT_EQ(again.became_unknown, 0u);
  sent.position = 0;
  EXPECT_EQ(store_->Settle(batch.batch, std::span(&sent, 1)).error().code, Code::kCorrupt);
  ExpectConsistent();
}

TEST_F(Journal, ARunThatAnotherProcessClosedCannotGoOn) {
  const Planned batch = Plan(Import({1, 2, 3}), {1, 2, 3});
  const RunId run = BeginRun(batch);
  ASSERT_TRUE(Attempt(batch, 0, 1));
  auto other = OpenAnother();
  ASSERT_TRUE(other->Resume(batch.batch, [&](RunId, const ledger::Counts&) { return NoteOf(); }));
  EXPECT_EQ(Attempt(batch, 1, 1).error().code, Code::kRefused);
  const RunId second = RunId::Random();
  ASSERT_TRUE(other->BeginRun(batch.batch, second, NoteOf()));
  EXPECT_EQ(Attempt(batch, 1, 1).error().code, Code::kRefused);
  EXPECT_EQ(store_->EndRun(batch.batch, run, false, {}).error().code, Code::kRefused);
}

TEST_F(Journal, OneBatchHasOneRunAtATime) {
  const Planned batch = Plan(Import({1}), {1});
  BeginRun(batch);
  EXPECT_EQ(store_->BeginRun(batch.batch, RunId::Random(), NoteOf()).error().code, Code::kRefused);
  EXPECT_EQ(store_->BeginRun(BatchId::Random(), RunId::Random(), NoteOf()).error().code,
            Code::kNotFound);
}

TEST_F(Journal, AnOutcomeIsSettledOnce) {
  const Planned batch = Plan(Import({1, 2}), {1, 2});
  BeginRun(batch);
  ASSERT_TRUE(Attempt(batch, 0, 1));
  store::Settlement each;
  each.outcome = Outcome::kRefused;
  each.status = 11;
  ASSERT_TRUE(store_->Settle(batch.batch, std::span(&each, 1)));
  each.outcome = Outcome::kSent;
  EXPECT_EQ(store_->Settle(batch.batch, std::span(&each, 1)).error().code, Code::kCorrupt);
  each.position = 1;  // never attempted
  EXPECT_EQ(store_->Settle(batch.batch, std::span(&each, 1)).error().code, Code::kCorrupt);
  each.outcome = Outcome::kDelivered;
  EXPECT_EQ(store_->Settle(batch.batch, std::span(&each, 1)).error().code, Code::kCorrupt);
  EXPECT_EQ(store_->CountsOf(batch.batch)->counts, (ledger::Counts{{"refused", 1}}));
}

TEST_F(Journal, WhatWasNotSubmittedIsUnknownAllTheSame) {
  const Planned batch = Plan(Import({1}), {1});
  BeginRun(batch);
  ASSERT_TRUE(Attempt(batch, 0, 1));
  SettleAll(batch, Outcome::kNotSubmitted);
  EXPECT_EQ(store_->CountsOf(batch.batch)->counts, (ledger::Counts{{"unknown", 1}}));
}

TEST_F(Journal, AReceiptIsMatchedByAnyOfItsHashes) {
  const Planned batch = Plan(Import({1, 2, 3}), {1, 2, 3});
  const RunId run = BeginRun(batch);
  ASSERT_TRUE(Attempt(batch, 0, 3));
  SettleAll(batch, Outcome::kSent);
  EXPECT_EQ(Receive({ReceiptFor(1, Outcome::kDelivered, 0), ReceiptFor(2, Outcome::kDelivered, 1),
                     ReceiptFor(3, Outcome::kUndelivered, 2)}),
            3u);
  EXPECT_EQ(store_->CountsOf(batch.batch)->counts,
            (ledger::Counts{{"delivered", 2}, {"undelivered", 1}}));
  EXPECT_EQ(*store_->CountsOfRun(run), (ledger::Counts{{"sent", 3}}));
}

// A carrier that counts has a message under the id as it is given, and others under the same digits
// in another base.
TEST_F(Journal, AReceiptSettlesNobodyElse) {
  const Planned batch = Plan(Import({1, 2, 3}), {1, 2, 3});
  BeginRun(batch);
  ASSERT_TRUE(Attempt(batch, 0, 3));
  SettleAll(batch, Outcome::kSent);
  wire::sender::Receipt receipt = ReceiptFor(1, Outcome::kDelivered, 0);
  std::fill(std::begin(receipt.id_hashes[1]), std::end(receipt.id_hashes[1]), 2);
  std::fill(std::begin(receipt.id_hashes[2]), std::end(receipt.id_hashes[2]), 3);
  EXPECT_EQ(Receive({receipt}), 1u);
  EXPECT_EQ(store_->CountsOf(batch.batch)->counts, (ledger::Counts{{"delivered", 1}, {"sent", 2}}));
}

TEST_F(Journal, ADeliveredMessageStaysDelivered) {
  const Planned batch = Plan(Import({1}), {1});
  BeginRun(batch);
  ASSERT_TRUE(Attempt(batch, 0, 1));
  SettleAll(batch, Outcome::kSent);
  EXPECT_EQ(Receive({ReceiptFor(1, Outcome::kSent), ReceiptFor(1, Outcome::kUnknown)}), 2u);
  EXPECT_EQ(Receive({ReceiptFor(1, Outcome::kDelivered), ReceiptFor(1, Outcome::kDelivered)}), 2u);
  EXPECT_EQ(Receive({ReceiptFor(1, Outcome::kUndelivered), ReceiptFor(1, Outcome::kSent)}), 2u);
  EXPECT_EQ(store_->CountsOf(batch.batch)->counts, (ledger::Counts{{"delivered", 1}}));
}

TEST_F(Journal, AnUnknownAttemptIsSettledByAReceiptOnly) {
  const Planned batch = Plan(Import({1, 2}), {1, 2});
  BeginRun(batch);
  ASSERT_TRUE(Attempt(batch, 0, 2));
  SettleAll(batch, Outcome::kUnknown);
  EXPECT_EQ(Receive({ReceiptFor(1, Outcome::kSent), ReceiptFor(2, Outcome::kUndelivered)}), 2u);
  EXPECT_EQ(store_->CountsOf(batch.batch)->counts,
            (ledger::Counts{{"sent", 1}, {"undelivered", 1}}));
}

TEST_F(Journal, AReceiptWithoutAHashMatchesNothing) {
  const Planned batch = Plan(Import({1, 2}), {1, 2});
  BeginRun(batch);
  ASSERT_TRUE(Attempt(batch, 0, 2));
  std::vector<store::Settlement> settlements(2);
  settlements[1].position = 1;
  settlements[0].outcome = settlements[1].outcome = Outcome::kSent;
  ASSERT_TRUE(store_->Settle(batch.batch, settlements));
  EXPECT_EQ(Receive({ReceiptFor(0, Outcome::kDelivered)}), 0u);
}

TEST_F(Journal, AFinishedBatchHoldsNothingMore) {
  const Planned batch = Plan(Import({1, 2}), {1, 2});
  const RunId run = BeginRun(batch);
  ASSERT_TRUE(Attempt(batch, 0, 2));
  SettleAll(batch, Outcome::kSent);
  const std::vector<store::NewEntry> notes{NoteOf(), NoteOf()};
  ASSERT_TRUE(store_->EndRun(batch.batch, run, true, notes));
  EXPECT_EQ((*store_->FindBatch(batch.batch))->state, store::BatchState::kFinished);
  EXPECT_TRUE(store_->SealedFiles()->empty());
  EXPECT_EQ(store_->BeginRun(batch.batch, RunId::Random(), NoteOf()).error().code, Code::kRefused);
  EXPECT_EQ(store_->CountsOf(batch.batch)->counts, (ledger::Counts{{"sent", 2}}));
  ExpectConsistent();
}

TEST_F(Journal, AFinishedBatchWithUnattemptedRecordsExpired) {
  const Planned batch = Plan(Import({1, 2, 3}), {1, 2, 3});
  const RunId run = BeginRun(batch);
  ASSERT_TRUE(Attempt(batch, 0, 1));
  EXPECT_EQ(*store_->CountsOfRun(run), (ledger::Counts{{"unknown", 1}}));  // as EndRun makes it
  ASSERT_TRUE(store_->EndRun(batch.batch, run, true, {}));
  EXPECT_EQ((*store_->FindBatch(batch.batch))->state, store::BatchState::kExpired);
  EXPECT_EQ(store_->CountsOf(batch.batch)->counts, (ledger::Counts{{"unknown", 1}}));
  EXPECT_EQ(store_->Count()->records, 0u);
  EXPECT_EQ(Import({2}).reasons, (std::vector{policy::Eligibility::kEligible}));
  ExpectConsistent();
}

TEST_F(Journal, AnEndedRunCanBeFollowedByAnother) {
  const Planned batch = Plan(Import({1, 2}), {1, 2});
  const RunId run = BeginRun(batch);
  ASSERT_TRUE(Attempt(batch, 0, 1));
  ASSERT_TRUE(store_->EndRun(batch.batch, run, false, {}));
  EXPECT_EQ(Resume(batch).crashed_run, std::nullopt);
  const RunId second = BeginRun(batch);
  ASSERT_TRUE(Attempt(batch, 1, 1));
  EXPECT_EQ(*store_->CountsOfRun(run), (ledger::Counts{{"unknown", 1}}));
  EXPECT_EQ(*store_->CountsOfRun(second), (ledger::Counts{{"unknown", 1}}));
  EXPECT_EQ(store_->CountsOfRun(RunId::Random()).error().code, Code::kNotFound);
}

}  // namespace
}  // namespace signpost::store
