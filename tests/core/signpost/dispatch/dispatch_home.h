// A RealHome whose batches are dispatched.
#pragma once

#include "core/signpost/dispatch/dispatch.h"
#include "tests/core/signpost/dispatch/real_home.h"

namespace signpost::test {

class DispatchHome : public RealHome {
 protected:
  static dispatch::DispatchRequest Of(const BatchId& batch) {
    dispatch::DispatchRequest request;
    request.batch = batch;
    return request;
  }
  dispatch::DispatchReport Dispatch(const BatchId& batch) { return Dispatch(Of(batch)); }
  dispatch::DispatchReport Dispatch(const dispatch::DispatchRequest& request) {
    const auto report = dispatch::DispatchBatch(*home_, request);
    EXPECT_TRUE(report.has_value()) << (report ? "" : report.error().message);
    return report.value_or(dispatch::DispatchReport());
  }
  Error DispatchError(const BatchId& batch) {
    const auto report = dispatch::DispatchBatch(*home_, Of(batch));
    EXPECT_FALSE(report.has_value());
    return report ? Error() : report.error();
  }
  // Refused, the ledger says why, nobody was attempted, and the evidence holds.
  void ExpectRefusedBefore(const BatchId& batch, policy::Refusal refusal) {
    const size_t runs = Events<ledger::BatchRunEnded>().size();
    const Error error = DispatchError(batch);
    EXPECT_EQ(error.code, Code::kRefused) << error.message;
    EXPECT_EQ(error.hint, policy::RefusalHint(refusal));
    const std::vector<ledger::BatchRunEnded> ended = Events<ledger::BatchRunEnded>();
    ASSERT_EQ(ended.size(), runs + 1);
    EXPECT_EQ(ended.back().why.Name(), policy::RefusalName(refusal));
    ExpectNobodyAttempted(batch);
  }
  void ExpectNobodyAttempted(const BatchId& batch) {
    EXPECT_EQ(home_->store->CountsOf(batch).value().attempted, 0U);
  }
  store::BatchState StateOf(const BatchId& batch) {
    return home_->store->FindBatch(batch).value().value().state;
  }
  std::string BatchFile(const BatchId& batch) {
    return home_->SealedPath(home_->store->FindBatch(batch).value().value().file,
                             seal::SealedKind::kBatch);
  }
  // All of the batch's people are accounted for.
  void ExpectFinished(const BatchId& batch, uint64_t people) {
    EXPECT_EQ(StateOf(batch), store::BatchState::kFinished);
    EXPECT_EQ(home_->store->CountsOf(batch).value().attempted, people);
    uint64_t sum = 0;
    for (const auto& [name, count] : CountsInLedger<ledger::BatchFinished>()) sum += count;
    EXPECT_EQ(sum, people);
    EXPECT_FALSE(std::filesystem::exists(BatchFile(batch)));
    ExpectEvidenceHolds();
  }
  // The counts of the last entry of a kind, opened.
  template <class Body>
  ledger::Counts CountsInLedger() {
    ledger::Counts counts;
    for (const auto all = home_->store->Openings().value(); const auto& [index, opening] : all) {
      const ledger::Event event =
          ledger::DecodeEvent(home_->store->Entries().value().at(index)).value();
      if (std::holds_alternative<Body>(event.body)) counts = opening.counts;
    }
    return counts;
  }
  // What the carrier saw, when it is over.
  void ExpectTexted(long people) {
    carrier_->Stop();
    EXPECT_EQ(carrier_->Count("people"), people);
    EXPECT_EQ(carrier_->Count("messages"), people);
    EXPECT_EQ(carrier_->Count("people_with_more_than_one"), 0);
  }
};

}  // namespace signpost::test
