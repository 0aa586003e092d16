// Passes on only the formats that say of themselves what they are, so that nobody's log becomes a
// list of numbers: a sink before a sink, for files that an extraction is full of (.xml, .txt).
#pragma once

#include "core/reader/extraction/parser.h"
#include "core/shared/formats/text_formats.h"

namespace signpost::reader::extraction {

class KnownOnly final : public Sink {
 public:
  explicit KnownOnly(Sink& sink) : sink_(sink) {}
  void Found(const Layout& layout) override {
    known_ = formats::SaysWhatItIs(layout.format);
    if (known_) sink_.Found(layout);
  }
  void Ended(const SourceDone& done) override {
    if (known_) sink_.Ended(done);
  }
  void Skipped(uint32_t, wire::reader::FileRefusal) override {}
  void Value(uint64_t row, uint32_t column, std::string_view value, const Seen& seen) override {
    if (known_) sink_.Value(row, column, value, seen);
  }
  void Bad(uint64_t row, uint32_t column, wire::reader::Reason reason) override {
    if (known_) sink_.Bad(row, column, reason);
  }
  void Owner(std::string_view value, std::string_view region) override {
    if (known_) sink_.Owner(value, region);
  }
  bool Walked(uint64_t bytes, uint64_t rows) override { return sink_.Walked(bytes, rows); }
  bool known() const { return known_; }

 private:
  Sink& sink_;
  bool known_ = false;
};

}  // namespace signpost::reader::extraction
