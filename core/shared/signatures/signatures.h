// Tells whose signatures a note bears, in the policy's terms. Used by approve, the opener and the
// verifier, so that they cannot disagree.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "crypto/base/result.h"
#include "crypto/note/note.h"
#include "policy/policy.h"

namespace signpost::signatures {

// The names of the policy's approvers whose signatures are present and valid, in the policy's
// order. kRefused when the signature of one of their keys is present and fails.
Result<std::vector<std::string>> ApproversWhoSigned(const policy::Policy& policy,
                                                    const note::Note& note);

// Whether the policy's planner of that name signed. kRefused as above.
Result<bool> PlannerSigned(const policy::Policy& policy, std::string_view planner,
                           const note::Note& note);

// Whether every key of the policy's people can verify a signature, under the name that the policy
// gives it. kInput: a key whose id or bytes are wrong, which nobody could sign under. The policy's
// parser sees the shape only; without this a slip in one key would lock everybody out once the
// policy is in force.
Result<void> CheckPeople(const policy::Policy& policy);

}  // namespace signpost::signatures
