// The binary on a folder, as an auditor runs it.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <filesystem>

#include "crypto/base/file.h"
#include "tests/core/verifier/synthetic_ledger.h"

namespace signpost::cli {
namespace {

namespace fs = std::filesystem;
using test::SyntheticLedger;

struct Outcome {
  int exit_code = -1;
  std::string output;  // stdout, or both when asked
};

Outcome SignpostVerify(const std::string& arguments) {
  const std::string command =
      std::string(SIGNPOST_BIN_DIR) + "/signpost-verify " + arguments + " 2>&1";
  FILE* pipe = popen(command.c_str(), "r");
  Outcome outcome;
  std::array<char, 4096> block;
  size_t got;
  while ((got = fread(block.data(), 1, block.size(), pipe)) > 0) {
    outcome.output.append(block.data(), got);
  }
  const int status = pclose(pipe);
  outcome.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return outcome;
}

class VerifyCli : public ::testing::Test {
 protected:
  VerifyCli()
      : ledger_(SyntheticLedger::Orderly()),
        dir_((fs::temp_directory_path() / ("signpost-verify-" + RecordId::Random().Hex()))
                 .string()) {}
  ~VerifyCli() override { fs::remove_all(dir_); }
  void Publish() { ASSERT_TRUE(ledger::WriteEvidence(dir_, ledger_.Sign(), true)); }
  static void ExpectHas(const Outcome& outcome, const std::string& text) {
    EXPECT_NE(outcome.output.find(text), std::string::npos) << text << "\n" << outcome.output;
  }

  SyntheticLedger ledger_;
  std::string dir_;
};

TEST_F(VerifyCli, PrintsTheFivePromisesOneByOne) {
  Publish();
  const Outcome outcome = SignpostVerify(dir_ + " --key '" + ledger_.key() + "'");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  ExpectHas(outcome, "  Tree            held\n");
  ExpectHas(outcome, "  Signatures      held\n");
  ExpectHas(outcome, "  Witness         not witnessed (witnesses come later)\n");
  ExpectHas(outcome, "\n1 Once            held\n");
  ExpectHas(outcome, "\n2 Not kept        held\n");
  ExpectHas(outcome, "\n3 Not readable    not provable from this\n");
  ExpectHas(outcome, "\n4 Stoppable       not provable from this\n");
  ExpectHas(outcome, "\n5 As approved     held\n");
}

TEST_F(VerifyCli, SomethingBrokenExitsWithFour) {
  ledger_.OpenWithoutApproval();
  Publish();
  const Outcome outcome = SignpostVerify(dir_);
  EXPECT_EQ(outcome.exit_code, 4) << outcome.output;
  ExpectHas(outcome, "\n5 As approved     broken\n");
  ExpectHas(outcome, "broken        entry 6: opened although: not-approved");
}

TEST_F(VerifyCli, JsonSaysTheSame) {
  Publish();
  const Outcome good = SignpostVerify(dir_ + " --json");
  EXPECT_EQ(good.exit_code, 0);
  ExpectHas(good, "\"broken\":false");
  ExpectHas(good, "{\"name\":\"as-approved\",\"verdict\":\"held\"");
  EXPECT_EQ(good.output.back(), '\n');
  std::string bundle = ReadFile(dir_ + "/tile/entries/000.p/56").value_or("");
  for (const auto& file : fs::recursive_directory_iterator(dir_ + "/tile/entries")) {
    if (!file.is_regular_file()) continue;
    bundle = ReadFile(file.path()).value();
    bundle[bundle.find("tester")] = 'f';
    ASSERT_TRUE(WriteFileAtomic(file.path(), bundle));
  }
  const Outcome bad = SignpostVerify(dir_ + " --json");
  EXPECT_EQ(bad.exit_code, 4);
  ExpectHas(bad, "\"broken\":true");
  ExpectHas(bad, "{\"name\":\"tree\",\"verdict\":\"broken\"");
}

TEST_F(VerifyCli, SinceMustBeExtended) {
  Publish();
  ASSERT_TRUE(WriteFileAtomic(dir_ + "-kept", ledger_.Sign().checkpoint));
  EXPECT_EQ(SignpostVerify(dir_ + " --since " + dir_ + "-kept").exit_code, 0);
  fs::remove_all(dir_);
  ledger_.CutAfter(20);
  Publish();
  const Outcome rewound = SignpostVerify(dir_ + " --since " + dir_ + "-kept");
  EXPECT_EQ(rewound.exit_code, 4);
  ExpectHas(rewound, "rewound");
  fs::remove(dir_ + "-kept");
}

TEST_F(VerifyCli, UsageExitsWithTwo) {
  EXPECT_EQ(SignpostVerify("").exit_code, 2);
  EXPECT_EQ(SignpostVerify("--nonsense").exit_code, 2);
  Publish();
  EXPECT_EQ(SignpostVerify(dir_ + " --key nonsense").exit_code, 2);
  EXPECT_EQ(SignpostVerify(dir_ + " --key ''").exit_code, 2);
  EXPECT_EQ(SignpostVerify(dir_ + " --at yesterday").exit_code, 2);
  EXPECT_EQ(SignpostVerify("--help").exit_code, 0);
}

TEST_F(VerifyCli, ALiveLedgerIsJudgedByTheClock) {
  ledger_.BodyAt<ledger::HomeCreated>(0).mode = Mode::kLive;
  Publish();
  EXPECT_EQ(SignpostVerify(dir_ + " --at 2027-01-01T00:00:00Z").exit_code, 2);
}

TEST_F(VerifyCli, UnreadableEvidenceExitsWithThree) {
  const Outcome outcome = SignpostVerify(dir_);
  EXPECT_EQ(outcome.exit_code, 3);
  ExpectHas(outcome, "signpost-verify: ");
  Publish();
  EXPECT_EQ(SignpostVerify(dir_ + " --since /nowhere").exit_code, 3);
  EXPECT_EQ(SignpostVerify(dir_ + " --since " + dir_ + "/tile/0").exit_code, 3);
  ASSERT_TRUE(WriteFileAtomic(dir_ + "/empty", ""));
  EXPECT_EQ(SignpostVerify(dir_ + " --since " + dir_ + "/empty").exit_code, 3);
  EXPECT_EQ(SignpostVerify(dir_ + " --since ''").exit_code, 3);
}

}  // namespace
}  // namespace signpost::cli
