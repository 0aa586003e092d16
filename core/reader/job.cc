#include "core/reader/job.h"

#include <array>

#include "core/reader/archive/zip.h"
#include "core/reader/database/database.h"
#include "core/reader/evidence.h"
#include "core/reader/number/normaliser.h"
#include "core/reader/sorter.h"
#include "crypto/memory/stack.h"

namespace signpost::reader {
namespace {

constexpr size_t kReadBytes = 64u << 10;

ReadingEnd ReadFile(const Source& source, std::span<const OwnedFd> fds, Format wanted,
                    std::span<uint8_t> buffer, Sink& sink) {
  if (source.bytes[kMain] == kNoSize) {
    return ReadEvidencePipe(fds[kMain].get(), wanted, buffer, sink);
  }
  FdSource main(fds[kMain].get(), source.bytes[kMain]);
  std::optional<FdSource> wal, journal;
  EvidenceFile file{.main = &main, .known_only = source.known_only == 1};
  if (source.bytes[kWal] != kNoSize) {
    file.wal = &wal.emplace(fds[kWal].get(), source.bytes[kWal]);
  }
  if (source.bytes[kJournal] != kNoSize) {
    file.journal = &journal.emplace(fds[kJournal].get(), source.bytes[kJournal]);
  }
  return ReadEvidence(file, wanted, buffer, sink);
}

Result<void> ReadAll(Channel& control, Format wanted, SecretBuffer evidence, Sorter& sorter) {
  for (;;) {
    TRY_ASSIGN(std::optional<Frames> frames, control.Receive());
    if (!frames) return Fail(Code::kInternal, "is gone", control.peer());
    if (frames->kind == kNoMore) return sorter.Finish();
    const auto source = frames->As<Source>();
    sorter.BeginFile(source);
    const ReadingEnd end =
        ReadFile(source, frames->fds, wanted, evidence.Expose(ExposeSecret{}), sorter);
    frames->fds.clear();
    WipeStack();
    TRY(sorter.state());
    if (end.refusal != FileRefusal::kNone && source.alone == 1) {
      return control.SendOne(kRefused, Refused{end.row, static_cast<uint32_t>(end.refusal), 0});
    }
    const bool passed_by = source.known_only == 1 && (end.refusal == FileRefusal::kUnknownFormat ||
                                                      end.refusal == FileRefusal::kNothingKnown);
    if (end.refusal != FileRefusal::kNone && !sorter.InSource() && !passed_by) {
      sorter.SkipFile(end.refusal);
    }
    sorter.EndFile(end.rows, end.refusal);
    TRY(sorter.state());
  }
}

}  // namespace

Result<Prepared> Prepared::Create() {
  PrepareNormaliser();
  PrepareDatabase();
  PrepareZip();
  TRY_ASSIGN(SecretBuffer numbers, SecretBuffer::Create(size_t{kBatchOfNumbers} * sizeof(Number)));
  TRY_ASSIGN(SecretBuffer evidence, SecretBuffer::Create(kReadBytes));
  TRY_ASSIGN(SecretBuffer owners, SecretBuffer::Create(kMaxOwners * PhoneNumber::kBytes));
  return Prepared{std::move(numbers), std::move(evidence), std::move(owners)};
}

Result<void> RunReader(Prepared prepared, OwnedFd control_fd, OwnedFd numbers_fd) {
  Channel control(std::move(control_fd), kFromReader, kToReader, "signpost");
  Channel numbers(std::move(numbers_fd), kNumbersToSealer, {}, "signpost-sealer");
  TRY_ASSIGN(const Frames frames, control.Expect(kStart));
  if (frames.count != 1) return Fail(Code::kCorrupt, "no start frame", control.peer());
  const auto start = frames.As<Start>();
  if (start.format >= static_cast<uint8_t>(Format::kCount)) {
    return Fail(Code::kCorrupt, "a start frame with a value out of range", control.peer());
  }
  TRY_ASSIGN(NormaliserRules rules, NormaliserRules::FromStart(start));
  TRY_ASSIGN(const Normaliser normaliser, Normaliser::Create(std::move(rules)));
  const bool explain = start.purpose == static_cast<uint8_t>(Purpose::kExplain);
  Sorter sorter(normaliser, std::move(prepared.numbers), std::move(prepared.owners), control,
                explain ? nullptr : &numbers);
  return ReadAll(control, static_cast<Format>(start.format), std::move(prepared.evidence), sorter);
}

}  // namespace signpost::reader
