// A sink that remembers what it was told, for tests.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "core/reader/extraction/extractor.h"

namespace signpost::reader::extraction {

class FoundValues : public Sink {
 public:
  void Found(const Layout& found) override {
    layout = found;
    ++layouts;
  }
  void Ended(const SourceDone& done) override { ended.push_back(done); }
  void Skipped(uint32_t entry, wire::reader::FileRefusal why) override {
    skipped.emplace_back(entry, why);
  }
  void Owner(std::string_view value, std::string_view) override { owners.emplace_back(value); }
  bool Walked(uint64_t, uint64_t) override { return true; }
  void Value(uint64_t row, uint32_t column, std::string_view value, const Seen& where) override {
    seen.push_back({std::string(value), where.traffic, where.day, std::string(where.region)});
    all.push_back(Place(row, column) + " " + std::string(value));
    values.emplace_back(value);
  }
  void Bad(uint64_t row, uint32_t column, wire::reader::Reason reason) override {
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
  std::vector<std::pair<uint32_t, wire::reader::FileRefusal>> skipped;
  std::vector<std::string> owners;
  std::vector<std::string> all, values;  // all: "row:column value" and "row:column !reason"
  std::vector<uint64_t> bad;

 private:
  static std::string Place(uint64_t row, uint32_t column) {
    return std::to_string(row) + ":" + std::to_string(column);
  }
};

struct Extracted {
  wire::reader::FileRefusal refusal = wire::reader::FileRefusal::kNone;
  uint64_t rows = 0, line = 0;
  FoundValues found;
};

// `piece`: how many bytes at a time.
inline Extracted Extract(std::string_view bytes, formats::Format wanted = formats::Format::kAuto,
                         size_t piece = 1u << 20) {
  Extracted out;
  Extractor extractor(wanted, out.found);
  ByteView rest = AsBytes(bytes);
  while (!rest.empty() && out.refusal == wire::reader::FileRefusal::kNone) {
    const ByteView head = rest.first(std::min(rest.size(), piece));
    out.refusal = extractor.Feed(head);
    rest = rest.subspan(head.size());
  }
  if (out.refusal == wire::reader::FileRefusal::kNone) out.refusal = extractor.Finish();
  out.rows = extractor.rows();
  out.line = extractor.line();
  return out;
}

using Texts = std::vector<std::string>;

// Each value that was found, in order: "value", and " @day" behind it when it is of a log.
inline Texts Told(const Extracted& got) {
  Texts out;
  for (const auto& v : got.found.seen) {
    out.push_back(v.value + (v.traffic ? " @" : "") + (v.day ? v.day->Text() : ""));
  }
  return out;
}

inline size_t CountBad(const Extracted& got, wire::reader::Reason reason) {
  const std::string mark = " !" + std::to_string(static_cast<int>(reason));
  return static_cast<size_t>(
      std::count_if(got.found.all.begin(), got.found.all.end(),
                    [&](const std::string& line) { return line.ends_with(mark); }));
}

}  // namespace signpost::reader::extraction
