// signpost-verify HOME|DIR [--key VKEY] [--since CHECKPOINT-FILE] [--at TIME] [--json]
//
// Exit codes: 0 nothing is broken (which is not: everything is proved), 2 the command line is
// wrong, 3 the evidence cannot be read, 4 something is broken.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <optional>
#include <string>

#include "core/verifier/verify.h"
#include "crypto/base/file.h"

namespace signpost::cli {
namespace {

constexpr int kExitUsage = 2;
constexpr int kExitUnreadable = 3;
constexpr int kExitBroken = 4;

struct Options {
  std::string dir;
  // Optional, so that an empty one (a shell variable that was not set) is not taken for none.
  std::optional<std::string> key;
  std::optional<std::string> since_file;
  std::optional<std::string> at;
  bool json = false;
};

// Whatever keeps the evidence from being read, it is the same to who asked.
int Stop(const Error& error) {
  std::fputs(ErrorText("signpost-verify", error).c_str(), stderr);
  return error.code == Code::kUsage ? kExitUsage : kExitUnreadable;
}

Result<verifier::Report> Run(const Options& options) {
  verifier::VerifyOptions verify;
  if (options.key) {
    if (options.key->empty()) return Fail(Code::kUsage, "is empty", "--key");
    verify.key = *options.key;
  }
  verify.now = Clock().Now();
  if (options.since_file) {
    TRY_ASSIGN(verify.since, ReadFile(*options.since_file, 1u << 20));
  }
  ledger::Evidence evidence;
  std::optional<verifier::HomeContents> home;
  if (verifier::IsHome(options.dir)) {
    const verifier::HomeLock lock = verifier::LockHome(options.dir);
    TRY_ASSIGN(evidence, verifier::ReadEvidenceHome(options.dir));
    TRY_ASSIGN(home, verifier::ReadHomeContents(options.dir, lock));
  } else {
    TRY_ASSIGN(evidence, ledger::ReadEvidenceFolder(options.dir));
  }
  if (options.at) {
    const auto at = Instant::Parse(*options.at);
    if (!at) return Fail(Code::kUsage, "not a time (2026-11-23T10:00:00Z)", "--at");
    if (!verifier::IsRehearsal(evidence)) {
      return Fail(Code::kUsage, "a live ledger is judged by the clock", "--at");
    }
    verify.now = *at;
  }
  return verifier::Verify(evidence, home ? &*home : nullptr, verify);
}

int Main(int argc, char** argv) {
  Options options;
  CLI::App app{
      "Checks the five promises from evidence: a home, or a published folder. Holds no key "
      "and sees no number."};
  app.name("signpost-verify");
  app.add_option("evidence", options.dir, "a home, or a folder of ledger publish")->required();
  app.add_option("--key", options.key, "the ledger's verifier key, from somewhere else");
  app.add_option("--since", options.since_file, "a checkpoint that you kept: must be extended");
  app.add_option("--at", options.at, "rehearsals: judge as of this time");
  app.add_flag("--json", options.json, "one JSON object");
  app.footer("exit codes: 0 nothing is broken, 2 usage, 3 evidence cannot be read, 4 broken");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : kExitUsage;
  }
  const Result<verifier::Report> report = Run(options);
  if (!report) return Stop(report.error());
  std::fputs((options.json ? verifier::ReportJson(*report) : verifier::ReportText(*report)).c_str(),
             stdout);
  if (std::fflush(stdout) != 0) return Stop(Error{Code::kStorage, "cannot write", "stdout", ""});
  return report->AnyBroken() ? kExitBroken : 0;
}

}  // namespace
}  // namespace signpost::cli

int main(int argc, char** argv) { return signpost::cli::Main(argc, argv); }
