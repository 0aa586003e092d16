#include "core/signpost/batch/approve.h"

#include "cli/signpost/open.h"
#include "cli/signpost/options.h"
#include "cli/signpost/print.h"
#include "core/shared/signatures/signing_key.h"
#include "crypto/base/file.h"

namespace signpost::cli {

namespace {

Result<batch::ApprovalReport> Approve(const Options& options, home::Home& home,
                                      const BatchId& batch) {
  if (!options.import_file.empty()) {
    TRY_ASSIGN(const std::string note, ReadFile(options.import_file, 1u << 20));
    return batch::ImportApprovals(home, batch, note);
  }
  TRY_ASSIGN(const note::NoteSigner approver, signatures::ReadSigningKey(options.key_file));
  return options.withdraw ? batch::WithdrawApproval(home, batch, approver)
                          : batch::ApproveBatch(home, batch, approver);
}

}  // namespace

Result<void> RunApprove(const Options& options) {
  if (options.key_file.empty() == options.import_file.empty() ||
      (options.withdraw && options.key_file.empty())) {
    return Fail(Code::kUsage,
                "approve wants --key FILE, or --import FILE, or --withdraw --key FILE");
  }
  TRY_ASSIGN(home::Home home,
             Open(options, Locks::kFiles));  // two signatures at a time: both count
  TRY_ASSIGN(const store::BatchRow row, FindBatch(home, options.batches.front()));
  TRY_ASSIGN(const batch::ApprovalReport report, Approve(options, home, row.batch));
  if (options.json) {
    Json json;
    json.Set("batch", row.batch.Hex()).Set("added", report.added).Set("approvals", report.given);
    json.Set("approvals_missing", static_cast<uint64_t>(report.missing.missing));
    Out(json.Text() + "\n");
    return {};
  }
  for (const std::string& name : report.added) Out("approved by " + name + "\n");
  if (options.withdraw) Out("withdrawn\n");
  Out("batch " + row.batch.Hex() + ": " + Missing(report.missing) + "\n");
  return {};
}

}  // namespace signpost::cli
