#include "core/signpost/batch/documents.h"

namespace signpost {

Result<BatchPaper> LoadBatch(const Home& home, const BatchId& batch) {
  TRY_ASSIGN(const std::optional<BatchRow> row, home.store->FindBatch(batch));
  if (!row) {
    return Fail(Code::kNotFound, "there is no such batch", batch.Hex(), "signpost show lists them");
  }
  TRY_ASSIGN(const std::optional<std::string> text,
             home.store->FindDocument("manifest", batch.Hex()));
  if (!text) return Fail(Code::kCorrupt, "the manifest is missing", batch.Hex());
  Result<Note> note = Note::Parse(*text);
  if (!note) return Fail(Code::kCorrupt, "the manifest is not a signed note", batch.Hex());
  Result<Manifest> manifest = Manifest::Parse(note->text());
  if (!manifest || manifest->batch != batch) {
    return Fail(Code::kCorrupt, "the manifest cannot be read", batch.Hex());
  }
  return BatchPaper{*row, *std::move(note), *std::move(manifest)};
}

Result<void> RequireGoing(const BatchRow& row) {
  if (row.state == BatchState::kPlanned || row.state == BatchState::kOpened) return {};
  return Fail(Code::kRefused, "the batch is " + std::string(BatchStateName(row.state)),
              row.batch.Hex());
}

Result<ResumePoint> CloseCrashedRun(Home& home, const BatchPaper& paper) {
  return home.store->Resume(paper.row.batch, [&](RunId run, const Counts& counts) {
    BatchRunEnded ended;
    ended.batch = paper.row.batch;
    ended.run = run;
    ended.why = "crashed";
    ended.to = paper.manifest.gateway.name + " " + paper.manifest.gateway.host;
    return home.Counted(std::move(ended), counts);
  });
}

Counts LedgerCounts(const Counts& attempts) {
  Counts counts;
  for (const auto& [name, value] : attempts) {
    counts[name == "delivered" || name == "undelivered" ? "sent" : name] += value;
  }
  return counts;
}

}  // namespace signpost
