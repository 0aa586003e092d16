// A sealed process that is there and says nothing: it must not keep signpost waiting for ever.
#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <thread>

#include "core/signpost/dispatch/dispatch.h"
#include "tests/core/signpost/dispatch/real_home.h"

namespace signpost::test {
namespace {

// The child of this process with that name; 0 when there is none.
pid_t ChildNamed(const std::string& name) {
  std::error_code error;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task", error)) {
    std::ifstream children(task.path() / "children");
    for (pid_t pid = 0; children >> pid;) {
      std::string comm;
      std::ifstream file("/proc/" + std::to_string(pid) + "/comm");
      std::getline(file, comm);
      if (comm == name.substr(0, 15)) return pid;
    }
  }
  return 0;
}

class Silence : public RealHome {
 protected:
  // Dispatches while the process of that name is stopped. However late that comes, nobody was passed
  // to the sender: the carrier answers no bind before.
  Result<dispatch::DispatchReport> DispatchWithout(const std::string& name, int64_t answer_ms) {
    StartCarrier();
    MakeHome();
    const BatchId batch = ApprovedBatch(0, 5);
    Reopen(kAfterThePlan);
    home::GatewayConfig& gateway = home_->site.gateways.at(0);  // a sender may take so much longer
    gateway.response_timeout_seconds = gateway.enquire_link_seconds = 1;
    carrier_->Pause();
    std::atomic<bool> over = false;
    std::thread stopper([&] {
      while (!over) {
        if (const pid_t pid = ChildNamed(name); pid != 0) {
          kill(pid, SIGSTOP);
          return;
        }
        std::this_thread::yield();
      }
    });
    dispatch::DispatchRequest request;
    request.batch = batch;
    request.answer_ms = answer_ms;
    Result<dispatch::DispatchReport> report = dispatch::DispatchBatch(*home_, request);
    over = true;
    stopper.join();
    carrier_->GoOn();
    EXPECT_EQ(ChildNamed(name), 0) << "it was left behind";
    return report;
  }
};

TEST_F(Silence, OpenerThatSaysNothingEndsTheRun) {
  const auto report = DispatchWithout("signpost-opener", 1000);
  ASSERT_FALSE(report.has_value());
  EXPECT_EQ(report.error().code, Code::kInternal) << report.error().message;
  EXPECT_TRUE(Events<ledger::BatchRunEnded>().size() == 1) << "and the ledger says so";
}

// Nobody was passed to it, so the next run sends to everybody. The opener must answer in that time,
// also on a busy machine.
TEST_F(Silence, SenderThatSaysNothingEndsTheRun) {
  const auto report = DispatchWithout("signpost-sender", 5000);
  ASSERT_FALSE(report.has_value());
  EXPECT_EQ(report.error().message, "was not heard of in time");
  Reopen(kAfterThePlan);
  dispatch::DispatchRequest request;
  request.batch = home_->store->Batches().value().front().batch;
  const auto next = dispatch::DispatchBatch(*home_, request);
  ASSERT_TRUE(next.has_value()) << next.error().message;
  EXPECT_EQ(Get(next->counts, "sent") + Get(next->counts, "delivered"), 5u);
}

}  // namespace
}  // namespace signpost::test
