#include "core/signpost/batch/approve.h"

#include <algorithm>

#include "core/shared/signatures/signatures.h"
#include "core/signpost/batch/documents.h"

namespace signpost {
namespace {

bool Has(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

Result<void> RequireApprovable(const Home& home, const BatchPaper& paper) {
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
Result<std::string> ApproverOf(const Home& home, const BatchPaper& paper, const NoteVerifier& key) {
  if (key.name() == paper.manifest.planner) {
    return Fail(Code::kRefused, "who planned a batch cannot approve it", key.name());
  }
  for (const Approver& approver : home.policy.approvers) {
    if (approver.name == key.name() && approver.vkey == key.Text()) return approver.name;
  }
  return Fail(Code::kRefused, "the policy does not name this approver", key.name(),
              "approvers are listed in policy.toml");
}

ApprovalReport ReportOf(const Home& home, const BatchPaper& paper,
                        const std::vector<std::string>& given) {
  ApprovalReport report;
  report.given = given;
  report.missing = MissingApprovals(home.policy, paper.manifest.planner, given);
  return report;
}

// One approval after another: each is a transaction of its own, and stands by itself.
Result<ApprovalReport> Record(Home& home, BatchPaper& paper, const Note& with) {
  TRY_ASSIGN(std::vector<std::string> given, ApproversWhoSigned(home.policy, paper.note));
  TRY_ASSIGN(const std::vector<std::string> signers, ApproversWhoSigned(home.policy, with));
  std::vector<std::string> added;
  for (const std::string& name : signers) {
    if (Has(given, name) || name == paper.manifest.planner) continue;
    TRY_ASSIGN(Note note, Note::Of(paper.note.text()));
    TRY(note.Merge(with));
    for (const NoteSignature& signature : with.signatures()) {
      if (signature.name != name) note.RemoveSignature(signature.key_id, signature.name);
    }
    TRY(paper.note.Merge(note));
    BatchApproved approved{paper.row.batch, Sha256(paper.note.text()), name};
    TRY(home.store->UpdateManifest(paper.row.batch, paper.note.Encode(),
                                   LedgerNote{home.Now(approved), std::nullopt}));
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

Result<ApprovalReport> ApproveBatch(Home& home, const BatchId& batch, const NoteSigner& approver) {
  TRY_ASSIGN(BatchPaper paper, LoadBatch(home, batch));
  TRY(RequireApprovable(home, paper));
  TRY(ApproverOf(home, paper, approver.verifier()));
  TRY_ASSIGN(Note signed_note, Note::Of(paper.note.text()));
  signed_note.Sign(approver);
  return Record(home, paper, signed_note);
}

Result<ApprovalReport> ImportApprovals(Home& home, const BatchId& batch, std::string_view note) {
  TRY_ASSIGN(BatchPaper paper, LoadBatch(home, batch));
  TRY(RequireApprovable(home, paper));
  TRY_ASSIGN(const Note brought, Note::Parse(note));
  if (brought.text() != paper.note.text()) {
    return Fail(Code::kInput, "signs another text than this batch's manifest", batch.Hex());
  }
  return Record(home, paper, brought);
}

Result<ApprovalReport> WithdrawApproval(Home& home, const BatchId& batch,
                                        const NoteSigner& approver) {
  TRY_ASSIGN(BatchPaper paper, LoadBatch(home, batch));
  TRY(RequireGoing(paper.row));
  TRY_ASSIGN(const std::string name, ApproverOf(home, paper, approver.verifier()));
  TRY_ASSIGN(std::vector<std::string> given, ApproversWhoSigned(home.policy, paper.note));
  if (!Has(given, name)) return Fail(Code::kRefused, "has not approved this batch", name);
  paper.note.RemoveSignature(approver.verifier().key_id(), approver.verifier().name());
  TRY(home.store->UpdateManifest(
      batch, paper.note.Encode(),
      LedgerNote{home.Now(ApprovalWithdrawn{batch, name}), std::nullopt}));
  std::erase(given, name);
  return ReportOf(home, paper, given);
}

}  // namespace signpost
