// What doctor says of machines that it is shown, of this one, and of a home.
#include "core/signpost/doctor/doctor.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "core/signpost/init/create_home.h"
#include "crypto/base/file.h"

namespace signpost::doctor {
namespace {

namespace fs = std::filesystem;
using Level = Finding::Level;

const Finding& Named(const std::vector<Finding>& findings, const std::string& name) {
  static const Finding kNone{Level::kOk, "none", "none", "", ""};
  for (const Finding& finding : findings) {
    if (finding.name == name) return finding;
  }
  ADD_FAILURE() << "nothing is said of " << name;
  return kNone;
}

class Doctor : public ::testing::Test {
 protected:
  void SetUp() override {
    root_ = fs::temp_directory_path() / ("signpost-doctor-" + std::to_string(getpid()));
    fs::remove_all(root_);
    kernel_ = {root_ / "proc", root_ / "sys"};
    Write("proc/swaps", std::string(kHeading));
    Write("proc/sys/kernel/core_pattern", "core\n");
    Write("proc/sys/kernel/seccomp/actions_avail", "kill_process kill_thread trap errno allow\n");
    Write("proc/sys/kernel/yama/ptrace_scope", "1\n");
  }
  void TearDown() override { fs::remove_all(root_); }

  void Write(const std::string& path, const std::string& text) {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }
  void SwapOn(const std::string& path, const char* kind = "partition") {
    std::ofstream(root_ / "proc/swaps", std::ios::app) << path << " " << kind << " 1000 0 -2\n";
  }
  Finding Says(const std::string& name) { return Named(CheckMachine(kernel_), name); }

  static constexpr std::string_view kHeading = "Filename Type Size Used Priority\n";
  fs::path root_;
  KernelFiles kernel_;
};

TEST_F(Doctor, MachineWithoutFaultsHasNone) {
  for (const char* name : {"seccomp", "swap", "cores", "tracing"}) {
    EXPECT_EQ(Says(name).level, Level::kOk) << name;
    EXPECT_TRUE(Says(name).fix.empty()) << name;
  }
}

TEST_F(Doctor, SwapInTheClearIsNoticed) {
  SwapOn("/dev/sda5");
  EXPECT_EQ(Says("swap").level, Level::kWarn);
  EXPECT_NE(Says("swap").what.find("/dev/sda5"), std::string::npos);
  EXPECT_FALSE(Says("swap").fix.empty());
}

TEST_F(Doctor, SwapInAFileIsInTheClear) {
  SwapOn("/swapfile", "file");
  EXPECT_EQ(Says("swap").level, Level::kWarn);
}

TEST_F(Doctor, EncryptedSwapIsNotInTheClear) {
  SwapOn("/dev/dm-0");
  Write("sys/class/block/dm-0/dm/uuid", "CRYPT-PLAIN-swap\n");
  EXPECT_EQ(Says("swap").level, Level::kOk);
}

TEST_F(Doctor, SwapOnAVolumeIsAsClearAsWhatLiesBelow) {
  SwapOn("/dev/dm-1");
  Write("sys/class/block/dm-1/dm/uuid", "LVM-x\n");
  Write("sys/class/block/dm-1/slaves/dm-0/dev", "254:0\n");
  EXPECT_EQ(Says("swap").level, Level::kWarn);
  Write("sys/class/block/dm-0/dm/uuid", "CRYPT-LUKS2-x\n");
  EXPECT_EQ(Says("swap").level, Level::kOk);
  Write("sys/class/block/dm-1/slaves/sdb1/dev", "8:17\n");
  EXPECT_EQ(Says("swap").level, Level::kWarn) << "half of it is";
}

TEST_F(Doctor, CompressedMemoryIsNotSwapUnlessItIsWrittenBack) {
  SwapOn("/dev/zram0");
  EXPECT_EQ(Says("swap").level, Level::kOk);
  Write("sys/class/block/zram0/backing_dev", "none\n");
  EXPECT_EQ(Says("swap").level, Level::kOk);
  Write("sys/class/block/zram0/backing_dev", "/dev/sdb2\n");
  EXPECT_EQ(Says("swap").level, Level::kWarn);
}

TEST_F(Doctor, CollectorOfCoresIsNoticed) {
  Write("proc/sys/kernel/core_pattern", "|/usr/share/apport/apport %p\n");
  EXPECT_EQ(Says("cores").level, Level::kWarn);
}

TEST_F(Doctor, KernelWithoutAFilterThatKillsLacksSomethingRequired) {
  Write("proc/sys/kernel/seccomp/actions_avail", "kill_thread trap\n");
  EXPECT_EQ(Says("seccomp").level, Level::kMissing);
  fs::remove(root_ / "proc/sys/kernel/seccomp/actions_avail");
  EXPECT_EQ(Says("seccomp").level, Level::kMissing);
}

TEST_F(Doctor, ProcessesThatMayTraceEachOtherAreNoticed) {
  Write("proc/sys/kernel/yama/ptrace_scope", "0\n");
  EXPECT_EQ(Says("tracing").level, Level::kWarn);
}

TEST_F(Doctor, EachSealedProcessLocksItselfDownHere) {
  const std::vector<Finding> findings = CheckProcesses();
  for (const char* name :
       {"signpost-reader", "signpost-sealer", "signpost-opener", "signpost-sender"}) {
    EXPECT_EQ(Named(findings, name).level, Level::kOk) << Named(findings, name).what;
    EXPECT_NE(Named(findings, name).what.find("as seen from outside"), std::string::npos);
  }
}

class DoctorOfAHome : public ::testing::Test {
 protected:
  void SetUp() override {
    root_ = fs::temp_directory_path() / ("signpost-doctor-home-" + std::to_string(getpid()));
    fs::remove_all(root_);
    fs::create_directory(root_);
    umask(0077);
    init::NewHome request;
    request.path = root_ / "home";
    request.mode = Mode::kRehearsal;
    request.policy_text = ReadFile(SIGNPOST_SOURCE_DIR "/policy/rehearsal.toml").value();
    const note::NoteSigner one = note::NoteSigner::Generate("one").value();
    const note::NoteSigner two = note::NoteSigner::Generate("two").value();
    request.approvers = {{"one", "", one.verifier().Text()}, {"two", "", two.verifier().Text()}};
    request.planner = "planner";
    request.cost = init::KeyCost::kMinimal;
    request.by = options_.by = "tester";
    request.clock = Clock::StandingAt(kNow);
    options_.clock = request.clock;
    options_.path = request.path;
    const auto created = init::CreateHome(request);
    ASSERT_TRUE(created.has_value()) << created.error().message;
  }
  void TearDown() override { fs::remove_all(root_); }
  Finding Says(const std::string& name) { return Named(CheckHome(options_), name); }
  std::string In(const std::string& name) const { return options_.path + "/" + name; }

