#include "core/shared/signatures/signatures.h"

namespace signpost {

Result<std::vector<std::string>> ApproversWhoSigned(const Policy& policy, const Note& note) {
  std::vector<NoteVerifier> keys;
  for (const Approver& approver : policy.approvers) {
    TRY_ASSIGN(NoteVerifier key, NoteVerifier::Parse(approver.vkey));
    keys.push_back(std::move(key));
  }
  TRY_ASSIGN(const std::vector<size_t> valid, note.VerifiedBy(keys));
  std::vector<std::string> names;
  for (const size_t i : valid) names.push_back(policy.approvers[i].name);
  return names;
}

Result<bool> PlannerSigned(const Policy& policy, std::string_view planner, const Note& note) {
  for (const Planner& known : policy.planners) {
    if (known.name != planner) continue;
    TRY_ASSIGN(const NoteVerifier key, NoteVerifier::Parse(known.vkey));
    TRY_ASSIGN(const std::vector<size_t> valid, note.VerifiedBy(std::span(&key, 1)));
    return !valid.empty();
  }
  return false;
}

namespace {

Result<void> CheckKey(const std::string& who, const std::string& name, const std::string& vkey) {
  const Result<NoteVerifier> key = NoteVerifier::Parse(vkey);
  if (key && key->name() == name) return {};
  return Fail(Code::kInput,
              "the verifier key of " + who + " \"" + name + "\" is not one of that name", {},
              "copy it again from: signpost keys list");
}

}  // namespace

Result<void> CheckPeople(const Policy& policy) {
  for (const Planner& p : policy.planners) TRY(CheckKey("planner", p.name, p.vkey));
  for (const Approver& a : policy.approvers) TRY(CheckKey("approver", a.name, a.vkey));
  return {};
}

}  // namespace signpost
