#include "core/signpost/process/sealed.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>

namespace signpost::process {
namespace {

SealedProcess StartProbe(char request) {
  SealedProcess probe = StartSealed("process-probe", {}, {}, {}).value();
  EXPECT_EQ(write(probe.control.fd(), &request, 1), 1);
  return probe;
}

const Error kCause{Code::kCorrupt, "broke its table", "process-probe", {}};

TEST(WhyItEnded, OneThatWaitsForSomebodyElseIsNotWaitedFor) {
  SealedProcess probe = StartProbe('w');
  const pid_t pid = probe.child.pid();
  const tl::unexpected<Error> why = WhyItEnded(probe, kCause, 50);
  EXPECT_EQ(why.value().message, kCause.message) << "that it was killed here explains nothing";
  EXPECT_EQ(kill(pid, 0), -1) << "it was left behind";
}

TEST(WhyItEnded, ItsOwnExitTellsMoreThanABrokenChannel) {
  SealedProcess locked = StartProbe('A');
  EXPECT_EQ(WhyItEnded(locked, kCause).value().code, Code::kSandbox);
  SealedProcess killed = StartProbe('k');
  EXPECT_NE(WhyItEnded(killed, kCause).value().message, kCause.message);
  SealedProcess well = StartProbe('0');
  EXPECT_EQ(WhyItEnded(well, kCause).value().message, kCause.message);
}

}  // namespace
}  // namespace signpost::process
