// Checks what the opener is shown before it uses a key.
//
// It is sent the whole ledger, not only the part since its last checkpoint: a cancellation or a
// withdrawn approval that an earlier run saw must still count, and keeping such facts in the
// opener's small state would mean a second ledger. It recomputes the tree: the root at the size it
// saw last must be the root it saw last (so the ledger extends it: stronger than a consistency
// proof), and the root of all entries must be the signed checkpoint's. A ledger has thousands of
// entries, not millions.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/opener/state.h"
#include "core/shared/ledger/ledger_state.h"
#include "core/shared/wire/channel.h"
#include "core/shared/wire/opener_boundary.h"
#include "crypto/custody/key_file.h"
#include "crypto/seal/format/sealed_file.h"
#include "crypto/seal/opening/epoch_key.h"
#include "crypto/tree/tree.h"
#include "policy/decision.h"
#include "policy/manifest.h"
#include "policy/policy.h"

namespace signpost::opener {

struct OpenerKeys {
  custody::TrustRoot trust;  // the same in every key, else kKey
  memory::SecretKey state;
  std::optional<memory::SecretKey> opt_out;
  uint16_t opt_out_generation = 1;
  struct Epoch {
    custody::EpochFacts facts;
    seal::EpochSecretKey key;
  };
  std::vector<Epoch> epochs;
};

// Takes messages of state 2 one by one, then decides.
class OpenerEvidence {
 public:
  // The first two must outlive this.
  OpenerEvidence(const custody::TrustRoot& trust, const OpenerState& state, RunId run)
      : trust_(trust), state_(state), run_(run) {}

  void SetCheckpoint(std::string_view note) { checkpoint_note_ = note; }
  void AddEntry(std::string_view entry);
  void AddPolicy(std::string_view text) { Keep(text, policies_); }
  void AddPolicyChange(std::string_view note) { Keep(note, changes_); }
  void SetManifest(std::string_view note) { manifest_note_ = note; }
  void SetMessage(std::string_view text) { message_ = text; }
  void AddFileBytes(ByteView bytes) {
    file_bytes_.insert(file_bytes_.end(), bytes.begin(), bytes.end());
  }

  // kNone: the batch may be opened now, and the accessors below are valid.
  policy::Refusal Decide(const std::vector<OpenerKeys::Epoch>& epochs, const BatchId& batch,
                         Instant now);

  // After Decide, also after a refusal: the ledger is whole, signed, and extends the one seen last.
  // From then on it is the least that may be shown, or a withdrawal that was shown once could be
  // taken back.
  bool ledger_holds() const { return ledger_holds_; }
  uint64_t broken_entry() const { return broken_entry_; }
  uint64_t ledger_size() const { return tree_.size(); }
  Digest ledger_root() const { return tree_.Root(); }
  Digest opt_out_hash() const { return facts_.opt_out_log_hash().value_or(Digest{}); }
  const policy::Manifest& manifest() const { return manifest_; }
  const std::string& message() const { return message_; }
  const seal::SealedFile& file() const { return file_; }

 private:
  policy::Refusal CheckLedger();
  policy::Refusal CheckPolicies();
  policy::Refusal CheckManifest(const BatchId& batch, policy::OpenFacts& facts);
  // What of the file goes into `facts`; the refusal that stands when nothing comes before it.
  policy::Refusal CheckFile(const std::vector<OpenerKeys::Epoch>& epochs, policy::OpenFacts& facts);
  bool IsInLedger(const custody::EpochFacts& key) const;
  bool OpenedJustNow(const BatchId& batch) const;  // this run is open, and nobody saw that before
  bool MessageAsApproved() const;
  void Keep(std::string_view text, std::vector<std::string>& list);

  const custody::TrustRoot& trust_;
  const OpenerState& state_;
  const RunId run_;
  std::string checkpoint_note_;
  tree::CompactRange tree_;
  bool extends_ = false;  // the root at the size seen last was the root seen last
  bool entries_good_ = true;
  uint64_t broken_entry_ = 0;
  bool ledger_holds_ = false;
  bool opener_was_used_ = false;  // a run ended in a way that only an opener that accepted can give
  size_t policy_bytes_ = 0;
  ledger::LedgerState facts_;
  std::vector<std::string> policies_;
  std::vector<std::string> changes_;
  std::string manifest_note_;
  std::string message_;
  Bytes file_bytes_;
  policy::Policy policy_;
  policy::Manifest manifest_;
  seal::SealedFile file_;
};

}  // namespace signpost::opener
