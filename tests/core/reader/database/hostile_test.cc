// Schemas and values that somebody prepared.
#include <gtest/gtest.h>

#include "core/reader/database/connection.h"
#include "tests/core/reader/database/fixture.h"
#include "tests/core/reader/database/phones.h"

namespace signpost::reader::database {
namespace {

using wire::reader::FileRefusal;
using Lines = std::vector<std::string>;

constexpr char kCalls[] =
    "CREATE TABLE calls(_id INTEGER PRIMARY KEY, number TEXT, date INTEGER, name TEXT);"
    "INSERT INTO calls VALUES(1,'+447700900001',1612345678000,'Ada');";
const Lines kItsLine = {"1: +447700900001 called 2021-02-03"};

struct Opened {
  explicit Opened(const std::string& script) : files(WriteDatabase(script)) {
    EXPECT_EQ(opened.refusal, FileRefusal::kNone);
  }
  bool Compiles(const std::string& sql) { return opened.connection->Prepare(sql) != nullptr; }

  Files files;
  extraction::MemorySource main{
      {reinterpret_cast<const uint8_t*>(files.main.data()), files.main.size()}};
  ExtractionVfs vfs{{.main = &main, .wal = nullptr, .journal = nullptr, .entry = 0}};
  Connection::Opened opened = Connection::Open(vfs);
};

TEST(Authorizer, NamesTextsAndOtherTablesCannotBeAskedFor) {
  for (const auto& [file, column, table] :
       std::vector<std::tuple<const char*, const char*, const char*>>{
           {"calllog.db", "name", "calls"},
           {"mmssms.db", "body", "sms"},
           {"mmssms.db", "snippet", "threads"},
           {"mmssms.db", "sub", "pdu"},
           {"contacts2.db", "display_name", "raw_contacts"},
           {"contacts2.db", "data15", "data"},
           {"msgstore.db", "text_data", "message"},
           {"wa.db", "display_name", "wa_contacts"},
           {"AddressBook.sqlitedb", "First", "ABPerson"},
           {"sms.db", "text", "message"},
           {"sms.db", "attributedBody", "message"},
           {"ChatStorage.sqlite", "ZTEXT", "ZWAMESSAGE"},
           {"interactionC.db", "ZDISPLAYNAME", "ZCONTACTS"}}) {
    Opened database(ScriptOf(file));
    const std::string from = std::string(" FROM ") + table;
    EXPECT_FALSE(database.Compiles(std::string("SELECT ") + column + from)) << table;
    EXPECT_FALSE(database.Compiles("SELECT 1" + from + " WHERE " + column + " IS NULL")) << table;
    EXPECT_FALSE(database.Compiles("SELECT *" + from)) << table;
  }
}

TEST(Authorizer, OnlyPlainReadingCompiles) {
  Opened database(kCalls);
  EXPECT_TRUE(database.Compiles("SELECT number FROM calls"));
  for (const char* sql :
       {"SELECT upper(number) FROM calls", "SELECT sql FROM sqlite_schema", "PRAGMA user_version",
        "PRAGMA locking_mode=NORMAL", "ATTACH 'other' AS o", "DELETE FROM calls",
        "UPDATE calls SET number=1", "CREATE TEMP TABLE t(a)",
        "SELECT * FROM pragma_table_info('a')",
        "WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM r) SELECT i FROM r",
        "SELECT load_extension('x')", "CREATE VIRTUAL TABLE v USING fts5(a)",
        "SELECT number FROM calls WHERE number LIKE '1'", "COMMIT"}) {
    EXPECT_FALSE(database.Compiles(sql)) << sql;
  }
}

TEST(HostileSchema, ViewOrVirtualTableNamedLikeATableIsNotRead) {
  for (const char* schema :
       {"CREATE TABLE t(a); CREATE VIEW calls AS SELECT 'x' AS number, 1 AS date FROM t;",
        "CREATE VIEW calls(number,date) AS WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i+1"
        " FROM r) SELECT i, i FROM r;",
        "CREATE VIRTUAL TABLE calls USING fts4(number, date);"
        "INSERT INTO calls VALUES('+447700900001',1);",
        "CREATE VIRTUAL TABLE calls USING rtree(number, date, other);",
        "CREATE TABLE calls(number PRIMARY KEY, date) WITHOUT ROWID;"
        "INSERT INTO calls VALUES('+447700900001',1);",
        // a view, or a virtual table, that the schema calls a table
        "CREATE TABLE calls(number, date); PRAGMA writable_schema=ON; UPDATE sqlite_schema SET"
        " sql='CREATE VIEW calls AS SELECT 1 AS number, 2 AS date';",
        "CREATE TABLE calls(number, date); PRAGMA writable_schema=ON; UPDATE sqlite_schema SET"
        " sql='CREATE VIRTUAL TABLE calls USING fts4(number, date)', rootpage=0;",
        "CREATE TABLE calls(number, date); PRAGMA writable_schema=ON; UPDATE sqlite_schema SET"
        " sql='CREATE/**/VIRTUAL/**/TABLE calls USING dbstat';",
        "CREATE TABLE x(number, date); PRAGMA writable_schema=ON; UPDATE sqlite_schema SET"
        " sql='CREATE TABLE calls(number, date)', rootpage=99999;"}) {
    const ReadBack read = ReadScript(schema);
    EXPECT_TRUE(read.refusal == FileRefusal::kUnknownDatabase ||
                read.refusal == FileRefusal::kBroken)
        << schema << static_cast<int>(read.refusal);
    EXPECT_TRUE(read.told.lines.empty());
  }
}

TEST(HostileSchema, WhatComputesIsNotReadAndTheRestIs) {
  for (const char* more :
       {"CREATE TRIGGER t AFTER INSERT ON calls BEGIN SELECT load_extension('x'); END;",
        "CREATE INDEX i ON calls(abs(date)); CREATE INDEX j ON calls(number) WHERE date > 5;",
        "CREATE VIEW v AS SELECT * FROM v2; CREATE VIEW v2 AS SELECT * FROM v;",
        "CREATE VIRTUAL TABLE f USING fts5(a); CREATE TABLE sqlitish(a);",
        "ANALYZE; UPDATE sqlite_stat1 SET stat='9999999999999999999999 x y z';",
        // a collation and functions that only the phone has
        "CREATE TABLE t(a); CREATE INDEX i ON t(a); PRAGMA writable_schema=ON; UPDATE"
        " sqlite_schema SET sql='CREATE INDEX i ON t(phone_only(a) COLLATE PHONEBOOK)'"
        " WHERE name='i';",
        "PRAGMA writable_schema=ON; INSERT INTO sqlite_schema VALUES('trigger','t','calls',0,"
        "'CREATE TRIGGER t AFTER DELETE ON calls BEGIN SELECT phone_only(1); END');"}) {
    const ReadBack read = ReadScript(std::string(kCalls) + more);
    EXPECT_EQ(read.refusal, FileRefusal::kNone) << more;
    EXPECT_EQ(read.told.lines, kItsLine) << more;
  }
  // A column that is computed when it is read is none.
  const ReadBack read = ReadScript(
      "CREATE TABLE calls(_id INTEGER PRIMARY KEY, number TEXT, date INTEGER AS"
      " (length(zeroblob(900000000))), countryiso TEXT DEFAULT (lower('GB')));"
      "CREATE TABLE sms(address);"
      "INSERT INTO sms VALUES('+447700900001');");
  EXPECT_EQ(read.told.layout.format, formats::Format::kAndroidMessages);
  EXPECT_EQ(read.told.lines, Lines{"1: +447700900001 called"});
}

TEST(HostileSchema, EntryThatCannotBeParsedIsARefusal) {
  for (const char* more :
       {"CREATE TABLE t(a); UPDATE sqlite_schema SET sql='CREATE TABLE t(((((' WHERE name='t';",
        "INSERT INTO sqlite_schema VALUES('table','t','t',99999999,'CREATE TABLE t(a)');",
        "INSERT INTO sqlite_schema VALUES('table','big','big',2,'CREATE TABLE big(' ||"
        " hex(zeroblob(300000)) || ')');",
        "INSERT INTO sqlite_schema VALUES('table','big','big',2,'CREATE TABLE big(' ||"
        " hex(zeroblob(900000)) || ')');"}) {
    const ReadBack read = ReadScript(std::string(kCalls) + "PRAGMA writable_schema=ON;" + more);
    EXPECT_EQ(read.refusal, FileRefusal::kBroken) << more;
  }
}

TEST(HostileSchema, CollationThatOnlyThePhoneHasIsNotNeeded) {
  std::string script = ScriptOf("AddressBook.sqlitedb");
  script +=
      "PRAGMA writable_schema=ON; UPDATE sqlite_schema SET sql=replace(replace(sql,"
      "'property INTEGER','property INTEGER COLLATE Phones'),'value TEXT','value TEXT"
      " COLLATE PHONEBOOK') WHERE name='ABMultiValue';";
  const ReadBack read = ReadScript(script);
  EXPECT_EQ(read.told.lines.size(), 2u);
  EXPECT_EQ(read.told.done.damage, FileRefusal::kNone);
}

TEST(HostileSchema, ColumnThatIsCalledRowidDoesNotLeadTheWalkAstray) {
  for (const char* name : {"rowid", "_rowid_", "oid"}) {
    const ReadBack read = ReadScript(std::string("CREATE TABLE calls(number, date, ") + name +
                                     ");INSERT INTO calls VALUES('+447700900001',0,9),"
                                     "('+447700900002',0,1),('+447700900003',0,'x');");
    EXPECT_EQ(read.told.lines.size(), 3u) << name;
  }
  EXPECT_EQ(ReadScript("CREATE TABLE calls(number, date, rowid, oid, _rowid_);"
                       "INSERT INTO calls VALUES('+447700900001',0,1,1,1);")
                .refusal,
            FileRefusal::kUnknownDatabase);
}

TEST(HostileValues, RowsWhoseValueIsNoTextAreBadAndTheRestIsRead) {
  const ReadBack read = ReadScript(
      "CREATE TABLE sms(_id INTEGER PRIMARY KEY, address, date);"
      "INSERT INTO sms VALUES(1,X'ff41',1),(2,CAST(X'2b00343437' AS TEXT),1),"
      "(3,zeroblob(3000000),1),(4,printf('%.*c',5000,'7'),1),(5,X'2b34343737303039303030303100',1),"
      "(6,447700900002,1e300),(7,4.477009e11,-1),(8,'  ',1),"
      "(9223372036854775807,'+447700900003','x');");
  EXPECT_EQ(read.refusal, FileRefusal::kNone);
  EXPECT_EQ(read.told.lines, (Lines{"1: +447700900001 called", "1: 447700900002 called",
                                    "1: 447700900000.0 called", "1: +447700900003 called"}));
  EXPECT_EQ(read.told.bad, (Lines{"1:1 17", "2:1 17", "3:1 17", "4:1 1"}));
  EXPECT_EQ(read.told.done.rows, 9u);
  EXPECT_EQ(read.told.done.damage, FileRefusal::kNone);
  EXPECT_EQ(static_cast<int>(wire::reader::Reason::kBadRow), 17);
}

TEST(HostileValues, OwnersAreFew) {
  std::string script = "CREATE TABLE calls(number, date, phone_account_address);";
  for (int i = 0; i < 200; ++i) {
    script += "INSERT INTO calls VALUES('+447700900001',1,'" + Number(i + 100) + "');";
  }
  EXPECT_EQ(ReadScript(script).told.owners.size(), 64u);
}

}  // namespace
}  // namespace signpost::reader::database
