// What is read of each kind, value by value.
#include <gtest/gtest.h>

#include <set>

#include "core/shared/formats/databases.h"
#include "tests/core/reader/database/fixture.h"
#include "tests/core/reader/database/phones.h"

namespace signpost::reader::database {
namespace {

using formats::Format;
using wire::reader::FileRefusal;
using Lines = std::vector<std::string>;

constexpr int kBadRow = static_cast<int>(wire::reader::Reason::kBadRow);
constexpr int kOwner = static_cast<int>(wire::reader::Reason::kOwner);
constexpr int kNoHandset = static_cast<int>(wire::reader::Reason::kNoHandset);
constexpr int kNoPerson = static_cast<int>(wire::reader::Reason::kNoPerson);

std::string At(const char* place, int reason) {
  return std::string(place) + " " + std::to_string(reason);
}

// Reads it, and what holds of all of them.
Told ReadPhone(const char* file, Left left = Left::kClosed) {
  ReadBack read = Read(WriteDatabase(ScriptOf(file), left));
  EXPECT_EQ(read.refusal, FileRefusal::kNone) << file;
  EXPECT_EQ(read.told.done.damage, FileRefusal::kNone) << file;
  EXPECT_FALSE(read.told.owner_after_value) << file;
  for (const Phone& phone : Phones()) {
    const bool this_one = std::string(phone.file) == file;
    EXPECT_TRUE(!this_one || read.told.layout.format == phone.format) << file;
  }
  return std::move(read.told);
}

TEST(Readings, AndroidContactsGiveTelephoneEntriesAndOldCalls) {
  const Told told = ReadPhone("contacts2.db");
  EXPECT_EQ(told.lines, (Lines{"1: +447700900001", "1: 07700 900003",
                               "2: 07700 900004 called 2021-02-03 in GB"}));
  EXPECT_EQ(told.owners, Lines{"07700 900099"});
  EXPECT_EQ(told.bad, (Lines{At("3:1", kNoHandset), At("5:1", kOwner)}));
  EXPECT_EQ(told.layout.readings, 3u);
}

TEST(Readings, AndroidCallsGiveDayAndRegionAndLeaveOutTheWithheld) {
  const Told told = ReadPhone("calllog.db");
  EXPECT_EQ(told.lines, (Lines{"1: +447700900010 called 2021-02-03 in GB",
                               "1: 07700900011 called 2021-02-03 in GB", "1: 07700900012 called"}));
  EXPECT_EQ(told.owners, (Lines{"+447700900098 in GB", "+447700900097 in GB"}));
  EXPECT_EQ(told.bad, (Lines{At("3:1", kNoPerson), At("4:1", kNoPerson)}));
  EXPECT_EQ(told.done.warnings, wire::reader::kDaysUnread);  // 1970
  EXPECT_EQ(told.done.rows, 5u);
}

TEST(Readings, AndroidMessagesGiveEverySideOfThem) {
  const Told told = ReadPhone("mmssms.db");
  EXPECT_EQ(told.lines,
            (Lines{"1: +447700900020 called 2021-02-03", "1: 07700 900021 called 2021-02-03",
                   "1: Example Bank called 2021-02-03", "2: +447700900020 called 2021-02-04",
                   "2: +447700900022 called 2021-02-04", "2: +447700900023",
                   "3: +447700900024 called 2021-02-03", "3: +447700900025 called 2021-02-03",
                   "3: +447700900026 called", "4: 07700 900027 called 2021-02-03"}));
  EXPECT_EQ(told.owners, Lines{"+447700900096"});
  EXPECT_EQ(told.bad, (Lines{At("2:3", kNoPerson), At("3:3", kOwner)}));
}

TEST(Readings, AndroidWhatsappTiesDaysToPeopleAndLeavesOutGroups) {
  const Told told = ReadPhone("msgstore.db");
  EXPECT_EQ(told.lines,
            (Lines{"1: +447700900030 called 2021-02-03", "1: +447700900031 called 2021-02-03",
                   "1: +447700900032 called 2021-02-03", "1: +447700900033 called 2021-02-03",
                   "1: +447700900034 called 2021-02-03"}));
  EXPECT_EQ(told.bad, (Lines{At("2:1", kNoPerson), At("4:1", kNoPerson), At("5:1", kNoPerson)}));
}

TEST(Readings, AndroidWhatsappOfOldGivesSendersInGroups) {
  const Told told = ReadPhone("msgstore.db, old");
  EXPECT_EQ(told.lines,
            (Lines{"2: +447700900035 called 2021-02-03", "3: +447700900036 called 2021-02-03",
                   "3: +447700900037 called 2021-02-03"}));
  EXPECT_EQ(told.bad, (Lines{At("3:3", kNoPerson), At("4:3", kNoPerson)}));
  EXPECT_EQ(told.layout.readings, 6u);
}

TEST(Readings, AndroidWhatsappContactsGiveAddressOrNumber) {
  const Told told = ReadPhone("wa.db");
  EXPECT_EQ(told.lines, (Lines{"1: +447700900040", "1: 07700 900041"}));
  EXPECT_EQ(told.bad, Lines{At("2:1", kNoPerson)});
}

TEST(Readings, IosAddressBookLeavesOutMailFaxAndTheOwnersCard) {
  const Told told = ReadPhone("AddressBook.sqlitedb");
  EXPECT_EQ(told.lines, (Lines{"1: 07700 900050", "1: +44 7700 900052"}));
  EXPECT_EQ(told.owners, Lines{"07700 900095"});
  EXPECT_EQ(told.bad, (Lines{At("2:1", kNoHandset), At("5:1", kOwner)}));
}

TEST(Readings, IosAddressBookThatIsAllInTheWalIsRead) {
  const Told told = ReadPhone("AddressBook.sqlitedb", Left::kInWal);
  EXPECT_EQ(told.lines.size(), 2u);
}

TEST(Readings, IosCallsGiveTextAndBlobAddresses) {
  const Told told = ReadPhone("CallHistory.storedata");
  EXPECT_EQ(
      told.lines,
      (Lines{"1: 07700 900060 called 2021-02-03 in GB", "1: +447700900061 called 2021-02-03",
             "1: +447700900062 called 2021-02-03", "2: +447700900063", "2: ada@example.org"}));
  EXPECT_EQ(told.bad, Lines{At("4:1", kBadRow)});
}

TEST(Readings, IosCallsOfOldTakeTheRegionFromTheNetwork) {
  const Told told = ReadPhone("call_history.db");
  EXPECT_EQ(told.lines,
            (Lines{"3: 07700900064 called 2011-08-03 in GB", "3: 07700900065 called 2011-08-03"}));
}

TEST(Readings, IosMessagesGiveEachPersonOnceWithTheLatestDay) {
  const Told told = ReadPhone("sms.db");
  EXPECT_EQ(told.lines, (Lines{"1: +447700900070 called 2021-02-03 in GB", "1: ada@example.org",
                               "1: +447700900071 called 2021-02-03 in GB", "1: +447700900072",
                               "2: +447700900073 called 2021-02-03", "2: +447700900074"}));
  EXPECT_EQ(told.owners, (Lines{"+447700900094", "+447700900093", "+447700900092"}));
  EXPECT_EQ(told.bad, Lines{At("2:2", kNoPerson)});
  EXPECT_EQ(told.layout.readings, 3u);
}

TEST(Readings, IosMessagesOfOldGiveTheAddressOfEach) {
  const Told told = ReadPhone("sms.db, old");
  EXPECT_EQ(told.lines,
            (Lines{"3: 07700 900075 called 2011-08-03 in GB", "3: +447700900076 called 2011-08-03",
                   "4: 07700 900075 called in GB"}));
}

TEST(Readings, IosWhatsappGivesChatsAndMembersOfGroups) {
  const Told told = ReadPhone("ChatStorage.sqlite");
  EXPECT_EQ(told.lines, (Lines{"1: +447700900080 called 2021-02-04",
                               "2: +447700900081 called 2021-02-03", "2: +447700900082"}));
  EXPECT_EQ(told.bad, (Lines{At("2:1", kNoPerson), At("3:2", kNoPerson)}));
}

TEST(Readings, IosWhatsappContactsAndCalls) {
  EXPECT_EQ(ReadPhone("ContactsV2.sqlite").lines, (Lines{"1: +447700900083", "1: 07700 900084"}));
  EXPECT_EQ(ReadPhone("CallHistory.sqlite").lines,
            (Lines{"1: +447700900085 called 2021-02-03", "1: +447700900086 called"}));
}

TEST(Readings, IosInteractionsGiveTheLatestOfThreeDays) {
  const Told told = ReadPhone("interactionC.db");
  EXPECT_EQ(told.lines,
            (Lines{"1: +447700900087 called 2021-02-03", "1: +447700900088",
                   "1: +447700900089 called 2021-02-03", "1: ada@example.org called 2021-02-03"}));
}

TEST(Readings, TablesWithoutTheirOptionalColumnsAreReadAllTheSame) {
  const ReadBack calls = ReadScript(
      "CREATE TABLE calls(number TEXT, date TEXT);"
      "INSERT INTO calls VALUES('07700900010',NULL);");
  EXPECT_EQ(calls.told.lines, Lines{"1: 07700900010 called"});
  const ReadBack handles = ReadScript(
      "CREATE TABLE handle(id); CREATE TABLE message(handle_id);"
      "INSERT INTO handle VALUES('07700900011');");
  EXPECT_EQ(handles.told.lines, Lines{"1: 07700900011"});
  const ReadBack values = ReadScript(
      "CREATE TABLE ABMultiValue(property, value);"
      "INSERT INTO ABMultiValue VALUES(3,'07700900012');");
  EXPECT_EQ(values.told.lines, Lines{"1: 07700900012"});
}

TEST(Readings, TableWithoutItsColumnOfNumbersIsNotRead) {
  const ReadBack read = ReadScript(
      "CREATE TABLE ZWACHATSESSION(ZCONTACTJID);"
      "CREATE TABLE ZWAGROUPMEMBER(other);"
      "INSERT INTO ZWAGROUPMEMBER VALUES(1),(2);");
  EXPECT_EQ(read.told.layout.readings, 1u);
  EXPECT_EQ(read.told.done.rows, 0u);
}

TEST(Readings, Utf16DatabaseIsReadAsText) {
  const ReadBack read =
      Read(WriteDatabase("COMMIT; PRAGMA encoding='UTF-16le'; BEGIN;" + ScriptOf("calllog.db")));
  EXPECT_EQ(read.told.lines.size(), 3u);
}

TEST(Readings, DatabaseOfNoKnownKindIsRefused) {
  EXPECT_EQ(ReadScript("CREATE TABLE notes(text); INSERT INTO notes VALUES('x');").refusal,
            FileRefusal::kUnknownDatabase);
}

// A kind that nobody wrote a sample of, or that another kind is taken for.
TEST(Samples, EachDatabaseHasOneAndIsTakenForItself) {
  for (const formats::Database& database : formats::kDatabases) {
    int samples = 0;
    for (const Phone& phone : Phones()) {
      if (phone.format != database.format) continue;
      ++samples;
      EXPECT_EQ(ReadPhone(phone.file).layout.format, database.format) << phone.file;
    }
    EXPECT_GT(samples, 0) << database.name.value << ": none in phones.cc";
  }
}

// A row of the descriptor that the handler does not read, or under another name.
TEST(Samples, EachReadingOfADatabaseIsSeenInOne) {
  for (const formats::Database& database : formats::kDatabases) {
    uint32_t made = 0, all = 0;
    std::set<char> told;
    for (const Phone& phone : Phones()) {
      if (phone.format != database.format) continue;
      const Told read = ReadPhone(phone.file);
      made |= read.layout.readings;
      for (const std::string& line : read.lines) told.insert(line[0]);
    }
    for (const formats::Table& table : database.tables) {
      if (table.numbers.empty()) continue;
      const uint32_t reading = formats::ReadingOf(database.format, table.name);
      all |= uint32_t{1} << (reading - 1);
      EXPECT_TRUE(told.contains(static_cast<char>('0' + reading)))
          << database.name.value << ": " << table.name;
    }
    EXPECT_EQ(made, all) << database.name.value;
  }
}

TEST(Walked, IsToldAtLeastEveryThousandRowsAndCanStop) {
  std::string script = "CREATE TABLE sms(address, date); INSERT INTO sms VALUES";
  for (int i = 0; i < 3500; ++i) {
    script += std::string(i == 0 ? "" : ",") + "('" + Number(i % 1000) + "',1612345678000)";
  }
  const Files files = WriteDatabase(script);
  const ReadBack all = Read(files);
  EXPECT_EQ(all.told.lines.size(), 3500u);
  EXPECT_GE(all.told.walked_calls, 3u);
  EXPECT_GE(all.told.walked_rows, 3000u);

  Told told;
  told.stop_after_calls = 1;
  extraction::MemorySource main(
      {reinterpret_cast<const uint8_t*>(files.main.data()), files.main.size()});
  EXPECT_EQ(ReadDatabase({.main = &main, .wal = nullptr, .journal = nullptr, .entry = 7}, told),
            FileRefusal::kNone);
  EXPECT_EQ(told.ends, 1);
  EXPECT_EQ(told.layout.entry, 7u);
  EXPECT_LE(told.lines.size(), 2000u);
}

}  // namespace
}  // namespace signpost::reader::database
