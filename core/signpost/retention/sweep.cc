#include "core/signpost/retention/sweep.h"

#include <algorithm>
#include <set>

#include "core/signpost/batch/documents.h"
#include "core/signpost/ingest/sealed_folder.h"
#include "core/signpost/retention/destroy_key.h"

namespace signpost::retention {
namespace {

class Sweeper {
 public:
  explicit Sweeper(home::Home& home) : home_(home), now_(home.clock.Now()) {}
  Result<SweepReport> Run(const store::OnProgress& on_flush);

 private:
  Result<void> FindWhatIsDue();
  Result<void> EndBatches();
  Result<void> RewriteIntakes();
  Result<void> Compact(const store::SealedFileRow& file);
  Result<std::set<RecordId>> HeldBy(const store::SealedFileRow& file) const;
  Result<void> DestroyKeys();
  Result<void> CommitAll();

  Result<bool> InDestroyedEpoch(const store::SealedFileRow& file) const;

  home::Home& home_;
  Instant now_;
  SweepReport report_;
  store::SweepCommit commit_;
  store::SweepPlan due_;
  std::set<EpochId> epochs_due_;
  std::vector<EpochId> epochs_live_;
  std::vector<store::SealedFileRow> files_;
  std::vector<store::SealedFileRow> superseded_;  // to unlink
  std::vector<store::NewEntry> notes_;
};

Result<bool> Sweeper::InDestroyedEpoch(const store::SealedFileRow& file) const {
  if (epochs_due_.empty()) return false;
  TRY_ASSIGN(const ingest::SealedReader reader,
             ingest::SealedReader::Open(home_, file.file, file.kind));
  return std::ranges::any_of(reader.header().sections, [&](const seal::SectionHeader& section) {
    return epochs_due_.count(section.epoch) != 0;
  });
}

Result<void> Sweeper::FindWhatIsDue() {
  commit_.today = now_.day();
  commit_.retention = home_.policy.retention;
  TRY_ASSIGN(due_, home_.store->Due(now_.day(), now_));
  epochs_due_.insert(due_.epochs_due.begin(), due_.epochs_due.end());
  commit_.epochs_destroyed = due_.epochs_due;
  TRY_ASSIGN(const std::vector<store::EpochRow> epochs, home_.store->LiveEpochs());
  for (const store::EpochRow& epoch : epochs) {
    if (epochs_due_.count(epoch.epoch) == 0) epochs_live_.push_back(epoch.epoch);
  }
  TRY_ASSIGN(files_, home_.store->SealedFiles());
  return {};
}

Result<void> Sweeper::EndBatches() {
  std::set<BatchId> expired(due_.batches_expired.begin(), due_.batches_expired.end());
  TRY_ASSIGN(const std::vector<store::BatchRow> rows, home_.store->Batches());
  for (const store::BatchRow& row : rows) {
    if (!batch::RequireGoing(row)) continue;
    const auto file = std::ranges::find_if(
        files_, [&](const store::SealedFileRow& f) { return f.file == row.file; });
    bool ends = expired.count(row.batch) != 0;
    if (!ends && file != files_.end()) {
      TRY_ASSIGN(ends, InDestroyedEpoch(*file));
    }
    if (!ends) continue;
    TRY_ASSIGN(const batch::BatchPaper paper, batch::LoadBatch(home_, row.batch));
    TRY(batch::CloseCrashedRun(home_, paper));
    TRY_ASSIGN(const store::BatchCounts attempts, home_.store->CountsOf(row.batch));
    ledger::Counts counts = batch::LedgerCounts(attempts.counts);
    // A file that was missing at start has been counted as lost already: it cannot expire, too.
    counts["expired"] = attempts.waiting;
    const uint32_t rest = attempts.attempted + attempts.waiting;
    if (rest < row.records) counts["lost"] = row.records - rest;
    notes_.push_back(home_.Counted(ledger::BatchFinished{row.batch, true, {}}, std::move(counts)));
    commit_.batches_expired.push_back(row.batch);
    if (file != files_.end()) superseded_.push_back(*file);
  }
  return {};
}

// The records of an intake that are its own by the store. A file that was restored alone has others,
// too: of a batch, or texted, or withheld. They are not the file's to move, and go when it is
// rewritten.
Result<std::set<RecordId>> Sweeper::HeldBy(const store::SealedFileRow& file) const {
  std::set<RecordId> held;
  TRY(ingest::ForEachRecord(home_, file,
                            [&](const seal::SealedFileHeader&, const auto& block) -> Result<void> {
                              std::vector<RecordId> ids;
                              for (const seal::FileRecord& record : block)
                                ids.push_back(record.record.id);
                              TRY_ASSIGN(const auto facts, home_.store->Facts(file.file, ids));
                              for (size_t i = 0; i < ids.size(); ++i) {
                                if (facts[i]) held.insert(ids[i]);
                              }
                              return {};
                            }));
  return held;
}

// Gives back the room of an intake that is mostly erased. Its records stay where the store says that
// they are: it is the file that gets another name.
Result<void> Sweeper::Compact(const store::SealedFileRow& file) {
  const Result<ingest::SealedReader> reader =
      ingest::SealedReader::Open(home_, file.file, file.kind);
  // One that cannot be read has no room to give, and is not to stop what removes the others.
  if (!reader && reader.error().code == Code::kCorrupt) return {};
  if (!reader) return tl::unexpected(reader.error());
  if (reader->places() < 2 * file.records) return {};
  uint64_t there = 0;
  TRY(ingest::ForEachRecord(home_, file, [&](const seal::SealedFileHeader&, const auto& block) {
    there += block.size();
    return Result<void>();
  }));
  std::set<RecordId> held;  // asked for only when there are others, too
  if (there != file.records) {
    TRY_ASSIGN(held, HeldBy(file));
  }
  const ingest::Keep own = [&](const seal::SectionHeader&, const seal::FileRecord& record) {
    return there == file.records || held.contains(record.record.id);
  };
  TRY_ASSIGN(std::optional<ingest::WrittenFile> rest,
             ingest::RewriteSealed(home_, file, seal::SealedKind::kIntake, own, nullptr));
  if (!rest) return {};
  commit_.compacted.emplace_back(file.file, std::move(rest->row));
  superseded_.push_back(file);
  return {};
}

Result<void> Sweeper::RewriteIntakes() {
  const std::set<FileId> expired(due_.files_with_expired.begin(), due_.files_with_expired.end());
  std::set<RecordId> held;  // of the intake that is looked at
  const auto lives = [&](const seal::SectionHeader& section) {
    return section.expiry >= now_.day() && epochs_due_.count(section.epoch) == 0;
  };
  const ingest::Keep keep = [&](const seal::SectionHeader& section,
                                const seal::FileRecord& record) {
    return lives(section) && held.contains(record.record.id);
  };
  for (const store::SealedFileRow& file : files_) {
    if (file.kind != seal::SealedKind::kIntake) continue;
    bool touched = expired.count(file.file) != 0;
    if (!touched) {
      TRY_ASSIGN(touched, InDestroyedEpoch(file));
    }
    if (!touched) {
      TRY(Compact(file));
      continue;
    }
    TRY_ASSIGN(const ingest::SealedReader reader,
               ingest::SealedReader::Open(home_, file.file, file.kind));
    if (std::ranges::none_of(reader.header().sections, lives)) {
      commit_.expired_files.push_back(file.file);
      superseded_.push_back(file);
      continue;
    }
    TRY_ASSIGN(held, HeldBy(file));
    TRY(ingest::ForEachRecord(home_, file,
                              [&](const seal::SealedFileHeader& header, const auto& block) {
                                for (const seal::FileRecord& record : block) {
                                  if (!held.contains(record.record.id)) continue;
                                  if (lives(header.sections[record.section])) continue;
                                  commit_.expired_records.push_back(record.record.id);
                                }
                                return Result<void>();
                              }));
    TRY_ASSIGN(std::optional<ingest::WrittenFile> rest,
               ingest::RewriteSealed(home_, file, seal::SealedKind::kIntake, keep, &commit_.moved));
    if (rest) {
      rest->row.case_ref = file.case_ref;
      commit_.rewritten.push_back(std::move(rest->row));
    }
    commit_.superseded.push_back(file.file);
    superseded_.push_back(file);
  }
  return {};
}

// Before the entry that says so: if the process dies in between, the ledger claims too little, and
// the next sweep finds the file gone and makes the entry.
Result<void> Sweeper::DestroyKeys() {
  for (const EpochId& epoch : commit_.epochs_destroyed) {
    TRY(DestroyKeyFile(home_.EpochKeyPath(epoch)));
  }
  return {};
}

Result<void> Sweeper::CommitAll() {
  const auto describe = [&](const ledger::Counts& counts) {
    report_.counts = counts;
    std::vector<store::NewEntry> notes = notes_;
    for (const EpochId& epoch : commit_.epochs_destroyed) {
      notes.push_back({home_.Now(ledger::EpochDestroyed{epoch}), std::nullopt});
    }
    ledger::Swept swept;
    swept.epochs_live = epochs_live_;
    notes.push_back(home_.Counted(swept, counts));
    return notes;
  };
  return home_.store->CommitSweep(commit_, describe);
}

Result<SweepReport> Sweeper::Run(const store::OnProgress& on_flush) {
  TRY(FindWhatIsDue());
  TRY(EndBatches());
  TRY(DestroyKeys());  // what is behind it needs room on the disk
  TRY(home_.store->FlushStaging(on_flush));
  TRY(RewriteIntakes());
  TRY(CommitAll());
  report_.batches_expired = commit_.batches_expired;
  report_.epochs_destroyed = commit_.epochs_destroyed;
  report_.files_removed = superseded_.size();
  TRY(ingest::RemoveSealed(home_, superseded_));
  TRY(home_.store->ForgetDeleted());
  return std::move(report_);
}

}  // namespace

Result<SweepReport> Sweep(home::Home& home, const store::OnProgress& on_flush) {
  if (!home.files_lock || !home.dispatch_lock) {
    return Fail(Code::kInternal, "a sweep needs the home's locks");
  }
  return Sweeper(home).Run(on_flush);
}

}  // namespace signpost::retention
