// Describes each database of a phone that can be imported: everything about it but the code that
// reads its rows, which is in core/reader/database/handlers.h.
//
// A new one is a number in format.h, a row here, a handler, a row in core/reader/FORMATS.md and a
// sample in tests/core/reader/database/phones.cc. The compiler and the tests ask for what is
// missing.
//
// Data only: both `signpost`, which lists formats and looks for files, and signpost-reader know it.
// Spelling and case of tables and columns are as in the files.
#pragma once

#include "core/shared/formats/format.h"

namespace signpost::formats {

// A table, and every column of it that may be read: the authorizer of the reader's connection lets
// through these and no other, so a query for a name or a text would not even compile.
struct Table {
  std::string_view name;
  std::string_view columns;  // separated by spaces; a name of the rowid among them
  // The columns that hold numbers, in order of preference and separated by ", ": one value a row,
  // the first that holds one. Empty: the table only tells days, or what is the owner's.
  std::string_view numbers = {};
  std::string_view people = {};  // whose numbers these are, in words
};

// A database has both columns. One without the second is known by the first alone.
struct Signature {
  std::string_view table, column, other_table = {}, other_column = {};
};

struct Database {
  Required<Format> format;
  Required<std::string_view> name;   // "android-calls": in reports and JSON
  Required<std::string_view> title;  // "Android calllog.db"
  // What it is called in an extraction, in small letters. The reader confirms by content.
  List<std::string_view, 2> file_names;
  List<Signature, 2> known_by;  // any of these
  // Readings are numbered from 1 in this order, by those with numbers: bit n of a Layout's
  // `readings` is the table of reading n + 1, and a value of it stands in column n + 1.
  List<Table, 8> tables;
  Required<bool> has_days;              // of calls or messages alone
  Required<bool> tells_owner;           // whose phone it is: read first
  Required<std::string_view> left_out;  // beside what every format leaves out
  Required<Sample> sample;
};

inline constexpr std::string_view kCallColumns =
    "_id number normalized_number date presentation countryiso phone_account_address via_number";

// In the order of their numbers. A file is of the first that knows it.
inline constexpr Database kDatabases[] = {
    {.format = Format::kAndroidContacts,
     .name = "android-contacts",
     .title = "Android contacts2.db",
     .file_names = {"contacts.db", "contacts2.db"},
     .known_by = {{"data", "mimetype_id", "mimetypes", "mimetype"}},
     .tables =
         {
             // data1: the number as typed, data2: its type (fax), data4: in E.164; raw_contact_id
             // tells the owner's own card.
             {"data", "_id mimetype_id raw_contact_id data1 data2 data4", "data4, data1",
              "telephone entries of contacts"},
             {"mimetypes", "_id mimetype"},
             // Of old phones.
             {"calls", kCallColumns, "normalized_number, number", "calls"},
         },
     .has_days = false,
     .tells_owner = false,
     .left_out = "names, every other table",
     .sample = Sample::kReconstruction},
    {.format = Format::kAndroidCalls,
     .name = "android-calls",
     .title = "Android calllog.db",
     .file_names = {"calllog.db"},
     .known_by = {{"calls", "number", "calls", "date"}},
     .tables =
         {
             {"calls", kCallColumns, "normalized_number, number", "calls"},
         },
     .has_days = true,
     .tells_owner = true,
     .left_out = "the owner (phone_account_address)",
     .sample = Sample::kReconstruction},
    {.format = Format::kAndroidMessages,
     .name = "android-messages",
     .title = "Android mmssms.db",
     .file_names = {"mmssms.db"},
     .known_by = {{"sms", "address"}, {"canonical_addresses", "address"}},
     .tables =
         {
             {"sms", "_id address date date_sent", "address", "senders and recipients of SMS"},
             {"canonical_addresses", "_id address", "address", "people in conversations"},
             {"addr", "_id msg_id address type", "address", "senders and recipients of MMS"},
             {"spam_sms", "_id address date date_sent", "address", "senders of blocked SMS"},
             {"threads", "_id date recipient_ids"},
             {"pdu", "_id date msg_box"},
         },
     .has_days = true,
     .tells_owner = false,
     .left_out = "the owner in lists of MMS; texts",
     .sample = Sample::kReconstruction},
    {.format = Format::kAndroidWhatsapp,
     .name = "android-whatsapp",
     .title = "WhatsApp for Android, msgstore.db",
     .file_names = {"msgstore.db"},
     .known_by = {{"jid", "user", "jid", "server"}, {"messages", "key_remote_jid"}},
     .tables =
         {
             {"jid", "_id user server", "user", "people known to WhatsApp"},
             {"chat_list", "_id key_remote_jid sort_timestamp", "key_remote_jid",
              "people in chats"},
             {"messages", "_id key_remote_jid remote_resource timestamp",
              "remote_resource, key_remote_jid", "senders and recipients of messages"},
             {"message", "_id sender_jid_row_id chat_row_id timestamp"},
             {"chat", "_id jid_row_id sort_timestamp"},
             {"call_log", "_id jid_row_id timestamp"},
             {"call_log_participant_v2", "_id call_log_row_id jid_row_id"},
         },
     .has_days = true,
     .tells_owner = true,
     .left_out = "groups, lists, channels, hidden ids; texts",
     .sample = Sample::kReconstruction},
    {.format = Format::kAndroidWhatsappContacts,
     .name = "android-whatsapp-contacts",
     .title = "WhatsApp for Android, wa.db",
     .file_names = {"wa.db"},
     .known_by = {{"wa_contacts", "jid"}},
     .tables =
         {
             {"wa_contacts", "_id jid number", "jid, number", "contacts"},
         },
     .has_days = false,
     .tells_owner = false,
     .left_out = "groups, lists, channels, hidden ids; names",
     .sample = Sample::kReconstruction},
    {.format = Format::kIosAddressBook,
     .name = "ios-contacts",
     .title = "iOS AddressBook.sqlitedb",
     .file_names = {"addressbook.sqlitedb"},
     .known_by = {{"ABMultiValue", "value", "ABMultiValue", "property"}},
     .tables =
         {
             {"ABMultiValue", "UID record_id property label value", "value",
              "telephone entries of contacts"},
             {"ABMultiValueLabel", "value"},
             // Whose card is the owner's.
             {"ABStore", "ROWID MeIdentifier"},
         },
     .has_days = false,
     .tells_owner = false,
     .left_out = "e-mail addresses; names",
     .sample = Sample::kReconstruction},
    {.format = Format::kIosCalls,
     .name = "ios-calls",
     .title = "iOS CallHistory.storedata, call_history.db",
     .file_names = {"callhistory.storedata", "call_history.db"},
     .known_by = {{"ZCALLRECORD", "ZADDRESS"}, {"call", "address", "call", "date"}},
     .tables =
         {
             {"ZCALLRECORD", "Z_PK ZADDRESS ZDATE ZISO_COUNTRY_CODE", "ZADDRESS", "calls"},
             {"ZHANDLE", "Z_PK ZNORMALIZEDVALUE ZVALUE", "ZNORMALIZEDVALUE, ZVALUE",
              "parties of group calls"},
             {"call", "ROWID address date country_code", "address", "calls (until iOS 7)"},
         },
     .has_days = true,
     .tells_owner = false,
     .left_out = "names",
     .sample = Sample::kReconstruction},
    {.format = Format::kIosMessages,
     .name = "ios-messages",
     .title = "iOS sms.db",
     .file_names = {"sms.db"},
     .known_by = {{"handle", "id", "message", "handle_id"},
                  {"message", "address", "message", "date"}},
     .tables =
         {
             {"handle", "ROWID id uncanonicalized_id country", "id, uncanonicalized_id",
              "senders and recipients of messages"},
             // Two of its columns are the phone's own addresses.
             {"chat", "ROWID style chat_identifier account_login last_addressed_handle",
              "chat_identifier", "people in chats of two"},
             // So are account and destination_caller_id.
             {"message",
              "ROWID handle_id date account destination_caller_id is_from_me address madrid_handle "
              "country",
              "address, madrid_handle", "senders and recipients of messages (until iOS 5)"},
             {"group_member", "ROWID address country", "address", "people in chats (until iOS 5)"},
             {"chat_message_join", "chat_id message_date"},
         },
     .has_days = true,
     .tells_owner = true,
     .left_out = "the owner (account, destination_caller_id); e-mail addresses; texts",
     .sample = Sample::kReconstruction},
    {.format = Format::kIosWhatsapp,
     .name = "ios-whatsapp",
     .title = "WhatsApp for iOS, ChatStorage.sqlite",
     .file_names = {"chatstorage.sqlite"},
     .known_by = {{"ZWACHATSESSION", "ZCONTACTJID"}},
     .tables =
         {
             {"ZWACHATSESSION", "Z_PK ZCONTACTJID ZLASTMESSAGEDATE", "ZCONTACTJID",
              "people in chats"},
             {"ZWAGROUPMEMBER", "Z_PK ZMEMBERJID", "ZMEMBERJID", "members of groups"},
             {"ZWAMESSAGE", "Z_PK ZGROUPMEMBER ZCHATSESSION ZMESSAGEDATE"},
         },
     .has_days = true,
     .tells_owner = false,
     .left_out = "groups, lists, channels, hidden ids; texts",
     .sample = Sample::kReconstruction},
    {.format = Format::kIosWhatsappContacts,
     .name = "ios-whatsapp-contacts",
     .title = "WhatsApp for iOS, ContactsV2.sqlite",
     .file_names = {"contactsv2.sqlite"},
     .known_by = {{"ZWAADDRESSBOOKCONTACT", "ZPHONENUMBER"}},
     .tables =
         {
             {"ZWAADDRESSBOOKCONTACT", "Z_PK ZWHATSAPPID ZPHONENUMBER", "ZWHATSAPPID, ZPHONENUMBER",
              "contacts"},
         },
     .has_days = false,
     .tells_owner = false,
     .left_out = "names",
     .sample = Sample::kReconstruction},
    {.format = Format::kIosWhatsappCalls,
     .name = "ios-whatsapp-calls",
     .title = "WhatsApp for iOS, CallHistory.sqlite",
     .file_names = {"callhistory.sqlite"},
     .known_by = {{"ZWACDCALLEVENTPARTICIPANT", "ZJIDSTRING"}},
     .tables =
         {
             {"ZWACDCALLEVENTPARTICIPANT", "Z_PK Z1PARTICIPANTS ZJIDSTRING", "ZJIDSTRING",
              "parties of calls"},
             {"ZWACDCALLEVENT", "Z_PK ZDATE"},
         },
     .has_days = true,
     .tells_owner = false,
     .left_out = "groups, hidden ids",
     .sample = Sample::kReconstruction},
    {.format = Format::kIosInteractions,
     .name = "ios-interactions",
     .title = "iOS interactionC.db",
     .file_names = {"interactionc.db"},
     .known_by = {{"ZCONTACTS", "ZIDENTIFIER"}},
     .tables =
         {
             {"ZCONTACTS",
              "Z_PK ZIDENTIFIER ZLASTINCOMINGRECIPIENTDATE ZLASTINCOMINGSENDERDATE "
              "ZLASTOUTGOINGRECIPIENTDATE",
              "ZIDENTIFIER", "people written to or called"},
         },
     .has_days = true,
     .tells_owner = false,
     .left_out = "e-mail addresses, other ids; names",
     .sample = Sample::kReconstruction},
};

// Calls `each` with each word of `text`, which spaces or ", " separate.
template <class Each>
constexpr void ForWords(std::string_view text, Each each) {
  while (!text.empty()) {
    const size_t end = text.find_first_of(", ");
    if (end != 0) each(text.substr(0, end));
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
  }
}

constexpr bool HasWord(std::string_view text, std::string_view word) {
  bool has = false;
  ForWords(text, [&](std::string_view one) { has = has || one == word; });
  return has;
}

// The table lists the column among those that may be read.
constexpr bool IsListed(const Database& database, std::string_view table, std::string_view column) {
  for (const Table& each : database.tables) {
    if (each.name == table && HasWord(each.columns, column)) return true;
  }
  return false;
}

constexpr bool IsWhole(const Table& table) {
  bool numbers_listed = true;
  ForWords(table.numbers, [&](std::string_view column) {
    numbers_listed = numbers_listed && HasWord(table.columns, column);
  });
  return !table.name.empty() && !table.columns.empty() && numbers_listed &&
         table.numbers.empty() == table.people.empty();
}

constexpr bool IsWhole(const Database& database) {
  bool any_number = false;
  for (const Table& table : database.tables) {
    if (!IsWhole(table)) return false;
    any_number = any_number || !table.numbers.empty();
  }
  for (const Signature& by : database.known_by) {
    if (!IsListed(database, by.table, by.column)) return false;
    if (!by.other_table.empty() && !IsListed(database, by.other_table, by.other_column)) {
      return false;
    }
  }
  return any_number && !database.name.value.empty() && !database.title.value.empty() &&
         !database.left_out.value.empty() && !database.file_names.empty() &&
         !database.known_by.empty();
}

// No row is missing, stands elsewhere, says nothing, or reads a column that it does not list.
constexpr bool DatabasesAreWhole() {
  auto next = static_cast<uint8_t>(Format::kAndroidContacts);
  for (const Database& database : kDatabases) {
    if (database.format != Format{next++} || !IsWhole(database)) return false;
  }
  return Format{next} == Format::kCount;
}
static_assert(DatabasesAreWhole());

// Null: no database.
constexpr const Database* FindDatabase(Format format) {
  for (const Database& database : kDatabases) {
    if (database.format == format) return &database;
  }
  return nullptr;
}

// The reading of the database, from 1, that the table is; 0: none.
constexpr uint32_t ReadingOf(Format format, std::string_view table) {
  uint32_t number = 0;
  const Database* const database = FindDatabase(format);
  if (database == nullptr) return 0;
  for (const Table& each : database->tables) {
    if (each.numbers.empty()) continue;
    ++number;
    if (each.name == table) return number;
  }
  return 0;
}

}  // namespace signpost::formats
