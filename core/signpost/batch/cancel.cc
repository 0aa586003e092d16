#include "core/signpost/batch/cancel.h"

#include <algorithm>
#include <set>

#include "core/signpost/batch/documents.h"
#include "core/signpost/ingest/sealed_folder.h"

namespace signpost::batch {
namespace {

// The records from `next` on, in the order of the file.
Result<std::vector<RecordId>> Unattempted(const home::Home& home, const store::SealedFileRow& file,
                                          uint32_t next) {
  std::vector<RecordId> ids;
  uint32_t position = 0;
  TRY(ingest::ForEachRecord(home, file,
                            [&](const seal::SealedFileHeader&, const auto& block) -> Result<void> {
                              for (const seal::FileRecord& record : block) {
                                if (position++ >= next) ids.push_back(record.record.id);
                              }
                              return {};
                            }));
  return ids;
}

}  // namespace

Result<CancelReport> CancelBatch(home::Home& home, const BatchId& batch) {
  if (!home.files_lock || !home.dispatch_lock) {
    return Fail(Code::kInternal, "a cancel needs the home's locks");
  }
  TRY_ASSIGN(const BatchPaper paper, LoadBatch(home, batch));
  TRY(RequireGoing(paper.row));
  CancelReport report;
  TRY_ASSIGN(const store::ResumePoint resume, CloseCrashedRun(home, paper));
  report.became_unknown = resume.became_unknown;

  TRY_ASSIGN(const std::vector<store::SealedFileRow> files, home.store->SealedFiles());
  const auto file = std::ranges::find_if(
      files, [&](const store::SealedFileRow& row) { return row.file == paper.row.file; });
  std::vector<RecordId> returned;
  std::optional<store::SealedFileRow> intake;
  if (file != files.end()) {  // else it was lost, and that is counted
    TRY_ASSIGN(returned, Unattempted(home, *file, resume.next_position));
    const std::set<RecordId> ids(returned.begin(), returned.end());
    std::vector<std::pair<RecordId, FileId>> moved;
    TRY_ASSIGN(std::optional<ingest::WrittenFile> written,
               ingest::RewriteSealed(
                   home, *file, seal::SealedKind::kIntake,
                   [&](const seal::SectionHeader&, const seal::FileRecord& record) {
                     return ids.count(record.record.id) != 0;
                   },
                   &moved));
    if (written) intake = std::move(written->row);
  }
  TRY_ASSIGN(const store::BatchCounts before, home.store->CountsOf(batch));
  report.counts = LedgerCounts(before.counts);
  report.counts["returned"] = returned.size();
  const uint64_t rest = before.attempted + returned.size();
  if (rest < paper.row.records) report.counts["lost"] = paper.row.records - rest;
  TRY(home.store->CommitCancel(batch, intake, returned,
                               home.Counted(ledger::BatchCancelled{batch, {}}, report.counts)));
  if (file != files.end()) TRY(ingest::RemoveSealed(home, std::span(&*file, 1)));
  return report;
}

}  // namespace signpost::batch
