#include "core/signpost/ingest/extraction_files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/core/signpost/ingest/test_home.h"

namespace signpost::test {
namespace {

class ExtractionFilesTest : public ::testing::Test {
 protected:
  void File(const std::string& name, const std::string& content = "x") {
    const std::filesystem::path path = std::filesystem::path(folder_.path()) / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << content;
  }
  std::string Path(const std::string& name) const { return folder_.path() + "/" + name; }
  std::vector<std::string> Found() {
    std::vector<std::string> names;
    const auto set = ingest::FindExtraction(folder_.path());
    EXPECT_TRUE(set.has_value());
    if (!set) return names;
    EXPECT_TRUE(set->folder);
    for (const ingest::ExtractionPath& file : set->files) names.push_back(file.shown);
    return names;
  }
  TemporaryFolder folder_;
};

TEST_F(ExtractionFilesTest, CandidatesAreFoundAndWhoNamesTheOwnerComesFirst) {
  for (const char* name :
       {"b/contacts2.db", "b/contacts2.db-wal", "z/CallLog.db", "a.CSV", "photo.jpg",
        "deep/er/report.xml", "notes.doc", "Export.XLSX", "x.ufdr", "e.zip"}) {
    File(name);
  }
  EXPECT_EQ(Found(), (std::vector<std::string>{"deep/er/report.xml", "z/CallLog.db", "Export.XLSX",
                                               "a.CSV", "b/contacts2.db", "e.zip", "x.ufdr"}));
}

TEST_F(ExtractionFilesTest, ALinkLeadsNowhere) {
  File("real.csv");
  std::filesystem::create_directories(Path("inside"));
  ASSERT_EQ(symlink("/etc", Path("outside").c_str()), 0);
  ASSERT_EQ(symlink("/etc/passwd", Path("passwd.csv").c_str()), 0);
  ASSERT_EQ(symlink("..", Path("inside/loop").c_str()), 0);
  ASSERT_EQ(mkfifo(Path("waits.csv").c_str(), 0600), 0);
  EXPECT_EQ(Found(), std::vector<std::string>{"real.csv"});
}

TEST_F(ExtractionFilesTest, AFolderWithNothingInItSaysSo) {
  File("photo.jpg");
  const auto set = ingest::FindExtraction(folder_.path());
  ASSERT_FALSE(set.has_value());
  EXPECT_EQ(set.error().code, Code::kInput);
}

TEST_F(ExtractionFilesTest, AFolderThatIsTooDeepIsRefused) {
  std::string name;
  for (int i = 0; i <= ingest::kMaxFolderDepth + 1; ++i) name += "d/";
  File(name + "a.csv");
  EXPECT_EQ(ingest::FindExtraction(folder_.path()).error().code, Code::kInput);
}

TEST_F(ExtractionFilesTest, TheSidecarsOfADatabaseAreOpenedWithIt) {
  File("sms.db", "main");
  File("sms.db-wal", "log");
  const auto opened = ingest::OpenExtractionFile(Path("sms.db"));
  ASSERT_TRUE(opened.has_value());
  EXPECT_EQ(opened->bytes[wire::reader::kMain], 4u);
  EXPECT_EQ(opened->bytes[wire::reader::kWal], 3u);
  EXPECT_EQ(opened->bytes[wire::reader::kJournal], wire::reader::kNoSize);
  EXPECT_FALSE(opened->parts[wire::reader::kJournal]);
}

// It would be read without its rows, as if there were none.
TEST_F(ExtractionFilesTest, AWalThatCannotBeOpenedIsNoMissingOne) {
  File("sms.db", "main");
  ASSERT_EQ(symlink("/etc/passwd", Path("sms.db-wal").c_str()), 0);
  EXPECT_FALSE(ingest::OpenExtractionFile(Path("sms.db")).has_value());
}

TEST_F(ExtractionFilesTest, AChangeIsSeen) {
  File("a.csv", "one");
  const auto opened = ingest::OpenExtractionFile(Path("a.csv"));
  ASSERT_TRUE(opened.has_value());
  const std::string before = ingest::StateOf(*opened);
  EXPECT_FALSE(ingest::HasChanged(*opened, before));
  const timespec times[2] = {{1, 0}, {1, 0}};
  ASSERT_EQ(utimensat(AT_FDCWD, Path("a.csv").c_str(), times, 0), 0);
  EXPECT_TRUE(ingest::HasChanged(*opened, before)) << "the same length, another time";
}

}  // namespace
}  // namespace signpost::test
