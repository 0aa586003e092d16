#include "core/shared/signatures/signatures.h"

namespace signpost::signatures {

Result<std::vector<std::string>> ApproversWhoSigned(const policy::Policy& policy,
                                                    const note::Note& note) {
  std::vector<note::NoteVerifier> keys;
  for (const policy::Approver& approver : policy.approvers) {
    TRY_ASSIGN(note::NoteVerifier key, note::NoteVerifier::Parse(approver.vkey));
    keys.push_back(std::move(key));
  }
  TRY_ASSIGN(const std::vector<size_t> valid, note.VerifiedBy(keys));
  std::vector<std::string> names;
  names.reserve(valid.size());
  for (const size_t i : valid) names.push_back(policy.approvers[i].name);
  return names;
}

Result<bool> PlannerSigned(const policy::Policy& policy, std::string_view planner,
                           const note::Note& note) {
  for (const policy::Planner& known : policy.planners) {
    if (known.name != planner) continue;
    TRY_ASSIGN(const note::NoteVerifier key, note::NoteVerifier::Parse(known.vkey));
    TRY_ASSIGN(const std::vector<size_t> valid, note.VerifiedBy(std::span(&key, 1)));
    return !valid.empty();
  }
  return false;
}

namespace {

Result<void> CheckKey(const std::string& who, const std::string& name, const std::string& vkey) {
  const Result<note::NoteVerifier> key = note::NoteVerifier::Parse(vkey);
  if (key && key->name() == name) return {};
  return Fail(Code::kInput,
              "the verifier key of " + who + " \"" + name + "\" is not one of that name", {},
              "copy it again from: signpost keys list");
}

}  // namespace

Result<void> CheckPeople(const policy::Policy& policy) {
  for (const policy::Planner& p : policy.planners) TRY(CheckKey("planner", p.name, p.vkey));
  for (const policy::Approver& a : policy.approvers) TRY(CheckKey("approver", a.name, a.vkey));
  return {};
}

}  // namespace signpost::signatures
