// Decides, purely, what may be planned, opened and sent. Enums are total and exclusive; where
// several reasons hold, the first in the enum wins, so that counts add up. Numbers are stable: they
// are in the ledger and in the store.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "policy/manifest.h"
#include "policy/policy.h"

namespace signpost::policy {

constexpr int64_t kClockSlackSeconds = 300;  // two machines of one office may differ by this much

// Whether a person may be texted, and if not, why they are withheld.
enum class Eligibility : uint8_t {
  kEligible = 0,
  kOptedOut,
  kProtected,
  kAlreadyMessaged,  // an attempt exists, whatever came of it
  kExpired,          // the sealed number is past its expiry
  kAlreadyHeld,    // import only: one sealed record of this person is waiting already ("repeated")
  kOverBatchSize,  // plan only: stays for a later batch
  kUnusedTooLong,  // plan only: no call or message for so long that it may be another person's now
  kNotInTraffic,   // plan only: in address books, and in no call or message
  kCount
};
std::string_view EligibilityName(Eligibility eligibility);  // "eligible", "opted-out", ...

struct ContactFacts {
  bool opted_out = false;
  bool is_protected = false;
  bool messaged = false;
  bool held = false;                     // a live sealed record exists
  bool in_traffic = false;               // seen in a call or a message
  std::optional<Day> last_contact = {};  // of the latest one whose time is known
  Day expiry{};                          // of the sealed record in question
};
Eligibility MayAdmit(const ContactFacts& facts);                                       // import
Eligibility MayPlan(const ContactFacts& facts, const ContactRules& rules, Day today);  // plan
Eligibility MayAttempt(const ContactFacts& facts, Day today);  // the last instant

// Why a batch is not opened, or opened no further.
enum class Refusal : uint8_t {
  kNone = 0,
  kState,            // the opener's state is missing, changed or older than the ledger
  kLedgerSignature,  // checkpoint not signed by the key the epoch keys trust
  kLedgerRewound,    // the ledger does not extend the one seen last (a restored store or home)
  kLedgerEntries,    // entries do not give the checkpoint's root, or break the ledger's rules
  kPolicyChain,  // from the genesis policy that the keys trust to the manifest's, a link is missing
  kPolicyChanged,  // the manifest names another policy than the one in force
  kManifest,       // cannot be parsed, or not the one that was planned
  kMode,           // rehearsal keys and a live manifest, or the other way round
  kPlanner,        // not signed by a planner of the policy
  kNotApproved,    // too few valid approvals, or a role is missing, or the planner approved
  kWithdrawn,      // cancelled
  kFileChanged,
  kTextChanged,
  kGateway,     // rehearsals dial loopback only; a pin without TLS
  kOverLimits,  // count, segments, budget, pace, range or expiry beyond what the policy allows
  kNotOpenedInLedger,  // no `batch opened` entry for this run
  kExpired,
  kOutsideHours,
  kOpenedFurther,  // an earlier run opened these records
  kClock,          // the clock was moved on live keys, or runs behind the ledger
  kKey,            // the passphrase or a key file is wrong, or an epoch key is missing
  kCorrupt,        // a sealed record does not open
  kOutOfOrder,     // ranges not asked for in order
  kCount
};
std::string_view RefusalName(Refusal refusal);  // "not-approved", ...
std::string_view RefusalHint(Refusal refusal);  // one line for a person
// The refusal that a number or a name stands for; nullopt: none, and so for kNone's. The number may
// come from a process that was taken over.
std::optional<Refusal> RefusalOf(uint64_t number);
std::optional<Refusal> RefusalNamed(std::string_view name);

// What the ledger says of one batch and of the policy, folded from its entries
// (core/shared/ledger/ledger_state.h).
struct BatchFacts {
  Digest manifest_hash{};              // of the manifest *text*
  std::vector<std::string> approvals;  // approver names, in force: given and not withdrawn
  bool cancelled = false;
  bool finished = false;  // finished or expired: terminal
  uint32_t times_opened = 0;
  uint64_t last_opened_entry = 0;  // index; meaningful when times_opened > 0
};

// What the opener has established for itself before it decides.
struct OpenFacts {
  Digest policy_in_force{};
  BatchFacts batch;
  bool planner_signed = false;                   // by the policy's planner that the manifest names
  std::vector<std::string> approver_signatures;  // names whose note signature verifies
  Digest manifest_hash{};
  Digest file_hash{};
  Digest message_hash{};
  Mode keys_mode = Mode::kLive;
  Day earliest_deadline{};  // of the epochs in the batch
  uint32_t records_in_file = 0;
  Instant last_entry_time{};  // newest time in the ledger
};
Refusal MayOpen(const Policy& policy, const Manifest& manifest, const OpenFacts& facts,
                Instant now);

// Numbers and text would go to another machine unencrypted: for a warning, not a refusal, since a
// private line or a tunnel is not to be seen from here.
bool LeavesInTheClear(const Manifest& manifest);

// Each range: hours, expiry, budget.
Refusal MaySend(const Manifest& manifest, uint64_t segments_so_far, uint32_t records_next,
                Instant now);

// How long from now texts may leave without a break: to the end of the hours that touch each other,
// or to the expiry. 0 outside of them.
uint32_t SecondsLeft(const Manifest& manifest, Instant now);

// Whether a total is too small to be told: it, and none at all, might say something of one person.
// Such a total is told as "fewer than N".
bool IsTooFewToTell(uint64_t count, int smallest_reported);
std::string ReportedCount(uint64_t count, int smallest_reported);

// The approvals of a manifest that stand: an approval is an entry in the ledger and a signature
// over the manifest, and either alone is a claim. The opener, `show`, `approve` and the choice of
// what is due all go by it.
std::vector<std::string> StandingApprovals(std::span<const std::string> in_ledger,
                                           std::span<const std::string> signatures);

// Approvals still missing: how many, and which roles.
struct ApprovalGap {
  int missing = 0;
  std::vector<std::string> roles;
  bool Enough() const { return missing == 0 && roles.empty(); }
};
ApprovalGap MissingApprovals(const Policy& policy, std::string_view planner,
                             std::span<const std::string> approvals);

// A policy change: the statement that is signed under the policy in force.
//   signpost-policy/v1\nprevious <64 hex>\nnext <64 hex>\n
std::string PolicyChangeText(const Digest& previous, const Digest& next);

// Retention, decided. The last day on which a thing made on `made` may exist.
Day LastDay(Day made, int retention_days);
// When an epoch that begins on `from` must be destroyed: after its last day of sealing and the
// retention of a number sealed on that day.
Day EpochDeadline(const Policy& policy, Day from);

}  // namespace signpost::policy
