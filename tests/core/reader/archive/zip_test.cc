#include "core/reader/archive/zip.h"

#include <gtest/gtest.h>

#include "tests/core/reader/archive/read_zip.h"
#include "tests/core/reader/extraction/cellebrite_report.h"

namespace signpost::reader::archive {
namespace {

using wire::reader::FileRefusal;

const std::string kCsv = "Name,Phone\nA,07700 900111\n";

std::string Blanks(size_t size) {  // deflates a thousandfold
  return "Name,Phone\nA,07700 900111\n" + std::string(size, '\n');
}

TEST(Zip, ABombIsStoppedByWhatComesOutOfIt) {
  const ZipGot got = Read(WriteZip({{"a.csv", Blanks(64u << 20)}}));
  ASSERT_EQ(got.found.ended.size(), 1u);
  EXPECT_EQ(got.found.ended[0].damage, FileRefusal::kInflatesTooMuch);
}

TEST(Zip, ManySmallBombsAreStoppedTogether) {
  std::vector<ZipFile> files;
  for (int i = 0; i < 40; ++i) files.push_back({std::to_string(i) + ".csv", Blanks(400000)});
  ZipLimits limits;
  limits.ratio = 100;
  const ZipGot got = Read(WriteZip(files), formats::Format::kAuto, limits);
  EXPECT_EQ(got.found.skipped.size() + got.found.ended.size(), 40u);
  EXPECT_GT(std::count_if(got.found.skipped.begin(), got.found.skipped.end(),
                          [](const auto& s) { return s.second == FileRefusal::kInflatesTooMuch; }) +
                std::count_if(got.found.ended.begin(), got.found.ended.end(),
                              [](const extraction::SourceDone& d) {
                                return d.damage == FileRefusal::kInflatesTooMuch;
                              }),
            10);
}

TEST(Zip, AReportThatDeflatesFiftyfoldIsNoBomb) {
  std::string models;
  for (int i = 0; i < 3000; ++i)
    models += extraction::Contact(extraction::PhoneNumber("07700 900111"));
  const Bytes zip =
      WriteZip({{"report.xml", extraction::Report(extraction::ModelType("Contact", models))}});
  const ZipGot got = Read(zip);
  EXPECT_EQ(got.refusal, FileRefusal::kNone);
  EXPECT_EQ(got.found.values.size(), 3000u);
}

TEST(Zip, ADeclaredSizeIsNotBelieved) {
  Bytes zip = WriteZip({{"a.csv", kCsv}});
  const size_t directory = AsText(zip).find("PK\x01\x02");
  for (const uint32_t size : {0u, 5u, 1u << 30}) {
    PutLe<uint32_t>(std::span(zip).subspan(directory + 24).first<4>(), size);
    PutLe<uint32_t>(std::span(zip).subspan(22).first<4>(), size);
    const ZipGot got = Read(zip);
    EXPECT_TRUE(got.refusal == FileRefusal::kNone || got.refusal == FileRefusal::kBroken) << size;
  }
}

TEST(Zip, ADirectoryOverTheLimitsIsRefusedBeforeItIsHeld) {
  ZipLimits limits;
  limits.entries = 3;
  const Bytes zip = WriteZip({{"a", ""}, {"b", ""}, {"c", ""}, {"d.csv", kCsv}});
  EXPECT_EQ(Read(zip, formats::Format::kAuto, limits).refusal, FileRefusal::kInflatesTooMuch);
  limits = ZipLimits();
  limits.directory_bytes = 100;
  EXPECT_EQ(Read(zip, formats::Format::kAuto, limits).refusal, FileRefusal::kInflatesTooMuch);
}

TEST(Zip, SeventyThousandEntriesAreRead) {
  std::vector<ZipFile> files;
  for (int i = 0; i < 70000; ++i) files.push_back({std::to_string(i), "", true});
  files.push_back({"last.csv", kCsv});
  const ZipGot got = Read(WriteZip(files));
  EXPECT_EQ(got.refusal, FileRefusal::kNone);
  ASSERT_EQ(got.layouts.size(), 1u);
  EXPECT_EQ(got.layouts[0].entry, 70001u);
}

TEST(Zip, ACutOrDamagedZipIsBrokenWhereverItIsCut) {
  const Bytes zip = WriteZip({{"report.xml", extraction::FullReport()}});
  for (size_t size = 4; size < zip.size(); size += 31) {
    EXPECT_EQ(Read(ByteView(zip).first(size)).refusal, FileRefusal::kBroken) << size;
  }
  Bytes damaged = zip;
  damaged[zip.size() / 3] ^= 1;  // in what is deflated: the checksum is last to tell
  EXPECT_EQ(Read(damaged).refusal, FileRefusal::kBroken);
  const std::string nothing = std::string("PK\x05\x06") + std::string(18, '\0');
  EXPECT_EQ(Read(AsBytes(nothing)).refusal, FileRefusal::kNothingKnown);
}

TEST(Zip, OtherWaysOfPackingAreForTheOperator) {
  EXPECT_EQ(Read(WriteZip({{"a.csv", kCsv, false, false, true}})).refusal,
            FileRefusal::kUnzipFirst);
}

TEST(Zip, ASourceThatShrinksIsAnError) {
  class Shrinking final : public extraction::ByteSource {
   public:
    explicit Shrinking(ByteView bytes) : bytes_(bytes) {}
    uint64_t size() const override { return bytes_.size(); }
    std::optional<size_t> ReadAt(uint64_t offset, std::span<uint8_t> into) override {
      if (++reads_ > 2) return std::nullopt;
      extraction::MemorySource source(bytes_);
      return source.ReadAt(offset, into);
    }

   private:
    ByteView bytes_;
    int reads_ = 0;
  };
  const Bytes zip = WriteZip({{"report.xml", extraction::FullReport()}});
  Shrinking source(zip);
  extraction::FoundValues found;
  EXPECT_NE(ReadZip({&source}, formats::Format::kAuto, found, {}), FileRefusal::kNone);
}

}  // namespace
}  // namespace signpost::reader::archive
