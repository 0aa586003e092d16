// A sink that remembers what it was told, for tests.
#pragma once

#include <string>
#include <vector>

#include "core/reader/extraction/extractor.h"

namespace signpost {

class FoundValues : public Sink {
 public:
  void Found(const Layout& found) override {
    layout = found;
    ++layouts;
  }
  void Ended(const SourceDone& done) override { ended.push_back(done); }
  void Skipped(uint32_t entry, reader::FileRefusal why) override {
    skipped.emplace_back(entry, why);
  }
  void Owner(std::string_view value, std::string_view) override { owners.emplace_back(value); }
  bool Walked(uint64_t, uint64_t) override { return true; }
  void Value(uint64_t row, uint32_t column, std::string_view value, const Seen& where) override {
    seen.push_back({std::string(value), where.traffic, where.day, std::string(where.region)});
    all.push_back(Place(row, column) + " " + std::string(value));
    values.emplace_back(value);
  }
  void Bad(uint64_t row, uint32_t column, reader::Reason reason) override {
    all.push_back(Place(row, column) + " !" + std::to_string(static_cast<int>(reason)));
    bad.push_back(row);
  }

  Layout layout;
  int layouts = 0;
  struct SeenValue {
    std::string value;
    bool traffic = false;
    std::optional<Day> day;
    std::string region;
  };
  std::vector<SeenValue> seen;
  std::vector<SourceDone> ended;
  std::vector<std::pair<uint32_t, reader::FileRefusal>> skipped;
  std::vector<std::string> owners;
  std::vector<std::string> all, values;  // all: "row:column value" and "row:column !reason"
  std::vector<uint64_t> bad;

 private:
  static std::string Place(uint64_t row, uint32_t column) {
    return std::to_string(row) + ":" + std::to_string(column);
  }
};

struct Extracted {
  reader::FileRefusal refusal = reader::FileRefusal::kNone;
  uint64_t rows = 0, line = 0;
  FoundValues found;
};

// `piece`: how many bytes at a time.
inline Extracted Extract(std::string_view bytes, reader::Format wanted = reader::Format::kAuto,
                         size_t piece = 1u << 20) {
  Extracted out;
  Extractor extractor(wanted, out.found);
  ByteView rest = AsBytes(bytes);
  while (!rest.empty() && out.refusal == reader::FileRefusal::kNone) {
    const ByteView head = rest.first(std::min(rest.size(), piece));
    out.refusal = extractor.Feed(head);
    rest = rest.subspan(head.size());
  }
  if (out.refusal == reader::FileRefusal::kNone) out.refusal = extractor.Finish();
  out.rows = extractor.rows();
  out.line = extractor.line();
  return out;
}

}  // namespace signpost
