// The words for the enums of decision.h. They are in ledgers and in reports: never rename one.
#include <array>

#include "policy/decision.h"

namespace signpost::policy {
namespace {

constexpr std::array<std::string_view, static_cast<size_t>(Eligibility::kCount)> kEligibilityNames =
    {"eligible", "opted-out",       "protected",       "already-messaged", "expired",
     "repeated", "over-batch-size", "unused-too-long", "not-in-traffic"};

struct RefusalWords {
  std::string_view name;
  std::string_view hint;
};

constexpr std::array<RefusalWords, static_cast<size_t>(Refusal::kCount)> kRefusals = {{
    {"none", ""},
    {"state",
     "the opener's state is missing, changed, from another home, or cannot be written; a "
     "restored home cannot send what an earlier one may have sent"},
    {"ledger-signature", "the checkpoint is not signed by the key that the epoch keys trust"},
    {"ledger-rewound", "the ledger is older than the one the opener saw last: a restored store"},
    {"ledger-entries",
     "the ledger's entries do not give its root or break its rules; run "
     "signpost-verify"},
    {"policy-chain", "a policy change between the genesis policy and this one is not signed"},
    {"policy-changed", "the policy was changed after the plan; cancel this batch and plan again"},
    {"manifest", "the manifest is not the one that was planned; plan again"},
    {"mode",
     "a rehearsal batch cannot be opened with live keys, nor a live one with rehearsal keys"},
    {"planner", "the manifest is not signed by a planner of the policy"},
    {"not-approved", "too few valid approvals, or a role is missing; signpost show BATCH tells"},
    {"withdrawn", "the batch was cancelled"},
    {"file-changed", "the sealed batch file is not the one that was approved"},
    {"text-changed", "the message is not the one that was approved"},
    {"gateway", "rehearsals dial loopback only, and a TLS pin needs a TLS name"},
    {"over-limits",
     "the manifest, its text or its sender is beyond what the policy or SMPP allows; plan again"},
    {"not-opened-in-ledger", "the ledger has no entry that opens this run"},
    {"expired", "the batch is past its expiry; its people can be planned again if they are held"},
    {"outside-hours", "wait for the next sending hours; signpost show BATCH lists them"},
    {"opened-further", "an earlier run opened these records; they are never opened twice"},
    {"clock", "this machine's clock was moved, or is behind the ledger's newest entry"},
    {"key", "the passphrase or a key file is wrong, or an epoch key is missing"},
    {"corrupt", "a sealed record does not open; nothing after it was opened"},
    {"out-of-order", "ranges were not asked for in order"},
}};

}  // namespace

std::string_view EligibilityName(Eligibility eligibility) {
  const auto i = static_cast<size_t>(eligibility);
  return i < kEligibilityNames.size() ? kEligibilityNames[i] : "unknown";
}

std::string_view RefusalName(Refusal refusal) {
  const auto i = static_cast<size_t>(refusal);
  return i < kRefusals.size() ? kRefusals[i].name : "unknown";
}

std::optional<Refusal> RefusalOf(uint64_t number) {
  if (number == 0 || number >= kRefusals.size()) return std::nullopt;
  return static_cast<Refusal>(number);
}

std::optional<Refusal> RefusalNamed(std::string_view name) {
  for (size_t i = 1; i < kRefusals.size(); ++i) {
    if (kRefusals[i].name == name) return static_cast<Refusal>(i);
  }
  return std::nullopt;
}

std::string_view RefusalHint(Refusal refusal) {
  const auto i = static_cast<size_t>(refusal);
  return i < kRefusals.size() ? kRefusals[i].hint : "";
}

}  // namespace signpost::policy
