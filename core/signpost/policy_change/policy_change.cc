#include "core/signpost/policy_change/policy_change.h"

#include <fmt/format.h>

#include "core/shared/signatures/signatures.h"
#include "crypto/base/file.h"
#include "policy/decision.h"
#include "policy/policy_toml.h"

namespace signpost::policy_change {

Result<note::Note> PolicyStatement(const home::Home& home, const std::string& policy_text) {
  TRY_ASSIGN(const policy::Policy policy, policy::ParsePolicy(policy_text, "policy"));
  TRY(signatures::CheckPeople(policy));
  const Digest next = Sha256(policy_text);
  if (next == home.policy_hash) {
    return Fail(Code::kRefused, "this policy is in force already");
  }
  TRY_ASSIGN(const std::optional<std::string> before,
             home.store->FindDocument("policy", ToHex(next)));
  if (before) {
    return Fail(Code::kRefused, "this policy was in force before", {},
                "change a line of it, if only a comment: each approval is for one time");
  }
  return note::Note::Of(policy::PolicyChangeText(home.policy_hash, next));
}

Result<std::vector<std::string>> ApplyPolicy(home::Home& home, const std::string& policy_text,
                                             const note::Note& statement) {
  TRY_ASSIGN(const note::Note expected, PolicyStatement(home, policy_text));
  if (expected.text() != statement.text()) {
    return Fail(Code::kRefused, "the signatures are for another change of policy", {},
                "sign the statement that `signpost policy statement FILE` prints");
  }
  TRY_ASSIGN(std::vector<std::string> names,
             signatures::ApproversWhoSigned(home.policy, statement));
  const policy::ApprovalGap gap = policy::MissingApprovals(home.policy, "", names);
  if (!gap.Enough()) {
    return Fail(Code::kRefused,
                fmt::format("the policy in force asks for more approvals: {} missing{}",
                            gap.missing, gap.roles.empty() ? "" : ", and a role"),
                {}, "an approver signs with: signpost policy apply FILE --key THEIR.key");
  }
  const Digest next = Sha256(policy_text);
  const store::NewEntry note{home.Now(ledger::PolicyApplied{home.policy_hash, next, names}),
                             std::nullopt};
  const std::vector<store::Document> documents = {
      {"policy", ToHex(next), policy_text}, {"policy-change", ToHex(next), statement.Encode()}};
  // In force from the entry on; a crash before the file is put right by OpenHome.
  TRY(home.store->Append(std::span(&note, 1), documents));
  TRY(WriteFileAtomic(home.Path("policy.toml"), policy_text));
  TRY(home::LoadPolicyInForce(home));
  return names;
}

}  // namespace signpost::policy_change
