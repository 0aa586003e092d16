// Tells what a home holds, how much of it, and when it will be gone. Totals only.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/signpost/home/home.h"

namespace signpost::report {

struct HeldClass {
  std::string name;  // "sealed numbers", "contact tokens, never messaged", ...
  uint64_t count = 0;
  std::string kept;            // "30 days after the import", as the policy says
  std::optional<Day> gone_by;  // the last of what is held now, where it is known
};

struct Status {
  Mode mode = Mode::kLive;
  std::string policy_name;
  Digest policy_hash{};
  std::vector<HeldClass> held;
  std::vector<store::EpochRow> epochs;
  std::vector<store::BatchRow> open_batches;
  uint64_t ledger_entries = 0;
  Instant since;  // when the home was made
  std::optional<Instant> last_sweep;
  // Something is past its limit, or for two days (since the home was made, if never) nobody swept.
  bool sweep_overdue = false;
};

Result<Status> StatusOf(home::Home& home);

}  // namespace signpost::report
