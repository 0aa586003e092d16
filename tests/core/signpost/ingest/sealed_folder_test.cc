#include "core/signpost/ingest/sealed_folder.h"

#include "tests/core/signpost/ingest/test_home.h"

namespace signpost::test {
namespace {

class SealedFolder : public TestHome {
 protected:
  store::SealedFileRow OnlyRow() {
    const auto rows = home_.store->SealedFiles().value();
    EXPECT_EQ(rows.size(), 1U);
    return rows.at(0);
  }
  std::string PathOf(const store::SealedFileRow& row) const {
    return home_.SealedPath(row.file, row.kind);
  }
};

TEST_F(SealedFolder, AWriterThatIsDroppedLeavesNothing) {
  seal::SealedFileHeader header;
  header.file = FileId::Random();
  header.sections.resize(1);
  {
    ingest::SealedWriter writer = ingest::SealedWriter::Create(home_, header).value();
    ASSERT_TRUE(writer.Append({}).has_value());
    EXPECT_EQ(FilesOnDisk().size(), 1U);
  }
  EXPECT_TRUE(FilesOnDisk().empty());
}

TEST_F(SealedFolder, WhatWasWrittenIsReadBackAndHashed) {
  seal::SealedFile file;
  file.header.file = FileId::Random();
  file.header.kind = seal::SealedKind::kBatch;
  file.header.sections.resize(3);
  for (seal::SectionHeader& section : file.header.sections) {
    section.section = SectionId::Random();
    section.expiry = Day{20000 + static_cast<int>(section.section.bytes[0])};
  }
  ingest::SealedWriter writer = ingest::SealedWriter::Create(home_, file.header).value();
  for (uint32_t i = 0; i < 10000; ++i) {
    seal::FileRecord record;
    record.section = i % 3;
    record.record.id = RecordId::Random();
    RandomBytes(record.record.box);
    file.records.push_back(record);
    ASSERT_TRUE(writer.Append(record).has_value());
  }
  const ingest::WrittenFile written = writer.Commit().value();
  EXPECT_EQ(written.hash, Sha256(file.Encode()));
  EXPECT_EQ(written.row.records, 10000U);
  EXPECT_EQ(written.row.expiry, file.header.expiry());
  ingest::SealedReader reader =
      ingest::SealedReader::Open(home_, file.header.file, seal::SealedKind::kBatch).value();
  EXPECT_EQ(reader.header(), file.header);
  std::vector<seal::FileRecord> read;
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
  const auto opened = ingest::SealedReader::Open(home_, rows[1].file, seal::SealedKind::kIntake);
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, Code::kCorrupt);
}

TEST_F(SealedFolder, ACutFileIsNotRead) {
  Import({1, 2, 3});
  const store::SealedFileRow row = OnlyRow();
  const auto size = std::filesystem::file_size(PathOf(row));
  for (const uintmax_t cut : {size - 1, size - 53, uintmax_t{30}, uintmax_t{100}, uintmax_t{0}}) {
    std::filesystem::resize_file(PathOf(row), cut);
    EXPECT_FALSE(ingest::SealedReader::Open(home_, row.file, row.kind).has_value()) << cut;
  }
}

TEST_F(SealedFolder, ARewriteKeepsWhatItShouldAndDropsUnusedSections) {
  Import({1, 2, 3, 4});
  const store::SealedFileRow old = OnlyRow();
  const std::vector<RecordId> ids = RecordsOf(old);
  std::vector<std::pair<RecordId, FileId>> moved;
  const auto rewritten = ingest::RewriteSealed(
                             home_, old, seal::SealedKind::kIntake,
                             [&](const seal::SectionHeader&, const seal::FileRecord& record) {
                               return people_.at(record.record.id) % 2 == 0;
                             },
                             &moved)
                             .value();
  ASSERT_TRUE(rewritten.has_value());
  EXPECT_EQ(rewritten->row.records, 2U);
  EXPECT_EQ(moved.size(), 2U);
  for (const RecordId& id : RecordsOf(rewritten->row)) EXPECT_EQ(people_.at(id) % 2, 0);
  const auto none = ingest::RewriteSealed(
      home_, old, seal::SealedKind::kIntake, [](const auto&, const auto&) { return false; },
      &moved);
  EXPECT_FALSE(none.value().has_value());
}

TEST_F(SealedFolder, WhatNoRowNamesIsRemovedOnStart) {
  Import({1});
  std::ofstream(home_.Path("sealed/00000000000000000000000000000000.intake.tmp")) << "half";
  std::ofstream(home_.Path("sealed/00000000000000000000000000000000.intake")) << "orphan";
  const ingest::RecoveredFiles recovered = ingest::RecoverSealedFolder(home_).value();
  EXPECT_EQ(recovered.orphans, 2U);
  EXPECT_EQ(recovered.lost, 0U);
  ExpectFilesAndRowsAgree();
  EXPECT_EQ(PeopleIn(seal::SealedKind::kIntake), (std::multiset<int>{1}));
}

TEST_F(SealedFolder, WithoutTheLockNobodysFileIsTaken) {
  home_.files_lock = OwnedFd();
  std::ofstream(home_.Path("sealed/00000000000000000000000000000000.intake.tmp")) << "half";
  EXPECT_EQ(ingest::RecoverSealedFolder(home_).value().orphans, 0U);
  EXPECT_EQ(FilesOnDisk().size(), 1U);
}

TEST_F(SealedFolder, ALostFileIsCountedAndItsPeopleCanComeAgain) {
  Import({1, 2, 3});
  std::filesystem::remove(PathOf(OnlyRow()));
  EXPECT_EQ(ingest::RecoverSealedFolder(home_).value().lost, 3U);
  EXPECT_EQ(Get(LastCounts<ledger::RecordsLost>(), "lost"), 3U);
  ExpectFilesAndRowsAgree();
  EXPECT_EQ(Import({1, 2, 3}), 3U);
}

}  // namespace
}  // namespace signpost::test
