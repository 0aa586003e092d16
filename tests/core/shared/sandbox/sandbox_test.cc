// A process that locked itself down tries what it must not be able to do. In a sanitizer build
// seccomp lets its runtime's calls through, so there an attempt may be answered by Landlock
// instead.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/landlock.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "crypto/base/fd.h"
#include "crypto/base/file.h"
#include "tests/core/shared/sandbox/prober.h"
#include "tests/sanitized.h"

namespace signpost::sandbox {
namespace {

namespace fs = std::filesystem;
using test::Attempt;

const std::string kBin = SIGNPOST_BIN_DIR;

struct Prober {
  pid_t pid = -1;
  OwnedFd request;
  int Wait() {
    int status = 0;
    EXPECT_EQ(waitpid(pid, &status, 0), pid);
    return status;
  }
};

// By hand, not with core/signpost/process: what a careless starter would leave open must be closed,
// too.
Prober Start(Attempt attempt) {
  int ends[2];
  EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  fs::path file = fs::temp_directory_path() / ("signpost-prober-" + std::to_string(getpid()));
  const pid_t pid = fork();
  if (pid == 0) {
    const int high[4] = {fcntl(ends[1], F_DUPFD, 100),
                         fcntl(open(file.c_str(), O_RDWR | O_CREAT, 0600), F_DUPFD, 100),
                         fcntl(socket(AF_UNIX, SOCK_STREAM, 0), F_DUPFD, 100),
                         fcntl(open("/dev/zero", O_RDONLY), F_DUPFD, 100)};
    dup2(high[0], test::kRequestFd);
    dup2(high[1], test::kFileFd);
    dup2(high[2], test::kSocketFd);
    dup2(high[3], test::kUndeclaredFd);
    const std::string path = kBin + "/sandbox-prober";
    execl(path.c_str(), "sandbox-prober", nullptr);
    _exit(127);
  }
  close(ends[1]);
  Prober prober{pid, OwnedFd(ends[0])};
  const char byte = static_cast<char>(attempt);
  EXPECT_EQ(write(prober.request.get(), &byte, 1), 1);
  return prober;
}

std::string Say(int status) {
  if (WIFSIGNALED(status)) return "signal " + std::to_string(WTERMSIG(status));
  return "exit " + std::to_string(WEXITSTATUS(status));
}

bool KilledByFilter(int status) { return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS; }
bool Refused(int status) { return WIFEXITED(status) && WEXITSTATUS(status) == test::kRefused; }

class Sandbox : public ::testing::Test {
 protected:
  void SetUp() override {
    if (syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION) < 1) {
      GTEST_SKIP() << "this kernel has no Landlock";
    }
  }
  void TearDown() override {
    fs::remove(fs::temp_directory_path() / ("signpost-prober-" + std::to_string(getpid())));
  }
  static int Run(Attempt attempt) { return Start(attempt).Wait(); }
  static void ExpectKilled(Attempt attempt) {
    const int status = Run(attempt);
    EXPECT_TRUE(KilledByFilter(status) || (kSanitized && Refused(status))) << Say(status);
  }
};

TEST_F(Sandbox, ProcessThatDoesNothingWrongWorks) {
  EXPECT_EQ(Say(Run(Attempt::kNothing)), "exit 0");
}

TEST_F(Sandbox, CannotOpenAFile) { ExpectKilled(Attempt::kOpenRead); }

TEST_F(Sandbox, CannotMakeAFile) {
  ExpectKilled(Attempt::kOpenNew);
  EXPECT_FALSE(fs::exists("/tmp/signpost-prober"));
}

TEST_F(Sandbox, CannotMakeASocket) { EXPECT_TRUE(KilledByFilter(Run(Attempt::kSocket))); }
TEST_F(Sandbox, CannotConnectASocketThatItHas) {
  EXPECT_TRUE(KilledByFilter(Run(Attempt::kConnect)));
}
TEST_F(Sandbox, CannotExecute) { EXPECT_TRUE(KilledByFilter(Run(Attempt::kExec))); }
TEST_F(Sandbox, CannotFork) {
  if (kSanitized)
    GTEST_SUCCEED() << "the runtime's own stack unwinder clones";
  else
    EXPECT_TRUE(KilledByFilter(Run(Attempt::kFork)));
}
TEST_F(Sandbox, CannotUnshare) { EXPECT_TRUE(KilledByFilter(Run(Attempt::kUnshare))); }
TEST_F(Sandbox, CannotTrace) { EXPECT_TRUE(KilledByFilter(Run(Attempt::kPtrace))); }
TEST_F(Sandbox, CannotSignalItsParent) { EXPECT_TRUE(KilledByFilter(Run(Attempt::kKillParent))); }

TEST_F(Sandbox, InheritedDescriptorsAreClosed) {
  EXPECT_EQ(Say(Run(Attempt::kReadUndeclared)), "exit 40");
  EXPECT_EQ(Say(Run(Attempt::kReadStdin)), "exit 40");
}

TEST_F(Sandbox, CannotWriteIntoAFileThatItHas) {
  const int status = Run(Attempt::kWriteFile);
  EXPECT_TRUE(Refused(status) || (WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ))
      << Say(status);
  EXPECT_EQ(
      fs::file_size(fs::temp_directory_path() / ("signpost-prober-" + std::to_string(getpid()))),
      0u);
}

TEST_F(Sandbox, CannotHaveExecutableMemory) {
  EXPECT_TRUE(KilledByFilter(Run(Attempt::kExecutableMemory)));
  EXPECT_TRUE(KilledByFilter(Run(Attempt::kMakeExecutable)));
}

TEST_F(Sandbox, CannotMapAFileThatItHas) { EXPECT_TRUE(KilledByFilter(Run(Attempt::kMapFile))); }

TEST_F(Sandbox, EnvironmentDumpsAndLimitsAreGone) {
  ASSERT_EQ(setenv("SIGNPOST_PROBE", "inherited", 1), 0);
  EXPECT_EQ(Say(Run(Attempt::kReadEnvironment)), "exit 0");
}

// The second wall stands without the first.
TEST_F(Sandbox, LandlockAloneRefusesEveryPath) {
  { std::ofstream("/tmp/signpost-prober-there") << "x"; }
  EXPECT_EQ(Say(Run(Attempt::kPathsUnderLandlock)), "exit 40");
  EXPECT_TRUE(fs::exists("/tmp/signpost-prober-there"));
  EXPECT_FALSE(fs::exists("/tmp/signpost-prober-d"));
  EXPECT_FALSE(fs::exists("/tmp/signpost-prober"));
  fs::remove("/tmp/signpost-prober-there");
}

long LandlockAbi() {
  return syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

TEST_F(Sandbox, LandlockAloneRefusesTheNetworkWhereItCan) {
  if (LandlockAbi() < 4) GTEST_SKIP() << "this kernel's Landlock has no network rights";
  EXPECT_EQ(Say(Run(Attempt::kNetworkUnderLandlock)), "exit 40");
}

TEST_F(Sandbox, LandlockAloneRefusesSignalsWhereItCan) {
  if (LandlockAbi() < 6) GTEST_SKIP() << "this kernel's Landlock has no scopes";
  EXPECT_EQ(Say(Run(Attempt::kSignalUnderLandlock)), "exit 40");
}

TEST_F(Sandbox, KernelSaysTheSameFromOutside) {
  Prober prober = Start(Attempt::kWait);
  char answer = 0;
  ASSERT_EQ(read(prober.request.get(), &answer, 1), 1);
  ASSERT_EQ(answer, '!');
  const std::string proc = "/proc/" + std::to_string(prober.pid);
  const std::string status = ReadFile(proc + "/status").value();
  EXPECT_NE(status.find("NoNewPrivs:\t1\n"), std::string::npos);
  EXPECT_NE(status.find("Seccomp:\t2\n"), std::string::npos);
  const std::string limits = ReadFile(proc + "/limits").value();
  EXPECT_NE(limits.find("Max core file size        0                    0"), std::string::npos);
  prober.request = OwnedFd();
  EXPECT_EQ(Say(prober.Wait()), "exit 0");
}

// In two pieces, so that this test does not bear it itself.
const std::string kMarker = std::string("signpost-sandbox:") + "sanitizer-system-calls-allowed";
constexpr const char* kSealed[] = {"signpost-reader", "signpost-sealer", "signpost-opener",
                                   "signpost-sender"};

bool HasWiderList(const std::string& path) {
  const Result<std::string> content = ReadFile(path, 512u << 20);
  EXPECT_TRUE(content) << path;
  return !content || content->find(kMarker) != std::string::npos;
}

// The binaries that a site installs: tests/attacks/wider_list.py.
TEST(SandboxBinaries, WiderListIsInSanitizerBuildsOnly) {
  for (const char* binary : kSealed) {
    EXPECT_EQ(HasWiderList(kBin + "/" + binary), kSanitized) << binary;
  }
}

}  // namespace
}  // namespace signpost::sandbox
