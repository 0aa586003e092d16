// Asserts for any bytes: values are never blank, valid UTF-8 and within bounds; rows only go
// forward, where the format is a table or a list; and the size of the pieces makes no difference.
#pragma once

#include <cstdlib>
#include <string>

#include "core/reader/extraction/extractor.h"
#include "core/reader/extraction/value.h"
#include "crypto/base/bytes.h"

namespace signpost {

// Formats that hold a model's few values until its end tell places out of order.
enum class Rows : uint8_t { kForwards, kAnyOrder };

class CheckingSink : public reader::extraction::Sink {
 public:
  explicit CheckingSink(Rows rows) : rows_(rows) {}
  void Found(const reader::extraction::Layout&) override { Check(++layouts_ == 1); }
  void Ended(const reader::extraction::SourceDone&) override {
    std::abort();
  }  // a parser's caller does that
  void Skipped(uint32_t, wire::reader::FileRefusal) override { std::abort(); }
  void Owner(std::string_view value, std::string_view region) override {
    hash_.Update(AsBytes(value));
    hash_.Update(AsBytes(region));
  }
  bool Walked(uint64_t, uint64_t) override { return true; }
  void Value(uint64_t row, uint32_t column, std::string_view value,
             const reader::extraction::Seen& seen) override {
    Place(row, column);
    Check(!seen.day || seen.traffic);
    uint8_t day[4];
    PutLe<uint32_t>(day, seen.day ? static_cast<uint32_t>(seen.day->days) : 0x80000000u);
    hash_.Update(day);
    hash_.Update(AsBytes(seen.region));
    Check(!reader::extraction::IsBlank(value) &&
          value.size() <= reader::extraction::kMaxValueBytes);
    Check(value.find(reader::text::TextDecoder::kBroken) == std::string_view::npos);
    hash_.Update(AsBytes(value));
  }
  void Bad(uint64_t row, uint32_t column, wire::reader::Reason reason) override {
    Place(row, column);
    using wire::reader::Reason;
    Check(reason == Reason::kBadRow || reason == Reason::kNotANumber ||
          reason == Reason::kNoHandset || reason == Reason::kNoPerson || reason == Reason::kOwner);
  }
  Digest Finish() { return hash_.Finish(); }

 private:
  static void Check(bool holds) {
    if (!holds) std::abort();
  }
  void Place(uint64_t row, uint32_t column) {
    Check(layouts_ == 1 && (rows_ == Rows::kAnyOrder || row >= last_row_) && row >= 1 &&
          column <= reader::extraction::kMaxColumns);
    last_row_ = row;
    uint8_t place[12];
    PutLe<uint64_t>(std::span(place).first<8>(), row);
    PutLe<uint32_t>(std::span(place).last<4>(), column);
    hash_.Update(place);
  }

  Rows rows_;
  int layouts_ = 0;
  uint64_t last_row_ = 0;
  Sha256Stream hash_;
};

inline Digest ExtractInPieces(ByteView bytes, formats::Format format, size_t piece,
                              wire::reader::FileRefusal& refusal, Rows rows) {
  CheckingSink sink(rows);
  reader::extraction::Extractor extractor(format, sink);
  refusal = wire::reader::FileRefusal::kNone;
  while (!bytes.empty() && refusal == wire::reader::FileRefusal::kNone) {
    const ByteView head = bytes.first(std::min(piece, bytes.size()));
    refusal = extractor.Feed(head);
    bytes = bytes.subspan(head.size());
  }
  if (refusal == wire::reader::FileRefusal::kNone) refusal = extractor.Finish();
  return sink.Finish();
}

inline void ExtractBothWays(ByteView bytes, formats::Format format, Rows rows = Rows::kForwards) {
  wire::reader::FileRefusal whole{}, pieces{};
  const Digest one = ExtractInPieces(bytes, format, bytes.size() + 1, whole, rows);
  const Digest other = ExtractInPieces(bytes, format, 5, pieces, rows);
  if (whole != pieces) std::abort();
  if (one != other) std::abort();
}

}  // namespace signpost
