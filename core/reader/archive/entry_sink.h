// Tells the sink of one zip entry: which entry it is, and what becomes of it in the end.
#pragma once

#include "core/reader/extraction/parser.h"

namespace signpost::reader::archive {

class EntrySink final : public extraction::Sink {
 public:
  EntrySink(extraction::Sink& sink, uint32_t entry) : sink_(sink), entry_(entry) {}

  void Found(const extraction::Layout& layout) override {
    extraction::Layout placed = layout;
    placed.entry = entry_;
    open_ = found_ = true;
    sink_.Found(placed);
  }
  void Ended(const extraction::SourceDone& done) override {
    open_ = false;
    sink_.Ended(done);
  }
  void Skipped(uint32_t, wire::reader::FileRefusal why) override {
    skipped_ = why;
    sink_.Skipped(entry_, why);
  }
  void Value(uint64_t row, uint32_t column, std::string_view value,
             const extraction::Seen& seen) override {
    sink_.Value(row, column, value, seen);
  }
  void Bad(uint64_t row, uint32_t column, wire::reader::Reason reason) override {
    sink_.Bad(row, column, reason);
  }
  void Owner(std::string_view value, std::string_view region) override {
    sink_.Owner(value, region);
  }
  bool Walked(uint64_t bytes, uint64_t rows) override {
    gave_up_ = !sink_.Walked(bytes, rows);
    return !gave_up_;
  }

  // The entry could not be read (on): Skipped before it began, damaged after.
  void Fail(wire::reader::FileRefusal why, uint64_t rows, uint32_t warnings) {
    if (open_) {
      Ended({rows, warnings, why});
    } else if (skipped_ == wire::reader::FileRefusal::kNone && !found_) {
      Skipped(entry_, why);
    }
  }

  uint32_t entry() const { return entry_; }
  bool found() const { return found_; }
  wire::reader::FileRefusal skipped() const { return skipped_; }
  bool gave_up() const { return gave_up_; }

 private:
  extraction::Sink& sink_;
  uint32_t entry_;
  wire::reader::FileRefusal skipped_ = wire::reader::FileRefusal::kNone;
  bool open_ = false, found_ = false, gave_up_ = false;
};

}  // namespace signpost::reader::archive
