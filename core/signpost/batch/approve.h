// Approves a batch. An approval is two things at once: a signature under the manifest's text, in
// the note, and an entry in the ledger; both are made in one transaction, and the opener asks for
// both. A person can sign here, with a key that is brought for the occasion, or on another machine
// (`signpost sign`), and bring the note back.
//
// The keys are those of the policy in force; approvers are distinct and none of them is the
// planner. Which key signed is proved; that a person held it is not.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/signpost/home/home.h"
#include "crypto/base/result.h"
#include "crypto/note/note.h"
#include "policy/decision.h"

namespace signpost::batch {

struct ApprovalReport {
  std::vector<std::string> added;  // names, by this call
  std::vector<std::string> given;  // all that stand
  policy::ApprovalGap missing;
};

// kRefused: not a key of an approver of the policy, the planner's own, approved already, a batch
// that is over or past its expiry, or one that was planned under another policy.
Result<ApprovalReport> ApproveBatch(home::Home& home, const BatchId& batch,
                                    const note::NoteSigner& approver);

// A note over the same manifest, with one signature or more by approvers; each that is new is
// recorded. kInput: not a note, or over another text. kRefused: as above, a signature that does not
// verify, or none that is new.
Result<ApprovalReport> ImportApprovals(home::Home& home, const BatchId& batch,
                                       std::string_view note);

// Takes one approval back; the signature leaves the note. kRefused when it was not given.
Result<ApprovalReport> WithdrawApproval(home::Home& home, const BatchId& batch,
                                        const note::NoteSigner& approver);

}  // namespace signpost::batch
