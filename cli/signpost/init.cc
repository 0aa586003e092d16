#include <fmt/format.h>

#include "cli/signpost/options.h"
#include "cli/signpost/print.h"
#include "cli/signpost/shipped_policies.h"
#include "core/signpost/init/create_home.h"
#include "crypto/base/file.h"

namespace signpost::cli {
namespace {

Result<std::string> PolicyText(const Options& options) {
  const std::string& name = options.policy_file;
  if (name == "rehearsal" || (name.empty() && options.rehearsal)) {
    return std::string(kRehearsalPolicy);
  }
  if (name == "uk-law-enforcement" || name.empty()) return std::string(kUkLawEnforcementPolicy);
  return ReadFile(name, 1u << 20);
}

// FILE or FILE=ROLE, where FILE holds one line, a verifier key.
Result<policy::Approver> ReadApprover(const std::string& argument) {
  const size_t equals = argument.rfind('=');
  const std::string path = argument.substr(0, equals);
  TRY_ASSIGN(std::string vkey, ReadFile(path, 4096));
  while (!vkey.empty() && (vkey.back() == '\n' || vkey.back() == '\r')) vkey.pop_back();
  Result<note::NoteVerifier> key = note::NoteVerifier::Parse(vkey);
  if (!key) {
    return Fail(Code::kInput, "is not a public key", path,
                "signpost keys new-approver writes it to FILE.pub");
  }
  return policy::Approver{key->name(),
                          equals == std::string::npos ? "" : argument.substr(equals + 1), vkey};
}

init::KeyCost CostOf(const Options& options) {
  if (options.key_cost == "minimal") return init::KeyCost::kMinimal;
  if (options.key_cost == "sensitive") return init::KeyCost::kSensitive;
  if (options.key_cost == "moderate") return init::KeyCost::kModerate;
  return options.rehearsal ? init::KeyCost::kMinimal : init::KeyCost::kModerate;
}

}  // namespace

Result<void> RunInit(const Options& options) {
  init::NewHome request;
  request.path = options.home;
  while (request.path.size() > 1 && request.path.back() == '/') request.path.pop_back();
  request.mode = options.rehearsal ? Mode::kRehearsal : Mode::kLive;
  TRY_ASSIGN(request.policy_text, PolicyText(options));
  for (const std::string& argument : options.approvers) {
    TRY_ASSIGN(policy::Approver approver, ReadApprover(argument));
    request.approvers.push_back(std::move(approver));
  }
  request.planner = options.planner.empty() ? options.by : options.planner;
  request.passphrase_file = options.passphrase_file;
  request.cost = CostOf(options);
  request.by = options.by;
  if (options.at) request.clock = Clock::StartingAt(*options.at);
  if (options.gateway_port != 0 && !options.rehearsal) {
    return Fail(Code::kUsage, "--gateway-port is for rehearsals", {},
                "a live home's gateways are written into signpost.toml");
  }
  request.rehearsal_gateway_port = options.gateway_port;
  TRY_ASSIGN(const init::CreatedHome created, init::CreateHome(request));
  if (options.json) {
    Json json;
    json.Set("home", request.path).Set("mode", ModeName(request.mode));
    json.Set("origin", created.origin).Set("ledger_key", created.ledger_vkey);
    json.Set("planner_key", created.planner_vkey).Set("policy", ToHex(created.policy_hash));
    Out(json.Text() + "\n");
    return {};
  }
  Out(
      fmt::format("home         {}\nmode         {}\npolicy       {}\nplanner      {}\n"
                  "ledger key   {}\n",
                  request.path, ModeName(request.mode), ToHex(created.policy_hash), request.planner,
                  created.ledger_vkey));
  Say("Give the ledger key to your auditor: signpost-verify --key checks against it.");
  return {};
}

}  // namespace signpost::cli
