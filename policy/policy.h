// The policy of one site, as types. Pure: values in, values out; nothing here asks for the time or
// touches a file. Parsed by policy/policy_toml.h from policy.toml, where every key is documented
// with its unit and its default (policy/POLICY.md, and the two shipped policies).
//
// A policy is in force from the ledger entry that holds its hash (SHA-256 of the file's exact
// bytes).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "crypto/base/bytes.h"
#include "crypto/base/time.h"

namespace signpost::policy {

struct Retention {  // whole days; a thing made on day D is removed by the sweep of day D + n at the
                    // latest
  int sealed_number_days = 30;             // 1..366
  int contact_token_unmessaged_days = 90;  // >= sealed_number_days
  int contact_token_messaged_days = 1826;  // as long as promise 1 ("once") lasts
  int opt_out_days = 36500;  // >= contact_token_messaged_days: outlives everything else
  int outcome_days = 90;     // per-record outcomes and hashed message ids
  int import_totals_days = 366;
  int ledger_days = 3652;  // entries are never removed earlier; kept as a whole tree
};

struct ContactRules {
  std::vector<std::string> regions = {
      "GB"};  // ISO 3166-1 alpha-2, 1..16; the first is the default region
  bool mobile = true;
  bool fixed_line_or_mobile = false;  // regions whose numbers cannot be told apart
  // Numbers are given to other people some months after they fall silent.
  int last_contact_days = 0;     // 0..36500: latest call or message no longer ago; 0: not asked
  bool in_traffic_only = false;  // seen in a call or a message, not in an address book alone
  int messages_per_person = 1;   // 1 is the only value
};

struct SendingRules {
  std::string zone = "Europe/London";  // IANA name; evaluated once, at plan time, by signpost
  std::array<bool, 7> days = {true, true, true, true, true, false, false};  // Monday first
  int from_minute = 9 * 60;  // minutes of the local day
  int to_minute = 19 * 60;
  int messages_per_second = 20;  // 1..1000000
  int range_records = 200;       // journal range: what one crash can leave unknown; 1..1000
  int batch_expiry_days = 7;     // 1..31, counted from the plan
};

struct ApprovalRules {
  int needed = 2;                  // 1..8 distinct approvers, none of them the planner
  std::vector<std::string> roles;  // each named role must be among them
};

struct BatchRules {
  int max_records = 5000;           // 1..100000
  int max_segments = 1;             // per message; 1..10
  int smallest_reported_count = 5;  // below it reports say "fewer than N"
};

struct EpochRules {
  int length_days = 7;  // 1..31: how long one key pair seals
};

struct Approver {
  std::string name;  // the key's name in the note, too
  std::string role;  // may be empty
  std::string vkey;  // C2SP verifier key
};

struct Planner {
  std::string name;
  std::string vkey;
};

struct Policy {
  std::string name;  // "rehearsal", "uk-law-enforcement"
  Retention retention;
  ContactRules contacts;
  SendingRules sending;
  ApprovalRules approvals;
  BatchRules batches;
  EpochRules epochs;
  std::vector<Approver> approvers;
  std::vector<Planner> planners;
};

}  // namespace signpost::policy
