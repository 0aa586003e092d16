// Shows a batch to whoever has to judge it: the manifest, who approved, who is missing, how far it
// went. Totals only; no command lists a batch's people.
#pragma once

#include <string>
#include <vector>

#include "core/signpost/home/home.h"
#include "core/signpost/store/store.h"
#include "crypto/base/result.h"
#include "policy/decision.h"
#include "policy/manifest.h"

namespace signpost::batch {

struct BatchView {
  store::BatchRow row;
  policy::Manifest manifest;
  std::string note;                    // the manifest with its signatures, as it is handed on
  std::vector<std::string> approvals;  // that stand, by the policy in force
  policy::ApprovalGap missing;
  bool past_expiry = false;  // expired by the clock, whether or not a sweep has ended it
  ledger::Counts counts;     // attempts so far, exact: print them through policy::ReportedCount
  uint32_t attempted = 0;
};

Result<BatchView> ViewBatch(const home::Home& home, const BatchId& batch);
Result<std::vector<BatchView>> ViewBatches(const home::Home& home);  // oldest first

}  // namespace signpost::batch
