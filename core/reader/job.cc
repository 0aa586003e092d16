#include "core/reader/job.h"

#include <array>

#include "core/reader/archive/zip.h"
#include "core/reader/database/database.h"
#include "core/reader/extraction_file.h"
#include "core/reader/number/normaliser.h"
#include "core/reader/sorter.h"
#include "crypto/memory/stack.h"

namespace signpost::reader {
namespace {

constexpr size_t kReadBytes = 64u << 10;

ReadingEnd ReadFile(const wire::reader::Source& source, std::span<const OwnedFd> fds,
                    formats::Format wanted, std::span<uint8_t> buffer, extraction::Sink& sink) {
  if (source.bytes[wire::reader::kMain] == wire::reader::kNoSize) {
    return ReadExtractionPipe(fds[wire::reader::kMain].get(), wanted, buffer, sink);
  }
  extraction::FdSource main(fds[wire::reader::kMain].get(), source.bytes[wire::reader::kMain]);
  std::optional<extraction::FdSource> wal, journal;
  extraction::ExtractionFile file{.main = &main, .known_only = source.known_only == 1};
  if (source.bytes[wire::reader::kWal] != wire::reader::kNoSize) {
    file.wal = &wal.emplace(fds[wire::reader::kWal].get(), source.bytes[wire::reader::kWal]);
  }
  if (source.bytes[wire::reader::kJournal] != wire::reader::kNoSize) {
    file.journal =
        &journal.emplace(fds[wire::reader::kJournal].get(), source.bytes[wire::reader::kJournal]);
  }
  return ReadExtractionFile(file, wanted, buffer, sink);
}

Result<void> ReadAll(wire::Channel& control, formats::Format wanted, memory::SecretBuffer unparsed,
                     Sorter& sorter) {
  for (;;) {
    TRY_ASSIGN(std::optional<wire::Frames> frames, control.Receive());
    if (!frames) return Fail(Code::kInternal, "is gone", control.peer());
    if (frames->kind == wire::reader::kNoMore) return sorter.Finish();
    const auto source = frames->As<wire::reader::Source>();
    sorter.BeginFile(source);
    const ReadingEnd end =
        ReadFile(source, frames->fds, wanted, unparsed.Expose(memory::ExposeSecret{}), sorter);
    frames->fds.clear();
    memory::WipeStack();
    TRY(sorter.state());
    if (end.refusal != wire::reader::FileRefusal::kNone && source.alone == 1) {
      return control.SendOne(wire::reader::kRefused,
                             wire::reader::Refused{end.row, end.refusal, 0});
    }
    const bool passed_by =
        source.known_only == 1 && (end.refusal == wire::reader::FileRefusal::kUnknownFormat ||
                                   end.refusal == wire::reader::FileRefusal::kNothingKnown);
    if (end.refusal != wire::reader::FileRefusal::kNone && !sorter.InSource() && !passed_by) {
      sorter.SkipFile(end.refusal);
    }
    sorter.EndFile(end.rows, end.refusal);
    TRY(sorter.state());
  }
}

}  // namespace

Result<Prepared> Prepared::Create() {
  number::PrepareNormaliser();
  database::PrepareDatabase();
  archive::PrepareZip();
  TRY_ASSIGN(memory::SecretBuffer numbers,
             memory::SecretBuffer::Create(size_t{wire::reader::kBatchOfNumbers} *
                                          sizeof(wire::reader::Number)));
  TRY_ASSIGN(memory::SecretBuffer unparsed, memory::SecretBuffer::Create(kReadBytes));
  TRY_ASSIGN(
      memory::SecretBuffer owners,
      memory::SecretBuffer::Create(extraction::kMaxOwners * signpost::number::PhoneNumber::kBytes));
  return Prepared{std::move(numbers), std::move(unparsed), std::move(owners)};
}

Result<void> RunReader(Prepared prepared, OwnedFd control_fd, OwnedFd numbers_fd) {
  wire::Channel control(std::move(control_fd), wire::reader::kFromReader, wire::reader::kToReader,
                        "signpost");
  wire::Channel numbers(std::move(numbers_fd), wire::reader::kNumbersToSealer, {},
                        "signpost-sealer");
  TRY_ASSIGN(const wire::Frames frames, control.Expect(wire::reader::kStart));
  if (frames.count != 1) return Fail(Code::kCorrupt, "no start frame", control.peer());
  const std::optional<wire::reader::Start> start = frames.AsKnown<wire::reader::Start>();
  if (!start) {
    return Fail(Code::kCorrupt, "a start frame with a value out of range", control.peer());
  }
  TRY_ASSIGN(number::NormaliserRules rules, number::NormaliserRules::FromStart(*start));
  TRY_ASSIGN(const number::Normaliser normaliser, number::Normaliser::Create(std::move(rules)));
  const bool explain = start->purpose == wire::reader::Purpose::kExplain;
  Sorter sorter(normaliser, std::move(prepared.numbers), std::move(prepared.owners), control,
                explain ? nullptr : &numbers);
  return ReadAll(control, start->format, std::move(prepared.unparsed), sorter);
}

}  // namespace signpost::reader
