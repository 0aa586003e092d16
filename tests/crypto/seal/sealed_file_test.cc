#include "crypto/seal/format/sealed_file.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <functional>

namespace signpost::seal {
namespace {

SealedFile Sample(size_t sections = 2, size_t records = 3) {
  SealedFile file;
  file.header.kind = SealedKind::kBatch;
  file.header.file = FileId::Random();
  for (size_t i = 0; i < sections; ++i) {
    SectionHeader section;
    section.section = SectionId::Random();
    section.epoch = EpochId::Random();
    section.expiry = Day{20800 + static_cast<int32_t>(i)};
    RandomBytes(section.sealed_key);
    file.header.sections.push_back(section);
  }
  for (size_t i = 0; i < records; ++i) {
    FileRecord record;
    record.section = static_cast<uint32_t>(i % sections);
    record.record.id = RecordId::Random();
    RandomBytes(record.record.box);
    file.records.push_back(record);
  }
  return file;
}

void ExpectCorrupt(const Bytes& bytes) {
  const auto file = SealedFile::Decode(bytes);
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, Code::kCorrupt);
}

// Encodes a sample, lets `spoil` at the bytes, and expects a refusal.
void ExpectCorruptAfter(const std::function<void(Bytes&)>& spoil) {
  Bytes bytes = Sample().Encode();
  ASSERT_TRUE(SealedFile::Decode(bytes));
  spoil(bytes);
  ExpectCorrupt(bytes);
}

TEST(SealedFile, NothingIsLostInTheRoundTrip) {
  EXPECT_TRUE(rc::check([] {
    const auto sections = *rc::gen::inRange<size_t>(1, 6);
    const auto records = *rc::gen::inRange<size_t>(0, 40);
    const SealedFile file = Sample(sections, records);
    const Bytes bytes = file.Encode();
    RC_ASSERT(bytes.size() == 40 + 116 * sections + 52 * records);
    const auto read = SealedFile::Decode(bytes);
    RC_ASSERT(read.has_value());
    RC_ASSERT(read->header == file.header);
    RC_ASSERT(read->records == file.records);
    RC_ASSERT(read->Encode() == bytes);
  }));
}

TEST(SealedFile, FileCutAnywhereButBetweenRecordsIsRefused) {
  const Bytes bytes = Sample(2, 3).Encode();
  for (size_t length = 0; length < bytes.size(); ++length) {
    const auto read = SealedFile::Decode(ByteView(bytes).first(length));
    const bool between = length >= 40 + 2 * 116 && (length - 40 - 2 * 116) % 52 == 0;
    EXPECT_EQ(read.has_value(), between) << length;
  }
}

TEST(SealedFile, HeaderOfAnotherFormatIsRefused) {
  ExpectCorruptAfter([](Bytes& b) { b[0] = 's'; });
  ExpectCorruptAfter([](Bytes& b) { b[8] = 2; });
  ExpectCorruptAfter([](Bytes& b) { b[10] = 0; });
  ExpectCorruptAfter([](Bytes& b) { b[10] = 3; });
  ExpectCorruptAfter([](Bytes& b) { b[11] = 1; });
  ExpectCorruptAfter([](Bytes& b) { b[36] = 1; });
}

TEST(SealedFile, SectionCountThatDoesNotFitIsRefused) {
  ExpectCorruptAfter([](Bytes& b) { b[12] = 0; });
  ExpectCorruptAfter([](Bytes& b) { b[12] = 3; });
  ExpectCorruptAfter([](Bytes& b) { b[14] = 1; });  // 65538
  ExpectCorruptAfter([](Bytes& b) { b[15] = 0xff; });
}

TEST(SealedFile, ExpiryLaterThanItsSectionsIsRefused) {
  ExpectCorruptAfter([](Bytes& b) { ++b[32]; });
  ExpectCorruptAfter([](Bytes& b) { b[40 + 32] -= 1; });
}

TEST(SealedFile, RecordOfNoSectionIsRefused) {
  ExpectCorruptAfter([](Bytes& b) { b[40 + 2 * 116] = 2; });
}

TEST(SealedFile, RecordThatAppearsTwiceIsRefused) {
  SealedFile file = Sample(2, 3);
  file.records[2].record.id = file.records[0].record.id;  // in whatever section
  ExpectCorrupt(file.Encode());
}

TEST(SealedFile, ErasedRecordsStandInIntakesOnlyAndAreWhollyErased) {
  SealedFile file = Sample(2, 3);
  file.header.kind = SealedKind::kIntake;
  file.records[0] = file.records[2] = FileRecord();
  const auto read = SealedFile::Decode(file.Encode());
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->records[0].erased());
  EXPECT_FALSE(read->records[1].erased());
  EXPECT_EQ(read->Encode(), file.Encode());
  file.records[2].record.box[31] = 1;
  ExpectCorrupt(file.Encode());
  file.records[2] = FileRecord();
  file.header.kind = SealedKind::kBatch;
  ExpectCorrupt(file.Encode());
}

TEST(SealedFile, SectionThatAppearsTwiceIsRefused) {
  SealedFile file = Sample(2, 1);
  file.header.sections[1].section = file.header.sections[0].section;
  ExpectCorrupt(file.Encode());
}

TEST(SealedFile, HeaderCanBeReadAlone) {
  const SealedFile file = Sample(3, 5);
  const Bytes bytes = file.Encode();
  const auto length = HeaderBytes(ByteView(bytes).first(SealedFileHeader::kFixedBytes));
  ASSERT_TRUE(length);
  EXPECT_EQ(*length, file.header.EncodedBytes());
  EXPECT_EQ(*DecodeHeader(ByteView(bytes).first(*length)), file.header);
  EXPECT_FALSE(DecodeHeader(bytes));
  EXPECT_FALSE(HeaderBytes(ByteView(bytes).first(SealedFileHeader::kFixedBytes - 1)));
}

TEST(SealedFile, EarliestSectionDecidesTheExpiry) {
  SealedFile file = Sample(3, 0);
  file.header.sections[1].expiry = Day{-5};
  EXPECT_EQ(file.header.expiry(), Day{-5});
  EXPECT_EQ(SealedFile::Decode(file.Encode())->header.expiry(), Day{-5});
}

TEST(SealedFileDeath, HeaderWithoutSectionsIsNotWritten) {
  EXPECT_DEATH(EncodeHeader(SealedFileHeader()), "");
}

}  // namespace
}  // namespace signpost::seal
