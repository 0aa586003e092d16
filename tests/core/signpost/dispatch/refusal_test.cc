// What the opener must refuse: nothing is opened, nobody attempted, and the ledger says why.
#include <sqlite3.h>

#include "core/signpost/batch/cancel.h"
#include "tests/core/signpost/dispatch/dispatch_home.h"

namespace signpost::test {
namespace {

class RefusalTest : public DispatchHome {
 protected:
  RefusalTest() {
    StartCarrier();
    MakeHome();
  }
  void TearDown() override {
    ExpectTexted(0);
    EXPECT_EQ(carrier_->Count("binds"), 0) << "a refused batch reached the carrier";
  }
  // Somebody with write access to the store.
  void ChangeDocument(const std::string& kind, const std::string& id, const std::string& content) {
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open(home_->Path("store.db").c_str(), &db), SQLITE_OK);
    sqlite3_stmt* statement = nullptr;
    ASSERT_EQ(sqlite3_prepare_v2(db, "UPDATE document SET content = ?1 WHERE kind = ?2 AND id = ?3",
                                 -1, &statement, nullptr),
              SQLITE_OK);
    sqlite3_bind_text(statement, 1, content.c_str(), -1, SQLITE_TRANSIENT);
    sqlite3_bind_text(statement, 2, kind.c_str(), -1, SQLITE_TRANSIENT);
    sqlite3_bind_text(statement, 3, id.c_str(), -1, SQLITE_TRANSIENT);
    EXPECT_EQ(sqlite3_step(statement), SQLITE_DONE);
    EXPECT_EQ(sqlite3_changes(db), 1);
    sqlite3_finalize(statement);
    sqlite3_close(db);
  }
  note::Note NoteOf(const BatchId& batch) {
    return note::Note::Parse(home_->store->FindDocument("manifest", batch.Hex()).value().value())
        .value();
  }
};

TEST_F(RefusalTest, UnapprovedBatchIsNotOpened) {
  Import(0, 5);
  const BatchId batch = Plan();
  ExpectRefusedBefore(batch, policy::Refusal::kNotApproved);
  ASSERT_TRUE(batch::ApproveBatch(*home_, batch, first_).has_value());
  ExpectRefusedBefore(batch, policy::Refusal::kNotApproved);
  ExpectEvidenceHolds();
}

TEST_F(RefusalTest, WithdrawnApprovalOpensNothing) {
  const BatchId batch = ApprovedBatch(0, 5);
  ASSERT_TRUE(batch::WithdrawApproval(*home_, batch, second_).has_value());
  ExpectRefusedBefore(batch, policy::Refusal::kNotApproved);
  ExpectEvidenceHolds();
}

TEST_F(RefusalTest, CancelledBatchIsNotDispatched) {
  const BatchId batch = ApprovedBatch(0, 5);
  ASSERT_TRUE(batch::CancelBatch(*home_, batch).has_value());
  EXPECT_EQ(DispatchError(batch).code, Code::kRefused);
  ExpectNobodyAttempted(batch);
  EXPECT_TRUE(Events<ledger::BatchOpened>().empty());
  ExpectEvidenceHolds();
}

TEST_F(RefusalTest, UnknownBatchIsNotDispatched) {
  EXPECT_EQ(DispatchError(BatchId::Random()).code, Code::kNotFound);
  EXPECT_TRUE(Events<ledger::BatchOpened>().empty());
}

TEST_F(RefusalTest, NothingIsSentOutsideTheHours) {
  const BatchId batch = ApprovedBatch(0, 5);
  Reopen("2026-11-23T19:00:00Z");
  ExpectRefusedBefore(batch, policy::Refusal::kOutsideHours);
  Reopen("2026-11-24T08:59:00Z");
  ExpectRefusedBefore(batch, policy::Refusal::kOutsideHours);
  ExpectEvidenceHolds();
}

TEST_F(RefusalTest, NothingIsSentAfterTheExpiry) {
  const BatchId batch = ApprovedBatch(0, 5);
  Reopen("2026-11-30T10:00:01Z");
  ExpectRefusedBefore(batch, policy::Refusal::kExpired);
  ExpectEvidenceHolds();
}

TEST_F(RefusalTest, ChangedBatchFileIsNotOpened) {
  const BatchId batch = ApprovedBatch(0, 5);
  std::string file = ReadFile(BatchFile(batch)).value();
  file.back() = static_cast<char>(file.back() ^ 1);
  ASSERT_TRUE(WriteFileAtomic(BatchFile(batch), file).has_value());
  ExpectRefusedBefore(batch, policy::Refusal::kFileChanged);
}

TEST_F(RefusalTest, MissingBatchFileStartsNoRun) {
  const BatchId batch = ApprovedBatch(0, 5);
  std::filesystem::remove(BatchFile(batch));
  DispatchError(batch);
  EXPECT_TRUE(Events<ledger::BatchOpened>().empty());
  ExpectNobodyAttempted(batch);
}

TEST_F(RefusalTest, ChangedMessageIsNotSent) {
  const BatchId batch = ApprovedBatch(0, 5);
  const policy::Manifest manifest = policy::Manifest::Parse(NoteOf(batch).text()).value();
  ChangeDocument("message", ToHex(manifest.message_hash), "Something that nobody approved.");
  ExpectRefusedBefore(batch, policy::Refusal::kTextChanged);
}

TEST_F(RefusalTest, ApprovalInTheLedgerAloneIsNoApproval) {
  const BatchId batch = ApprovedBatch(0, 5);
  note::Note note = NoteOf(batch);
  note.RemoveSignature(second_.verifier().key_id(), "second");
  ChangeDocument("manifest", batch.Hex(), note.Encode());
  ExpectRefusedBefore(batch, policy::Refusal::kNotApproved);
}

TEST_F(RefusalTest, ManifestWithoutItsPlannerIsNotOpened) {
  const BatchId batch = ApprovedBatch(0, 5);
  note::Note note = NoteOf(batch);
  note.RemoveSignature(planner_->verifier().key_id(), "planner");
  ChangeDocument("manifest", batch.Hex(), note.Encode());
  ExpectRefusedBefore(batch, policy::Refusal::kPlanner);
}

TEST_F(RefusalTest, WrongPassphraseOpensNothing) {
  const BatchId batch = ApprovedBatch(0, 5);
  home_->site.passphrase_file = File("another passphrase\n", "wrong");
  ExpectRefusedBefore(batch, policy::Refusal::kKey);
  ExpectEvidenceHolds();
}

TEST_F(RefusalTest, MissingStateIsNotStartedAfresh) {
  const BatchId batch = ApprovedBatch(0, 5);
  std::filesystem::remove(home_->Path("keys/live/opener.state"));
  ExpectRefusedBefore(batch, policy::Refusal::kState);
  EXPECT_FALSE(std::filesystem::exists(home_->Path("keys/live/opener.state")));
  ExpectEvidenceHolds();
}

TEST_F(RefusalTest, ChangedStateIsNotTrusted) {
  const BatchId batch = ApprovedBatch(0, 5);
  const std::string path = home_->Path("keys/live/opener.state");
  std::string state = ReadFile(path).value();
  for (char& byte : state) byte = static_cast<char>(byte ^ 0x20);
  ASSERT_TRUE(WriteFileAtomic(path, state).has_value());
  ExpectRefusedBefore(batch, policy::Refusal::kState);
  ExpectEvidenceHolds();
}

TEST_F(RefusalTest, GatewayThatLeftTheSiteStartsNoRun) {
  const BatchId batch = ApprovedBatch(0, 5);
  home_->site.gateways.at(0).name = "renamed";
  EXPECT_EQ(DispatchError(batch).code, Code::kRefused);
  EXPECT_TRUE(Events<ledger::BatchOpened>().empty());
}

}  // namespace
}  // namespace signpost::test
