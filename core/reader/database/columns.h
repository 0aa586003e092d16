// Every column of a phone's database that Signpost may read: the authorizer of the connection lets
// through these and no other, so a query that asked for a name or a text would not even compile
// (connection.h). What each is for stands beside it. Spelling and case as in the files.
#pragma once

#include <string_view>

namespace signpost::reader::database {

struct Readable {
  std::string_view table;
  std::string_view columns;  // separated by spaces
};

inline constexpr Readable kReadable[] = {
    // Android, contacts2.db. data1: the number as typed, data2: its type (fax), data4: in E.164;
    // raw_contact_id tells the owner's own card.
    {"data", "_id mimetype_id raw_contact_id data1 data2 data4"},
    {"mimetypes", "_id mimetype"},
    // calllog.db, and contacts2.db of old phones. The last two are the phone's own numbers.
    {"calls",
     "_id number normalized_number date presentation countryiso phone_account_address via_number"},
    // mmssms.db
    {"sms", "_id address date date_sent"},
    {"spam_sms", "_id address date date_sent"},
    {"canonical_addresses", "_id address"},
    {"threads", "_id date recipient_ids"},
    {"addr", "_id msg_id address type"},
    {"pdu", "_id date msg_box"},
    // WhatsApp, msgstore.db
    {"jid", "_id user server"},
    {"chat",
     "_id jid_row_id sort_timestamp "
     // and of iOS, sms.db
     "ROWID style chat_identifier account_login last_addressed_handle"},
    {"call_log", "_id jid_row_id timestamp"},
    {"call_log_participant_v2", "_id call_log_row_id jid_row_id"},
    {"chat_list", "_id key_remote_jid sort_timestamp"},
    {"messages", "_id key_remote_jid remote_resource timestamp"},
    // msgstore.db: sender and time; sms.db: the same, and the phone's own addresses
    {"message",
     "_id sender_jid_row_id chat_row_id timestamp "
     "ROWID handle_id date account destination_caller_id is_from_me address "
     "madrid_handle country"},
    {"wa_contacts", "_id jid number"},
    // iOS, AddressBook.sqlitedb
    {"ABMultiValue", "UID record_id property label value"},
    {"ABMultiValueLabel", "value"},
    {"ABStore", "ROWID MeIdentifier"},
    // CallHistory.storedata, call_history.db
    {"ZCALLRECORD", "Z_PK ZADDRESS ZDATE ZISO_COUNTRY_CODE"},
    {"ZHANDLE", "Z_PK ZNORMALIZEDVALUE ZVALUE"},
    {"call", "ROWID address date country_code"},
    // sms.db
    {"handle", "ROWID id uncanonicalized_id country"},
    {"chat_message_join", "chat_id message_date"},
    {"group_member", "ROWID address country"},
    // WhatsApp
    {"ZWACHATSESSION", "Z_PK ZCONTACTJID ZLASTMESSAGEDATE"},
    {"ZWAGROUPMEMBER", "Z_PK ZMEMBERJID"},
    {"ZWAMESSAGE", "Z_PK ZGROUPMEMBER ZCHATSESSION ZMESSAGEDATE"},
    {"ZWAADDRESSBOOKCONTACT", "Z_PK ZWHATSAPPID ZPHONENUMBER"},
    {"ZWACDCALLEVENTPARTICIPANT", "Z_PK Z1PARTICIPANTS ZJIDSTRING"},
    {"ZWACDCALLEVENT", "Z_PK ZDATE"},
    // interactionC.db
    {"ZCONTACTS",
     "Z_PK ZIDENTIFIER ZLASTINCOMINGRECIPIENTDATE ZLASTINCOMINGSENDERDATE "
     "ZLASTOUTGOINGRECIPIENTDATE"},
};

}  // namespace signpost::reader::database
