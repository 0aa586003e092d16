// Asserts for any bytes: values are never blank, valid UTF-8 and within bounds; rows only go
// forward; and the size of the pieces makes no difference.
#pragma once

#include <cstdlib>
#include <string>

#include "core/extraction/extractor.h"
#include "core/extraction/value.h"
#include "crypto/base/bytes.h"

namespace signpost {

class CheckingSink : public Sink {
 public:
  void Found(const Layout&) override { Check(++layouts_ == 1); }
  void Value(uint64_t row, uint32_t column, std::string_view value) override {
    Place(row, column);
    Check(!IsBlank(value) && value.size() <= kMaxValueBytes);
    Check(value.find(TextDecoder::kBroken) == std::string_view::npos);
    hash_.Update(AsBytes(value));
  }
  void Bad(uint64_t row, uint32_t column, reader::Reason reason) override {
    Place(row, column);
    Check(reason == reader::Reason::kBadRow || reason == reader::Reason::kNotANumber);
  }
  Digest Finish() { return hash_.Finish(); }

 private:
  static void Check(bool holds) {
    if (!holds) std::abort();
  }
  void Place(uint64_t row, uint32_t column) {
    Check(layouts_ == 1 && row >= last_row_ && row >= 1 && column <= kMaxColumns);
    last_row_ = row;
    uint8_t place[12];
    PutLe<uint64_t>(std::span(place).first<8>(), row);
    PutLe<uint32_t>(std::span(place).last<4>(), column);
    hash_.Update(place);
  }

  int layouts_ = 0;
  uint64_t last_row_ = 0;
  Sha256Stream hash_;
};

inline Digest ExtractInPieces(ByteView bytes, reader::Format format, size_t piece,
                              reader::FileRefusal& refusal) {
  CheckingSink sink;
  Extractor extractor(format, sink);
  refusal = reader::FileRefusal::kNone;
  while (!bytes.empty() && refusal == reader::FileRefusal::kNone) {
    const ByteView head = bytes.first(std::min(piece, bytes.size()));
    refusal = extractor.Feed(head);
    bytes = bytes.subspan(head.size());
  }
  if (refusal == reader::FileRefusal::kNone) refusal = extractor.Finish();
  return sink.Finish();
}

inline void ExtractBothWays(ByteView bytes, reader::Format format) {
  reader::FileRefusal whole{}, pieces{};
  const Digest one = ExtractInPieces(bytes, format, bytes.size() + 1, whole);
  const Digest other = ExtractInPieces(bytes, format, 5, pieces);
  if (whole != pieces) std::abort();
  if (one != other) std::abort();
}

}  // namespace signpost
