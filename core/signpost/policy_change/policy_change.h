// Changes the policy. A new one is approved under the policy in force, and is in force from its
// ledger entry on.
//
// What is signed is a short statement (PolicyChangeText) that names both hashes, so the same
// signature cannot carry another text or be used under another policy. A policy that was in force
// once does not come back as it was: the signatures of its first time would carry it. A line of
// comment makes it a new one.
#pragma once

#include <string>
#include <vector>

#include "core/signpost/home/home.h"
#include "crypto/note/note.h"

namespace signpost::policy_change {

// The unsigned statement for `policy_text`. kInput: it does not parse, or a person's key cannot
// verify; kRefused: it is in force already, or was before.
Result<note::Note> PolicyStatement(const home::Home& home, const std::string& policy_text);

// kRefused unless enough approvers of the policy in force (and each role it asks for) signed
// `statement`. Afterwards the home holds the new policy.
Result<std::vector<std::string>> ApplyPolicy(home::Home& home, const std::string& policy_text,
                                             const note::Note& statement);

}  // namespace signpost::policy_change
