// Decodes the ledger once for the verifier, with what each check needs beside it.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/shared/ledger/evidence.h"
#include "core/shared/ledger/ledger_state.h"
#include "core/verifier/home/home_contents.h"
#include "core/verifier/report.h"
#include "crypto/note/note.h"
#include "policy/decision.h"

namespace signpost::verifier {

struct Fault {  // an entry that cannot be read, or cannot stand where it stands
  uint64_t entry = 0;
  std::string what;
  std::optional<ledger::Event> event;  // nothing: it cannot be read
};

struct Run {
  RunId id;
  uint64_t opened_entry = 0;
  Instant opened_at;
  policy::BatchFacts at_opening;  // what the ledger said then
  Digest policy_in_force{};
  std::optional<uint64_t> ended_entry;
  ledger::BatchRunEnded ended;  // meaningful with ended_entry
};

struct Batch {
  ledger::BatchPlanned planned;
  uint64_t planned_entry = 0;
  Instant planned_at;
  std::vector<Run> runs;
  std::set<std::string> withdrawn;         // approvers who withdrew at some time
  std::optional<uint64_t> finished_entry;  // BatchFinished
  bool expired = false;
  std::optional<uint64_t> cancelled_entry;
  bool Ended() const { return finished_entry || cancelled_entry; }
};

struct Import {
  uint64_t entry = 0;
  Instant at;
  ledger::ImportDone done;
  Digest policy{};  // in force then
};

struct Epoch {
  uint64_t entry = 0;
  Instant at;
  ledger::EpochCreated created;
  Digest policy{};
  std::optional<uint64_t> destroyed_entry;
  Instant destroyed_at;
};

struct PolicyStep {
  uint64_t entry = 0;
  ledger::PolicyApplied applied;
};

struct History {
  std::vector<std::optional<ledger::Event>> events;  // by index; nothing where it cannot be read
  std::vector<Fault> faults;
  ledger::LedgerState facts;
  std::map<BatchId, Batch> batches;
  std::map<EpochId, Epoch> epochs;
  std::vector<Import> imports;
  std::vector<PolicyStep> policy_steps;
};
History Fold(const std::vector<std::string>& entries);

// A policy whose text is in the evidence, hashes to its name and parses.
struct KnownPolicy {
  policy::Policy policy;
  std::vector<note::NoteVerifier> approvers;  // in policy.approvers' order
  std::vector<note::NoteVerifier> planners;
};

struct Bench {  // what every check gets
  const ledger::Evidence& evidence;
  const HomeContents* home;  // null: a folder
  const History& history;
  std::map<Digest, KnownPolicy> policies;
  // Until when the evidence speaks. A home speaks until now; a folder until its newest entry, and
  // what was due after that is not provable from it.
  Instant speaks_until;
  Instant now;

  const KnownPolicy* PolicyOf(const Digest& hash) const;
  const ledger::Opening* OpeningOf(uint64_t entry) const;  // present and giving its commitment
};

// The manifest that was planned: in the evidence, with the hash that the ledger has.
std::optional<policy::Manifest> ManifestOf(const ledger::Evidence& evidence, const Batch& batch);

uint64_t Get(const ledger::Counts& counts, const std::string& name);
uint64_t SumWithPrefix(const ledger::Counts& counts, const std::string& prefix);  // "withheld."
uint64_t RunTotal(const ledger::Counts& counts);  // sent + refused + unknown + withheld.*
// Whether the opener may have refused: "gateway" is the name of a refusal, too.
bool MayBeRefusal(ledger::RunEnd why);

struct Balance {
  uint64_t in = 0;
  uint64_t out = 0;
  bool known = true;              // every entry so far that counts is opened
  std::map<RunId, BatchId> open;  // runs that were opened and have not ended
};
void AddTo(Balance& balance, const ledger::EventBody& body, const ledger::Opening* opening);

bool IsNamed(const HomeContents& home, const HeldFile& file);  // by the store, as this kind
uint64_t MissingFiles(const HomeContents& home);               // rows without their file

void CheckPolicies(Bench& bench, Part& part);  // fills bench.policies
void CheckBatches(const Bench& bench, Part& part);
void CheckOnce(const Bench& bench, Part& part);
void CheckNotKept(const Bench& bench, Part& part);
void CheckKeysInHome(const Bench& bench, Part& part);   // promise 3
void CheckOptOuts(const Bench& bench, Part& part);      // promise 4
void CheckFilesInHome(const Bench& bench, Part& part);  // promise 2

}  // namespace signpost::verifier
