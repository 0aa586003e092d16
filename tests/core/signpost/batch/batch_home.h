// A TestHome with the verbs of a batch's life.
#pragma once

#include <numeric>

#include "core/signpost/batch/approve.h"
#include "core/signpost/batch/cancel.h"
#include "core/signpost/batch/plan.h"
#include "core/signpost/batch/view.h"
#include "tests/core/signpost/ingest/test_home.h"

namespace signpost::test {

inline std::vector<int> People(int from, int to) {
  std::vector<int> people(static_cast<size_t>(to - from));
  std::iota(people.begin(), people.end(), from);
  return people;
}

class BatchHome : public TestHome {
 protected:
  static batch::PlanRequest Message(std::optional<uint32_t> limit = {}) {
    batch::PlanRequest request;
    request.message = "Help is there. Reply STOP and we will not write again.\n";
    request.limit = limit;
    return request;
  }
  batch::PlanReport Plan(std::optional<uint32_t> limit = {}) {
    auto report = batch::PlanBatch(home_, Message(limit), planner_);
    EXPECT_TRUE(report.has_value()) << (report ? "" : report.error().message);
    return report.value_or(batch::PlanReport());
  }
  Code PlanError(const batch::PlanRequest& request) {
    const auto report = batch::PlanBatch(home_, request, planner_);
    EXPECT_FALSE(report.has_value());
    return report ? Code::kInternal : report.error().code;
  }
  store::SealedFileRow FileOf(const BatchId& batch) {
    const store::BatchRow row = home_.store->FindBatch(batch).value().value();
    for (const auto all = home_.store->SealedFiles().value();
         const store::SealedFileRow& file : all) {
      if (file.file == row.file) return file;
    }
    ADD_FAILURE() << "the batch has no file";
    return {};
  }
  // The first `count` records of a batch are attempted and sent, in a run that ends or crashes.
  void Attempt(const BatchId& batch, uint32_t first, uint32_t count, bool crash = false) {
    const std::vector<RecordId> all = RecordsOf(FileOf(batch));
    const std::vector<RecordId> ids(all.begin() + first, all.begin() + first + count);
    std::vector<token::OptOutToken> tokens;
    for (const RecordId& id : ids) tokens.push_back(OptOutOf(people_.at(id)));
    const RunId run = RunId::Random();
    ASSERT_TRUE(
        home_.store
            ->BeginRun(batch, run,
                       store::NewEntry{home_.Now(ledger::BatchOpened{batch, run}), std::nullopt})
            .has_value());
    ASSERT_TRUE(home_.store->BeginAttempt(batch, first, ids, tokens, Today()).has_value());
    if (crash) return;
    std::vector<store::Settlement> settlements;
    for (uint32_t i = 0; i < count; ++i) {
      settlements.push_back({first + i, wire::sender::Outcome::kSent, 0, {}});
    }
    ASSERT_TRUE(home_.store->Settle(batch, settlements).has_value());
    ledger::BatchRunEnded ended{batch, run, ledger::RunEnd::kStopped, "loopback 127.0.0.1", {}};
    const store::NewEntry note = home_.Counted(ended, home_.store->CountsOfRun(run).value());
    ASSERT_TRUE(home_.store->EndRun(batch, run, false, std::span(&note, 1)).has_value());
  }
};

}  // namespace signpost::test
