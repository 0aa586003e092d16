// Holds what the command line says, as plain values: parse.cc fills them, commands read them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/signpost/home/home.h"
#include "crypto/base/result.h"

namespace signpost::cli {

struct Options {
  // global
  std::string home;
  std::optional<Instant> at;
  std::string by;
  bool json = false;
  // by command; each reads its own
  bool rehearsal = false;
  std::string policy_file, passphrase_file, planner, key_cost;
  std::vector<std::string> approvers;  // VKEY-FILE or VKEY-FILE=ROLE
  uint16_t gateway_port = 0;
  std::vector<std::string> files;
  std::string case_ref, region, format;
  std::string message_file, gateway, basis, dpia, key_file;
  std::vector<std::string> key_files;
  std::optional<uint32_t> limit;
  std::vector<std::string> batches;
  std::string out, import_file, name;
  std::vector<std::string> import_files;
  bool withdraw = false, public_only = false, explain = false;
  uint64_t entry = 0;
};

using Command = Result<void> (*)(const Options&);

// One function a command; each in a file of its name.
Result<void> RunInit(const Options& options);
Result<void> RunImport(const Options& options);
Result<void> RunExplain(const Options& options);  // import --explain
Result<void> RunFormats(const Options& options);
Result<void> RunPlan(const Options& options);
Result<void> RunShow(const Options& options);
Result<void> RunApprove(const Options& options);
Result<void> RunSign(const Options& options);
Result<void> RunDispatch(const Options& options);
Result<void> RunCancel(const Options& options);
Result<void> RunOptOutAdd(const Options& options);
Result<void> RunProtectAdd(const Options& options);
Result<void> RunSweep(const Options& options);
Result<void> RunStatus(const Options& options);
Result<void> RunDoctor(const Options& options);
Result<void> RunPolicyCheck(const Options& options);
Result<void> RunPolicyStatement(const Options& options);
Result<void> RunPolicyApply(const Options& options);
Result<void> RunLedgerCheckpoint(const Options& options);
Result<void> RunLedgerProve(const Options& options);
Result<void> RunLedgerPublish(const Options& options);
Result<void> RunKeysNewApprover(const Options& options);
Result<void> RunKeysList(const Options& options);

struct Parsed {
  Command command = nullptr;  // null: --help or --version was printed, or the usage was wrong
  Options options;
  int exit_code = 0;  // when command is null
};
Parsed ParseCommandLine(int argc, char** argv);

}  // namespace signpost::cli
