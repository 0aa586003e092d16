#include "core/shared/formats/formats.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "core/shared/formats/names.h"

namespace signpost::formats {
namespace {

std::string Document() {
  std::ifstream file(SIGNPOST_SOURCE_DIR "/core/reader/FORMATS.md");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(Formats, TheDocumentSaysOfEachWhatTheProgramSays) {
  const std::string document = Document();
  for (const FormatInfo& format : Formats()) {
    std::string row = "| `";
    for (const std::string_view cell : {format.name, format.title, std::string_view(format.taken),
                                        format.left_out, SampleText(format.sample)}) {
      row.append(cell).append(cell == format.name ? "` | " : " | ");
    }
    row.pop_back();
    EXPECT_NE(document.find(row + "\n"), std::string::npos) << row;
  }
}

TEST(Formats, NoneIsMissingAndNoNameStandsForTwo) {
  std::set<std::string_view> names;
  for (uint8_t i = 1; i < static_cast<uint8_t>(formats::Format::kCount); ++i) {
    const FormatInfo* info = FindFormat(static_cast<formats::Format>(i));
    ASSERT_NE(info, nullptr);
    EXPECT_EQ(info->format, static_cast<formats::Format>(i)) << info->name;
    EXPECT_TRUE(names.insert(info->name).second) << info->name;
    EXPECT_FALSE(info->taken.empty()) << info->name;
  }
  EXPECT_EQ(FindFormat(formats::Format::kAuto), nullptr);
  EXPECT_EQ(FindFormat(formats::Format::kCount), nullptr);
}

TEST(Formats, AReadingOfADatabaseIsNamedByItsBit) {
  const auto texts = ReadingTexts(formats::Format::kAndroidMessages, 0b101);
  ASSERT_EQ(texts.size(), 2u);
  EXPECT_TRUE(texts[0].starts_with("sms: ")) << texts[0];
  EXPECT_TRUE(texts[1].starts_with("addr: ")) << texts[1];
  EXPECT_TRUE(ReadingTexts(formats::Format::kCsv, 0xffffffff).empty());
  EXPECT_TRUE(ReadingTexts(formats::Format::kAndroidCalls, 0).empty());
}

TEST(Formats, APlaceInADatabaseIsNotGivenAsAColumn) {
  EXPECT_EQ(ReadingTable(formats::Format::kAndroidCalls, 1), "calls");
  EXPECT_EQ(ReadingTable(formats::Format::kAndroidMessages, 3), "addr");
  EXPECT_EQ(ReadingTable(formats::Format::kAndroidCalls, 0), "");
  EXPECT_EQ(ReadingTable(formats::Format::kAndroidCalls, 2), "");
  EXPECT_EQ(ReadingTable(formats::Format::kCsv, 1), "") << "a column is a column";
}

TEST(Formats, NoRowOfTheDocumentIsOfAFormatThatIsGone) {
  const std::string document = Document();
  size_t rows = 0;
  for (size_t at = 0; (at = document.find("\n| `", at)) != std::string::npos; ++at) ++rows;
  EXPECT_EQ(rows, Formats().size());
}

TEST(Formats, OnlyWhatContentDoesNotTellCanBeNamed) {
  EXPECT_EQ(NamesForImport(), (std::vector<std::string>{"auto", "csv", "vcard", "list"}));
  for (const std::string& name : NamesForImport()) EXPECT_TRUE(FormatForImport(name)) << name;
  EXPECT_EQ(FormatForImport("list"), Format::kList);
  EXPECT_EQ(FormatForImport("auto"), Format::kAuto);
  EXPECT_EQ(FormatForImport("xlsx"), std::nullopt);
}

// Two databases of one name would be looked for as one; the reader would have to tell.
TEST(Formats, NoFileNameStandsForTwoDatabases) {
  std::set<std::string_view> names;
  for (const Database& database : kDatabases) {
    for (const std::string_view name : database.file_names) {
      EXPECT_TRUE(names.insert(name).second) << name;
      EXPECT_TRUE(IsDatabaseName(name));
    }
  }
  EXPECT_FALSE(IsDatabaseName("notes.db"));
}

TEST(Formats, OneThatTellsTheOwnerIsReadBeforeTheOthers) {
  for (const char* name : {"calllog.db", "sms.db", "msgstore.db", "report.xml"}) {
    EXPECT_TRUE(TellsOwner(name)) << name;
  }
  EXPECT_FALSE(TellsOwner("wa.db"));
}

}  // namespace
}  // namespace signpost::formats
