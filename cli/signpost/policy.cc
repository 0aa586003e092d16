#include <fmt/format.h>

#include "cli/signpost/open.h"
#include "cli/signpost/options.h"
#include "cli/signpost/print.h"
#include "core/shared/signatures/signing_key.h"
#include "core/signpost/hours/hours.h"
#include "core/signpost/policy_change/policy_change.h"
#include "crypto/base/file.h"
#include "policy/policy_toml.h"

namespace signpost::cli {
namespace {

// A policy that parses can still name a zone that this system lacks: then nothing could be planned
// under it, and a change of policy takes its approvals.
Result<policy::Policy> ParseUsable(const std::string& text, const std::string& path) {
  TRY_ASSIGN(policy::Policy policy, policy::ParsePolicy(text, path));
  TRY(hours::CheckZone(policy.sending.zone));
  return policy;
}

}  // namespace

Result<void> RunPolicyCheck(const Options& options) {
  const std::string& path = options.files.front();
  TRY_ASSIGN(const std::string text, ReadFile(path, 1u << 20));
  TRY_ASSIGN(const policy::Policy policy, ParseUsable(text, path));
  if (options.json) {
    Json json;
    json.Set("name", policy.name).Set("hash", ToHex(Sha256(text)));
    json.Set("approvals_needed", static_cast<uint64_t>(policy.approvals.needed));
    json.Set("sealed_number_days", static_cast<uint64_t>(policy.retention.sealed_number_days));
    Out(json.Text() + "\n");
    return {};
  }
  const policy::Retention& r = policy.retention;
  Out(fmt::format("policy       {}\nhash         {}\n", policy.name, ToHex(Sha256(text))));
  Out(fmt::format("a number     is kept sealed for {} days at most, then shredded\n",
                  r.sealed_number_days));
  Out(fmt::format("once         is remembered for {} days; opt-outs for {} days\n",
                  r.contact_token_messaged_days, r.opt_out_days));
  Out(fmt::format("sending      {:02}:{:02} to {:02}:{:02} {}, {} a second at most\n",
                  policy.sending.from_minute / 60, policy.sending.from_minute % 60,
                  policy.sending.to_minute / 60, policy.sending.to_minute % 60, policy.sending.zone,
                  policy.sending.messages_per_second));
  Out(fmt::format("approvals    {} of {} approvers, never the planner\n", policy.approvals.needed,
                  policy.approvers.size()));
  for (const policy::Key& key : policy::kKeys) {
    const std::string value = ValueText(key, policy);
    const std::string usual = ValueText(key, policy::Policy());
    if (value == usual || key.section.empty()) continue;
    Out(fmt::format("not default  {}.{} = {} (default {})\n", key.section, key.name, value, usual));
  }
  return {};
}

Result<void> RunPolicyStatement(const Options& options) {
  TRY_ASSIGN(const home::Home home, Open(options));
  const std::string& path = options.files.front();
  TRY_ASSIGN(const std::string text, ReadFile(path, 1u << 20));
  TRY(ParseUsable(text, path));
  TRY_ASSIGN(const note::Note statement, policy_change::PolicyStatement(home, text));
  if (options.out.empty()) {
    Out(statement.text());
    return {};
  }
  return WriteFileAtomic(options.out, statement.text());
}

Result<void> RunPolicyApply(const Options& options) {
  TRY_ASSIGN(home::Home home, Open(options, Locks::kFiles));
  const std::string& path = options.files.front();
  TRY_ASSIGN(const std::string text, ReadFile(path, 1u << 20));
  TRY(ParseUsable(text, path));
  TRY_ASSIGN(note::Note statement, policy_change::PolicyStatement(home, text));
  for (const std::string& file : options.import_files) {
    TRY_ASSIGN(const std::string signed_text, ReadFile(file, 1u << 20));
    TRY_ASSIGN(const note::Note note, note::Note::Parse(signed_text));
    TRY(statement.Merge(note));
  }
  for (const std::string& file : options.key_files) {
    TRY_ASSIGN(const note::NoteSigner signer, signatures::ReadSigningKey(file));
    statement.Sign(signer);
  }
  TRY_ASSIGN(const std::vector<std::string> names,
             policy_change::ApplyPolicy(home, text, statement));
  const std::string hash = ToHex(home.policy_hash);
  if (options.json) {
    Out(Json().Set("policy", hash).Set("approved_by", names).Text() + "\n");
    return {};
  }
  Out("policy " + hash + " is in force\n");
  for (const std::string& name : names) Out("  approved by " + name + "\n");
  return {};
}

}  // namespace signpost::cli
