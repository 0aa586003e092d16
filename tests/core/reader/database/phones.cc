#include "tests/core/reader/database/phones.h"

#include <cstdlib>
#include <cstring>

namespace signpost::reader::database {
namespace {

using formats::Format;

// After ALEAPP's contacts.py and the schema of AOSP's ContactsDatabaseHelper, with its own
// collation, a trigger and a view. Raw contact 9223372034707292161 is the owner's profile.
constexpr char kContacts[] = R"(
CREATE TABLE mimetypes(_id INTEGER PRIMARY KEY AUTOINCREMENT, mimetype TEXT NOT NULL);
INSERT INTO mimetypes VALUES(1,'vnd.android.cursor.item/name'),(5,'vnd.android.cursor.item/phone_v2');
CREATE TABLE raw_contacts(_id INTEGER PRIMARY KEY, display_name TEXT, deleted INTEGER);
CREATE TABLE data(_id INTEGER PRIMARY KEY AUTOINCREMENT, package_id INTEGER,
  mimetype_id INTEGER NOT NULL, raw_contact_id INTEGER NOT NULL, is_primary INTEGER,
  data1 TEXT, data2 TEXT, data3 TEXT, data4 TEXT, data15 BLOB);
INSERT INTO data(_id,mimetype_id,raw_contact_id,data1,data2,data4) VALUES
  (1,1,1,'Ada Example',NULL,NULL),
  (2,5,1,'07700 900001','2','+447700900001'),
  (3,5,1,'07700 900002','4','+447700900002'),
  (4,5,2,'07700 900003','2',NULL),
  (5,5,9223372034707292161,'07700 900099','2',NULL);
CREATE INDEX data_mimetype_data1_index ON data(mimetype_id, data1);
CREATE TRIGGER data_deleted AFTER DELETE ON data BEGIN DELETE FROM raw_contacts; END;
CREATE VIEW view_data AS SELECT * FROM data;
CREATE TABLE calls(_id INTEGER PRIMARY KEY, number TEXT, normalized_number TEXT, date INTEGER,
  type INTEGER, countryiso TEXT);
INSERT INTO calls VALUES(1,'07700 900004',NULL,1612345678000,1,'GB');
)";

// After ALEAPP's calllog.py and AOSP's CallLogDatabaseHelper. No genuine sample was to be had.
constexpr char kCallLog[] = R"(
CREATE TABLE calls(_id INTEGER PRIMARY KEY AUTOINCREMENT, number TEXT,
  presentation INTEGER NOT NULL DEFAULT 1, post_dial_digits TEXT, via_number TEXT, date INTEGER,
  duration INTEGER, type INTEGER, name TEXT, countryiso TEXT, normalized_number TEXT,
  phone_account_address TEXT, deleted INTEGER NOT NULL DEFAULT 0);
INSERT INTO calls(number,presentation,date,type,name,countryiso,normalized_number,
  phone_account_address,deleted,via_number) VALUES
  ('07700900010',1,1612345678000,1,'Ada','gb','+447700900010','+447700900098',0,''),
  ('07700900011',1,1612345678,2,NULL,'GB',NULL,'+447700900098',1,'+447700900097'),
  ('',3,1612345678000,3,NULL,'GB',NULL,NULL,0,NULL),
  ('-2',1,1612345678000,3,NULL,'GB',NULL,NULL,0,NULL),
  ('07700900012',1,99,1,NULL,'Great Britain',NULL,NULL,0,NULL);
)";

// After ALEAPP's smsmms.py and AOSP's MmsSmsDatabaseHelper; spam_sms is Samsung's.
constexpr char kMmsSms[] = R"(
CREATE TABLE sms(_id INTEGER PRIMARY KEY, thread_id INTEGER, address TEXT, person INTEGER,
  date INTEGER, date_sent INTEGER DEFAULT 0, type INTEGER, body TEXT);
INSERT INTO sms(address,date,date_sent,type,body) VALUES
  ('+447700900020',1612345678000,0,1,'a text'),('07700 900021',0,1612345678000,2,'a text'),
  ('Example Bank',1612345678000,0,1,'a text'),(NULL,1612345678000,0,3,'a draft');
