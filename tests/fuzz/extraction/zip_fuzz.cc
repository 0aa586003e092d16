// The first byte: 'Z', what follows is a zip; else it is the files of one, each begun by a line of
// "@@ name", which are stored here, so that the fuzzer need not know of checksums.
#include <cstdlib>

#include "core/reader/archive/archive.h"
#include "core/reader/extraction/value.h"
#include "tests/core/reader/archive/zip_writer.h"

namespace {

using namespace signpost;

class OrderlySink final : public reader::extraction::Sink {
 public:
  void Found(const reader::extraction::Layout& layout) override {
    Check(!open_ && layout.format != formats::Format::kAuto);
    open_ = true;
  }
  void Ended(const reader::extraction::SourceDone&) override {
    Check(open_);
    open_ = false;
  }
  void Skipped(uint32_t entry, wire::reader::FileRefusal why) override {
    Check(!open_ && entry > 0 && why != wire::reader::FileRefusal::kNone);
  }
  void Value(uint64_t row, uint32_t, std::string_view value,
             const reader::extraction::Seen& seen) override {
    Check(open_ && row > 0 && !reader::extraction::IsBlank(value) &&
          value.size() <= reader::extraction::kMaxValueBytes);
    Check(!seen.day || seen.traffic);
  }
  void Bad(uint64_t row, uint32_t, wire::reader::Reason reason) override {
    Check(open_ && row > 0 && reason != wire::reader::Reason::kAccepted);
  }
  void Owner(std::string_view, std::string_view) override { Check(open_); }
  bool Walked(uint64_t, uint64_t) override { return ++walked_ < 1000; }
  bool open() const { return open_; }

 private:
  static void Check(bool holds) {
    if (!holds) std::abort();
  }
  bool open_ = false;
  int walked_ = 0;
};

std::vector<reader::archive::ZipFile> FilesOf(std::string_view text) {
  std::vector<reader::archive::ZipFile> files;
  while (!text.empty() && files.size() < 16) {
    const size_t next = std::min(text.find("\n@@ "), text.size());
    const std::string_view one = text.substr(0, next);
    const size_t line = std::min(one.find('\n'), one.size());
    std::string name(one.substr(0, std::min<size_t>(line, 64)));
    std::replace(name.begin(), name.end(), '\0', '0');
    if (name.empty()) name = "x";
    files.push_back({name, std::string(one.substr(std::min(line + 1, one.size()))), true});
    text.remove_prefix(std::min(next + 4, text.size()));
  }
  return files;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const ByteView rest(data + 1, size - 1);
  const Bytes zip = data[0] == 'Z' ? Bytes(rest.begin(), rest.end())
                                   : reader::archive::WriteZip(FilesOf(AsText(rest)));
  reader::archive::ZipLimits limits;
  limits.entries = 1000;
  limits.directory_bytes = 1u << 20;
  reader::extraction::MemorySource source(zip);
  OrderlySink sink;
  const reader::archive::ReadDatabaseFunction database =
      [](const reader::extraction::ExtractionFile&, reader::extraction::Sink&) {
        return wire::reader::FileRefusal::kUnknownDatabase;
      };
  const wire::reader::FileRefusal refusal =
      reader::archive::ReadZip({&source}, formats::Format::kAuto, sink, database, limits);
  if (refusal == wire::reader::FileRefusal::kNone && sink.open()) std::abort();
  return 0;
}
