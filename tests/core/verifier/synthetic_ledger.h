// A ledger made for tests, entry by entry, with verbs that read aloud for what somebody might do to
// it. Whoever holds the ledger's key can sign whatever he likes: the verbs work on the entries
// before they are signed, so that the tree and the signature are in order and the lie must be found
// in what it says. Verbs of an outsider work on signed evidence (flip a bit, drop an entry) and
// must break the tree.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/shared/ledger/evidence.h"
#include "core/verifier/verify.h"
#include "crypto/note/note.h"
#include "policy/decision.h"

namespace signpost::test {

class SyntheticLedger {
 public:
  // One epoch, one import of 120 new numbers, one batch of 100 that was sent, one of 10 that was
  // cancelled, a change of policy, a sweep a day until the epoch is destroyed: every rule kept.
  static SyntheticLedger Orderly();

  ledger::Evidence Sign() const;  // with openings

  // Where it is: the nth event of that name.
  uint64_t Find(std::string_view event, int nth = 0) const;
  ledger::Event& At(uint64_t index) { return entries_.at(index).event; }
  template <class Body>
  Body& BodyAt(uint64_t index) {
    return std::get<Body>(entries_.at(index).event.body);
  }
  Instant end() const { return entries_.back().event.at; }
  const std::string& key() const { return ledger_vkey_; }
  const EpochId& epoch() const { return epoch_; }
  const SectionId& section() const { return section_; }
  const Digest& genesis_policy() const { return genesis_policy_; }

  // What an insider does.
  void DropEntry(uint64_t index);
  void SwapBodies(uint64_t a, uint64_t b);              // keeps the times where they were
  void CutAfter(uint64_t index);                        // and everything behind is gone
  void Recount(uint64_t index, ledger::Counts counts);  // with a commitment that fits
  void OpenWithoutApproval();                           // one of the two approvals never happened
  void ForgeApproval();                                 // somebody else signs under bob's name
  void ForgeSignatureBytes();                           // bob's key, another text's signature
  void SendMoreThanApproved();
  void SendAgainAfterTheEnd();
  void OpenOutsideHours();
  void OpenAfterExpiry();
  void DestroyLate(int days);
  void NeverDestroy();
  void StretchExpiry(int days);
  void StretchDeadline(int days);
  void SkipSweeps();    // none between the second and the last week
  void OneLateSweep();  // none between the first day and the one that destroys the key
  void SendAllAndSweepAfter(int days);  // the import is one batch; the next sweep is the last entry
  void LoseCount();                     // a sweep says that less is left than there is
  void ChangePolicyUnsigned();
  void ReplaceManifest();  // the document, not the ledger
  void SendElsewhere();
  void ChangeOpening(uint64_t index);  // other counts than were committed to
  void HideCounts();

 private:
  struct Entry {
    ledger::Event event;
    std::optional<ledger::Opening> opening;
  };
  SyntheticLedger();
  void Add(ledger::EventBody body, std::optional<ledger::Counts> counts = {});
  void Sleep(int64_t seconds) { now_ = now_ + seconds; }
  policy::Manifest ManifestFor(const BatchId& batch, uint32_t records) const;
  void Plan(const BatchId& batch, uint32_t records, ledger::Counts counts);
  void Approve(const BatchId& batch);
  void PutNote(const std::string& kind, const std::string& id, const note::Note& note);

  struct Signers {
    note::NoteSigner ledger, planner, ann, bob;
  };
  std::shared_ptr<const Signers> signers_;  // shared: a ledger is copied to be spoilt
  std::string ledger_vkey_;
  std::string policy_text_, next_policy_text_;
  policy::Policy policy_;
  Digest genesis_policy_{};
  Digest policy_hash_{};  // in force
  Instant now_;
  BatchId batch_, cancelled_;
  SectionId section_;
  EpochId epoch_;
  std::vector<Entry> entries_;
  std::map<std::pair<std::string, std::string>, std::string> documents_;
};

}  // namespace signpost::test
