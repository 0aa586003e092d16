#include "core/opener/evidence.h"

#include <algorithm>
#include <set>

#include "core/shared/signatures/signatures.h"
#include "core/shared/sms/alphabet.h"
#include "core/shared/wire/sender_boundary.h"
#include "crypto/note/note.h"
#include "policy/policy_toml.h"

namespace signpost {
namespace {

constexpr Day kFarDay = {2932896};  // 9999-12-31

// How signpost says that a run ended which the opener had accepted. The other reasons are refusals,
// and "crashed", which may have been before the opener knew anything.
bool NeededAnOpener(const BatchRunEnded& ended) {
  return ended.why == "done" || ended.why == "stopped" || ended.why == "gateway";
}

}  // namespace

void OpenerEvidence::Keep(std::string_view text, std::vector<std::string>& list) {
  policy_bytes_ += text.size();
  if (policy_bytes_ <= opener::kPoliciesBytesMax) list.emplace_back(text);
}

void OpenerEvidence::AddEntry(std::string_view entry) {
  if (!entries_good_) return;
  if (tree_.size() == state_.ledger_size()) {
    extends_ = tree_.size() == 0 || tree_.Root() == state_.ledger_root();
  }
  const Result<Event> event = DecodeEvent(entry);
  if (!event || !facts_.Add(*event)) {
    entries_good_ = false;
    broken_entry_ = tree_.size();
    return;
  }
  const auto* ended = std::get_if<BatchRunEnded>(&event->body);
  if (ended != nullptr && NeededAnOpener(*ended)) opener_was_used_ = true;
  tree_.Append(LeafHash(entry));
}

Refusal OpenerEvidence::CheckLedger() {
  const Result<NoteVerifier> key = NoteVerifier::Parse(trust_.ledger_vkey);
  const Result<Note> note = Note::Parse(checkpoint_note_);
  if (!key || !note) return Refusal::kLedgerSignature;
  const Result<std::vector<size_t>> signers = note->VerifiedBy(std::span(&*key, 1));
  if (!signers || signers->empty()) return Refusal::kLedgerSignature;
  const Result<Checkpoint> checkpoint = Checkpoint::Parse(note->text());
  if (!checkpoint || checkpoint->origin != key->name()) return Refusal::kLedgerSignature;
  if (checkpoint->size < state_.ledger_size()) return Refusal::kLedgerRewound;
  if (tree_.size() == state_.ledger_size() && entries_good_) {
    extends_ = tree_.Root() == state_.ledger_root();
  }
  if (!entries_good_) return Refusal::kLedgerEntries;
  if (!extends_) return Refusal::kLedgerRewound;
  if (checkpoint->size != tree_.size() || checkpoint->root != tree_.Root()) {
    return Refusal::kLedgerEntries;
  }
  // A state that never saw a ledger is not the state of a home whose opener has worked.
  if (state_.ledger_size() == 0 && opener_was_used_) return Refusal::kState;
  ledger_holds_ = true;
  return Refusal::kNone;
}

Refusal OpenerEvidence::CheckPolicies() {
  const std::vector<Digest>& in_ledger = facts_.policies();
  if (in_ledger.empty() || in_ledger.front() != trust_.genesis_policy ||
      facts_.home().mode != trust_.mode || policies_.size() != in_ledger.size() ||
      changes_.size() != in_ledger.size() - 1) {
    return Refusal::kPolicyChain;
  }
  // No policy comes twice: the signatures of its first time would carry it again.
  if (std::set<Digest>(in_ledger.begin(), in_ledger.end()).size() != in_ledger.size()) {
    return Refusal::kPolicyChain;
  }
  for (size_t i = 0; i < policies_.size(); ++i) {
    if (Sha256(policies_[i]) != in_ledger[i]) return Refusal::kPolicyChain;
    Result<Policy> policy = ParsePolicy(policies_[i], "policy");
    if (!policy) return Refusal::kPolicyChain;
    if (i > 0) {  // signed under the one before
      const Result<Note> note = Note::Parse(changes_[i - 1]);
      if (!note || note->text() != PolicyChangeText(in_ledger[i - 1], in_ledger[i])) {
        return Refusal::kPolicyChain;
      }
      const Result<std::vector<std::string>> names = ApproversWhoSigned(policy_, *note);
      if (!names || !MissingApprovals(policy_, "", *names).Enough()) return Refusal::kPolicyChain;
    }
    policy_ = *std::move(policy);
  }
  return Refusal::kNone;
}

Refusal OpenerEvidence::CheckManifest(const BatchId& batch, OpenFacts& facts) {
  const auto known = facts_.batches().find(batch);
  const Result<Note> note = Note::Parse(manifest_note_);
  if (!note || known == facts_.batches().end()) return Refusal::kManifest;
  Result<Manifest> manifest = Manifest::Parse(note->text());
  facts.manifest_hash = Sha256(note->text());
  if (!manifest || manifest->batch != batch || facts.manifest_hash != known->second.manifest_hash) {
    return Refusal::kManifest;
  }
  manifest_ = *std::move(manifest);
  const Result<std::vector<std::string>> approvers = ApproversWhoSigned(policy_, *note);
  const Result<bool> planner = PlannerSigned(policy_, manifest_.planner, *note);
  if (!approvers || !planner) return Refusal::kManifest;  // a known key's signature fails
  facts.approver_signatures = *approvers;
  facts.planner_signed = *planner;
  facts.batch = known->second;
  if (!OpenedJustNow(batch)) facts.batch.times_opened = 0;
  facts.policy_in_force = facts_.policies().back();
  facts.message_hash = Sha256(message_);
  facts.keys_mode = trust_.mode;
  facts.last_entry_time = facts_.last_time();
  return Refusal::kNone;
}

bool OpenerEvidence::OpenedJustNow(const BatchId& batch) const {
  const auto known = facts_.batches().find(batch);
  return known != facts_.batches().end() && facts_.OpenRun(batch) == run_ &&
         known->second.last_opened_entry >= state_.ledger_size();
}

// A key from a backup still opens after the ledger says that it was destroyed: it must not be used.
bool OpenerEvidence::IsInLedger(const EpochFacts& key) const {
  const auto known = facts_.epochs().find(key.epoch);
  return known != facts_.epochs().end() && !known->second.destroyed &&
         known->second.created.public_key_hash == Sha256(key.public_key) &&
         known->second.created.deadline == key.deadline;
}

Refusal OpenerEvidence::CheckFile(const std::vector<OpenerKeys::Epoch>& epochs, OpenFacts& facts) {
  facts.file_hash = Sha256(file_bytes_);
  facts.earliest_deadline = kFarDay;
  Result<SealedFile> file = SealedFile::Decode(file_bytes_);
  if (!file || file->header.kind != SealedKind::kBatch) return Refusal::kFileChanged;
  file_ = *std::move(file);
  facts.records_in_file = static_cast<uint32_t>(file_.records.size());
  Refusal refusal = Refusal::kNone;
  for (const SectionHeader& section : file_.header.sections) {
    const auto key = std::find_if(epochs.begin(), epochs.end(), [&](const OpenerKeys::Epoch& e) {
      return e.facts.epoch == section.epoch;
    });
    if (key == epochs.end() || !IsInLedger(key->facts)) {
      refusal = Refusal::kKey;
    } else {
      facts.earliest_deadline = std::min(facts.earliest_deadline, key->facts.deadline);
    }
  }
  return refusal;
}

// What was approved is a text of so many segments under a sender of that name, whole.
bool OpenerEvidence::MessageAsApproved() const {
  if (message_.size() > sender::kTextMax || manifest_.sender.size() > sender::kSourceMax)
    return false;
  const auto parts = sms::Split(message_, static_cast<sms::Alphabet>(manifest_.alphabet));
  return parts && parts->size() == manifest_.segments;
}

Refusal OpenerEvidence::Decide(const std::vector<OpenerKeys::Epoch>& epochs, const BatchId& batch,
                               Instant now) {
  if (const Refusal r = CheckLedger(); r != Refusal::kNone) return r;
  if (const Refusal r = CheckPolicies(); r != Refusal::kNone) return r;
  OpenFacts facts;
  if (const Refusal r = CheckManifest(batch, facts); r != Refusal::kNone) return r;
  const Refusal file = CheckFile(epochs, facts);
  if (const Refusal r = MayOpen(policy_, manifest_, facts, now); r != Refusal::kNone) return r;
  if (file != Refusal::kNone) return file;
  return MessageAsApproved() ? Refusal::kNone : Refusal::kOverLimits;
}

}  // namespace signpost
