#include "cli/reader/job.h"

#include <algorithm>

#include "core/extraction/extractor.h"
#include "core/normalise/normaliser.h"
#include "crypto/memory/stack.h"

namespace signpost::reader {
namespace {

constexpr size_t kReadBytes = 64u << 10;  // also how often progress is told
constexpr size_t kMaxRejects = 1024;

// Sorts what the parser finds into numbers for the sealer and rejects for signpost. The first send
// that fails is kept, and everything after it is dropped.
class Sorter : public Sink {
 public:
  Sorter(const Normaliser& normaliser, SecretBuffer block, Channel& control, Channel& numbers)
      : normaliser_(normaliser), block_(std::move(block)), control_(control), numbers_(numbers) {
    rejects_.reserve(kMaxRejects);
  }

  void Found(const Layout& layout) override {
    reader::Found found{};
    found.format = static_cast<uint8_t>(layout.format);
    found.encoding = static_cast<uint8_t>(layout.encoding);
    found.delimiter = static_cast<uint8_t>(layout.delimiter);
    found.header = layout.header;
    found.number_columns = layout.NumberColumns();
    Keep(control_.SendOne(kFound, found));
  }

  void Value(uint64_t row, uint32_t column, std::string_view value) override {
    if (!state_) return;
    const Verdict verdict = normaliser_.Classify(value);
    if (!verdict.number) return Bad(row, column, verdict.reason);
    ++totals_.values[static_cast<size_t>(Reason::kAccepted)];
    const auto frame = verdict.number->Expose(ExposeNumber{});
    const auto block = block_.Expose(ExposeSecret{});
    std::copy(frame.begin(), frame.end(), block.begin() + held_ * kNumberFrame);
    if (++held_ == kBatchOfNumbers) SendNumbers();
  }

  void Bad(uint64_t row, uint32_t column, Reason reason) override {
    if (!state_) return;
    ++totals_.values[static_cast<size_t>(reason)];
    rejects_.push_back({row, column, static_cast<uint32_t>(reason)});
    if (rejects_.size() == kMaxRejects) SendRejects();
  }

  Result<void> TellProgress(uint64_t bytes, uint64_t rows) {
    SendRejects();
    Keep(control_.SendOne(kProgress, Progress{bytes, rows}));
    return state_;
  }

  Result<void> End(uint64_t rows) {
    SendNumbers();
    SendRejects();
    const uint64_t sent = totals_.values[static_cast<size_t>(Reason::kAccepted)];
    Keep(numbers_.SendOne(kEnd, sent));
    totals_.rows = rows;
    const std::string_view version = NumberLibraryVersion();
    std::copy(version.begin(), version.end(), totals_.library_version);
    Keep(control_.SendOne(kTotals, totals_));
    return state_;
  }

  const Result<void>& state() const { return state_; }

 private:
  void Keep(Result<void> sent) {
    if (state_ && !sent) state_ = std::move(sent);
  }
  void SendNumbers() {
    if (held_ == 0 || !state_) return;
    const auto bytes = block_.Expose(ExposeSecret{}).first(held_ * kNumberFrame);
    Keep(numbers_.SendBytes(kNumbers, bytes, static_cast<uint32_t>(held_)));
    Wipe(bytes);
    held_ = 0;
  }
  void SendRejects() {
    if (rejects_.empty() || !state_) return;
    Keep(control_.Send(kRejects, std::span<const Reject>(rejects_)));
    rejects_.clear();
  }

  const Normaliser& normaliser_;
  SecretBuffer block_;
  Channel& control_;
  Channel& numbers_;
  size_t held_ = 0;
  std::vector<Reject> rejects_;
  Totals totals_{};
  Result<void> state_;
};

// The whole file through the extractor. kReadError when the file cannot be read to its end.
Result<FileRefusal> ReadEvidence(int fd, std::span<uint8_t> buffer, Extractor& extractor,
                                 Sorter& sorter) {
  uint64_t bytes = 0;
  FileRefusal refusal = FileRefusal::kNone;
  while (refusal == FileRefusal::kNone) {
    const Result<size_t> n = ReadUpTo(fd, buffer, "evidence");
    if (!n) return FileRefusal::kReadError;
    if (*n > 0) refusal = extractor.Feed(ByteView(buffer).first(*n));
    Wipe(buffer.first(*n));
    WipeStack();
    TRY(sorter.state());
    bytes += *n;
    if (*n < buffer.size()) break;
    // Not before the format is known: kFound comes first.
    if (refusal == FileRefusal::kNone) TRY(sorter.TellProgress(bytes, extractor.rows()));
  }
  if (refusal == FileRefusal::kNone) refusal = extractor.Finish();
  WipeStack();
  TRY(sorter.state());
  return refusal;
}

}  // namespace

Result<Prepared> Prepared::Create() {
  PrepareNormaliser();
  TRY_ASSIGN(SecretBuffer numbers, SecretBuffer::Create(size_t{kBatchOfNumbers} * kNumberFrame));
  TRY_ASSIGN(SecretBuffer evidence, SecretBuffer::Create(kReadBytes));
  return Prepared{std::move(numbers), std::move(evidence)};
}

Result<void> RunReader(Prepared prepared, OwnedFd control_fd, OwnedFd numbers_fd,
                       OwnedFd evidence) {
  Channel control(std::move(control_fd), kFromReader, kToReader, "signpost");
  Channel numbers(std::move(numbers_fd), kNumbersToSealer, {}, "signpost-sealer");
  TRY_ASSIGN(const Frames frames, control.Expect(kStart));
  if (frames.count != 1) return Fail(Code::kCorrupt, "no start frame", control.peer());
  const auto start = frames.As<Start>();
  if (start.format > static_cast<uint8_t>(Format::kList)) {
    return Fail(Code::kCorrupt, "a start frame with a value out of range", control.peer());
  }
  TRY_ASSIGN(NormaliserRules rules, NormaliserRules::FromStart(start));
  TRY_ASSIGN(const Normaliser normaliser, Normaliser::Create(std::move(rules)));
  Sorter sorter(normaliser, std::move(prepared.numbers), control, numbers);
  Extractor extractor(static_cast<Format>(start.format), sorter);
  TRY_ASSIGN(
      const FileRefusal refusal,
      ReadEvidence(evidence.get(), prepared.evidence.Expose(ExposeSecret{}), extractor, sorter));
  if (refusal == FileRefusal::kNone) return sorter.End(extractor.rows());
  return control.SendOne(kRefused, Refused{extractor.line(), static_cast<uint32_t>(refusal), 0});
}

}  // namespace signpost::reader
