// Promise 2: a number lives only encrypted, and only until it is used or expires.
#include <fmt/format.h>

#include "core/verifier/history.h"

namespace signpost::verifier {
namespace {

constexpr int64_t kMaxSecondsBetweenSweeps = 2 * 86400;

void CheckEpochDeadlines(const Bench& bench, Part& part) {
  Check check(part, "each epoch's deadline is what the policy then in force allows");
  for (const auto& [id, epoch] : bench.history.epochs) {
    check.Count();
    const KnownPolicy* known = bench.PolicyOf(epoch.policy);
    if (known == nullptr) {
      check.NotProvable(epoch.entry, "the policy of that time is not in the evidence");
    } else if (epoch.created.deadline > policy::EpochDeadline(known->policy, epoch.created.from)) {
      check.Broken(epoch.entry,
                   fmt::format("deadline {}, the policy allows {}", epoch.created.deadline.Text(),
                               policy::EpochDeadline(known->policy, epoch.created.from).Text()));
    }
  }
}

void CheckExpiries(const Bench& bench, Part& part) {
  Check check(part, "each import's numbers expire in time, and before their epoch is destroyed");
  for (const Import& import : bench.history.imports) {
    check.Count();
    const Epoch& epoch = bench.history.epochs.at(import.done.epoch);
    const KnownPolicy* known = bench.PolicyOf(import.policy);
    if (import.done.expiry > epoch.created.deadline) {
      check.Broken(import.entry,
                   fmt::format("expiry {} is past its epoch's deadline {}",
                               import.done.expiry.Text(), epoch.created.deadline.Text()));
    }
    if (import.at.day() < epoch.created.from || import.at.day() > epoch.created.deadline) {
      check.Broken(import.entry, "sealed for an epoch of another time");
    }
    if (known == nullptr) {
      check.NotProvable(import.entry, "the policy of that time is not in the evidence");
      continue;
    }
    const Day last = policy::LastDay(import.at.day(), known->policy.retention.sealed_number_days);
    if (import.done.expiry > last) {
      check.Broken(import.entry, fmt::format("expiry {}, the policy allows {}",
                                             import.done.expiry.Text(), last.Text()));
    }
  }
}

void CheckDestruction(const Bench& bench, Part& part) {
  Check check(part, "each epoch's key is destroyed by its deadline, or the deadline is to come");
  for (const auto& [id, epoch] : bench.history.epochs) {
    check.Count();
    const Day deadline = epoch.created.deadline;
    if (epoch.destroyed_entry) {
      if (epoch.destroyed_at.day() > deadline) {
        check.Broken(*epoch.destroyed_entry,
                     fmt::format("destroyed {} days after its deadline {}",
                                 epoch.destroyed_at.day().days - deadline.days, deadline.Text()));
      }
    } else if (bench.speaks_until.day() > deadline) {
      check.Broken(epoch.entry, fmt::format("its deadline {} has passed and the ledger has no "
                                            "destruction of it",
                                            deadline.Text()));
    } else if (bench.now.day() > deadline) {
      check.NotProvable(epoch.entry, fmt::format("its deadline {} came after the newest entry: ask "
                                                 "for newer evidence",
                                                 deadline.Text()));
    }
  }
}

// Is anything held? Any epoch that sealed something and is not destroyed may hold; where the counts
// are opened, nothing is held once all that came in went out, or when a sweep says so.
class Holding {
 public:
  explicit Holding(const Bench& bench) : bench_(bench) {}
  bool any() const { return !epochs_.empty(); }
  void Take(uint64_t index, const ledger::Event& event) {
    const ledger::Opening* opening = bench_.OpeningOf(index);
    AddTo(balance_, event.body, opening);
    if (const auto* import = std::get_if<ledger::ImportDone>(&event.body))
      epochs_.insert(import->epoch);
    if (const auto* gone = std::get_if<ledger::EpochDestroyed>(&event.body))
      epochs_.erase(gone->epoch);
    const bool swept_clean = std::holds_alternative<ledger::Swept>(event.body) &&
                             opening != nullptr && Get(opening->counts, "outstanding") == 0;
    const bool all_went = balance_.known && balance_.open.empty() && balance_.in == balance_.out;
    if (swept_clean || all_went) epochs_.clear();
  }
  void Unreadable() { balance_.known = false; }

