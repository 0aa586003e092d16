// A home in miniature, for the opener's tests: real keys, a real sealed batch of numbers that
// nobody has, a real manifest with its signatures, and a ledger that opens one run. Then the verbs:
// what somebody who holds the store, the ledger's key or the files could do to it before the opener
// is shown.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/opener/evidence.h"
#include "core/opener/keys.h"
#include "core/opener/state.h"
#include "core/shared/ledger/event.h"
#include "core/shared/wire/channel.h"
#include "core/shared/wire/opener_boundary.h"
#include "crypto/custody/key_file.h"
#include "crypto/note/note.h"
#include "crypto/seal/format/sealed_file.h"
#include "policy/manifest.h"

namespace signpost::test {

OwnedFd PipeOf(std::string_view text);
OwnedFd EmptyStateFile();          // in memory, as long as a state
OwnedFd Again(const OwnedFd& fd);  // another descriptor of the same file
memory::SecretBuffer SecretOf(std::string_view text);

struct SiteOptions {
  Mode mode = Mode::kRehearsal;
  bool fictional = true;  // the numbers in the batch; a live home has others
  uint32_t records = 30;
  uint32_t range = 10;
  Instant now = *Instant::Parse("2026-11-23T10:00:00Z");
};

class Site {
 public:
  static constexpr std::string_view kPassphrase = "correct horse battery staple";
  explicit Site(SiteOptions options = {});

  // As dispatch does: a new run, opened in the ledger.
  void Open();
  void EndRun(const std::string& why);

  // What the opener says to all of it, with the state in `state_file`.
  policy::Refusal Decide();
  // The same over a channel to an opener, from the keys to kGo.
  void Show(wire::Channel& opener);
  wire::opener::Start StartOf(wire::opener::Job job, uint32_t next_position = 0) const;
  uint32_t Mark();  // what the state on disk says of the batch
  uint64_t LedgerSeen();
  token::HmacSha256 StateMac();

  // Approvals.
  void DropApprovalSignature();  // in the ledger, but not on the manifest
  void DropApprovalEntry();      // on the manifest, but not in the ledger
  void ForgeApproval();          // bob's name under a key that the policy does not know
  void BreakSignature();         // bob's key, and bytes that it did not make
  void ApproveAsPlanner();       // one person is both
  void WithdrawApproval();
  void CancelBatch();
  // What was approved.
  void ChangeText(const std::string& text) { message = text; }
  void ChangeFile();       // one bit of one record
  void SwapRecordsFile();  // another sealed file, well made
  void ChangeManifest(
      const std::function<void(policy::Manifest&)>& change);  // after it was approved
  void Replan(
      const std::function<void(policy::Manifest&)>& change);  // planned and approved like that
  // Policy.
  void ChangePolicy(bool approved);
  void SwapPolicy();  // another text for the hash in the ledger
  void DropPolicyChange();
  void ReplayPolicy();   // back to the first, and once more to the second, by old signatures
  void FloodPolicies();  // more than anybody may send
  // Ledger.
  void RewindLedger(size_t entries);  // the newest are gone; signed again
  void ForkLedger();                  // an early entry is another; signed again
  void DropEntry();                   // under the checkpoint of the whole
  void BreakRules();                  // signed, but an entry cannot stand where it is
  void SignLedgerAsSomebodyElse();
  void OpenAnotherBatchsRun();  // the run's name under another batch
  // Keys and state.
  void DestroyEpochInLedger();
  void LoseEpochKey();
  void StretchEpochKey();  // a deadline that the ledger does not know
  void FreshState();

  Instant now;
  BatchId batch = BatchId::Random();
  RunId run{};
  policy::Manifest manifest;
  std::string message = "Help is near. Reply STOP and we will not write again.";
  Bytes file_bytes;
  std::vector<ledger::Event> events;
  std::vector<std::string> key_files;  // opener-state, opt-out-token, epoch
  std::vector<std::string> numbers;    // E.164, by position
  std::string passphrase{kPassphrase};
  OwnedFd state_file;
  custody::TrustRoot trust;
  EpochId epoch;
  uint64_t broken_entry = 0;  // of the last Decide

 private:
  struct People;
  void MakeKeys(const SiteOptions& options);
  void SealNumbers(const SiteOptions& options);
  void WriteManifest(const SiteOptions& options);
  void WriteLedger();
  void Append(ledger::EventBody body);
  void Insert(size_t at, ledger::EventBody body);
  void Rename(const Digest& manifest_hash);  // in the entries that name it
  std::string ManifestNote() const;
  std::string CheckpointNote() const;
  std::vector<std::string> Entries() const;
  opener::OpenerKeys UnwrapKeys() const;

  std::shared_ptr<People> people_;
  std::vector<const note::NoteSigner*> signers_;
  std::function<void(std::string&)> spoil_note_;
  std::vector<std::string> policies_;
  std::vector<std::string> changes_;
  SectionId section_ = SectionId::Random();
  custody::EpochFacts epoch_facts_;
  const note::NoteSigner* ledger_signer_ = nullptr;
  std::optional<std::string> checkpoint_;  // else that of the entries
  size_t dropped_entry_ = SIZE_MAX;
};

}  // namespace signpost::test
