#include "tests/core/signpost/store/home_of_one.h"

namespace signpost::store {
namespace {

class Batches : public HomeOfOne {
 protected:
  store::BatchState StateOf(const Planned& batch) {
    return (*store_->FindBatch(batch.batch))->state;
  }
};

TEST_F(Batches, APlanMovesEveryRecordAndKeepsItsExpiry) {
  const Imported imported = Import({1, 2, 3, 4});
  const Planned batch = Plan(imported, {3, 1});
  const auto files = store_->SealedFiles();
  ASSERT_TRUE(files);
  ASSERT_EQ(files->size(), 2u);
  EXPECT_EQ(store_->Count()->records, 4u);
  EXPECT_EQ(Number("SELECT count(*) FROM record WHERE coalesce(expiry_day,"
                   " (SELECT f.expiry_day FROM sealed_file f WHERE f.file = record.file)) = 20030"),
            4);
  EXPECT_EQ(files->front().records, 2u);
  EXPECT_EQ(store_->CountsOf(batch.batch)->waiting, 2u);
  EXPECT_EQ(StateOf(batch), store::BatchState::kPlanned);
  EXPECT_EQ((*store_->FindBatch(batch.batch))->gateway, "gateway");
  EXPECT_EQ(store_->Batches()->size(), 1u);
  EXPECT_TRUE(*store_->FindDocument("manifest", batch.batch.Hex()));
  ExpectConsistent();
}

TEST_F(Batches, ARecordThatThePlanForgetsIsNotLost) {
  const Imported imported = Import({1, 2, 3});
  Planned out;
  store::PlanCommit plan = PlanOf(imported, {1, 2}, out);
  plan.shares[0].left = 0;  // and person 3?
  const auto planned = store_->CommitPlan(plan, NoteOf());
  ASSERT_FALSE(planned);
  EXPECT_EQ(planned.error().code, Code::kCorrupt);
  EXPECT_EQ(store_->Count()->records, 3u);
  EXPECT_EQ(store_->SealedFiles()->size(), 1u);
  EXPECT_TRUE(store_->Batches()->empty());
  ExpectConsistent();
}

TEST_F(Batches, APlanCannotTakeARecordOutOfAnotherFile) {
  const Imported first = Import({1, 2});
  const Imported second = Import({3, 4});
  Planned out;
  store::PlanCommit plan = PlanOf(first, {1, 2}, out);
  plan.shares[0].drawn[1] = second.records.at(3);
  EXPECT_EQ(store_->CommitPlan(plan, NoteOf()).error().code, Code::kCorrupt);
  plan = PlanOf(first, {1, 2}, out);
  plan.shares[0].drawn.push_back(second.records.at(3));
  plan.batch.records = 3;
  EXPECT_EQ(store_->CommitPlan(plan, NoteOf()).error().code, Code::kCorrupt);
}

TEST_F(Batches, ThePlanOfAnIntakeThatIsGoneIsRefused) {
  const Imported imported = Import({1, 2});
  Plan(imported, {1, 2});
  Planned out;
  const auto again = store_->CommitPlan(PlanOf(imported, {1, 2}, out), NoteOf());
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Code::kCorrupt);
  EXPECT_EQ(store_->Batches()->size(), 1u);
}

TEST_F(Batches, WhoIsWithheldByAPlanIsForgottenWithTheRecord) {
  const Imported imported = Import({1, 2});
  Planned out;
  store::PlanCommit plan = PlanOf(imported, {1}, out);
  plan.shares[0].withheld = {imported.records.at(2)};
  plan.shares[0].left = 0;
  ASSERT_TRUE(store_->CommitPlan(plan, NoteOf()));
  EXPECT_EQ(store_->Count()->records, 1u);
  EXPECT_EQ(store_->Count()->contacts_messaged, 0u);
  EXPECT_EQ(Import({2}).reasons, std::vector{policy::Eligibility::kEligible});
  ExpectConsistent();
}

TEST_F(Batches, ACancelledBatchGivesItsPeopleBack) {
  const Planned batch = Plan(Import({1, 2, 3}), {1, 2, 3});
  BeginRun(batch);
  ASSERT_TRUE(Attempt(batch, 0, 1));
  ASSERT_TRUE(store_->Resume(batch.batch, [&](RunId, const ledger::Counts&) { return NoteOf(); }));
  const store::SealedFileRow intake{FileId::Random(), seal::SealedKind::kIntake, kExpiry, 2, ""};
  const std::vector<RecordId> returned{batch.records[1], batch.records[2]};
  ASSERT_TRUE(store_->CommitCancel(batch.batch, intake, returned, NoteOf()));
  EXPECT_EQ(StateOf(batch), store::BatchState::kCancelled);
  EXPECT_EQ(store_->SealedFiles()->size(), 1u);
  EXPECT_EQ(store_->SealedFiles()->front().file, intake.file);
  EXPECT_EQ(store_->Count()->records, 2u);
  EXPECT_EQ(Import({1, 2}).reasons, (std::vector{policy::Eligibility::kAlreadyMessaged,
                                                 policy::Eligibility::kAlreadyHeld}));
  EXPECT_EQ(store_->CommitCancel(batch.batch, std::nullopt, {}, NoteOf()).error().code,
            Code::kRefused);
  ExpectConsistent();
}

TEST_F(Batches, ARecordThatWasAttemptedIsNotGivenBack) {
  const Planned batch = Plan(Import({1, 2}), {1, 2});
  BeginRun(batch);
  ASSERT_TRUE(Attempt(batch, 0, 1));
  ASSERT_TRUE(store_->Resume(batch.batch, [&](RunId, const ledger::Counts&) { return NoteOf(); }));
  const store::SealedFileRow intake{FileId::Random(), seal::SealedKind::kIntake, kExpiry, 2, ""};
  const auto cancelled = store_->CommitCancel(batch.batch, intake, batch.records, NoteOf());
  ASSERT_FALSE(cancelled);
  EXPECT_EQ(cancelled.error().code, Code::kCorrupt);
  EXPECT_EQ(StateOf(batch), store::BatchState::kOpened);
}

TEST_F(Batches, ABatchWithAnOpenRunIsNotCancelled) {
  const Planned batch = Plan(Import({1}), {1});
  BeginRun(batch);
  EXPECT_EQ(store_->CommitCancel(batch.batch, std::nullopt, {}, NoteOf()).error().code,
            Code::kRefused);
}

TEST_F(Batches, AnApprovalThatComesAfterTheEndIsRefused) {
  const Planned batch = Plan(Import({1}), {1});
  ASSERT_TRUE(store_->UpdateManifest(batch.batch, "signed", NoteOf()));
  EXPECT_EQ(*store_->FindDocument("manifest", batch.batch.Hex()), "signed");
  ASSERT_TRUE(store_->CommitCancel(batch.batch, std::nullopt, {}, NoteOf()));
  const auto entries = store_->Entries()->size();
  EXPECT_EQ(store_->UpdateManifest(batch.batch, "again", NoteOf()).error().code, Code::kRefused);
  EXPECT_EQ(*store_->FindDocument("manifest", batch.batch.Hex()), "signed");
  EXPECT_EQ(store_->Entries()->size(), entries);
  EXPECT_EQ(store_->UpdateManifest(BatchId::Random(), "x", NoteOf()).error().code, Code::kNotFound);
}

TEST_F(Batches, StateNamesAreStable) {
  EXPECT_EQ(store::BatchStateName(store::BatchState::kPlanned), "planned");
  EXPECT_EQ(store::BatchStateName(store::BatchState::kOpened), "opened");
  EXPECT_EQ(store::BatchStateName(store::BatchState::kFinished), "finished");
  EXPECT_EQ(store::BatchStateName(store::BatchState::kCancelled), "cancelled");
  EXPECT_EQ(store::BatchStateName(store::BatchState::kExpired), "expired");
}

}  // namespace
}  // namespace signpost::store
