#include "core/reader/sorter.h"

#include <algorithm>

#include "crypto/memory/stack.h"

namespace signpost::reader {
namespace {

size_t Index(wire::reader::Reason reason) { return static_cast<size_t>(reason); }

}  // namespace

Sorter::Sorter(const number::Normaliser& normaliser, memory::SecretBuffer block,
               memory::SecretBuffer owners, wire::Channel& control, wire::Channel* numbers)
    : normaliser_(normaliser),
      block_(std::move(block)),
      owners_(std::move(owners)),
      control_(control),
      numbers_(numbers) {
  rejects_.reserve(wire::reader::kMaxRejects);
}

void Sorter::BeginFile(const wire::reader::Source& source) {
  file_ = source.file;
  bytes_ = 0;
}

void Sorter::Found(const extraction::Layout& layout) {
  wire::reader::Found found{};
  found.format = layout.format;
  found.encoding = layout.encoding;
  found.delimiter = static_cast<uint8_t>(layout.delimiter);
  found.header = layout.header;
  found.dialect = layout.dialect;
  found.file = file_;
  found.entry = layout.entry;
  found.number_columns = layout.NumberColumns();
  found.readings = layout.readings;
  Keep(control_.SendOne(wire::reader::kFound, found));
  std::vector<wire::reader::Column> columns;
  for (uint32_t i = 0; i < layout.roles.size() && columns.size() < wire::reader::kMaxColumnsTold;
       ++i) {
    if (layout.roles[i] == extraction::ColumnRole::kSkip) continue;
    columns.push_back({i + 1, layout.roles[i]});
  }
  if (!columns.empty())
    Keep(control_.Send(wire::reader::kColumns, std::span<const wire::reader::Column>(columns)));
  in_source_ = true;
  end_ = {};
}

void Sorter::Ended(const extraction::SourceDone& done) {
  if (!state_) return;
  SendRejects();
  in_source_ = false;
  end_.rows = done.rows;
  end_.warnings = done.warnings;
  end_.damage = done.damage;
  totals_.rows += done.rows;
  for (size_t i = 0; i < wire::reader::kReasons; ++i) totals_.values[i] += end_.values[i];
  rows_before_ += done.rows;
  Keep(control_.SendOne(wire::reader::kSourceEnd, end_));
}

void Sorter::Skipped(uint32_t entry, wire::reader::FileRefusal why) {
  if (!state_) return;
  Keep(control_.SendOne(wire::reader::kSkipped, wire::reader::Skipped{file_, entry, why, 0}));
}

void Sorter::EndFile(uint64_t rows, wire::reader::FileRefusal end) {
  if (in_source_) Ended({rows, 0, end});
  bytes_before_ += bytes_;
  Keep(control_.SendOne(wire::reader::kSourceDone, file_));
}

bool Sorter::IsOwner(std::span<const uint8_t, signpost::number::PhoneNumber::kBytes> number) {
  const auto owners = owners_.Expose(memory::ExposeSecret{});
  for (size_t i = 0; i < known_owners_; ++i) {
    const auto owner = owners.subspan(i * signpost::number::PhoneNumber::kBytes,
                                      signpost::number::PhoneNumber::kBytes);
    if (std::ranges::equal(owner, number)) return true;
  }
  return false;
}

void Sorter::Value(uint64_t row, uint32_t column, std::string_view value,
                   const extraction::Seen& seen) {
  if (!state_) return;
  const number::Verdict verdict = normaliser_.Classify(value, seen.region);
  if (!verdict.number) return Bad(row, column, verdict.reason);
  const auto e164 = verdict.number->Expose(signpost::number::ExposeNumber{});
  if (known_owners_ > 0 && IsOwner(e164)) return Bad(row, column, wire::reader::Reason::kOwner);
  ++end_.values[Index(wire::reader::Reason::kAccepted)];
  end_.traffic += seen.traffic;
  end_.dated += seen.day.has_value();
  if (numbers_ == nullptr) return;
  const auto frame =
      block_.Expose(memory::ExposeSecret{})
          .subspan(held_ * sizeof(wire::reader::Number), sizeof(wire::reader::Number));
  std::copy(e164.begin(), e164.end(), frame.begin());
  const int32_t day = seen.day ? seen.day->days : kNoDay;
  PutLe(frame.subspan<offsetof(wire::reader::Number, last_contact), 4>(),
        static_cast<uint32_t>(day));
  frame[offsetof(wire::reader::Number, traffic)] = seen.traffic;
  if (++held_ == wire::reader::kBatchOfNumbers) SendNumbers();
}

void Sorter::Bad(uint64_t row, uint32_t column, wire::reader::Reason reason) {
  if (!state_) return;
  ++end_.values[Index(reason)];
  rejects_.push_back({row, column, reason});
  if (rejects_.size() == wire::reader::kMaxRejects) SendRejects();
}

void Sorter::Owner(std::string_view value, std::string_view region) {
  if (!state_ || known_owners_ == extraction::kMaxOwners) return;
  const std::optional<signpost::number::PhoneNumber> number = normaliser_.AnyNumber(value, region);
  if (!number) return;
  const auto e164 = number->Expose(signpost::number::ExposeNumber{});
  if (IsOwner(e164)) return;
  const auto free = owners_.Expose(memory::ExposeSecret{})
                        .subspan(known_owners_ * signpost::number::PhoneNumber::kBytes);
  std::copy(e164.begin(), e164.end(), free.begin());
  ++known_owners_;
}

bool Sorter::Walked(uint64_t bytes, uint64_t rows) {
  memory::WipeStack();
  SendRejects();
  bytes_ = std::max(bytes_, bytes);
  Keep(control_.SendOne(wire::reader::kProgress,
                        wire::reader::Progress{bytes_before_ + bytes_, rows_before_ + rows}));
  return state_.has_value();
}

Result<void> Sorter::Finish() {
  SendNumbers();
  if (numbers_ != nullptr)
    Keep(numbers_->SendOne(wire::reader::kEnd,
                           totals_.values[Index(wire::reader::Reason::kAccepted)]));
  const std::string_view version = number::NumberLibraryVersion();
  std::copy(version.begin(), version.end(), totals_.library_version);
  Keep(control_.SendOne(wire::reader::kTotals, totals_));
  return state_;
}

void Sorter::SendNumbers() {
  if (held_ == 0 || !state_ || numbers_ == nullptr) return;
  const auto bytes =
      block_.Expose(memory::ExposeSecret{}).first(held_ * sizeof(wire::reader::Number));
  Keep(numbers_->SendBytes(wire::reader::kNumbers, bytes, static_cast<uint32_t>(held_)));
  memory::Wipe(bytes);
  held_ = 0;
}

void Sorter::SendRejects() {
  if (rejects_.empty() || !state_) return;
  Keep(control_.Send(wire::reader::kRejects, std::span<const wire::reader::Reject>(rejects_)));
  rejects_.clear();
}

}  // namespace signpost::reader
