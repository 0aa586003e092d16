#include "core/signpost/ingest/sealed_folder.h"

#include "tests/core/signpost/ingest/test_home.h"

namespace signpost::testing {
namespace {

class SealedFolder : public TestHome {
 protected:
  SealedFileRow OnlyRow() {
    const auto rows = home_.store->SealedFiles().value();
    EXPECT_EQ(rows.size(), 1U);
    return rows.at(0);
  }
  std::string PathOf(const SealedFileRow& row) const {
    return home_.SealedPath(row.file, row.kind);
  }
};

TEST_F(SealedFolder, AWriterThatIsDroppedLeavesNothing) {
  SealedFileHeader header;
  header.file = FileId::Random();
  header.sections.resize(1);
  {
    SealedWriter writer = SealedWriter::Create(home_, header).value();
    ASSERT_TRUE(writer.Append({}).has_value());
    EXPECT_EQ(FilesOnDisk().size(), 1U);
  }
  EXPECT_TRUE(FilesOnDisk().empty());
}

TEST_F(SealedFolder, WhatWasWrittenIsReadBackAndHashed) {
  SealedFile file;
  file.header.file = FileId::Random();
  file.header.kind = SealedKind::kBatch;
  file.header.sections.resize(3);
  for (SectionHeader& section : file.header.sections) {
    section.section = SectionId::Random();
    section.expiry = Day{20000 + static_cast<int>(section.section.bytes[0])};
  }
  SealedWriter writer = SealedWriter::Create(home_, file.header).value();
  for (uint32_t i = 0; i < 10000; ++i) {
    FileRecord record;
    record.section = i % 3;
    record.record.id = RecordId::Random();
    RandomBytes(record.record.box);
    file.records.push_back(record);
    ASSERT_TRUE(writer.Append(record).has_value());
  }
  const WrittenFile written = writer.Commit().value();
  EXPECT_EQ(written.hash, Sha256(file.Encode()));
  EXPECT_EQ(written.row.records, 10000U);
  EXPECT_EQ(written.row.expiry, file.header.expiry());
  SealedReader reader = SealedReader::Open(home_, file.header.file, SealedKind::kBatch).value();
  EXPECT_EQ(reader.header(), file.header);
  std::vector<FileRecord> read;
  for (;;) {
    const auto block = reader.Next().value();
    if (block.empty()) break;
    read.insert(read.end(), block.begin(), block.end());
  }
  EXPECT_EQ(read, file.records);
}

TEST_F(SealedFolder, AFileUnderAnotherNameIsNotRead) {
  Import({1, 2});
  Import({3});
  const auto rows = home_.store->SealedFiles().value();
  std::filesystem::rename(PathOf(rows[0]), PathOf(rows[1]));
  const auto opened = SealedReader::Open(home_, rows[1].file, SealedKind::kIntake);
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, Code::kCorrupt);
}

TEST_F(SealedFolder, ACutFileIsNotRead) {
  Import({1, 2, 3});
  const SealedFileRow row = OnlyRow();
  const auto size = std::filesystem::file_size(PathOf(row));
  for (const uintmax_t cut : {size - 1, size - 53, uintmax_t{30}, uintmax_t{100}, uintmax_t{0}}) {
    std::filesystem::resize_file(PathOf(row), cut);
    EXPECT_FALSE(SealedReader::Open(home_, row.file, row.kind).has_value()) << cut;
  }
}

TEST_F(SealedFolder, ARewriteKeepsWhatItShouldAndDropsUnusedSections) {
  Import({1, 2, 3, 4});
  const SealedFileRow old = OnlyRow();
  const std::vector<RecordId> ids = RecordsOf(old);
  std::vector<std::pair<RecordId, FileId>> moved;
  const auto rewritten = RewriteSealed(
                             home_, old, SealedKind::kIntake,
                             [&](const SectionHeader&, const FileRecord& record) {
                               return people_.at(record.record.id) % 2 == 0;
                             },
                             moved)
                             .value();
  ASSERT_TRUE(rewritten.has_value());
  EXPECT_EQ(rewritten->row.records, 2U);
  EXPECT_EQ(moved.size(), 2U);
  for (const RecordId& id : RecordsOf(rewritten->row)) EXPECT_EQ(people_.at(id) % 2, 0);
  const auto none = RewriteSealed(
      home_, old, SealedKind::kIntake, [](const auto&, const auto&) { return false; }, moved);
  EXPECT_FALSE(none.value().has_value());
}

TEST_F(SealedFolder, WhatNoRowNamesIsRemovedOnStart) {
  Import({1});
  std::ofstream(home_.Path("sealed/00000000000000000000000000000000.intake.tmp")) << "half";
  std::ofstream(home_.Path("sealed/00000000000000000000000000000000.intake")) << "orphan";
  const RecoveredFiles recovered = RecoverSealedFolder(home_).value();
  EXPECT_EQ(recovered.orphans, 2U);
  EXPECT_EQ(recovered.lost, 0U);
  ExpectFilesAndRowsAgree();
  EXPECT_EQ(PeopleIn(SealedKind::kIntake), (std::multiset<int>{1}));
}

TEST_F(SealedFolder, WithoutTheLockNobodysFileIsTaken) {
  home_.files_lock = OwnedFd();
  std::ofstream(home_.Path("sealed/00000000000000000000000000000000.intake.tmp")) << "half";
  EXPECT_EQ(RecoverSealedFolder(home_).value().orphans, 0U);
  EXPECT_EQ(FilesOnDisk().size(), 1U);
}

TEST_F(SealedFolder, ALostFileIsCountedAndItsPeopleCanComeAgain) {
  Import({1, 2, 3});
  std::filesystem::remove(PathOf(OnlyRow()));
  EXPECT_EQ(RecoverSealedFolder(home_).value().lost, 3U);
  EXPECT_EQ(Get(LastCounts<RecordsLost>(), "lost"), 3U);
  ExpectFilesAndRowsAgree();
  EXPECT_EQ(Import({1, 2, 3}), 3U);
}

}  // namespace
}  // namespace signpost::testing
