// A database and what stands beside it: the sizes of the first two (32 bits each, little-endian),
// then the database, its -wal and its -journal. The seeds are written by
// tests/core/reader/database/write_corpus.cc. Whatever the bytes, the sink is told things in order,
// no value is blank or broken, and no reading goes backwards.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>

#include "core/reader/database/database.h"
#include "core/reader/extraction/value.h"
#include "core/reader/text/decoder.h"
#include "core/shared/formats/databases.h"
#include "crypto/base/bytes.h"

namespace {

using signpost::ByteView;
using signpost::wire::reader::FileRefusal;

void Check(bool holds) {
  if (!holds) std::abort();
}

class CheckingSink : public signpost::reader::extraction::Sink {
 public:
  void Found(const signpost::reader::extraction::Layout& layout) override {
    Check(++founds_ == 1);
    Check(layout.readings != 0);
    readings_ = layout.readings;
  }
  void Ended(const signpost::reader::extraction::SourceDone& done) override {
    Check(founds_ == 1 && ++ends_ == 1);
    Check(done.damage == FileRefusal::kNone || done.damage == FileRefusal::kBroken);
  }
  void Skipped(uint32_t, FileRefusal) override { Check(false); }
  void Value(uint64_t row, uint32_t column, std::string_view value,
             const signpost::reader::extraction::Seen& seen) override {
    Place(row, column);
    Check(!signpost::reader::extraction::IsBlank(value) &&
          value.size() <= signpost::reader::extraction::kMaxValueBytes);
    Check(value.find(signpost::reader::text::TextDecoder::kBroken) == std::string_view::npos);
    Check(value.find('\0') == std::string_view::npos);
    Check(seen.region.empty() || seen.region.size() == 2);
    Check(!seen.day || (seen.day->days > 9000 && seen.day->days < 47500));
    told_ = true;
  }
  void Bad(uint64_t row, uint32_t column, signpost::wire::reader::Reason) override {
    Place(row, column);
  }
  void Owner(std::string_view value, std::string_view) override {
    Check(founds_ == 1 && ends_ == 0 && !told_ && !value.empty());
    Check(++owners_ <= 64);
  }
  bool Walked(uint64_t bytes, uint64_t) override {
    Check(bytes >= walked_);
    walked_ = bytes;
    return true;
  }
  void CheckEnd(FileRefusal refusal) {
    Check(founds_ == (refusal == FileRefusal::kNone ? 1 : 0) && ends_ == founds_);
  }

 private:
  void Place(uint64_t row, uint32_t column) {
    Check(founds_ == 1 && ends_ == 0 && row >= 1);
    Check(column >= 1 && column <= rows_.size() && (readings_ >> (column - 1) & 1) != 0);
    Check(row >= rows_[column - 1]);
    rows_[column - 1] = row;
  }

  int founds_ = 0, ends_ = 0, owners_ = 0;
  bool told_ = false;
  uint32_t readings_ = 0;
  uint64_t walked_ = 0;
  std::array<uint64_t, 8> rows_{};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  signpost::reader::database::PrepareDatabase();
  if (size < 8) return 0;
  const ByteView all(data + 8, size - 8);
  const auto length = [&](size_t at) {
    return static_cast<size_t>(
        signpost::GetLe<uint32_t>(std::span<const uint8_t, 4>(data + at, 4)));
  };
  const size_t main_size = std::min(length(0), all.size());
  const size_t wal_size = std::min(length(4), all.size() - main_size);
  signpost::reader::extraction::MemorySource main(all.first(main_size)),
      wal(all.subspan(main_size, wal_size)), journal(all.subspan(main_size + wal_size));
  CheckingSink sink;
  sink.CheckEnd(
      signpost::reader::database::ReadDatabase({.main = &main,
                                                .wal = wal.size() > 0 ? &wal : nullptr,
                                                .journal = journal.size() > 0 ? &journal : nullptr,
                                                .entry = 0},
                                               sink));
  return 0;
}
