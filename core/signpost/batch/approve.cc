#include "core/signpost/batch/approve.h"

#include <algorithm>

#include "core/shared/signatures/signatures.h"
#include "core/signpost/batch/documents.h"

namespace signpost::batch {
namespace {

bool Has(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

Result<void> RequireApprovable(const home::Home& home, const BatchPaper& paper) {
  TRY(RequireGoing(paper.row));
  if (home.clock.Now() >= paper.manifest.expires) {
    return Fail(Code::kRefused, "the batch is past its expiry", paper.row.batch.Hex(),
                "signpost sweep ends it; what is left of its people can be planned anew");
  }
  if (paper.manifest.policy_hash != home.policy_hash) {
    return Fail(Code::kRefused, "the batch was planned under another policy", paper.row.batch.Hex(),
                "cancel it and plan anew");
  }
  return {};
}

// The name that the policy gives to whoever holds this key.
Result<std::string> ApproverOf(const home::Home& home, const BatchPaper& paper,
                               const note::NoteVerifier& key) {
  if (key.name() == paper.manifest.planner) {
    return Fail(Code::kRefused, "who planned a batch cannot approve it", key.name());
  }
  for (const policy::Approver& approver : home.policy.approvers) {
    if (approver.name == key.name() && approver.vkey == key.Text()) return approver.name;
  }
  return Fail(Code::kRefused, "the policy does not name this approver", key.name(),
              "approvers are listed in policy.toml");
}

ApprovalReport ReportOf(const home::Home& home, const BatchPaper& paper,
                        const std::vector<std::string>& given) {
  ApprovalReport report;
  report.given = given;
  report.missing = policy::MissingApprovals(home.policy, paper.manifest.planner, given);
  return report;
}

// One approval after another: each is a transaction of its own, and stands by itself.
Result<ApprovalReport> Record(home::Home& home, BatchPaper& paper, const note::Note& with) {
  TRY_ASSIGN(const ledger::LedgerState facts, ReadLedgerState(home));
  TRY_ASSIGN(std::vector<std::string> given, Approvers(home, paper, facts));
  TRY_ASSIGN(const std::vector<std::string> signers,
             signatures::ApproversWhoSigned(home.policy, with));
  std::vector<std::string> added;
  for (const std::string& name : signers) {
    if (Has(given, name) || name == paper.manifest.planner) continue;
    TRY_ASSIGN(note::Note note, note::Note::Of(paper.note.text()));
    TRY(note.Merge(with));
    for (const note::NoteSignature& signature : with.signatures()) {
      if (signature.name != name) note.RemoveSignature(signature.key_id, signature.name);
    }
    TRY(paper.note.Merge(note));
    ledger::BatchApproved approved{paper.row.batch, Sha256(paper.note.text()), name};
    TRY(home.store->UpdateManifest(paper.row.batch, paper.note.Encode(),
                                   store::NewEntry{home.Now(approved), std::nullopt}));
    given.push_back(name);
    added.push_back(name);
  }
  if (added.empty()) {
    return Fail(Code::kRefused, "no approval in it is new", paper.row.batch.Hex(),
                "signpost show tells which were given");
  }
  ApprovalReport report = ReportOf(home, paper, given);
  report.added = std::move(added);
  return report;
}

}  // namespace

Result<ApprovalReport> ApproveBatch(home::Home& home, const BatchId& batch,
                                    const note::NoteSigner& approver) {
  TRY_ASSIGN(BatchPaper paper, LoadBatch(home, batch));
  TRY(RequireApprovable(home, paper));
  TRY(ApproverOf(home, paper, approver.verifier()));
  TRY_ASSIGN(note::Note signed_note, note::Note::Of(paper.note.text()));
  signed_note.Sign(approver);
  return Record(home, paper, signed_note);
}

Result<ApprovalReport> ImportApprovals(home::Home& home, const BatchId& batch,
                                       std::string_view note) {
  TRY_ASSIGN(BatchPaper paper, LoadBatch(home, batch));
  TRY(RequireApprovable(home, paper));
  TRY_ASSIGN(const note::Note brought, note::Note::Parse(note));
  if (brought.text() != paper.note.text()) {
    return Fail(Code::kInput, "signs another text than this batch's manifest", batch.Hex());
  }
  return Record(home, paper, brought);
}

Result<ApprovalReport> WithdrawApproval(home::Home& home, const BatchId& batch,
                                        const note::NoteSigner& approver) {
  TRY_ASSIGN(BatchPaper paper, LoadBatch(home, batch));
  TRY(RequireGoing(paper.row));
  TRY_ASSIGN(const std::string name, ApproverOf(home, paper, approver.verifier()));
  TRY_ASSIGN(const ledger::LedgerState facts, ReadLedgerState(home));
  TRY_ASSIGN(std::vector<std::string> given, Approvers(home, paper, facts));
  if (!Has(given, name)) return Fail(Code::kRefused, "has not approved this batch", name);
  paper.note.RemoveSignature(approver.verifier().key_id(), approver.verifier().name());
  TRY(home.store->UpdateManifest(
      batch, paper.note.Encode(),
      store::NewEntry{home.Now(ledger::ApprovalWithdrawn{batch, name}), std::nullopt}));
  std::erase(given, name);
  return ReportOf(home, paper, given);
}

}  // namespace signpost::batch
