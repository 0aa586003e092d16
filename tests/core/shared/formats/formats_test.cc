#include "core/shared/formats/formats.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "core/shared/formats/readings.h"

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
    for (const std::string_view cell :
         {format.name, format.title, format.taken, format.left_out, SampleText(format.sample)}) {
      row.append(cell).append(cell == format.name ? "` | " : " | ");
    }
    row.pop_back();
    EXPECT_NE(document.find(row + "\n"), std::string::npos) << row;
  }
}

TEST(Formats, NoneIsMissingAndNoNameStandsForTwo) {
  std::set<std::string_view> names;
  for (uint8_t i = 1; i < static_cast<uint8_t>(wire::reader::Format::kCount); ++i) {
    const FormatInfo* info = FindFormat(static_cast<wire::reader::Format>(i));
    ASSERT_NE(info, nullptr);
    EXPECT_EQ(info->format, static_cast<wire::reader::Format>(i)) << info->name;
    EXPECT_TRUE(names.insert(info->name).second) << info->name;
    EXPECT_FALSE(info->taken.empty()) << info->name;
  }
  EXPECT_EQ(FindFormat(wire::reader::Format::kAuto), nullptr);
  EXPECT_EQ(FindFormat(wire::reader::Format::kCount), nullptr);
}

TEST(Formats, AReadingOfADatabaseIsNamedByItsBit) {
  const auto texts = ReadingTexts(wire::reader::Format::kAndroidMessages, 0b101);
  ASSERT_EQ(texts.size(), 2u);
  EXPECT_TRUE(texts[0].starts_with("sms: ")) << texts[0];
  EXPECT_TRUE(texts[1].starts_with("addr: ")) << texts[1];
  EXPECT_TRUE(ReadingTexts(wire::reader::Format::kCsv, 0xffffffff).empty());
  EXPECT_TRUE(ReadingTexts(wire::reader::Format::kAndroidCalls, 0).empty());
}

TEST(Formats, APlaceInADatabaseIsNotGivenAsAColumn) {
  EXPECT_EQ(ReadingTable(wire::reader::Format::kAndroidCalls, 1), "calls");
  EXPECT_EQ(ReadingTable(wire::reader::Format::kAndroidMessages, 3), "addr");
  EXPECT_EQ(ReadingTable(wire::reader::Format::kAndroidCalls, 0), "");
  EXPECT_EQ(ReadingTable(wire::reader::Format::kAndroidCalls, 2), "");
  EXPECT_EQ(ReadingTable(wire::reader::Format::kCsv, 1), "") << "a column is a column";
}

// A table that a database is read for, and of which `signpost formats` says nothing.
TEST(Formats, EveryTableThatIsReadIsNamed) {
  for (const Reading& reading : kReadings) {
    const FormatInfo* info = FindFormat(reading.format);
    ASSERT_NE(info, nullptr);
    EXPECT_NE(info->taken.find(reading.table), std::string_view::npos) << reading.table;
  }
}

}  // namespace
}  // namespace signpost::formats