CREATE TABLE canonical_addresses(_id INTEGER PRIMARY KEY AUTOINCREMENT, address TEXT);
INSERT INTO canonical_addresses VALUES(1,'+447700900020'),(2,'+447700900022'),(3,'+447700900023');
CREATE TABLE threads(_id INTEGER PRIMARY KEY AUTOINCREMENT, date INTEGER, message_count INTEGER,
  recipient_ids TEXT, snippet TEXT);
INSERT INTO threads VALUES(1,1612345678000,2,'1',NULL),(2,1612432078000,1,'1 2','a text');
CREATE TABLE pdu(_id INTEGER PRIMARY KEY AUTOINCREMENT, thread_id INTEGER, date INTEGER,
  msg_box INTEGER, sub TEXT);
INSERT INTO pdu VALUES(1,1,1612345678,1,'a subject'),(2,1,1612345678,2,NULL);
CREATE TABLE addr(_id INTEGER PRIMARY KEY, msg_id INTEGER, contact_id INTEGER, address TEXT,
  type INTEGER, charset INTEGER);
INSERT INTO addr(msg_id,address,type) VALUES(1,'+447700900024',137),(1,'insert-address-token',151),
  (2,'+447700900096',137),(2,'+447700900025',151),(7,'+447700900026',130);
CREATE TABLE spam_sms(_id INTEGER PRIMARY KEY, address TEXT, date INTEGER, body TEXT);
INSERT INTO spam_sms VALUES(1,'07700 900027',1612345678000,'a text');
)";

// After ALEAPP's WhatsApp.py (the schema since 2021).
constexpr char kMsgStore[] = R"(
CREATE TABLE jid(_id INTEGER PRIMARY KEY AUTOINCREMENT, user TEXT NOT NULL, server TEXT NOT NULL,
  agent INTEGER, device INTEGER, type INTEGER, raw_string TEXT);
INSERT INTO jid(_id,user,server) VALUES(1,'447700900030','s.whatsapp.net'),
  (2,'447700900000-1600000000','g.us'),(3,'447700900031','s.whatsapp.net'),(4,'status','broadcast'),
  (5,'123456789012345','lid'),(6,'447700900032','s.whatsapp.net'),
  (7,'447700900033','s.whatsapp.net'),(8,'447700900034','s.whatsapp.net');
CREATE TABLE chat(_id INTEGER PRIMARY KEY AUTOINCREMENT, jid_row_id INTEGER UNIQUE, hidden INTEGER,
  subject TEXT, sort_timestamp INTEGER);
INSERT INTO chat VALUES(1,1,0,NULL,1612000000000),(2,2,0,'a group',1612345678000),
  (3,8,0,NULL,1612345678000);
CREATE TABLE message(_id INTEGER PRIMARY KEY AUTOINCREMENT, chat_row_id INTEGER NOT NULL,
  from_me INTEGER NOT NULL, key_id TEXT NOT NULL, sender_jid_row_id INTEGER, timestamp INTEGER,
  message_type INTEGER, text_data TEXT);
INSERT INTO message VALUES(1,1,0,'k',0,1612345678000,0,'a text'),(2,1,1,'k',0,1612300000000,0,'x'),
  (3,2,0,'k',3,1612345678000,0,'a text');
CREATE TABLE call_log(_id INTEGER PRIMARY KEY, jid_row_id INTEGER, from_me INTEGER, call_id TEXT,
  timestamp INTEGER);
INSERT INTO call_log VALUES(1,6,0,'c',1612345678000);
CREATE TABLE call_log_participant_v2(_id INTEGER PRIMARY KEY, call_log_row_id INTEGER,
  jid_row_id INTEGER, call_result INTEGER);
INSERT INTO call_log_participant_v2 VALUES(1,1,7,0);
)";

// The older schema, with addresses as text.
constexpr char kOldMsgStore[] = R"(
CREATE TABLE chat_list(_id INTEGER PRIMARY KEY AUTOINCREMENT, key_remote_jid TEXT UNIQUE,
  subject TEXT, sort_timestamp INTEGER);
INSERT INTO chat_list VALUES(1,'447700900035@s.whatsapp.net',NULL,1612345678000);
CREATE TABLE messages(_id INTEGER PRIMARY KEY AUTOINCREMENT, key_remote_jid TEXT NOT NULL,
  key_from_me INTEGER, data TEXT, timestamp INTEGER, remote_resource TEXT);
