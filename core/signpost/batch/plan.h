// Plans a batch: who of those that are held will be texted by one send, in which order, with what,
// by whom, when and for how much. Out comes a batch file (ciphertext copied, in an order that says
// nothing) and a manifest, signed by the planner, that waits for its approvals.
//
// Chosen at random from everybody who is eligible, in all intakes. People who must not be texted
// (protected, messaged already, expired) are dropped for good when they are drawn, and counted by
// reason; who is not drawn stays (selection.h). Who has opted out since the import cannot be seen
// here, since the store does not link the two tokens of a person: the opener finds them, at the
// last instant. An intake that gave records to a batch forgets its case, so that no file and no row
// links a person in a batch to a case.
//
// No secret key but the planner's signing key is used: nothing is opened.
#pragma once

#include <optional>
#include <string>

#include "core/signpost/home/home.h"
#include "crypto/base/result.h"
#include "crypto/note/note.h"
#include "policy/decision.h"

namespace signpost::batch {

struct PlanRequest {
  std::string message;            // UTF-8; newlines at its end are not part of it
  std::optional<uint32_t> limit;  // at most so many; the policy's batch size in any case
  std::string gateway;            // of signpost.toml; empty: the default one
  std::string basis, dpia;        // lawful basis and DPIA reference; empty: "-"
  store::OnProgress on_flush;     // of what imports have staged; may be empty
};

struct PlanReport {
  BatchId batch;
  std::string note;       // the manifest with the planner's signature: what an approver signs
  std::string manifest;   // its text alone
  ledger::Counts counts;  // records, left, withheld.<reason>: exact; whoever prints them rounds
  policy::ApprovalGap missing;      // approvals that the policy asks for
  bool in_the_clear = false;        // the gateway is another machine, and there is no TLS
  std::optional<Error> not_erased;  // the batch stands; the next command erases what it took
};

// The caller holds HOME/lock. kInput: the message cannot be sent as text, or a field has another
// form. kRefused: more segments than the policy allows, a planner that the policy does not name, no
// sending hours before the batch would expire, or nobody is eligible (the message says why, in
// totals). On any error nothing has changed.
Result<PlanReport> PlanBatch(home::Home& home, const PlanRequest& request,
                             const note::NoteSigner& planner);

}  // namespace signpost::batch
