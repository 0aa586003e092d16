#include "core/opener/evidence.h"

#include <algorithm>
#include <set>

#include "core/shared/signatures/signatures.h"
#include "core/shared/sms/alphabet.h"
#include "core/shared/wire/sender_boundary.h"
#include "crypto/note/note.h"
#include "policy/policy_toml.h"

namespace signpost::opener {
namespace {

constexpr Day kFarDay = {2932896};  // 9999-12-31

// How signpost says that a run ended which the opener had accepted. The other reasons are refusals,
// and "crashed", which may have been before the opener knew anything.
bool NeededAnOpener(const ledger::BatchRunEnded& ended) {
  switch (ended.why.why()) {
    case ledger::RunEnd::kDone:
    case ledger::RunEnd::kStopped:
    case ledger::RunEnd::kGateway:
      return true;
    case ledger::RunEnd::kCrashed:
    case ledger::RunEnd::kRefused:
      break;
  }
  return false;
}

}  // namespace

void OpenerEvidence::Keep(std::string_view text, std::vector<std::string>& list) {
  policy_bytes_ += text.size();
  if (policy_bytes_ <= wire::opener::kPoliciesBytesMax) list.emplace_back(text);
}

void OpenerEvidence::AddEntry(std::string_view entry) {
  if (!entries_good_) return;
  if (tree_.size() == state_.ledger_size()) {
    extends_ = tree_.size() == 0 || tree_.Root() == state_.ledger_root();
  }
  const Result<ledger::Event> event = ledger::DecodeEvent(entry);
  if (!event || !facts_.Add(*event)) {
    entries_good_ = false;
    broken_entry_ = tree_.size();
    return;
  }
  const auto* ended = std::get_if<ledger::BatchRunEnded>(&event->body);
  if (ended != nullptr && NeededAnOpener(*ended)) opener_was_used_ = true;
  tree_.Append(tree::LeafHash(entry));
}

policy::Refusal OpenerEvidence::CheckLedger() {
  const Result<note::NoteVerifier> key = note::NoteVerifier::Parse(trust_.ledger_vkey);
  const Result<note::Note> note = note::Note::Parse(checkpoint_note_);
  if (!key || !note) return policy::Refusal::kLedgerSignature;
  const Result<std::vector<size_t>> signers = note->VerifiedBy(std::span(&*key, 1));
  if (!signers || signers->empty()) return policy::Refusal::kLedgerSignature;
  const Result<note::Checkpoint> checkpoint = note::Checkpoint::Parse(note->text());
  if (!checkpoint || checkpoint->origin != key->name()) return policy::Refusal::kLedgerSignature;
  if (checkpoint->size < state_.ledger_size()) return policy::Refusal::kLedgerRewound;
  if (tree_.size() == state_.ledger_size() && entries_good_) {
    extends_ = tree_.Root() == state_.ledger_root();
  }
  if (!entries_good_) return policy::Refusal::kLedgerEntries;
  if (!extends_) return policy::Refusal::kLedgerRewound;
  if (checkpoint->size != tree_.size() || checkpoint->root != tree_.Root()) {
    return policy::Refusal::kLedgerEntries;
  }
  // A state that never saw a ledger is not the state of a home whose opener has worked.
  if (state_.ledger_size() == 0 && opener_was_used_) return policy::Refusal::kState;
  ledger_holds_ = true;
  return policy::Refusal::kNone;
}

policy::Refusal OpenerEvidence::CheckPolicies() {
  const std::vector<Digest>& in_ledger = facts_.policies();
  if (in_ledger.empty() || in_ledger.front() != trust_.genesis_policy ||
      facts_.home().mode != trust_.mode || policies_.size() != in_ledger.size() ||
      changes_.size() != in_ledger.size() - 1) {
    return policy::Refusal::kPolicyChain;
  }
  // No policy comes twice: the signatures of its first time would carry it again.
  if (std::set<Digest>(in_ledger.begin(), in_ledger.end()).size() != in_ledger.size()) {
    return policy::Refusal::kPolicyChain;
  }
  for (size_t i = 0; i < policies_.size(); ++i) {
    if (Sha256(policies_[i]) != in_ledger[i]) return policy::Refusal::kPolicyChain;
    Result<policy::Policy> policy = policy::ParsePolicy(policies_[i], "policy");
    if (!policy) return policy::Refusal::kPolicyChain;
    if (i > 0) {  // signed under the one before
      const Result<note::Note> note = note::Note::Parse(changes_[i - 1]);
      if (!note || note->text() != policy::PolicyChangeText(in_ledger[i - 1], in_ledger[i])) {
        return policy::Refusal::kPolicyChain;
      }
      const Result<std::vector<std::string>> names = signatures::ApproversWhoSigned(policy_, *note);
      if (!names || !policy::MissingApprovals(policy_, "", *names).Enough())
        return policy::Refusal::kPolicyChain;
    }
    policy_ = *std::move(policy);
  }
  return policy::Refusal::kNone;
}

policy::Refusal OpenerEvidence::CheckManifest(const BatchId& batch, policy::OpenFacts& facts) {
  const auto known = facts_.batches().find(batch);
  const Result<note::Note> note = note::Note::Parse(manifest_note_);
  if (!note || known == facts_.batches().end()) return policy::Refusal::kManifest;
  Result<policy::Manifest> manifest = policy::Manifest::Parse(note->text());
  facts.manifest_hash = Sha256(note->text());
  if (!manifest || manifest->batch != batch || facts.manifest_hash != known->second.manifest_hash) {
    return policy::Refusal::kManifest;
  }
  manifest_ = *std::move(manifest);
  const Result<std::vector<std::string>> approvers = signatures::ApproversWhoSigned(policy_, *note);
  const Result<bool> planner = signatures::PlannerSigned(policy_, manifest_.planner, *note);
  if (!approvers || !planner) return policy::Refusal::kManifest;  // a known key's signature fails
  facts.approver_signatures = *approvers;
  facts.planner_signed = *planner;
  facts.batch = known->second;
  if (!OpenedJustNow(batch)) facts.batch.times_opened = 0;
  facts.policy_in_force = facts_.policies().back();
  facts.message_hash = Sha256(message_);
  facts.keys_mode = trust_.mode;
  facts.last_entry_time = facts_.last_time();
  return policy::Refusal::kNone;
}

bool OpenerEvidence::OpenedJustNow(const BatchId& batch) const {
  const auto known = facts_.batches().find(batch);
  return known != facts_.batches().end() && facts_.OpenRun(batch) == run_ &&
         known->second.last_opened_entry >= state_.ledger_size();
}

// A key from a backup still opens after the ledger says that it was destroyed: it must not be used.
bool OpenerEvidence::IsInLedger(const custody::EpochFacts& key) const {
  const auto known = facts_.epochs().find(key.epoch);
  return known != facts_.epochs().end() && !known->second.destroyed &&
         known->second.created.public_key_hash == Sha256(key.public_key) &&
         known->second.created.deadline == key.deadline;
}

policy::Refusal OpenerEvidence::CheckFile(const std::vector<OpenerKeys::Epoch>& epochs,
                                          policy::OpenFacts& facts) {
  facts.file_hash = Sha256(file_bytes_);
  facts.earliest_deadline = kFarDay;
  Result<seal::SealedFile> file = seal::SealedFile::Decode(file_bytes_);
  if (!file || file->header.kind != seal::SealedKind::kBatch) return policy::Refusal::kFileChanged;
  file_ = *std::move(file);
  facts.records_in_file = static_cast<uint32_t>(file_.records.size());
  policy::Refusal refusal = policy::Refusal::kNone;
  for (const seal::SectionHeader& section : file_.header.sections) {
    const auto key = std::find_if(epochs.begin(), epochs.end(), [&](const OpenerKeys::Epoch& e) {
      return e.facts.epoch == section.epoch;
    });
    if (key == epochs.end() || !IsInLedger(key->facts)) {
      refusal = policy::Refusal::kKey;
    } else {
      facts.earliest_deadline = std::min(facts.earliest_deadline, key->facts.deadline);
    }
  }
  return refusal;
}

// What was approved is a text of so many segments under a sender of that name, whole.
bool OpenerEvidence::MessageAsApproved() const {
  if (message_.size() > wire::sender::kTextMax ||
      manifest_.sender.size() > wire::sender::kSourceMax)
    return false;
  const auto parts = sms::Split(message_, static_cast<sms::Alphabet>(manifest_.alphabet));
  return parts && parts->size() == manifest_.segments;
}

policy::Refusal OpenerEvidence::Decide(const std::vector<OpenerKeys::Epoch>& epochs,
                                       const BatchId& batch, Instant now) {
  if (const policy::Refusal r = CheckLedger(); r != policy::Refusal::kNone) return r;
  if (const policy::Refusal r = CheckPolicies(); r != policy::Refusal::kNone) return r;
  policy::OpenFacts facts;
  if (const policy::Refusal r = CheckManifest(batch, facts); r != policy::Refusal::kNone) return r;
  const policy::Refusal file = CheckFile(epochs, facts);
  if (const policy::Refusal r = policy::MayOpen(policy_, manifest_, facts, now);
      r != policy::Refusal::kNone)
    return r;
  if (file != policy::Refusal::kNone) return file;
  return MessageAsApproved() ? policy::Refusal::kNone : policy::Refusal::kOverLimits;
}

}  // namespace signpost::opener
