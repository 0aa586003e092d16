// Sorts what the parsers find into numbers for the sealer, and places, reasons and counts for
// signpost. The first send that fails is kept, and everything after it is dropped.
#pragma once

#include <vector>

#include "core/reader/extraction/parser.h"
#include "core/reader/number/normaliser.h"
#include "core/shared/wire/channel.h"
#include "crypto/memory/secret.h"

namespace signpost::reader {

constexpr size_t kMaxOwners = 64;  // numbers of one phone's owner

class Sorter : public Sink {
 public:
  // `numbers`: null when they are not to leave (kExplain). Buffers: see Prepared (job.h).
  Sorter(const Normaliser& normaliser, SecretBuffer block, SecretBuffer owners, Channel& control,
         Channel* numbers);

  void BeginFile(const Source& source);
  // The file's sources are told of. `end`: why a source that had begun is damaged; kNone.
  void EndFile(uint64_t rows, FileRefusal end);
  bool InSource() const { return in_source_; }
  void SkipFile(FileRefusal why) { Skipped(0, why); }
  Result<void> Finish();  // everything was good
  const Result<void>& state() const { return state_; }

  void Found(const Layout& layout) override;
  void Ended(const SourceDone& done) override;
  void Skipped(uint32_t entry, FileRefusal why) override;
  void Value(uint64_t row, uint32_t column, std::string_view value, const Seen& seen) override;
  void Bad(uint64_t row, uint32_t column, Reason reason) override;
  void Owner(std::string_view value, std::string_view region) override;
  bool Walked(uint64_t bytes, uint64_t rows) override;

 private:
  void Keep(Result<void> sent) {
    if (state_ && !sent) state_ = std::move(sent);
  }
  bool IsOwner(std::span<const uint8_t, PhoneNumber::kBytes> number);
  void SendNumbers();
  void SendRejects();

  const Normaliser& normaliser_;
  SecretBuffer block_, owners_;
  Channel& control_;
  Channel* numbers_;
  size_t held_ = 0, known_owners_ = 0;
  std::vector<Reject> rejects_;
  uint32_t file_ = 0;
  uint64_t bytes_before_ = 0, bytes_ = 0, rows_before_ = 0;
  bool in_source_ = false;
  SourceEnd end_{};  // of the source in hand
  Totals totals_{};
  Result<void> state_;
};

}  // namespace signpost::reader