INSERT INTO messages VALUES(1,'447700900036@s.whatsapp.net',0,'a text',1612345678000,NULL),
  (2,'447700900000-16@g.us',0,'a text',1612345678000,'447700900037@s.whatsapp.net'),
  (3,'447700900000-16@g.us',1,'a text',1612345678000,''),(4,'status@broadcast',0,'x',0,NULL);
)";

constexpr char kWaDb[] = R"(
CREATE TABLE wa_contacts(_id INTEGER PRIMARY KEY AUTOINCREMENT, jid TEXT NOT NULL,
  is_whatsapp_user BOOLEAN, status TEXT, number TEXT, display_name TEXT);
INSERT INTO wa_contacts VALUES(1,'447700900040@s.whatsapp.net',1,'hi','07700 900040','Ada'),
  (2,'447700900000-16@g.us',1,NULL,NULL,'a group'),(3,'7@lid',0,NULL,'07700 900041','Bob');
)";

// After iLEAPP's addressBook.py and the schema that AppSupport's framework prints: names in a
// collation of the phone's own, and a table for searching that only the phone can open.
constexpr char kAddressBook[] = R"(
CREATE TABLE ABPerson(ROWID INTEGER PRIMARY KEY AUTOINCREMENT, First TEXT, Last TEXT);
CREATE TABLE ABMultiValue(UID INTEGER PRIMARY KEY, record_id INTEGER, property INTEGER,
  identifier INTEGER, label INTEGER, value TEXT);
CREATE TABLE ABMultiValueLabel(value TEXT, UNIQUE(value));
INSERT INTO ABMultiValueLabel VALUES('_$!<Mobile>!$_'),('_$!<HomeFAX>!$_');
CREATE TABLE ABStore(ROWID INTEGER PRIMARY KEY AUTOINCREMENT, Name TEXT, Enabled INTEGER DEFAULT 1,
  MeIdentifier INTEGER DEFAULT -1);
INSERT INTO ABStore VALUES(1,NULL,1,-1),(2,NULL,1,7);
INSERT INTO ABPerson VALUES(1,'Ada','Example'),(7,'Owner','Example');
INSERT INTO ABMultiValue VALUES(1,1,3,0,1,'07700 900050'),(2,1,3,1,2,'07700 900051'),
  (3,1,4,0,NULL,'ada@example.org'),(4,1,3,2,NULL,'+44 7700 900052'),(5,7,3,0,1,'07700 900095');
)";

// After iLEAPP's callHistory.py. No genuine sample was to be had. ZADDRESS was a BLOB once.
constexpr char kCallHistory[] = R"(
CREATE TABLE ZCALLRECORD(Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER,
  ZORIGINATED INTEGER, ZDATE TIMESTAMP, ZDURATION FLOAT, ZADDRESS VARCHAR,
  ZISO_COUNTRY_CODE VARCHAR, ZNAME VARCHAR, ZSERVICE_PROVIDER VARCHAR);
INSERT INTO ZCALLRECORD VALUES
  (1,2,1,0,634038478.25,3.5,'07700 900060','gb','Ada','com.apple.Telephony'),
  (2,2,1,1,634038478.25,3.5,CAST('+447700900061' AS BLOB),NULL,NULL,'com.apple.Telephony'),
  (3,2,1,1,634038478.25,3.5,'447700900062@s.whatsapp.net',NULL,NULL,'net.whatsapp.WhatsApp'),
  (4,2,1,1,634038478.25,3.5,X'ff00fe',NULL,NULL,NULL),(5,2,1,0,1,0,NULL,'gb',NULL,NULL);
CREATE TABLE ZHANDLE(Z_PK INTEGER PRIMARY KEY, ZTYPE INTEGER, ZNORMALIZEDVALUE VARCHAR,
  ZVALUE VARCHAR);
INSERT INTO ZHANDLE VALUES(1,2,'+447700900063','07700 900063'),(2,3,NULL,'ada@example.org');
)";

// Until iOS 7. country_code is the mobile country code of the network.
constexpr char kOldCalls[] = R"(
CREATE TABLE call(ROWID INTEGER PRIMARY KEY AUTOINCREMENT, address TEXT, date INTEGER,
  duration INTEGER, flags INTEGER, id INTEGER, name TEXT, country_code TEXT, network_code TEXT);
