// Folders of extractions, through the real sealed processes, in a rehearsal home.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "core/signpost/ingest/import.h"
#include "tests/core/signpost/ingest/import_fixture.h"

namespace signpost::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPhone = SIGNPOST_SOURCE_DIR "/cli/samples/phone";

class ExtractionTest : public ImportFixture {
 protected:
  std::string Phone() {  // a copy that a test may harm
    const std::string path = folder_.path() + "/phone";
    fs::copy(kPhone, path, fs::copy_options::recursive);
    return path;
  }
  // Names, sizes, times and contents: what an examiner would compare.
  static std::string Everything(const std::string& folder) {
    std::string text;
    std::vector<fs::path> paths;
    for (const auto& entry : fs::recursive_directory_iterator(folder))
      paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    for (const fs::path& path : paths) {
      struct stat facts {};
      stat(path.c_str(), &facts);
      text += path.string() + " " + std::to_string(facts.st_mtim.tv_nsec) + " " +
              std::to_string(facts.st_mtim.tv_sec) + " " + std::to_string(facts.st_size) + " ";
      if (fs::is_regular_file(path)) {
        std::ifstream file(path, std::ios::binary);
        text += ToHex(Sha256(std::string(std::istreambuf_iterator<char>(file), {})));
      }
      text += "\n";
    }
    return text;
  }
  static const ingest::SourceReport* Source(const ingest::ImportReport& report,
                                            formats::Format format) {
    for (const ingest::SourceReport& source : report.sources) {
      if (source.found.format == format) return &source;
    }
    return nullptr;
  }
};

TEST_F(ExtractionTest, AFolderIsOneImportOfEachKnownFileInIt) {
  home::Home home = Open();
  const ingest::ImportReport report = Import(home, kPhone);
  EXPECT_EQ(report.sources.size(), 3u);
  EXPECT_EQ(Imports(home), 1u);
  EXPECT_EQ(SealedFiles(home), 1u) << "one person in several files is one record";
  const ingest::SourceReport* calls = Source(report, formats::Format::kAndroidCalls);
  ASSERT_NE(calls, nullptr);
  EXPECT_EQ(calls->end.dated, calls->end.values[0]);
  const ingest::SourceReport* contacts = Source(report, formats::Format::kAndroidContacts);
  ASSERT_NE(contacts, nullptr) << "everything is in its -wal";
  EXPECT_GT(contacts->end.values[0], 50u);
  EXPECT_EQ(contacts->end.traffic, 0u);
  EXPECT_GT(Get(report.counts, "rejected.owner"), 0u);
}

TEST_F(ExtractionTest, TheEvidenceIsNotTouched) {
  home::Home home = Open();
  const std::string phone = Phone();
  const std::string before = Everything(phone);
  Import(home, phone);
  ingest::ImportRequest request;
  request.path = phone;
  ASSERT_TRUE(ingest::ExplainFile(home, request).has_value());
  EXPECT_EQ(Everything(phone), before) << "no -shm, no lock, no checkpoint, no time";
}

TEST_F(ExtractionTest, AMissingWalIsSaidAndNotASilentZero) {
  home::Home home = Open();
  const std::string phone = Phone();
  fs::remove(phone + "/data/contacts2.db-wal");
  const auto report = TryImport(home, phone);
  ASSERT_TRUE(report.has_value()) << report.error().message;
  const ingest::SourceReport* contacts = Source(*report, formats::Format::kAndroidContacts);
  const bool warned =
      contacts != nullptr && (contacts->end.warnings & wire::reader::kWalMissing) != 0;
  EXPECT_TRUE(warned || !report->skipped.empty());
}

TEST_F(ExtractionTest, ADamagedFileCostsThatFileAndIsSaid) {
  home::Home home = Open();
  const std::string phone = Phone();
  fs::resize_file(phone + "/sms.xml", fs::file_size(phone + "/sms.xml") / 2);
  const auto report = TryImport(home, phone);
  ASSERT_TRUE(report.has_value()) << report.error().message;
  const ingest::SourceReport* messages = Source(*report, formats::Format::kSmsBackupXml);
  ASSERT_NE(messages, nullptr);
  EXPECT_EQ(messages->end.damage, wire::reader::FileRefusal::kBroken);
  EXPECT_GT(messages->end.values[0], 5u) << "what was read before stands";
  // Alone, it is refused whole.
  const auto before = home.store->Count().value().records;
  EXPECT_EQ(TryImport(home, phone + "/sms.xml").error().code, Code::kInput);
  EXPECT_EQ(home.store->Count().value().records, before);
}

// A phone is full of text files: an import of the whole must not take a log's digits for a list.
TEST_F(ExtractionTest, ATextFileOfAFolderIsNoListOfNumbers) {
  home::Home home = Open();
  const std::string phone = Phone();
  std::ofstream(phone + "/log.txt") << Fictional(901) << "\n" << Fictional(902) << "\n";
  std::ofstream(phone + "/page.xml") << "<html>" << Fictional(903) << "</html>";
  const auto report = TryImport(home, phone);
  ASSERT_TRUE(report.has_value()) << report.error().message;
  EXPECT_EQ(report->sources.size(), 3u);
  EXPECT_EQ(report->passed_by, 2u);
  EXPECT_TRUE(report->skipped.empty());
  EXPECT_EQ(Get(Import(home, phone + "/log.txt").counts, "new"), 2u) << "named itself, it is one";
}

TEST_F(ExtractionTest, AFileThatChangesWhileItIsReadIsNotImported) {
  home::Home home = Open();
  ingest::ImportRequest request;
  request.path = File(Csv(0, 400), "growing.csv");
  request.case_ref = "C1";
  int told = 0;
  const auto report = ingest::ImportFile(home, request, [&](const wire::reader::Progress&) {
    if (told++ == 0) std::ofstream(request.path, std::ios::app) << "\n";
  });
  ASSERT_GT(told, 0);
  ASSERT_FALSE(report.has_value());
  EXPECT_EQ(report.error().code, Code::kInput);
  EXPECT_EQ(home.store->Count().value().records, 0u);
  EXPECT_EQ(SealedFiles(home), 0u);
  EXPECT_EQ(Imports(home), 0u);
}

TEST_F(ExtractionTest, ExplainingChangesNothing) {
  home::Home home = Open();
  const std::string before = Everything(Path());
  ingest::ImportRequest request;
  request.path = kPhone;
  const auto report = ingest::ExplainFile(home, request);
  ASSERT_TRUE(report.has_value()) << report.error().message;
  EXPECT_EQ(report->sources.size(), 3u);
  EXPECT_EQ(Imports(home), 0u);
  EXPECT_EQ(home.store->Count().value().records, 0u);
  EXPECT_EQ(Everything(Path() + "/sealed"), "");
}

}  // namespace
}  // namespace signpost::test
