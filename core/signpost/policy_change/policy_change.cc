#include "core/signpost/policy_change/policy_change.h"

#include <fmt/format.h>

#include "core/shared/signatures/signatures.h"
#include "crypto/base/file.h"
#include "policy/decision.h"
#include "policy/policy_toml.h"

namespace signpost {

Result<Note> PolicyStatement(const Home& home, const std::string& policy_text) {
  TRY_ASSIGN(const Policy policy, ParsePolicy(policy_text, "policy"));
  TRY(CheckPeople(policy));
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
  return Note::Of(PolicyChangeText(home.policy_hash, next));
}

Result<std::vector<std::string>> ApplyPolicy(Home& home, const std::string& policy_text,
                                             const Note& statement) {
  TRY_ASSIGN(const Note expected, PolicyStatement(home, policy_text));
  if (expected.text() != statement.text()) {
    return Fail(Code::kRefused, "the signatures are for another change of policy", {},
                "sign the statement that `signpost policy statement FILE` prints");
  }
  TRY_ASSIGN(std::vector<std::string> names, ApproversWhoSigned(home.policy, statement));
  const ApprovalGap gap = MissingApprovals(home.policy, "", names);
  if (!gap.Enough()) {
    return Fail(Code::kRefused,
                fmt::format("the policy in force asks for more approvals: {} missing{}",
                            gap.missing, gap.roles.empty() ? "" : ", and a role"),
                {}, "an approver signs with: signpost policy apply FILE --key THEIR.key");
  }
  const Digest next = Sha256(policy_text);
  const LedgerNote note{home.Now(PolicyApplied{home.policy_hash, next, names}), std::nullopt};
  const std::vector<Document> documents = {{"policy", ToHex(next), policy_text},
                                           {"policy-change", ToHex(next), statement.Encode()}};
  // In force from the entry on; a crash before the file is mended by OpenHome.
  TRY(home.store->Append(std::span(&note, 1), documents));
  TRY(WriteFileAtomic(home.Path("policy.toml"), policy_text));
  TRY(LoadPolicyInForce(home));
  return names;
}

}  // namespace signpost
