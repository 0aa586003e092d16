// Turns policy.toml into a Policy.
#pragma once

#include <string>
#include <string_view>

#include "crypto/base/result.h"
#include "policy/policy.h"

namespace signpost::policy {

// Strict: an unknown key, a value out of its range, a wrong type, a doubled approver is kInput with
// `place` "<name>:<line>". Rules between values are checked, too: opt-outs outlive contact tokens,
// tokens outlive numbers, enough approvers for `needed` and each of `roles`, no approver who is a
// planner (name or key). Verifier keys are checked for shape only.
Result<Policy> ParsePolicy(std::string_view text, const std::string& name);

// The key's value as policy.toml writes it.
std::string ValueText(const Key& key, Policy policy);

// The text of a shipped policy with [[approver]] and [[planner]] blocks appended: what init writes.
std::string AppendPeople(std::string_view toml, const std::vector<Approver>& approvers,
                         const std::vector<Planner>& planners);

}  // namespace signpost::policy