 private:
  const Bench& bench_;
  std::set<EpochId> epochs_;
  Balance balance_;
};

std::string Days(int64_t seconds) {
  return fmt::format("{:.1f} days", static_cast<double>(seconds) / 86400.0);
}

void CheckSweeps(const Bench& bench, Part& part) {
  Check check(part, "sweeps: never more than two days without one while numbers were held");
  Holding holding(bench);
  Instant last{};
  for (uint64_t i = 0; i < bench.history.events.size(); ++i) {
    const auto& event = bench.history.events[i];
    if (!event) {
      holding.Unreadable();
      continue;
    }
    const bool held = holding.any();
    holding.Take(i, *event);
    const int64_t gap = event->at.seconds - last.seconds;
    if (std::holds_alternative<ledger::Swept>(event->body)) {
      check.Count();
      if (held && gap > kMaxSecondsBetweenSweeps) {
        check.NotProvable(i, "the first sweep in " + Days(gap) + " while numbers were held");
      }
      last = event->at;
    } else if (held && !holding.any()) {
      // A late sweep writes what it destroys and ends before it writes itself: what was held was
      // held until here, so the silence before it counts here.
      if (gap > kMaxSecondsBetweenSweeps) {
        check.NotProvable(i, "numbers were held until here, without a sweep in " + Days(gap));
      }
    } else if (!held && holding.any()) {
      last = event->at;  // the first import: from here on silence counts
    }
  }
  const int64_t gap = bench.speaks_until.seconds - last.seconds;
  if (holding.any() && gap > kMaxSecondsBetweenSweeps) {
    check.NotProvable("no sweep in the last " + Days(gap) + " while numbers were held");
  }
}

void CheckSweptInTime(const Bench& bench, Part& part) {
  if (bench.evidence.openings.empty()) return;  // nothing to compare
  Check check(part, "after each sweep nothing is held that has expired");
  for (uint64_t i = 0; i < bench.history.events.size(); ++i) {
    const auto& event = bench.history.events[i];
    if (!event || !std::holds_alternative<ledger::Swept>(event->body)) continue;
    const ledger::Opening* swept = bench.OpeningOf(i);
    uint64_t may_be_held = 0;
    bool known = swept != nullptr;
    for (const Import& import : bench.history.imports) {
      if (import.entry > i || import.done.expiry < event->at.day()) continue;
      const ledger::Opening* opening = bench.OpeningOf(import.entry);
      known = known && opening != nullptr;
      if (opening != nullptr) may_be_held += Get(opening->counts, "new");
    }
    check.Count();
    if (!known) {
      check.NotProvable(i, "the counts are not all opened");
    } else if (Get(swept->counts, "outstanding") > may_be_held) {
      check.Broken(i, fmt::format("holds {} numbers, and only {} came that have not expired",
                                  Get(swept->counts, "outstanding"), may_be_held));
    }
  }
}

void CheckKeysAtSweeps(const Bench& bench, Part& part) {
  Check check(part, "at each sweep the keys that exist are those that the ledger knows");
  for (uint64_t i = 0; i < bench.history.events.size(); ++i) {
    const auto& event = bench.history.events[i];
    const auto* swept = event ? std::get_if<ledger::Swept>(&event->body) : nullptr;
    if (swept == nullptr) continue;
    check.Count();
    for (const auto& [id, epoch] : bench.history.epochs) {
      const bool should_be =
          epoch.entry < i && !(epoch.destroyed_entry && *epoch.destroyed_entry < i);
      const bool is = std::find(swept->epochs_live.begin(), swept->epochs_live.end(), id) !=
                      swept->epochs_live.end();
      if (should_be && !is) {
        check.NotProvable(i, fmt::format("the key of the epoch of entry {} is not there, and no "
                                         "entry says that it was destroyed",
                                         epoch.entry));
      }
    }
  }
}

}  // namespace

void CheckNotKept(const Bench& bench, Part& part) {
  CheckEpochDeadlines(bench, part);
  CheckExpiries(bench, part);
  CheckDestruction(bench, part);
  CheckSweeps(bench, part);
  CheckSweptInTime(bench, part);
  CheckKeysAtSweeps(bench, part);
  if (bench.home != nullptr) CheckFilesInHome(bench, part);
  part.Limit(
      "that no copy of a key was kept: with keys in files the ledger attests a destruction, "
      "and no log can prove one");
}

}  // namespace signpost::verifier
