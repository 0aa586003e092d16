// ParsePolicy: no exception, no crash; what it accepts keeps the rules between its values.
#include <cstdlib>

#include "policy/policy_toml.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace signpost;
  const auto policy = policy::ParsePolicy(AsText({data, size}), "fuzz");
  if (!policy) return 0;
  const policy::Retention& r = policy->retention;
  if (r.contact_token_unmessaged_days < r.sealed_number_days ||
      r.contact_token_messaged_days < r.contact_token_unmessaged_days ||
      r.opt_out_days < r.contact_token_messaged_days || policy->planners.empty() ||
      policy->approvers.size() < static_cast<size_t>(policy->approvals.needed) ||
      policy->sending.from_minute >= policy->sending.to_minute) {
    std::abort();
  }
  return 0;
}
