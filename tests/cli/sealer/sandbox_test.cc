// What the process itself looks like while it works.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/core/sealer/harness.h"

namespace signpost::test {
namespace {

std::string Field(pid_t pid, const std::string& name) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name + ":")) return line.substr(name.size() + 2);
  }
  return {};
}

TEST(SealerProcess, IsLockedDownBeforeItsFirstByte) {
  wire::SocketPair control = wire::MakeSocketPair().value();
  wire::SocketPair numbers = wire::MakeSocketPair().value();
  process::ChildFds fds;
  fds.Put(wire::kControlFd, std::move(control.theirs));
  fds.Put(wire::sealer::kNumbersFd, std::move(numbers.theirs));
  fds.Put(wire::sealer::kPassphraseFd, PipeWith(kPassphrase));
  process::Child child = process::Spawn("signpost-sealer", std::move(fds)).value();
  // It waits for kStart. Until then nothing has been sent to it.
  std::string seccomp;
  for (int i = 0; i < 6000 && seccomp != "2"; ++i) {
    usleep(10000);
    seccomp = Field(child.pid(), "Seccomp");
  }
  EXPECT_EQ(seccomp, "2") << "no system call filter";
  EXPECT_EQ(Field(child.pid(), "NoNewPrivs"), "1");
  std::ifstream environment("/proc/" + std::to_string(child.pid()) + "/environ");
  const std::string text((std::istreambuf_iterator<char>(environment)), {});
  EXPECT_TRUE(text.empty());
  std::vector<std::string> open;
  const std::string folder = "/proc/" + std::to_string(child.pid()) + "/fd";
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    open.push_back(entry.path().filename());
  }
  if (!error) {  // not dumpable: only root may look
    std::ranges::sort(open);
    EXPECT_EQ(open, (std::vector<std::string>{"3", "4", "5"}));
  }
  control.ours = OwnedFd();
  EXPECT_FALSE(child.Wait().has_value()) << "no job, no success";
}

}  // namespace
}  // namespace signpost::test
