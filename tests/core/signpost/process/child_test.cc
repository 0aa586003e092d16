#include "core/signpost/process/child.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <set>

#include "core/shared/wire/channel.h"
#include "core/signpost/process/lock_step_text.h"

namespace signpost::process {
namespace {

struct Probe {
  Child child;
  OwnedFd control;
  std::string Answer() {
    char text[4096];
    const ssize_t n = read(control.get(), text, sizeof text);
    return {text, n > 0 ? static_cast<size_t>(n) : 0};
  }
};

Probe Start(char request, ChildFds fds = {}) {
  wire::SocketPair pair = wire::MakeSocketPair().value();
  fds.Put(wire::kControlFd, std::move(pair.theirs));
  Child child = Spawn("process-probe", std::move(fds)).value();
  EXPECT_EQ(write(pair.ours.get(), &request, 1), 1);
  return Probe{std::move(child), std::move(pair.ours)};
}

TEST(Process, ExitWithZeroIsSuccess) { EXPECT_TRUE(Start('0').child.Wait().has_value()); }

TEST(Process, OtherExitCodesAreErrorsWithTheCode) {
  const auto ended = Start('5').child.Wait();
  ASSERT_FALSE(ended.has_value());
  EXPECT_EQ(ended.error().code, Code::kInternal);
  EXPECT_EQ(ended.error().message, "exited with code 5");
  EXPECT_EQ(ended.error().place, "process-probe");
}

TEST(Process, FailedLockDownIsToldApart) {
  for (int step = 0; step < static_cast<int>(wire::LockStep::kSteps); ++step) {
    const auto ended = Start(static_cast<char>('A' + step)).child.Wait();
    ASSERT_FALSE(ended.has_value());
    EXPECT_EQ(ended.error().code, Code::kSandbox);
    EXPECT_EQ(ended.error().message, std::string("could not lock itself down: ") +
                                         TextOf(static_cast<wire::LockStep>(step)).what);
    EXPECT_FALSE(ended.error().hint.empty());
  }
}

TEST(Process, EachStepOfTheLockDownHasWordsOfItsOwn) {
  std::set<std::string> names, whats;
  for (int step = 0; step < static_cast<int>(wire::LockStep::kSteps); ++step) {
    const LockStepText& text = TextOf(static_cast<wire::LockStep>(step));
    ASSERT_NE(text.name, nullptr);
    EXPECT_TRUE(names.insert(text.name).second);
    EXPECT_TRUE(whats.insert(text.what).second);
  }
  EXPECT_EQ(LockStepOf(wire::kLockStepExit - 1), std::nullopt);
  EXPECT_EQ(LockStepOf(wire::kLockStepExit + static_cast<int>(wire::LockStep::kSteps)),
            std::nullopt);
}

TEST(Process, SignalIsAnErrorWithItsNumber) {
  const auto ended = Start('k').child.Wait();
  ASSERT_FALSE(ended.has_value());
  EXPECT_EQ(ended.error().message, "was ended by signal " + std::to_string(SIGUSR1));
}

TEST(Process, MissingBinaryIsSaidToBeMissing) {
  Child child = Spawn("signpost-nowhere", {}).value();
  const auto ended = child.Wait();
  ASSERT_FALSE(ended.has_value());
  EXPECT_EQ(ended.error().code, Code::kNotFound);
}

TEST(Process, WaitingTwiceIsAnError) {
  Probe probe = Start('0');
  ASSERT_TRUE(probe.child.Wait().has_value());
  EXPECT_FALSE(probe.child.Wait().has_value());
}

TEST(Process, NothingButItsDescriptorsIsInherited) {
  const OwnedFd careless(fcntl(1, F_DUPFD, 40));  // not close-on-exec
  const OwnedFd high(fcntl(1, F_DUPFD, 700));
  Probe probe = Start('d');
  EXPECT_EQ(probe.Answer(), "0n 1n 2n 3 ");
}

TEST(Process, DescriptorsComeAsTheyAreNamedAndWhatIsNotPutIsNull) {
  ChildFds fds;
  fds.Put(5, OwnedFd(open("/dev/zero", O_RDONLY | O_CLOEXEC)));
  Probe probe = Start('d', std::move(fds));
  EXPECT_EQ(probe.Answer(), "0n 1n 2n 3 4n 5 ");
}

TEST(Process, SwappedDescriptorsDoNotOverwriteEachOther) {
  // Sources that lie on each other's targets: 4 is wanted at 5, 5 at 4.
  const OwnedFd zero(open("/dev/zero", O_RDONLY | O_CLOEXEC));
  const OwnedFd null(open("/dev/null", O_RDONLY | O_CLOEXEC));
  dup2(zero.get(), 50);
  dup2(null.get(), 51);
  wire::SocketPair pair = wire::MakeSocketPair().value();
  ChildFds fds;
  fds.Put(3, std::move(pair.theirs));
  fds.Put(4, OwnedFd(51));
  fds.Put(5, OwnedFd(50));
  Probe probe{Spawn("process-probe", std::move(fds)).value(), std::move(pair.ours)};
  ASSERT_EQ(write(probe.control.get(), "d", 1), 1);
  EXPECT_EQ(probe.Answer(), "0n 1n 2n 3 4n 5 ");
}

TEST(Process, NoArgumentsAndNoEnvironment) {
  ASSERT_EQ(setenv("SIGNPOST_PROBE", "inherited", 1), 0);
  Probe probe = Start('e');
  EXPECT_EQ(probe.Answer(), "argc 1 env 0 name process-probe");
}

TEST(Process, SignalsOfTheParentAreNotInherited) {
  sigset_t term, old;
  sigemptyset(&term);
  sigaddset(&term, SIGTERM);
  ASSERT_EQ(sigprocmask(SIG_BLOCK, &term, &old), 0);
  auto* before = signal(SIGPIPE, SIG_IGN);
  Probe probe = Start('s');
  signal(SIGPIPE, before);
  sigprocmask(SIG_SETMASK, &old, nullptr);
  EXPECT_EQ(probe.Answer(), "own session free default");
}

TEST(Process, DroppedChildIsKilledAndReaped) {
  pid_t pid = -1;
  {
    Probe probe = Start('w');
    pid = probe.child.pid();
    ASSERT_EQ(kill(pid, 0), 0);
  }
  EXPECT_EQ(kill(pid, 0), -1) << "no such process, and no zombie";
}

TEST(Process, ChildThatDoesNotEndIsKilledAndIsAnError) {
  Probe probe = Start('w');
  const pid_t pid = probe.child.pid();
  const auto ended = probe.child.Wait(50);
  ASSERT_FALSE(ended.has_value());
  EXPECT_EQ(ended.error().code, Code::kInternal);
  EXPECT_EQ(kill(pid, 0), -1);
}

TEST(Process, MovedChildIsWaitedForOnce) {
  Probe probe = Start('0');
  Child moved(std::move(probe.child));
  EXPECT_FALSE(probe.child.Wait().has_value());
  EXPECT_TRUE(moved.Wait().has_value());
}

}  // namespace
}  // namespace signpost::process
