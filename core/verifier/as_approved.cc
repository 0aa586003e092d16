// Promise 5: what went out is what was approved. Each opening of a batch is decided again with the
// function that the opener uses, from the ledger as it was then.
#include <fmt/format.h>

#include "core/verifier/history.h"
#include "policy/policy_toml.h"

namespace signpost::verifier {
namespace {

std::string Short(const Digest& digest) { return ToHex(digest).substr(0, 12); }

std::optional<KnownPolicy> ReadPolicy(const std::string& text) {
  auto policy = policy::ParsePolicy(text, "policy");
  if (!policy) return std::nullopt;
  KnownPolicy known;
  for (const policy::Approver& approver : policy->approvers) {
    auto key = note::NoteVerifier::Parse(approver.vkey);
    if (!key || key->name() != approver.name) return std::nullopt;
    known.approvers.push_back(*key);
  }
  for (const policy::Planner& planner : policy->planners) {
    auto key = note::NoteVerifier::Parse(planner.vkey);
    if (!key || key->name() != planner.name) return std::nullopt;
    known.planners.push_back(*key);
  }
  known.policy = std::move(*policy);
  return known;
}

// The names of `keys` whose signatures stand under the note. Nothing: one of theirs is forged.
std::optional<std::vector<std::string>> SignedBy(const note::Note& note,
                                                 const std::vector<note::NoteVerifier>& keys) {
  const auto indexes = note.VerifiedBy(keys);
  if (!indexes) return std::nullopt;
  std::vector<std::string> names;
  for (const size_t i : *indexes) names.push_back(keys[i].name());
  return names;
}

bool Has(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void CheckChange(const Bench& bench, Check& check, const PolicyStep& step) {
  const KnownPolicy* previous = bench.PolicyOf(step.applied.previous);
  const std::string* document = bench.evidence.Document("policy-change", ToHex(step.applied.next));
  if (previous == nullptr || document == nullptr) {
    return check.NotProvable(step.entry,
                             "the change's signatures or the policy before it are not in "
                             "the evidence");
  }
  const auto note = note::Note::Parse(*document);
  if (!note || note->text() != policy::PolicyChangeText(step.applied.previous, step.applied.next)) {
    return check.Broken(step.entry, "what was signed is another change");
  }
  const auto names = SignedBy(*note, previous->approvers);
  if (!names) return check.Broken(step.entry, "a signature under the change is forged");
  if (!policy::MissingApprovals(previous->policy, "", *names).Enough()) {
    return check.Broken(step.entry, "too few approvers of the policy before it signed the change");
  }
  for (const std::string& name : step.applied.approved_by) {
    if (!Has(*names, name)) check.Broken(step.entry, "names an approver who did not sign");
  }
}

// The batch with its manifest, when that can be believed.
struct Approved {
  const KnownPolicy* policy = nullptr;
  policy::Manifest manifest;
  bool planner_signed = false;
  std::vector<std::string> approver_signatures;
};

std::optional<Approved> ReadManifest(const Bench& bench, Check& check, const Batch& batch) {
  const uint64_t entry = batch.planned_entry;
  const std::string* document = bench.evidence.Document("manifest", batch.planned.batch.Hex());
  Approved approved;
  approved.policy = bench.PolicyOf(batch.planned.policy);
  if (document == nullptr || approved.policy == nullptr) {
    check.NotProvable(entry, "its manifest or its policy is not in the evidence");
    return std::nullopt;
  }
  const auto note = note::Note::Parse(*document);
  if (!note || Sha256(note->text()) != batch.planned.manifest) {
    check.Broken(entry, "the manifest is not the one that was planned");
    return std::nullopt;
  }
  const auto manifest = ManifestOf(bench.evidence, batch);
  if (!manifest) {
    check.Broken(entry, "the manifest that was planned is not a manifest");
    return std::nullopt;
  }
  approved.manifest = *manifest;
  const auto approvers = SignedBy(*note, approved.policy->approvers);
  const auto planners = SignedBy(*note, approved.policy->planners);
  if (!approvers || !planners) {
    check.Broken(entry, "a signature under the manifest is forged");
    return std::nullopt;
  }
  approved.approver_signatures = *approvers;
  approved.planner_signed = Has(*planners, manifest->planner);
  return approved;
}

void CheckManifest(const Bench& bench, Check& check, const Batch& batch, const Approved& approved) {
  const uint64_t entry = batch.planned_entry;
  const policy::Manifest& m = approved.manifest;
  if (m.batch != batch.planned.batch || m.policy_hash != batch.planned.policy ||
      m.expires != batch.planned.expires) {
    check.Broken(entry, "the ledger and the manifest differ in batch, policy or expiry");
  }
  if (m.mode != bench.history.facts.home().mode) {
    check.Broken(entry, "a live manifest in a rehearsal, or the other way round");
  }
  if (m.planned > batch.planned_at + policy::kClockSlackSeconds) {
    check.Broken(entry, "the manifest is dated ahead of its entry, which would stretch its expiry");
  }
  if (!approved.planner_signed) check.Broken(entry, "not signed by the planner that it names");
  if (const ledger::Opening* opening = bench.OpeningOf(entry);
      opening != nullptr && Get(opening->counts, "records") != m.records) {
    check.Broken(entry, fmt::format("{} records were planned, the manifest says {}",
                                    Get(opening->counts, "records"), m.records));
  }
  const std::string* message = bench.evidence.Document("message", ToHex(m.message_hash));
  if (message != nullptr && Sha256(*message) != m.message_hash) {
    check.Broken(entry, "the message beside it is not the one in the manifest");
  }
}

policy::OpenFacts FactsAt(const Bench& bench, const Batch& batch, const Run& run,
                          const Approved& approved) {
  policy::OpenFacts facts;
  facts.policy_in_force = run.policy_in_force;
  facts.batch = run.at_opening;
  facts.planner_signed = approved.planner_signed;
  facts.approver_signatures = approved.approver_signatures;
  facts.manifest_hash = batch.planned.manifest;
  facts.keys_mode = bench.history.facts.home().mode;
  facts.last_entry_time = run.opened_at;
  // What only the opener sees, the file and the text, is taken as the manifest has it.
  facts.file_hash = approved.manifest.file_hash;
  facts.message_hash = approved.manifest.message_hash;
  facts.records_in_file = approved.manifest.records;
  facts.earliest_deadline = Day{INT32_MAX / 2};
  for (const SectionId& section : batch.planned.sections) {
    const Epoch& epoch = bench.history.epochs.at(bench.history.facts.sections().at(section));
    facts.earliest_deadline = std::min(facts.earliest_deadline, epoch.created.deadline);
  }
  return facts;
}

// An approver who withdrew after this run takes the signature along; then only the ledger's entry
// is left to show that it stood.
bool WouldStandWithWithdrawn(const Batch& batch, const Run& run, const Approved& approved) {
  std::vector<std::string> signers = approved.approver_signatures;
  signers.insert(signers.end(), batch.withdrawn.begin(), batch.withdrawn.end());
  const auto standing = policy::StandingApprovals(run.at_opening.approvals, signers);
  return policy::MissingApprovals(approved.policy->policy, approved.manifest.planner, standing)
      .Enough();
}

void CheckRun(const Bench& bench, Check& check, const Batch& batch, const Run& run,
              const Approved& approved) {
  const ledger::Opening* opening = run.ended_entry ? bench.OpeningOf(*run.ended_entry) : nullptr;
  if (run.ended_entry) {
    const policy::ManifestGateway& gateway = approved.manifest.gateway;
    if (run.ended.to != gateway.name + " " + gateway.host) {
      check.Broken(*run.ended_entry, "went to another gateway than the manifest names");
    }
  }
  const policy::Refusal refusal =
      policy::MayOpen(approved.policy->policy, approved.manifest,
                      FactsAt(bench, batch, run, approved), run.opened_at);
  if (refusal == policy::Refusal::kNone) return;
  // The entry comes before the opener is started. That the opener then refused is no breach.
  const bool refused = run.ended_entry && MayBeRefusal(run.ended.why);
  if (refused && opening != nullptr && RunTotal(opening->counts) == 0) return;
  const std::string what = fmt::format("opened although: {}", policy::RefusalName(refusal));
  if (!run.ended_entry) {
    check.NotProvable(run.opened_entry, what + " (this run has not ended)");
  } else if (refused && opening == nullptr) {
    check.NotProvable(run.opened_entry, what + " (refused; its counts are not opened)");
  } else if (refusal == policy::Refusal::kNotApproved &&
             WouldStandWithWithdrawn(batch, run, approved)) {
    check.NotProvable(run.opened_entry, "an approval that stood then was withdrawn later");
  } else {
    check.Broken(run.opened_entry, what);
  }
}

void CheckAmounts(const Bench& bench, Check& check, const Batch& batch, const Approved& approved) {
  uint64_t attempted = 0;
  for (const Run& run : batch.runs) {
    if (!run.ended_entry) continue;
    const ledger::Opening* opening = bench.OpeningOf(*run.ended_entry);
    check.Count();
    if (opening == nullptr) {
      check.NotProvable(*run.ended_entry, "its counts are not opened");
      continue;
    }
    attempted += Get(opening->counts, "sent") + Get(opening->counts, "refused") +
                 Get(opening->counts, "unknown");
    if (attempted > approved.manifest.records) {
      check.Broken(*run.ended_entry, fmt::format("{} attempts, {} were approved", attempted,
                                                 approved.manifest.records));
    } else if (attempted * approved.manifest.segments > approved.manifest.budget) {
      check.Broken(*run.ended_entry,
                   fmt::format("{} segments, the budget is {}",
                               attempted * approved.manifest.segments, approved.manifest.budget));
    }
  }
}

}  // namespace

void CheckPolicies(Bench& bench, Part& part) {
  {
    Check check(part, "each policy that was in force is in the evidence");
    std::set<Digest> hashes(bench.history.facts.policies().begin(),
                            bench.history.facts.policies().end());
    for (const Digest& hash : hashes) {
      check.Count();
      const std::string* text = bench.evidence.Document("policy", ToHex(hash));
      if (text == nullptr) {
        check.NotProvable("the text of policy " + Short(hash) + " is not in the evidence");
      } else if (Sha256(*text) != hash) {
        check.Broken("the text beside policy " + Short(hash) + " has another hash");
      } else if (auto known = ReadPolicy(*text)) {
        bench.policies.emplace(hash, std::move(*known));
      } else {
        check.Broken("policy " + Short(hash) + " cannot be read as a policy");
      }
    }
  }
  Check check(part, "each change of policy was signed by approvers of the policy before it");
  for (const PolicyStep& step : bench.history.policy_steps) {
    check.Count();
    CheckChange(bench, check, step);
  }
}

void CheckBatches(const Bench& bench, Part& part) {
  std::map<BatchId, Approved> all;
  {
    Check check(part, "each manifest is the one that was planned, and its planner signed it");
    for (const auto& [id, batch] : bench.history.batches) {
      check.Count();
      auto approved = ReadManifest(bench, check, batch);
      if (!approved) continue;
      CheckManifest(bench, check, batch, *approved);
      all.emplace(id, std::move(*approved));
    }
  }
  {
    Check check(part,
                "each run was approved, in its hours, before its expiry, within the policy, and "
                "went where the manifest says");
    for (const auto& [id, approved] : all) {
      const Batch& batch = bench.history.batches.at(id);
      for (const Run& run : batch.runs) {
        check.Count();
        CheckRun(bench, check, batch, run, approved);
      }
    }
  }
  {
    Check check(part, "no more was sent than was approved");
    for (const auto& [id, approved] : all) {
      CheckAmounts(bench, check, bench.history.batches.at(id), approved);
    }
  }
  part.Limit(
      "that the bytes given to the gateway are the approved text: the opener checks that "
      "before it uses a key");
  part.Limit("the minute of each message: the ledger has the beginning and the end of each run");
}

}  // namespace signpost::verifier
