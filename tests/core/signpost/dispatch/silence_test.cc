// A sealed process that is there and says nothing: it must not keep signpost waiting for ever.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

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
  Silence() {
    EXPECT_EQ(mkfifo(pipe_.c_str(), 0600), 0);
    writer_ = OwnedFd(open(pipe_.c_str(), O_RDWR | O_CLOEXEC));
  }
  void SetUp() override {
    StartCarrier();
    MakeHome();
    batch_ = ApprovedBatch(0, 5);
    Reopen(kAfterThePlan);
  }
  dispatch::DispatchRequest Request() const {
    dispatch::DispatchRequest request;
    request.batch = batch_;
    return request;
  }

  // Whoever reads from it waits for ever. A process that is stopped by a signal would do as well,
  // but for the moment: on a busy machine it would have spoken before.
  const std::string pipe_ = folder_.path() + "/pipe";
  OwnedFd writer_;
  BatchId batch_;
};

TEST_F(Silence, OpenerThatSaysNothingEndsTheRun) {
  home_->site.passphrase_file = pipe_;
  dispatch::DispatchRequest request = Request();
  request.answer_ms = request.end_ms = 500;
  const auto report = dispatch::DispatchBatch(*home_, request);
  ASSERT_FALSE(report.has_value());
  EXPECT_EQ(report.error().code, Code::kInternal) << report.error().message;
  EXPECT_EQ(report.error().place, "signpost-opener");
  EXPECT_EQ(Events<ledger::BatchRunEnded>().size(), 1u) << "and the ledger says so";
  EXPECT_EQ(ChildNamed("signpost-opener"), 0) << "it was left behind";
}

// Nobody was passed to it, so the next run sends to everybody. The opener must answer in that time,
// also on a busy machine.
TEST_F(Silence, SenderThatSaysNothingEndsTheRun) {
  home::GatewayConfig& gateway = home_->site.gateways.at(0);
  gateway.credentials_file = pipe_;
  // It may take so much longer than the opener.
  gateway.response_timeout_seconds = gateway.enquire_link_seconds = 1;
  dispatch::DispatchRequest request = Request();
  request.answer_ms = 5000;
  const auto report = dispatch::DispatchBatch(*home_, request);
  ASSERT_FALSE(report.has_value());
  EXPECT_EQ(report.error().message, "was not heard of in time");
  EXPECT_EQ(ChildNamed("signpost-sender"), 0) << "it was left behind";
  Reopen(kAfterThePlan);
  const auto next = dispatch::DispatchBatch(*home_, Request());
  ASSERT_TRUE(next.has_value()) << next.error().message;
  EXPECT_EQ(Get(next->counts, "sent") + Get(next->counts, "delivered"), 5u);
}

}  // namespace
}  // namespace signpost::test
