#include "core/reader/text/detect.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace signpost::reader::text {
namespace {

using namespace std::string_view_literals;
using wire::reader::Encoding;
using wire::reader::FileRefusal;

Detected Detect(std::string_view bytes, bool complete = true) {
  return DetectEncoding(AsBytes(bytes), complete);
}

std::string Wide(std::string_view ascii, bool little) {
  std::string out;
  for (const char c : ascii) out += little ? std::string{c, '\0'} : std::string{'\0', c};
  return out;
}

TEST(DetectEncoding, KnowsEachEncoding) {
  EXPECT_EQ(Detect("Name,Phone\n").encoding, Encoding::kUtf8);
  EXPECT_EQ(Detect("Zo\xc3\xab,Phone\n").encoding, Encoding::kUtf8);
  EXPECT_EQ(Detect("\xef\xbb\xbfName\n").encoding, Encoding::kUtf8Bom);
  EXPECT_EQ(Detect("Zo\xeb,Phone\n").encoding, Encoding::kCp1252);
  EXPECT_EQ(Detect("\xff\xfe" + Wide("Name\n", true)).encoding, Encoding::kUtf16Le);
  EXPECT_EQ(Detect("\xfe\xff" + Wide("Name\n", false)).encoding, Encoding::kUtf16Be);
}

TEST(DetectEncoding, Utf16WithoutAMarkIsNotBinary) {
  for (const bool little : {true, false}) {
    const Detected detected = Detect(Wide("Name,Phone\nA,07700 900123\n", little));
    EXPECT_EQ(detected.refusal, FileRefusal::kNone);
    EXPECT_EQ(detected.encoding, little ? Encoding::kUtf16Le : Encoding::kUtf16Be);
  }
}

TEST(DetectEncoding, SequenceCutByTheSampleIsNotWindows1252) {
  EXPECT_EQ(Detect("Name\nZo\xc3", false).encoding, Encoding::kUtf8);
  EXPECT_EQ(Detect("Name\nZo\xc3", true).encoding, Encoding::kCp1252);
}

TEST(DetectEncoding, OneBrokenNameDoesNotChangeTheEncodingOfAllOthers) {
  EXPECT_EQ(Detect("Zo\xc3\xab\nRen\xc3\xa9\nAn\xc3\xafs\n\xff\n").encoding, Encoding::kUtf8);
}

TEST(DetectEncoding, ADatabaseOrASpreadsheetIsNotReadAsText) {
  EXPECT_EQ(Detect("SQLite format 3\0\x10\0"sv).refusal, FileRefusal::kBinary);
  EXPECT_EQ(Detect("PK\x03\x04\x14\0\x06\0"sv).refusal, FileRefusal::kBinary);
  EXPECT_EQ(Detect("%PDF-1.7\n").refusal, FileRefusal::kBinary);
  EXPECT_EQ(Detect("Name,Phone\nA,07700\0 900123\n"sv).refusal, FileRefusal::kBinary);
  EXPECT_EQ(Detect("\x01\x02\x03\x04\x05\x06").refusal, FileRefusal::kBinary);
}

TEST(DetectEncoding, Utf32IsRefusedAndNotReadAsUtf16) {
  EXPECT_EQ(Detect("\xff\xfe\0\0N\0\0\0"sv).refusal, FileRefusal::kBadEncoding);
  EXPECT_EQ(Detect("\0\0\xfe\xff\0\0\0N"sv).refusal, FileRefusal::kBadEncoding);
}

TEST(DetectEncoding, AnEmptyFileIsSaidToBeEmpty) {
  EXPECT_EQ(Detect("").refusal, FileRefusal::kEmpty);
  EXPECT_EQ(Detect(" \r\n\n").refusal, FileRefusal::kEmpty);
  EXPECT_EQ(Detect("\xef\xbb\xbf").refusal, FileRefusal::kEmpty);
  EXPECT_EQ(Detect("\xff\xfe").refusal, FileRefusal::kEmpty);
}

TEST(DetectEncoding, AnyBytesGiveAnAnswer) {
  EXPECT_TRUE(rc::check([](const std::string& bytes, bool complete) {
    static_cast<void>(DetectEncoding(AsBytes(bytes), complete));
  }));
}

}  // namespace
}  // namespace signpost::reader::text
