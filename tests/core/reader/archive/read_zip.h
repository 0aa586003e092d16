// A zip through ReadZip, into a sink that remembers.
#pragma once

#include "core/reader/archive/archive.h"
#include "tests/core/reader/archive/zip_writer.h"
#include "tests/core/reader/extraction/found_values.h"

namespace signpost::reader::archive {

struct ZipGot {
  wire::reader::FileRefusal refusal = wire::reader::FileRefusal::kNone;
  extraction::FoundValues found;
  std::vector<extraction::Layout> layouts;
  std::vector<std::pair<uint32_t, std::string>> databases;  // entry, main|wal|journal
};

// Remembers every layout; databases are stood in for by one value, their first line's.
class ZipSink final : public extraction::FoundValues {
 public:
  explicit ZipSink(std::vector<extraction::Layout>& told) : told_(told) {}
  void Found(const extraction::Layout& one) override {
    told_.push_back(one);
    extraction::FoundValues::Found(one);
  }
  bool Walked(uint64_t, uint64_t) override { return ++walked < stop_after; }
  int walked = 0, stop_after = 1 << 30;

 private:
  std::vector<extraction::Layout>& told_;
};

inline std::string Whole(extraction::ByteSource* source) {
  if (source == nullptr) return "-";
  std::string text(source->size(), '\0');
  static_cast<void>(source->ReadAt(0, {reinterpret_cast<uint8_t*>(text.data()), text.size()}));
  return text;
}

inline ZipGot Read(ByteView zip, formats::Format wanted = formats::Format::kAuto,
                   const ZipLimits& limits = ZipLimits(), int stop_after = 1 << 30) {
  ZipGot got;
  ZipSink sink(got.layouts);
  sink.stop_after = stop_after;
  extraction::MemorySource source(zip);
  const ReadDatabaseFunction database = [&got](const extraction::ExtractionFile& file,
                                               extraction::Sink& to) {
    const std::string main = Whole(file.main);
    got.databases.emplace_back(file.entry, main.substr(std::min<size_t>(16, main.size())) + "|" +
                                               Whole(file.wal) + "|" + Whole(file.journal));
    if (main.ends_with("bad")) return wire::reader::FileRefusal::kUnknownDatabase;
    extraction::Layout layout;
    layout.format = formats::Format::kAndroidCalls;
    to.Found(layout);
    to.Value(1, 1, "07700 900190", extraction::Seen{});
    if (main.ends_with("cut")) return wire::reader::FileRefusal::kBroken;
    to.Ended({});
    return wire::reader::FileRefusal::kNone;
  };
  got.refusal = ReadZip({&source}, wanted, sink, database, limits);
  got.found = sink;
  return got;
}

}  // namespace signpost::reader::archive
