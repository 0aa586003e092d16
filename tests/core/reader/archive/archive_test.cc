#include "core/reader/archive/archive.h"

#include <gtest/gtest.h>

#include "core/shared/formats/databases.h"
#include "tests/core/reader/archive/read_zip.h"
#include "tests/core/reader/extraction/cellebrite_report.h"

namespace signpost::reader::archive {
namespace {

using formats::Format;
using wire::reader::FileRefusal;
using Texts = std::vector<std::string>;

const std::string kSqlite("SQLite format 3\0", 16);
const std::string kList = "Name,Phone\nA,07700 900111\n";
const std::string kSms = "<smses><sms address=\"07700900112\" date=\"1767225600000\"/></smses>";

TEST(Ufdr, TheReportIsOneSourceWhereverItStands) {
  for (const char* name : {"report.xml", "Report.xml", "Case 7/report.xml"}) {
    const ZipGot got = Read(WriteZip({{"files/Image/a.jpg", "x"},
                                      {name, extraction::FullReport()},
                                      {"files/Database/calllog.db", kSqlite}}));
    EXPECT_EQ(got.refusal, FileRefusal::kNone) << name;
    ASSERT_EQ(got.layouts.size(), 1u);
    EXPECT_EQ(got.layouts[0].format, Format::kCellebriteXml);
    EXPECT_EQ(got.layouts[0].entry, 2u);
    EXPECT_EQ(got.found.all, extraction::Extract(extraction::FullReport()).found.all);
    EXPECT_EQ(got.found.ended.size(), 1u);
    EXPECT_TRUE(got.databases.empty());  // the report is made of it
  }
}

TEST(Ufdr, AProtectedOrCutReportRefusesTheFile) {
  EXPECT_EQ(Read(WriteZip({{"report.xml", "\x2d\x06\x52\x6d..."}})).refusal,
            FileRefusal::kProtected);
  EXPECT_EQ(Read(WriteZip({{"report.xml", extraction::FullReport().substr(0, 3000)}})).refusal,
            FileRefusal::kBroken);
  EXPECT_EQ(Read(WriteZip({{"report.xml", extraction::FullReport(), false, true}})).refusal,
            FileRefusal::kEncrypted);
  EXPECT_EQ(Read(WriteZip({{"report.xml", extraction::FullReport()}}), Format::kXlsx).refusal,
            FileRefusal::kWrongFormat);
}

TEST(ExtractionZip, EveryKnownFileIsASourceAndOwnersComeFirst) {
  const ZipGot got =
      Read(WriteZip({{"sd/contacts.vcf", "BEGIN:VCARD\nTEL:07700900113\nEND:VCARD\n"},
                     {"a/CONTACTS2.DB", kSqlite + "c"},
                     {"a/contacts2.db-wal", "other"},
                     {"a/CONTACTS2.DB-wal", "w"},
                     {"a/CONTACTS2.DB-journal", "j"},
                     {"sd/sms.xml", kSms},
                     {"sd/list.csv", kList},
                     {"a/calllog.db", kSqlite + "l"}}));
  EXPECT_EQ(got.refusal, FileRefusal::kNone);
  ASSERT_EQ(got.databases.size(), 2u);
  EXPECT_EQ(got.databases[0], (std::pair<uint32_t, std::string>(8, "l|-|-")));
  EXPECT_EQ(got.databases[1], (std::pair<uint32_t, std::string>(2, "c|w|j")));
  std::vector<uint32_t> entries;
  for (const extraction::Layout& layout : got.layouts) entries.push_back(layout.entry);
  EXPECT_EQ(entries, (std::vector<uint32_t>{8, 1, 2, 6, 7}));
  EXPECT_EQ(got.found.ended.size(), 5u);
  EXPECT_EQ(got.found.values.size(), 5u);
}

TEST(ExtractionZip, NoDatabaseThatAFolderWouldGiveIsMissed) {
  for (const formats::Database& database : formats::kDatabases) {
    for (const std::string_view name : database.file_names) {
      const std::string named(name);
      EXPECT_EQ(Read(WriteZip({{named, kSqlite + "m"}})).databases.size(), 1u) << name;
    }
  }
}

TEST(ExtractionZip, EveryDatabaseThatTellsTheOwnerComesFirstAsInAFolder) {
  for (const char* name : {"sms.db", "msgstore.db", "calllog.db"}) {
    const ZipGot got = Read(WriteZip({{"list.csv", kList}, {name, kSqlite + "m"}}));
    ASSERT_EQ(got.layouts.size(), 2u) << name;
    EXPECT_EQ(got.layouts[0].entry, 2u) << name;
  }
}

TEST(ExtractionZip, ACardThatAFolderWouldGiveIsNotMissed) {
  const std::string card = "BEGIN:VCARD\nTEL:07700900113\nEND:VCARD\n";
  EXPECT_EQ(Read(WriteZip({{"a.vcard", card}})).found.values.size(), 1u);
}

TEST(ExtractionZip, OtherTextsOfAPhoneAreNotSources) {
  const ZipGot got = Read(WriteZip({{"a/strings.xml", "<resources><a>07700900111</a></resources>"},
                                    {"a/readme.txt", "07700900111\n07700900112\n"},
                                    {"a/numbers.txt", kList},
                                    {"sms.db/", ""},
                                    {"b/list.csv", kList}}));
  EXPECT_EQ(got.refusal, FileRefusal::kNone);
  ASSERT_EQ(got.layouts.size(), 1u);
  EXPECT_EQ(got.layouts[0].entry, 5u);
  EXPECT_EQ(got.found.values, (Texts{"07700 900111"}));
  EXPECT_TRUE(got.found.skipped.empty());
  EXPECT_EQ(Read(WriteZip({{"a.jpg", "x"}})).refusal, FileRefusal::kNothingKnown);
}

TEST(ExtractionZip, WhatCannotBeReadIsSkippedOrDamagedAndTheRestIsRead) {
  const ZipGot got = Read(WriteZip({{"1/wa.db", kSqlite + "bad"},
                                    {"2/wa.db", "no database"},
                                    {"3/a.csv", "just words\nand more\n"},
                                    {"4/sms.xml", "<smses><sms address=\"07700900114\"/>"},
                                    {"5/sms.db", kSqlite + "cut"},
                                    {"6/a.csv", kList, false, true},
                                    {"7/a.csv", kList}}));
  EXPECT_EQ(got.refusal, FileRefusal::kNone);
  using Skips = std::vector<std::pair<uint32_t, FileRefusal>>;
  EXPECT_EQ(got.found.skipped, (Skips{{1, FileRefusal::kUnknownDatabase},
                                      {2, FileRefusal::kUnknownDatabase},
                                      {3, FileRefusal::kUnknownFormat},
                                      {6, FileRefusal::kEncrypted}}));
  ASSERT_EQ(got.found.ended.size(), 3u);
  EXPECT_EQ(got.found.ended[0].damage, FileRefusal::kBroken);
  EXPECT_EQ(got.found.ended[1].damage, FileRefusal::kBroken);
  EXPECT_EQ(got.found.ended[2].damage, FileRefusal::kNone);
  EXPECT_EQ(got.found.values, (Texts{"07700 900190", "07700900114", "07700 900111"}));
}

TEST(ExtractionZip, AllSkippedIsARefusalThatSaysWhy) {
  EXPECT_EQ(Read(WriteZip({{"a.csv", kList, false, true}})).refusal, FileRefusal::kEncrypted);
}

TEST(ExtractionZip, InnerZipsAreReadOnceAndNoDeeper) {
  const Bytes ufdr = WriteZip({{"report.xml", extraction::FullReport()}});
  const Bytes nested = WriteZip({{"a.ufdr", std::string(AsText(ufdr))}});
  const ZipGot got = Read(WriteZip({{"x.jpg", ""},
                                    {"b.ufdr", std::string(AsText(ufdr))},
                                    {"c.ufdr", std::string(AsText(nested))}}));
  EXPECT_EQ(got.refusal, FileRefusal::kNone);
  ASSERT_EQ(got.layouts.size(), 1u);
  EXPECT_EQ(got.layouts[0].entry, 2u);
  ASSERT_EQ(got.found.skipped.size(), 1u);
  EXPECT_EQ(got.found.skipped[0].second, FileRefusal::kNothingKnown);
}

TEST(ExtractionZip, ManyInnerBombsAreStoppedTogether) {
  const std::string report = "<project xmlns=\"http://pa.cellebrite.com/report/2.0\">" +
                             std::string(90'000, ' ') + "</project>";
  const Bytes inner = WriteZip({{"report.xml", report}});
  std::vector<ZipFile> files;
  for (int i = 0; i < 40; ++i) {
    files.push_back({std::to_string(i) + ".ufdr", std::string(inner.begin(), inner.end())});
  }
  const ZipLimits limits{.ratio = 50, .free_bytes = 100'000};
  const size_t read = Read(WriteZip(files), Format::kAuto, limits).layouts.size();
  EXPECT_GT(read, 0u);
  EXPECT_LT(read, 30u);
}

TEST(ExtractionZip, NamesAreNeverPathsAndMayRepeat) {
  Bytes zip = WriteZip({{"../../etc/a.csv", kList},
                        {"/etc/passwd", kList},
                        {"C:\\x\\b.csv", kList},
                        {"d/1.csv", kList},
                        {"d/2.csv", kList}});
  Overwrite(zip, "d/2.csv", "d/1.csv");
  const ZipGot got = Read(zip);
  EXPECT_EQ(got.refusal, FileRefusal::kNone);
  EXPECT_EQ(got.found.values.size(), 4u);
}

TEST(ExtractionZip, ADatabaseThatIsAllInItsLogIsNotLost) {
  const ZipGot got =
      Read(WriteZip({{"AddressBook.sqlitedb", ""}, {"AddressBook.sqlitedb-wal", "w"}}));
  EXPECT_EQ(got.refusal, FileRefusal::kNone);
  ASSERT_EQ(got.databases.size(), 1u);
  EXPECT_EQ(got.databases[0].second, "|w|-");
}

TEST(ExtractionZip, ADatabaseLargerThanItsLimitIsForTheOperatorToUnzip) {
  Bytes zip = WriteZip({{"sms.db", kSqlite + std::string(1u << 20, '\0')}});
  // The directory's word for its size, 300 MiB: believed when it says more than may be.
  const std::string_view text = AsText(zip);
  const size_t directory = text.find("PK\x01\x02");
  PutLe<uint32_t>(std::span(zip).subspan(directory + 24).first<4>(), 300u << 20);
  const ZipGot got = Read(zip);
  EXPECT_EQ(got.refusal, FileRefusal::kUnzipFirst);
}

TEST(ExtractionZip, AListenerThatIsGoneEndsIt) {
  std::string long_csv = kList;
  while (long_csv.size() < 300000) long_csv += "A,07700 900111\n";
  EXPECT_EQ(Read(WriteZip({{"a.csv", long_csv}, {"b.csv", kList}}), Format::kAuto, {}, 2).refusal,
            FileRefusal::kReadError);
}

}  // namespace
}  // namespace signpost::reader::archive
