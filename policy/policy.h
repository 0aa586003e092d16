// Holds the policy of one site, as types with their defaults, and the table of the keys of
// policy.toml. Pure: values in, values out; nothing here asks for the time or touches a file.
//
// A new key is a member and a row of kKeys here, a row of policy/POLICY.md (a test compares them),
// and the code that asks for it. policy/policy_toml.h reads whatever the table lists.
//
// A policy is in force from the ledger entry that holds its hash (SHA-256 of the file's exact
// bytes).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "crypto/base/bytes.h"
#include "crypto/base/time.h"

namespace signpost::policy {

// Whole days: a thing made on day D is removed by the sweep of day D + n at the latest.
struct Retention {
  int sealed_number_days = 30;
  int contact_token_unmessaged_days = 90;
  int contact_token_messaged_days = 1826;  // as long as promise 1 ("once") lasts
  int opt_out_days = 36500;
  int outcome_days = 90;  // per-record outcomes and hashed message ids
  int import_totals_days = 366;
  int ledger_days = 3652;  // entries are never removed earlier; kept as a whole tree
};

struct ContactRules {
  std::vector<std::string> regions = {"GB"};  // ISO 3166-1 alpha-2
  bool mobile = true;
  bool fixed_line_or_mobile = false;  // regions whose numbers cannot be told apart
  // Numbers are given to other people some months after they fall silent.
  int last_contact_days = 0;
  bool in_traffic_only = false;
  int messages_per_person = 1;
};

struct SendingRules {
  std::string zone = "Europe/London";  // evaluated once, at plan time, by signpost
  std::array<bool, 7> days = {true, true, true, true, true, false, false};  // Monday first
  int from_minute = 9 * 60;  // minutes of the local day
  int to_minute = 19 * 60;
  int messages_per_second = 20;
  int range_records = 200;
  int batch_expiry_days = 7;
};

struct ApprovalRules {
  int needed = 2;
  std::vector<std::string> roles;
};

struct BatchRules {
  int max_records = 5000;
  int max_segments = 1;  // per message
  int smallest_reported_count = 5;
};

struct EpochRules {
  int length_days = 7;
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

// One key of policy.toml. Its default is what a Policy holds that nobody wrote to.
struct Key {
  template <class T>
  using In = T& (*)(Policy&);  // where its value is kept
  using Fits = bool (*)(std::string_view);
  struct Number {
    In<int> in;
    int min, max;
  };
  struct Flag {
    In<bool> in;
  };
  struct Text {
    In<std::string> in;
    Fits fits;
    std::string_view shape;  // of what `fits` takes, in words
  };
  struct Texts {
    In<std::vector<std::string>> in;
    size_t min, max;
    Fits fits;  // each of them
    std::string_view shape;
  };
  struct Days {
    In<std::array<bool, 7>> in;
  };
  struct Time {
    In<int> in;  // the minute of the day
  };

