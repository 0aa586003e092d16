#include "core/shared/ledger/evidence.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "crypto/base/file.h"
#include "crypto/note/note.h"
#include "crypto/tree/tree.h"

namespace signpost::ledger {
namespace {

namespace fs = std::filesystem;

class EvidenceTest : public ::testing::Test {
 protected:
  EvidenceTest()
      : dir_((fs::temp_directory_path() / ("signpost-evidence-" + RecordId::Random().Hex()))
                 .string()),
        signer_(note::NoteSigner::Generate("signpost-test").value()) {}
  ~EvidenceTest() override { fs::remove_all(dir_); }

  Evidence Of(uint64_t entries) {
    Evidence evidence;
    std::vector<Digest> leaves;
    for (uint64_t i = 0; i < entries; ++i) {
      evidence.entries.push_back("entry " + std::to_string(i));
      leaves.push_back(tree::LeafHash(evidence.entries.back()));
      if (i % 3 == 0) evidence.openings[i] = FreshOpening({{"sent", i}});
    }
    note::Note note =
        note::Note::Of(note::Checkpoint{"signpost-test", entries, tree::RootOf(leaves)}.Text())
            .value();
    note.Sign(signer_);
    evidence.checkpoint = note.Encode();
    evidence.documents[{"policy", std::string(64, 'a')}] = "a policy";
    evidence.documents[{"manifest", std::string(32, 'b')}] = "a manifest";
    return evidence;
  }
  void ExpectSame(const Evidence& a, const Evidence& b) {
    EXPECT_EQ(a.checkpoint, b.checkpoint);
    EXPECT_EQ(a.entries, b.entries);
    EXPECT_EQ(a.openings, b.openings);
    EXPECT_EQ(a.documents, b.documents);
    EXPECT_TRUE(b.tile_faults.empty());
  }