INSERT INTO call VALUES(1,'07700900064',1312345678,10,4,-1,NULL,'234','30'),
  (2,'07700900065',1312345678,10,4,-1,NULL,NULL,NULL);
)";

// After iLEAPP's sms.py; nanoseconds since iOS 11.
constexpr char kSms[] = R"(
CREATE TABLE handle(ROWID INTEGER PRIMARY KEY AUTOINCREMENT UNIQUE, id TEXT NOT NULL, country TEXT,
  service TEXT NOT NULL, uncanonicalized_id TEXT, UNIQUE(id, service));
INSERT INTO handle VALUES(1,'+447700900070','gb','SMS','07700 900070'),
  (2,'ada@example.org',NULL,'iMessage',NULL),(3,'+447700900071','gb','SMS',NULL),
  (4,'+447700900072',NULL,'SMS',NULL);
CREATE TABLE message(ROWID INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT, text TEXT,
  handle_id INTEGER DEFAULT 0, attributedBody BLOB, service TEXT, account TEXT, date INTEGER,
  is_from_me INTEGER DEFAULT 0, destination_caller_id TEXT);
INSERT INTO message VALUES
  (1,'a','a text',1,NULL,'SMS','P:+447700900094',634038478000000000,0,'+447700900094'),
  (2,'b','a text',1,NULL,'SMS','P:+447700900094',633952078000000000,1,'+447700900070'),
  (3,'c','a text',3,NULL,'SMS','e:owner@example.org',634038478,0,'+447700900093'),
  (4,'d','a text',0,NULL,'SMS',NULL,0,1,NULL);
CREATE TABLE chat(ROWID INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT, style INTEGER,
  chat_identifier TEXT, account_login TEXT, last_addressed_handle TEXT, display_name TEXT);
INSERT INTO chat VALUES(1,'a',45,'+447700900073','P:+447700900092','+447700900094',NULL),
  (2,'b',43,'chat123456789012','E:owner@example.org','',''),(3,'c',45,'+447700900074','','',NULL);
CREATE TABLE chat_message_join(chat_id INTEGER, message_id INTEGER, message_date INTEGER,
  PRIMARY KEY(chat_id, message_id));
INSERT INTO chat_message_join VALUES(1,1,634038478000000000),(1,2,633952078000000000);
CREATE TRIGGER after_delete_on_message AFTER DELETE ON message
  BEGIN SELECT after_delete_message_plugin(OLD.ROWID, OLD.guid); END;
)";

// Until iOS 5.
constexpr char kOldSms[] = R"(
CREATE TABLE message(ROWID INTEGER PRIMARY KEY AUTOINCREMENT, address TEXT, date INTEGER, text TEXT,
  flags INTEGER, country TEXT, madrid_handle TEXT);
INSERT INTO message VALUES(1,'07700 900075',1312345678,'a text',2,'gb',NULL),
  (2,NULL,334038478,'a text',0,NULL,'+447700900076');
CREATE TABLE group_member(ROWID INTEGER PRIMARY KEY AUTOINCREMENT, group_id INTEGER, address TEXT,
  country TEXT);
INSERT INTO group_member VALUES(1,1,'07700 900075','gb');
)";

// After iLEAPP's whatsApp.py.
constexpr char kChatStorage[] = R"(
CREATE TABLE ZWACHATSESSION(Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, ZSESSIONTYPE INTEGER,
  ZLASTMESSAGEDATE TIMESTAMP, ZCONTACTJID VARCHAR, ZPARTNERNAME VARCHAR);
INSERT INTO ZWACHATSESSION VALUES(1,4,0,634038478,'447700900080@s.whatsapp.net','Ada'),
  (2,4,1,634038478,'447700900000-16@g.us','a group');
CREATE TABLE ZWAGROUPMEMBER(Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, ZCHATSESSION INTEGER,
  ZMEMBERJID VARCHAR, ZCONTACTNAME VARCHAR);
INSERT INTO ZWAGROUPMEMBER VALUES(1,5,2,'447700900081@s.whatsapp.net','Bob'),
  (2,5,2,'447700900082@s.whatsapp.net',NULL),(3,5,2,'123456789@lid',NULL);
