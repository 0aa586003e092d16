// Sorts what the parsers find into numbers for the sealer, and places, reasons and counts for
// signpost. The first send that fails is kept, and everything after it is dropped.
#pragma once

#include <vector>

#include "core/reader/extraction/parser.h"
#include "core/reader/number/normaliser.h"
#include "core/shared/wire/channel.h"
#include "crypto/memory/secret.h"

namespace signpost::reader {

class Sorter : public extraction::Sink {
 public:
  // `numbers`: null when they are not to leave (kExplain). Buffers: see Prepared (job.h).
  Sorter(const number::Normaliser& normaliser, memory::SecretBuffer block,
         memory::SecretBuffer owners, wire::Channel& control, wire::Channel* numbers);

  void BeginFile(const wire::reader::Source& source);
  // The file's sources are told of. `end`: why a source that had begun is damaged; kNone.
  void EndFile(uint64_t rows, wire::reader::FileRefusal end);
  bool InSource() const { return in_source_; }
  void SkipFile(wire::reader::FileRefusal why) { Skipped(0, why); }
  Result<void> Finish();  // everything was good
  const Result<void>& state() const { return state_; }

  void Found(const extraction::Layout& layout) override;
  void Ended(const extraction::SourceDone& done) override;
  void Skipped(uint32_t entry, wire::reader::FileRefusal why) override;
  void Value(uint64_t row, uint32_t column, std::string_view value,
             const extraction::Seen& seen) override;
  void Bad(uint64_t row, uint32_t column, wire::reader::Reason reason) override;
  void Owner(std::string_view value, std::string_view region) override;
  bool Walked(uint64_t bytes, uint64_t rows) override;

 private:
  void Keep(Result<void> sent) {
    if (state_ && !sent) state_ = std::move(sent);
  }
  bool IsOwner(std::span<const uint8_t, signpost::number::PhoneNumber::kBytes> number);
  void SendNumbers();
  void SendRejects();

  const number::Normaliser& normaliser_;
  memory::SecretBuffer block_, owners_;
  wire::Channel& control_;
  wire::Channel* numbers_;
  size_t held_ = 0, known_owners_ = 0;
  std::vector<wire::reader::Reject> rejects_;
  uint32_t file_ = 0;
  uint64_t bytes_before_ = 0, bytes_ = 0, rows_before_ = 0;
  bool in_source_ = false;
  wire::reader::SourceEnd end_{};  // of the source in hand
  wire::reader::Totals totals_{};
  Result<void> state_;
};

}  // namespace signpost::reader