  std::string dir_;
  note::NoteSigner signer_;
};

TEST_F(EvidenceTest, RoundTripsAtEverySizeWhereTilesBeginAndEnd) {
  for (const uint64_t size : {1u, 2u, 255u, 256u, 257u, 512u, 513u}) {
    const Evidence evidence = Of(size);
    const std::string dir = dir_ + "/" + std::to_string(size);
    ASSERT_TRUE(WriteEvidence(dir, evidence, true));
    const auto read = ReadEvidenceFolder(dir);
    ASSERT_TRUE(read) << read.error().place << ": " << read.error().message;
    ExpectSame(evidence, *read);
  }
}

TEST_F(EvidenceTest, FollowsTheTilesOfTheStandard) {
  ASSERT_TRUE(WriteEvidence(dir_, Of(513), true));
  EXPECT_EQ(fs::file_size(dir_ + "/tile/0/000"), 8192u);
  EXPECT_EQ(fs::file_size(dir_ + "/tile/0/001"), 8192u);
  EXPECT_EQ(fs::file_size(dir_ + "/tile/0/002.p/1"), 32u);
  EXPECT_EQ(fs::file_size(dir_ + "/tile/1/000.p/2"), 64u);
  EXPECT_TRUE(fs::exists(dir_ + "/tile/entries/000"));
  EXPECT_TRUE(fs::exists(dir_ + "/tile/entries/002.p/1"));
  EXPECT_FALSE(fs::exists(dir_ + "/tile/2"));
  const std::string bundle = ReadFile(dir_ + "/tile/entries/000").value();
  EXPECT_EQ(bundle.substr(0, 2), std::string("\0\x07", 2)) << "big-endian length";
  EXPECT_EQ(bundle.substr(2, 7), "entry 0");
}

TEST_F(EvidenceTest, GrowsInPlace) {
  ASSERT_TRUE(WriteEvidence(dir_, Of(100), true));
  const Evidence grown = Of(300);
  ASSERT_TRUE(WriteEvidence(dir_, grown, true));
  ExpectSame(grown, ReadEvidenceFolder(dir_).value());
}

TEST_F(EvidenceTest, OpeningsDoNotStayWhereTheyAreNotMeantToBe) {
  ASSERT_TRUE(WriteEvidence(dir_, Of(10), true));
  ASSERT_TRUE(WriteEvidence(dir_, Of(10), false));
  EXPECT_FALSE(fs::exists(dir_ + "/openings.jsonl"));
  EXPECT_TRUE(ReadEvidenceFolder(dir_)->openings.empty());
}

TEST_F(EvidenceTest, UnsignedEntriesAreNotPublished) {
  Evidence evidence = Of(10);
  evidence.entries.push_back("behind the checkpoint");
  ASSERT_TRUE(WriteEvidence(dir_, evidence, true));
  EXPECT_EQ(ReadEvidenceFolder(dir_)->entries.size(), 10u);
  evidence.entries.resize(9);
  EXPECT_EQ(WriteEvidence(dir_, evidence, true).error().code, Code::kCorrupt);
}

TEST_F(EvidenceTest, AHashThatDoesNotFitItsEntriesIsReported) {
  ASSERT_TRUE(WriteEvidence(dir_, Of(300), true));
  std::string tile = ReadFile(dir_ + "/tile/0/000").value();
  tile[100] ^= 1;
  ASSERT_TRUE(WriteFileAtomic(dir_ + "/tile/0/000", tile));
  EXPECT_EQ(ReadEvidenceFolder(dir_)->tile_faults, std::vector<std::string>{"tile/0/000"});
}

TEST_F(EvidenceTest, WhatIsMissingOrCutIsAnError) {
  EXPECT_EQ(ReadEvidenceFolder(dir_).error().code, Code::kNotFound);
  ASSERT_TRUE(WriteEvidence(dir_, Of(10), true));
  const std::string bundle = ReadFile(dir_ + "/tile/entries/000.p/10").value();
  for (const std::string& spoilt :
       {bundle.substr(0, bundle.size() - 1), bundle + "x", std::string("\xff\xff", 2)}) {
    ASSERT_TRUE(WriteFileAtomic(dir_ + "/tile/entries/000.p/10", spoilt));
    EXPECT_EQ(ReadEvidenceFolder(dir_).error().code, Code::kInput);
  }
  ASSERT_TRUE(WriteFileAtomic(dir_ + "/tile/entries/000.p/10", bundle));
  ASSERT_TRUE(ReadEvidenceFolder(dir_));
  ASSERT_TRUE(WriteFileAtomic(dir_ + "/openings.jsonl", "{}\n"));
  EXPECT_EQ(ReadEvidenceFolder(dir_).error().place, dir_ + "/openings.jsonl:1");
  fs::remove(dir_ + "/openings.jsonl");
  fs::remove(dir_ + "/tile/entries/000.p/10");
  EXPECT_FALSE(ReadEvidenceFolder(dir_));
}

TEST_F(EvidenceTest, APipeOrALinkInAFileSPlaceIsRefused) {
  ASSERT_TRUE(WriteEvidence(dir_, Of(10), true));
  fs::remove(dir_ + "/checkpoint");
  ASSERT_EQ(mkfifo((dir_ + "/checkpoint").c_str(), 0600), 0);
  EXPECT_EQ(ReadEvidenceFolder(dir_).error().code, Code::kInput);  // and does not wait for ever
  fs::remove(dir_ + "/checkpoint");
  fs::create_symlink("/etc/hostname", dir_ + "/checkpoint");
  EXPECT_EQ(ReadEvidenceFolder(dir_).error().code, Code::kInput);
}

TEST_F(EvidenceTest, ADocumentCannotNameAnotherPlace) {
  Evidence evidence = Of(1);
  evidence.documents[{"policy", "../../x"}] = "x";
  EXPECT_EQ(WriteEvidence(dir_, evidence, true).error().code, Code::kInput);
  evidence = Of(1);
  evidence.documents[{"../policy", "aa"}] = "x";
  EXPECT_EQ(WriteEvidence(dir_, evidence, true).error().code, Code::kInput);
}

TEST_F(EvidenceTest, ACheckpointOfTooManyEntriesIsRefusedAtOnce) {
  ASSERT_TRUE(WriteEvidence(dir_, Of(1), true));
  note::Note note =
      note::Note::Of(note::Checkpoint{"signpost-test", UINT64_MAX, {}}.Text()).value();
  note.Sign(signer_);
  ASSERT_TRUE(WriteFileAtomic(dir_ + "/checkpoint", note.Encode()));
  EXPECT_EQ(ReadEvidenceFolder(dir_).error().code, Code::kInput);
}

}  // namespace
}  // namespace signpost::ledger
