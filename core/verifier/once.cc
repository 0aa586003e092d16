// Promise 1, as far as a ledger shows it: everything that came in went out once or is still there.
#include <fmt/format.h>

#include "core/verifier/history.h"

namespace signpost::verifier {
namespace {

void CheckOpenings(const Bench& bench, Part& part) {
  Check check(part, "each opening gives the commitment in its entry");
  for (const auto& [index, opening] : bench.evidence.openings) {
    check.Count();
    if (index >= bench.history.events.size()) {
      check.Broken(fmt::format("an opening of entry {}, which is not there", index));
    } else if (bench.history.events[index] && bench.OpeningOf(index) == nullptr) {
      check.Broken(index, "the counts that were opened are not those that were committed to");
    }
  }
}

// The runs of a batch so far, or nothing when one of them cannot be opened.
std::optional<ledger::Counts> RunsOf(const Bench& bench, const Batch& batch) {
  ledger::Counts sums;
  for (const Run& run : batch.runs) {
    const ledger::Opening* opening = run.ended_entry ? bench.OpeningOf(*run.ended_entry) : nullptr;
    if (opening == nullptr) return std::nullopt;
    for (const auto& [name, value] : opening->counts) sums[name] += value;
  }
  return sums;
}

void CheckFinished(const Bench& bench, Check& check, const Batch& batch, uint64_t records,
                   const ledger::Counts& runs) {
  const uint64_t entry = *batch.finished_entry;
  const ledger::Opening* opening = bench.OpeningOf(entry);
  if (opening == nullptr) return check.NotProvable(entry, "its counts are not opened");
  const ledger::Counts& finished = opening->counts;
  // A receipt can settle what was unknown when its run ended; nothing else moves.
  const bool settled = Get(finished, "sent") >= Get(runs, "sent") &&
                       Get(finished, "unknown") <= Get(runs, "unknown") &&
                       Get(finished, "refused") == Get(runs, "refused");
  if (!settled || RunTotal(finished) != RunTotal(runs)) {
    check.Broken(entry, fmt::format("says {} sent, {} refused, {} unknown; its runs say {}, {}, {}",
                                    Get(finished, "sent"), Get(finished, "refused"),
                                    Get(finished, "unknown"), Get(runs, "sent"),
                                    Get(runs, "refused"), Get(runs, "unknown")));
  }
  if (SumWithPrefix(finished, "withheld.") != SumWithPrefix(runs, "withheld.")) {
    check.Broken(entry, "withheld others than its runs did");
  }
  // What was lost with a file has an entry of its own, which the balance counts.
  const uint64_t accounted = RunTotal(runs) + Get(finished, "expired") + Get(finished, "lost");
  if (accounted != records) {
    check.Broken(entry, fmt::format("accounts for {} of the {} records that were planned",
                                    accounted, records));
  }
}

void CheckEachBatch(const Bench& bench, Part& part) {
  Check check(part, "each batch that ended accounts for every record that was planned");
  for (const auto& [id, batch] : bench.history.batches) {
    const ledger::Opening* planned = bench.OpeningOf(batch.planned_entry);
    const auto runs = RunsOf(bench, batch);
    if (!batch.Ended()) continue;
    check.Count();
    const uint64_t end = batch.finished_entry ? *batch.finished_entry : *batch.cancelled_entry;
    if (planned == nullptr || !runs) {
      check.NotProvable(end, "the counts of this batch are not all opened");
      continue;
    }
    const uint64_t records = Get(planned->counts, "records");
    if (batch.finished_entry) {
      CheckFinished(bench, check, batch, records, *runs);
    } else if (const ledger::Opening* opening = bench.OpeningOf(end); opening == nullptr) {
      check.NotProvable(end, "its counts are not opened");
    } else {
      const uint64_t accounted =
          RunTotal(*runs) + Get(opening->counts, "returned") + Get(opening->counts, "lost");
      if (accounted == records) continue;
      check.Broken(end, fmt::format("accounts for {} of the {} records that were planned",
                                    accounted, records));
    }
  }
}

// A sweep and a dispatch exclude each other, so a run that is open during a sweep has crashed: what
// the next command writes as its end is what it had attempted then.
std::optional<uint64_t> CrashedTotal(const Bench& bench, const Balance& balance) {
  uint64_t total = 0;
  for (const auto& [run_id, batch_id] : balance.open) {
    const auto batch = bench.history.batches.find(batch_id);
    if (batch == bench.history.batches.end()) return std::nullopt;
    const ledger::Opening* opening = nullptr;
    for (const Run& run : batch->second.runs) {
      if (run.id == run_id && run.ended_entry) opening = bench.OpeningOf(*run.ended_entry);
    }
    if (opening == nullptr) return std::nullopt;
    total += RunTotal(opening->counts);
  }
  return total;
}

// Records that lie in sealed/ and were not attempted, or nothing when that cannot be told.
std::optional<uint64_t> Outstanding(const Bench& bench) {
  uint64_t records = 0;
  if (MissingFiles(*bench.home) > 0) return std::nullopt;  // the next sweep says what was lost
  for (const HeldFile& file : bench.home->sealed) {
    if (!file.header) return std::nullopt;
    // What the store does not name is in no count: a crash left it, and nobody uses it.
    if (!IsNamed(*bench.home, file)) continue;
    if (file.header->kind == seal::SealedKind::kIntake) records += file.records;
  }
  for (const auto& [id, batch] : bench.history.batches) {
    if (batch.Ended()) continue;
    const auto manifest = ManifestOf(bench.evidence, batch);
    if (!manifest) return std::nullopt;
    const bool there = std::any_of(
        bench.home->sealed.begin(), bench.home->sealed.end(), [&](const HeldFile& file) {
          return file.hash == manifest->file_hash && IsNamed(*bench.home, file);
        });
    if (!there) continue;  // lost: the ledger says how many
    const ledger::Opening* planned = bench.OpeningOf(batch.planned_entry);
    const auto runs = RunsOf(bench, batch);
    if (planned == nullptr || !runs || RunTotal(*runs) > Get(planned->counts, "records")) {
      return std::nullopt;
    }
    records += Get(planned->counts, "records") - RunTotal(*runs);
  }
  return records;
}

void CheckImports(const Bench& bench, Part& part) {
  Check check(part, "each import accounts for every number that was found");
  for (const Import& import : bench.history.imports) {
    check.Count();
    const ledger::Opening* opening = bench.OpeningOf(import.entry);
    if (opening == nullptr) {
      check.NotProvable(import.entry, "its counts are not opened");
      continue;
    }
    const ledger::Counts& c = opening->counts;
    const uint64_t accounted = Get(c, "new") + Get(c, "repeated") + SumWithPrefix(c, "withheld.") +
                               SumWithPrefix(c, "rejected.");
    if (accounted != Get(c, "found")) {
      check.Broken(import.entry, fmt::format("accounts for {} of {} that were found", accounted,
                                             Get(c, "found")));
    }
  }
}

void CheckBalance(const Bench& bench, Part& part) {
  Check check(part,
              "at each sweep: in = sent + refused + unknown + withheld + expired + lost + "
              "outstanding");
  Balance balance;
  for (uint64_t i = 0; i < bench.history.events.size(); ++i) {
    const auto& event = bench.history.events[i];
    if (!event) {
      balance.known = false;
      continue;
    }
    const ledger::Opening* opening = bench.OpeningOf(i);
    AddTo(balance, event->body, opening);
    if (!std::holds_alternative<ledger::Swept>(event->body)) continue;
    check.Count();
    if (!balance.known) {
      check.NotProvable(i, "counts up to here are not all opened");
      continue;
    }
    const auto crashed = CrashedTotal(bench, balance);
    if (!crashed) {
      check.NotProvable(i, "a run was open during this sweep, and its counts are not known");
      continue;
    }
    const uint64_t accounted = balance.out + *crashed + Get(opening->counts, "outstanding");
    if (balance.in != accounted) {
      check.Broken(i, fmt::format("{} came in, {} are accounted for", balance.in, accounted));
    }
  }
  if (bench.home == nullptr) return;
  check.Count();
  const auto outstanding = Outstanding(bench);
  if (bench.home->busy || !balance.open.empty() || !balance.known || !outstanding) {
    check.NotProvable("what lies in sealed/ cannot be compared with the ledger now");
  } else if (balance.in != balance.out + *outstanding) {
    check.Broken(fmt::format("{} came in, {} are accounted for by the ledger and by sealed/",
                             balance.in, balance.out + *outstanding));
  }
}

}  // namespace

void AddTo(Balance& balance, const ledger::EventBody& body, const ledger::Opening* opening) {
  if (const auto* opened = std::get_if<ledger::BatchOpened>(&body)) {
    balance.open[opened->run] = opened->batch;
  }
  if (const auto* ended = std::get_if<ledger::BatchRunEnded>(&body)) balance.open.erase(ended->run);
  const bool counts = std::holds_alternative<ledger::ImportDone>(body) ||
                      std::holds_alternative<ledger::BatchPlanned>(body) ||
                      std::holds_alternative<ledger::BatchRunEnded>(body) ||
                      std::holds_alternative<ledger::BatchFinished>(body) ||
                      std::holds_alternative<ledger::Swept>(body) ||
                      std::holds_alternative<ledger::RecordsLost>(body);
  if (!counts) return;
  if (opening == nullptr) {
    balance.known = false;
    return;
  }
  const ledger::Counts& c = opening->counts;
  if (std::holds_alternative<ledger::ImportDone>(body)) balance.in += Get(c, "new");
  if (std::holds_alternative<ledger::BatchPlanned>(body))
    balance.out += SumWithPrefix(c, "withheld.");
  if (std::holds_alternative<ledger::BatchRunEnded>(body)) balance.out += RunTotal(c);
  if (std::holds_alternative<ledger::BatchFinished>(body)) balance.out += Get(c, "expired");
  if (std::holds_alternative<ledger::Swept>(body)) balance.out += Get(c, "numbers.expired");
  if (std::holds_alternative<ledger::RecordsLost>(body)) balance.out += Get(c, "lost");
}

void CheckOnce(const Bench& bench, Part& part) {
  CheckOpenings(bench, part);
  if (bench.evidence.openings.empty() && !bench.history.imports.empty()) {
    part.NotProvable("the counts are commitments; only evidence with openings shows them");
  } else {
    CheckImports(bench, part);
    CheckEachBatch(bench, part);
    CheckBalance(bench, part);
  }
  if (!bench.history.facts.policies().empty()) {
    if (const KnownPolicy* known = bench.PolicyOf(bench.history.facts.policies().back())) {
      part.Limit(fmt::format("that it lasts longer than the {} days that the policy keeps a token",
                             known->policy.retention.contact_token_messaged_days));
    }
  }
  part.Limit(
      "that no person has two sealed numbers: people are told apart by tokens, which no "
      "ledger holds");
  part.Limit(
      "that no row was taken out of the register of who was texted: its rows are those tokens, so "
      "a removal is not noticed, and that person can come in and be texted again");
}

}  // namespace signpost::verifier