  static constexpr Instant kNow{1795428000};  // 2026-11-23T10:00:00Z
  fs::path root_;
  home::HomeOptions options_;
};

TEST_F(DoctorOfAHome, NewHomeHasNoFault) {
  for (const Finding& finding : CheckHome(options_)) {
    if (finding.name == "space") continue;
    EXPECT_EQ(finding.level, Level::kOk) << finding.what;
  }
}

TEST_F(DoctorOfAHome, HomeThatOthersMayReadLacksSomethingRequired) {
  ASSERT_EQ(chmod(options_.path.c_str(), 0755), 0);
  EXPECT_EQ(Says("permissions").level, Level::kMissing);
}

TEST_F(DoctorOfAHome, FileThatOthersCouldReadIsNoticed) {
  ASSERT_EQ(chmod(In("keys/ledger.key").c_str(), 0644), 0);
  EXPECT_EQ(Says("permissions").level, Level::kWarn);
}

TEST_F(DoctorOfAHome, LostOrCutOpenerStateIsNoticed) {
  fs::resize_file(In("keys/live/opener.state"), 100);
  EXPECT_EQ(Says("opener-state").level, Level::kMissing);
  fs::remove(In("keys/live/opener.state"));
  EXPECT_EQ(Says("opener-state").level, Level::kMissing);
}

TEST_F(DoctorOfAHome, PassphraseFileIsLookedAt) {
  ASSERT_EQ(chmod(In("keys/rehearsal-passphrase").c_str(), 0640), 0);
  EXPECT_EQ(Says("passphrase").level, Level::kWarn);
  fs::remove(In("keys/rehearsal-passphrase"));
  EXPECT_EQ(Says("passphrase").level, Level::kMissing);
}

TEST_F(DoctorOfAHome, ClockBehindTheLedgerIsNoticed) {
  options_.clock = Clock::StandingAt(kNow + -86400);
  EXPECT_EQ(Says("ledger-time").level, Level::kMissing);
}

TEST_F(DoctorOfAHome, FolderThatIsNoHomeIsAFindingAndNoError) {
  fs::remove_all(options_.path);
  EXPECT_EQ(Says("home").level, Level::kMissing);
  EXPECT_EQ(Says("permissions").level, Level::kMissing);
}

}  // namespace
}  // namespace signpost::doctor