  std::string_view section;  // empty: the top level
  std::string_view name;
  std::string_view unit;
  std::variant<Number, Flag, Text, Texts, Days, Time> value;
  std::string_view decides;
  std::string_view beside = {};  // what another key's value asks of it: checked in policy_toml.cc
};

// At<&Policy::sending, &SendingRules::zone>(policy) is policy.sending.zone.
template <auto... kMembers>
constexpr auto& At(Policy& policy) {
  return (policy.*....*kMembers);
}

bool IsName(std::string_view text);  // what can stand in a note, a manifest line and the ledger
bool IsRegion(std::string_view text);
bool IsZoneName(std::string_view text);
inline constexpr std::string_view kNameShape = "1 to 64 letters, digits or . _ - @ /";

// Every key but those of people ([[planner]] and [[approver]]); a section's stand together.
// clang-format off
inline constexpr Key kKeys[] = {
    {"", "name", "", Key::Text{At<&Policy::name>, IsName, kNameShape},
     "a name for people"},

    {"retention", "sealed_number_days", "days",
     Key::Number{At<&Policy::retention, &Retention::sealed_number_days>, 1, 366},
     "how long an encrypted number may wait"},
    {"retention", "contact_token_unmessaged_days", "days",
     Key::Number{At<&Policy::retention, &Retention::contact_token_unmessaged_days>, 1, 36500},
     "tokens of people never messaged", ">= `sealed_number_days`"},
    {"retention", "contact_token_messaged_days", "days",
     Key::Number{At<&Policy::retention, &Retention::contact_token_messaged_days>, 1, 36500},
     "how long \"one message\" lasts", ">= the line above"},
    {"retention", "opt_out_days", "days",
     Key::Number{At<&Policy::retention, &Retention::opt_out_days>, 1, 36500},
     "how long an opt-out lasts", ">= the line above"},
    {"retention", "outcome_days", "days",
     Key::Number{At<&Policy::retention, &Retention::outcome_days>, 1, 3660},
     "what became of each attempt"},
    {"retention", "import_totals_days", "days",
     Key::Number{At<&Policy::retention, &Retention::import_totals_days>, 1, 3660},
     "totals of each import"},
    {"retention", "ledger_days", "days",
     Key::Number{At<&Policy::retention, &Retention::ledger_days>, 1, 36500},
     "the ledger, kept and removed as a whole"},

    {"contacts", "regions", "",
     Key::Texts{At<&Policy::contacts, &ContactRules::regions>, 1, 16, IsRegion,
                "two capital letters (ISO 3166-1)"},
     "whose numbers; the first is the default region"},
    {"contacts", "mobile", "", Key::Flag{At<&Policy::contacts, &ContactRules::mobile>},
     "mobile numbers"},
    {"contacts", "fixed_line_or_mobile", "",
     Key::Flag{At<&Policy::contacts, &ContactRules::fixed_line_or_mobile>},
     "regions that cannot tell them apart"},
    {"contacts", "last_contact_days", "days",
     Key::Number{At<&Policy::contacts, &ContactRules::last_contact_days>, 0, 36500},
     "numbers whose latest call or message is longer ago are left out at the plan: they may be "
     "somebody else's by now. 0: not asked. Numbers whose latest use no source tells pass"},
    {"contacts", "in_traffic_only", "",
     Key::Flag{At<&Policy::contacts, &ContactRules::in_traffic_only>},
     "only numbers seen in calls or messages, not those that stand in an address book alone"},
    {"contacts", "messages_per_person", "",
     Key::Number{At<&Policy::contacts, &ContactRules::messages_per_person>, 1, 1},
     "stands there to be read"},

    {"sending", "zone", "IANA name",
     Key::Text{At<&Policy::sending, &SendingRules::zone>, IsZoneName,
               "a time zone name such as Europe/London"},
     "zone of the hours; evaluated once, at the plan"},
    {"sending", "days", "", Key::Days{At<&Policy::sending, &SendingRules::days>},
     "days of sending"},
    {"sending", "from", "local time", Key::Time{At<&Policy::sending, &SendingRules::from_minute>},
     "when sending begins"},
    {"sending", "to", "local time", Key::Time{At<&Policy::sending, &SendingRules::to_minute>},
     "when sending ends", "after `from`"},
    {"sending", "messages_per_second", "per second",
     Key::Number{At<&Policy::sending, &SendingRules::messages_per_second>, 1, 1000000},
     "the fastest pace"},
    {"sending", "range_records", "records",
     Key::Number{At<&Policy::sending, &SendingRules::range_records>, 1, 1000},
     "journal range: what one crash can leave unknown"},
    {"sending", "batch_expiry_days", "days of 24 h",
     Key::Number{At<&Policy::sending, &SendingRules::batch_expiry_days>, 1, 31},
     "from the plan to the batch's end"},

    {"approvals", "needed", "persons",
     Key::Number{At<&Policy::approvals, &ApprovalRules::needed>, 1, 8},
     "distinct approvers, none of them the planner"},
    {"approvals", "roles", "",
     Key::Texts{At<&Policy::approvals, &ApprovalRules::roles>, 0, 8, IsName, kNameShape},
     "each must be among the approvers", "at most `needed`"},

    {"batches", "max_records", "people",
     Key::Number{At<&Policy::batches, &BatchRules::max_records>, 1, 100000},
     "size of a batch"},
    {"batches", "max_segments", "SMS segments",
     Key::Number{At<&Policy::batches, &BatchRules::max_segments>, 1, 10},
     "length of a message"},
    {"batches", "smallest_reported_count", "people",
     Key::Number{At<&Policy::batches, &BatchRules::smallest_reported_count>, 1, 100},
     "below it reports say \"fewer than N\""},

    {"epochs", "length_days", "days",
     Key::Number{At<&Policy::epochs, &EpochRules::length_days>, 1, 31},
     "how long one key pair seals"},
};
// clang-format on

}  // namespace signpost::policy
