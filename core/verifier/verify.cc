#include "core/verifier/verify.h"

#include <fmt/format.h>

#include "core/verifier/history.h"
#include "crypto/tree/tree.h"

namespace signpost::verifier {
namespace {

// The checkpoint under this evidence, with its note; nothing (and why, in the report) without one.
struct Signed {
  note::Note note;
  note::Checkpoint checkpoint;
};

std::optional<Signed> ReadCheckpoint(const std::string& bytes) {
  auto note = note::Note::Parse(bytes);
  if (!note) return std::nullopt;
  const auto checkpoint = note::Checkpoint::Parse(note->text());
  if (!checkpoint) return std::nullopt;
  return Signed{std::move(*note), *checkpoint};
}

bool SignedWith(const note::Note& note, const note::NoteVerifier& key) {
  const auto signers = note.VerifiedBy(std::span(&key, 1));
  return signers && signers->size() == 1;
}

std::vector<Digest> Leaves(const std::vector<std::string>& entries) {
  std::vector<Digest> leaves;
  leaves.reserve(entries.size());
  for (const std::string& entry : entries) leaves.push_back(tree::LeafHash(entry));
  return leaves;
}

void CheckTree(const ledger::Evidence& evidence, const std::optional<Signed>& signed_by,
               const std::vector<Digest>& leaves, Part& part) {
  for (const std::string& path : evidence.tile_faults) {
    part.Broken(path + " does not hold the hashes of these entries");
  }
  if (!signed_by) return part.Broken("there is no checkpoint that can be read");
  const note::Checkpoint& checkpoint = signed_by->checkpoint;
  if (checkpoint.size > leaves.size()) {
    return part.Broken(fmt::format("the checkpoint speaks of {} entries, {} are there",
                                   checkpoint.size, leaves.size()));
  }
  if (tree::RootOf(std::span(leaves).first(checkpoint.size)) != checkpoint.root) {
    return part.Broken(fmt::format(
        "the {} entries do not give the checkpoint's root: one was changed, dropped or moved",
        checkpoint.size));
  }
  part.Held(fmt::format("{} entries give the checkpoint's root {}", checkpoint.size,
                        ToBase64(checkpoint.root)));
  if (checkpoint.size < leaves.size()) {
    part.NotProvable(fmt::format("{} entries stand behind the checkpoint and are not signed",
                                 leaves.size() - checkpoint.size),
                     checkpoint.size);
  }
}

// RFC 9162 consistency, computed: all entries are here, so the old root can be made again.
void CheckSince(const Signed& since, const Signed& now, const note::NoteVerifier& key,
                const std::vector<Digest>& leaves, Part& part) {
  const note::Checkpoint& old = since.checkpoint;
  if (!SignedWith(since.note, key)) {
    return part.Broken("the checkpoint that was kept is not signed by this key");
  }
  if (old.origin != now.checkpoint.origin) {
    return part.Broken("the checkpoint that was kept is of another log");
  }
  if (old.size > now.checkpoint.size) {
    return part.Broken(fmt::format("rewound: {} entries were signed before, {} now", old.size,
                                   now.checkpoint.size));
  }
  if (old.size > leaves.size() || tree::RootOf(std::span(leaves).first(old.size)) != old.root) {
    return part.Broken(
        fmt::format("the first {} entries are not those that were signed before", old.size));
  }
  part.Held(fmt::format("extends the checkpoint of {} entries that was kept", old.size));
}

Result<void> CheckSignatures(const VerifyOptions& options, const History& history,
                             const std::optional<Signed>& signed_by,
                             const std::vector<Digest>& leaves, Part& part) {
  const bool created = history.facts.size() > 0;
  const std::string own = created ? history.facts.home().ledger_vkey : "";
  const auto key = note::NoteVerifier::Parse(options.key.empty() ? own : options.key);
  if (!key && !options.key.empty()) {
    return Fail(Code::kUsage, "not a verifier key (name+hash+key)", "--key");
  }
  std::optional<Signed> since;
  if (options.since) {
    since = ReadCheckpoint(*options.since);
    if (!since) return Fail(Code::kInput, "not a signed checkpoint", "--since");
  }
  if (!key) {
    part.Broken("the ledger names no key that can be read");
  } else if (!signed_by || !SignedWith(signed_by->note, *key)) {
    part.Broken("the checkpoint is not signed by " + key->name());
  } else if (created && !options.key.empty() && own != key->Text()) {
    part.Broken("the ledger names another key than the one that was given", 0);
  } else {
    part.Held("the checkpoint is signed by " + key->Text());
    if (options.key.empty()) {
      part.Limit(
          "that this is the right key: it was taken from the log itself; get it from somewhere "
          "else and give it with --key");
    }
  }
  if (since && key && signed_by) CheckSince(*since, *signed_by, *key, leaves, part);
  if (!since) {
    part.Limit(
        "that nothing was taken back since you last looked: keep a checkpoint and give it with "
        "--since");
  }
  return {};
}

// Which promise an entry that breaks a rule speaks of.
Part& PartOf(Report& report, const Fault& fault) {
  if (!fault.event) return report.not_readable();  // nobody can say what it carries
  const ledger::EventBody& body = fault.event->body;
  if (std::holds_alternative<ledger::EpochCreated>(body) ||
      std::holds_alternative<ledger::EpochDestroyed>(body) ||
      std::holds_alternative<ledger::ImportDone>(body) ||
      std::holds_alternative<ledger::Swept>(body) ||
      std::holds_alternative<ledger::RecordsLost>(body)) {
    return report.not_kept();
  }
  if (std::holds_alternative<ledger::BatchRunEnded>(body) ||
      std::holds_alternative<ledger::BatchFinished>(body) ||
      std::holds_alternative<ledger::OutcomesChanged>(body)) {
    return report.once();
  }
  if (std::holds_alternative<ledger::OptOutsRecorded>(body) ||
      std::holds_alternative<ledger::ProtectedRecorded>(body)) {
    return report.stoppable();
  }
  return report.as_approved();
}

void ReportFaults(const History& history, Report& report) {
  constexpr size_t kMaxFaults = 100;  // one broken entry can break the rules for all that follow
  for (const Fault& fault : history.faults) {
    Part& part = PartOf(report, fault);
    if (part.lines().size() < kMaxFaults) part.Broken(fault.what, fault.entry);
  }
  if (std::none_of(history.faults.begin(), history.faults.end(),
                   [](const Fault& fault) { return !fault.event; })) {
    report.not_readable().Held(fmt::format(
        "each of {} entries is a typed event without a field for a number, a token or a case",
        history.events.size()));
  }
}

std::string Subject(const ledger::Evidence& evidence, const History& history,
                    const std::optional<Signed>& signed_by) {
  std::string out = "ledger";
  if (signed_by) out += " " + signed_by->checkpoint.origin;
  out += fmt::format(": {} entries", evidence.entries.size());
  if (!history.events.empty() && history.events.front()) {
    out += fmt::format(", {} to {}", history.events.front()->at.Text(),
                       history.facts.last_time().Text());
  }
  if (history.facts.size() > 0) {
    out += fmt::format(", {}", ModeName(history.facts.home().mode));
  }
  return out;
}

}  // namespace

bool IsRehearsal(const ledger::Evidence& evidence) {
  if (evidence.entries.empty()) return false;
  const auto event = ledger::DecodeEvent(evidence.entries.front());
  const auto* created = event ? std::get_if<ledger::HomeCreated>(&event->body) : nullptr;
  return created != nullptr && created->mode == Mode::kRehearsal;
}

Result<Report> Verify(const ledger::Evidence& evidence, const HomeContents* home,
                      const VerifyOptions& options) {
  if (evidence.entries.empty()) {
    return Fail(Code::kInput, "there is no entry", "ledger", "a ledger begins with home.created");
  }
  const History history = Fold(evidence.entries);
  const auto signed_by = ReadCheckpoint(evidence.checkpoint);
  const std::vector<Digest> leaves = Leaves(evidence.entries);

  Report report;
  report.subject = Subject(evidence, history, signed_by);
  CheckTree(evidence, signed_by, leaves, report.tree);
  TRY(CheckSignatures(options, history, signed_by, leaves, report.signatures));
  ReportFaults(history, report);
  if (history.facts.size() == 0) {  // no home.created: nothing that follows stands on anything
    for (Part& part : report.promises) part.NotProvable("the ledger has no beginning");
    return report;
  }
  Bench bench{evidence, home, history, {}, history.facts.last_time(), options.now};
  bench.now = std::max(options.now, history.facts.last_time());
  if (home != nullptr) bench.speaks_until = bench.now;
  CheckPolicies(bench, report.as_approved());
  CheckOnce(bench, report.once());
  CheckNotKept(bench, report.not_kept());
  CheckKeysInHome(bench, report.not_readable());
  report.not_readable().Limit(
      "what somebody wrote where an event has a text (by, why, to): read them");
  CheckOptOuts(bench, report.stoppable());
  CheckBatches(bench, report.as_approved());
  if (report.tree.verdict() == Verdict::kBroken ||
      report.signatures.verdict() == Verdict::kBroken) {
    for (Part& part : report.promises) {
      part.NotProvable(
          "these are not the entries that were signed: they show what somebody wrote, "
          "not what happened");
    }
  }
  return report;
}

}  // namespace signpost::verifier