CREATE TABLE ZWAMESSAGE(Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, ZISFROMME INTEGER,
  ZCHATSESSION INTEGER, ZGROUPMEMBER INTEGER, ZMESSAGEDATE TIMESTAMP, ZFROMJID VARCHAR, ZTEXT VARCHAR);
INSERT INTO ZWAMESSAGE VALUES(1,9,0,2,1,634038478,'447700900000-16@g.us','a text'),
  (2,9,0,1,NULL,634124878,'447700900080@s.whatsapp.net','a text');
)";

constexpr char kContactsV2[] = R"(
CREATE TABLE ZWAADDRESSBOOKCONTACT(Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, ZFULLNAME VARCHAR,
  ZLID VARCHAR, ZPHONENUMBER VARCHAR, ZWHATSAPPID VARCHAR);
INSERT INTO ZWAADDRESSBOOKCONTACT VALUES
  (1,2,'Ada','1@lid','07700 900083','447700900083@s.whatsapp.net'),
  (2,2,'Bob',NULL,'07700 900084',NULL);
)";

constexpr char kWhatsappCalls[] = R"(
CREATE TABLE ZWACDCALLEVENT(Z_PK INTEGER PRIMARY KEY, Z1CALLEVENTS INTEGER, ZDATE TIMESTAMP,
  ZDURATION FLOAT, ZGROUPCALLCREATORUSERJIDSTRING VARCHAR);
INSERT INTO ZWACDCALLEVENT VALUES(3,1,634038478.5,4,NULL);
CREATE TABLE ZWACDCALLEVENTPARTICIPANT(Z_PK INTEGER PRIMARY KEY, Z1PARTICIPANTS INTEGER,
  ZJIDSTRING VARCHAR);
INSERT INTO ZWACDCALLEVENTPARTICIPANT VALUES(1,3,'447700900085@s.whatsapp.net'),
  (2,9,'447700900086@s.whatsapp.net'),(3,3,'5@lid');
)";

// After iLEAPP's interactionC parser.
constexpr char kInteractions[] = R"(
CREATE TABLE ZCONTACTS(Z_PK INTEGER PRIMARY KEY, ZDISPLAYNAME VARCHAR, ZIDENTIFIER VARCHAR,
  ZLASTINCOMINGRECIPIENTDATE TIMESTAMP, ZLASTINCOMINGSENDERDATE TIMESTAMP,
  ZLASTOUTGOINGRECIPIENTDATE TIMESTAMP);
INSERT INTO ZCONTACTS VALUES(1,'Ada','+447700900087',0,633952078,634038478),
  (2,'Bob','+447700900088',NULL,NULL,NULL),(3,'C','447700900089@s.whatsapp.net',0,634038478,0),
  (4,'D','ada@example.org',0,634038478,0);
)";

}  // namespace

const std::vector<Phone>& Phones() {
  static const std::vector<Phone> phones = {
      {Format::kAndroidContacts, "contacts2.db", kContacts},
      {Format::kAndroidCalls, "calllog.db", kCallLog},
      {Format::kAndroidMessages, "mmssms.db", kMmsSms},
      {Format::kAndroidWhatsapp, "msgstore.db", kMsgStore},
      {Format::kAndroidWhatsapp, "msgstore.db, old", kOldMsgStore},
      {Format::kAndroidWhatsappContacts, "wa.db", kWaDb},
      {Format::kIosAddressBook, "AddressBook.sqlitedb", kAddressBook},
      {Format::kIosCalls, "CallHistory.storedata", kCallHistory},
      {Format::kIosCalls, "call_history.db", kOldCalls},
      {Format::kIosMessages, "sms.db", kSms},
      {Format::kIosMessages, "sms.db, old", kOldSms},
      {Format::kIosWhatsapp, "ChatStorage.sqlite", kChatStorage},
      {Format::kIosWhatsappContacts, "ContactsV2.sqlite", kContactsV2},
      {Format::kIosWhatsappCalls, "CallHistory.sqlite", kWhatsappCalls},
      {Format::kIosInteractions, "interactionC.db", kInteractions},
  };
  return phones;
}

const std::string& ScriptOf(const char* file) {
  for (const Phone& phone : Phones()) {
    if (std::strcmp(phone.file, file) == 0) return phone.script;
  }
  std::abort();
}

}  // namespace signpost::reader::database
