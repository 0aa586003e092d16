// What is read of each database of a phone: data only, so that `signpost` can list it without
// linking what reads. A Layout's `readings` and the column of a value in a database refer to this
// table: bit n is the n-th reading of the format, and a value of it stands in column n + 1.
// Columns are in order of preference: one value a row, the first that holds one.
// core/reader/database/columns.h is everything that may be read at all, times and regions included.
#pragma once

#include <string_view>

#include "core/shared/wire/reader_boundary.h"

namespace signpost::formats {

struct Reading {
  wire::reader::Format format;
  std::string_view table;
  std::string_view columns;  // separated by ", "
  std::string_view what;
};

inline constexpr Reading kReadings[] = {
    {wire::reader::Format::kAndroidContacts, "data", "data4, data1",
     "telephone entries of contacts"},
    {wire::reader::Format::kAndroidContacts, "calls", "normalized_number, number", "calls"},

    {wire::reader::Format::kAndroidCalls, "calls", "normalized_number, number", "calls"},

    {wire::reader::Format::kAndroidMessages, "sms", "address", "senders and recipients of SMS"},
    {wire::reader::Format::kAndroidMessages, "canonical_addresses", "address",
     "people in conversations"},
    {wire::reader::Format::kAndroidMessages, "addr", "address", "senders and recipients of MMS"},
    {wire::reader::Format::kAndroidMessages, "spam_sms", "address", "senders of blocked SMS"},

    {wire::reader::Format::kAndroidWhatsapp, "jid", "user", "people known to WhatsApp"},
    {wire::reader::Format::kAndroidWhatsapp, "chat_list", "key_remote_jid", "people in chats"},
    {wire::reader::Format::kAndroidWhatsapp, "messages", "remote_resource, key_remote_jid",
     "senders and recipients of messages"},

    {wire::reader::Format::kAndroidWhatsappContacts, "wa_contacts", "jid, number", "contacts"},

    {wire::reader::Format::kIosAddressBook, "ABMultiValue", "value",
     "telephone entries of contacts"},

    {wire::reader::Format::kIosCalls, "ZCALLRECORD", "ZADDRESS", "calls"},
    {wire::reader::Format::kIosCalls, "ZHANDLE", "ZNORMALIZEDVALUE, ZVALUE",
     "parties of group calls"},
    {wire::reader::Format::kIosCalls, "call", "address", "calls (until iOS 7)"},

    {wire::reader::Format::kIosMessages, "handle", "id, uncanonicalized_id",
     "senders and recipients of messages"},
    {wire::reader::Format::kIosMessages, "chat", "chat_identifier", "people in chats of two"},
    {wire::reader::Format::kIosMessages, "message", "address, madrid_handle",
     "senders and recipients of messages (until iOS 5)"},
    {wire::reader::Format::kIosMessages, "group_member", "address",
     "people in chats (until iOS 5)"},

    {wire::reader::Format::kIosWhatsapp, "ZWACHATSESSION", "ZCONTACTJID", "people in chats"},
    {wire::reader::Format::kIosWhatsapp, "ZWAGROUPMEMBER", "ZMEMBERJID", "members of groups"},

    {wire::reader::Format::kIosWhatsappContacts, "ZWAADDRESSBOOKCONTACT",
     "ZWHATSAPPID, ZPHONENUMBER", "contacts"},

    {wire::reader::Format::kIosWhatsappCalls, "ZWACDCALLEVENTPARTICIPANT", "ZJIDSTRING",
     "parties of calls"},

    {wire::reader::Format::kIosInteractions, "ZCONTACTS", "ZIDENTIFIER",
     "people written to or called"},
};

// Whether the column is one of the reading's.
constexpr bool IsReadBy(const Reading& reading, std::string_view column) {
  std::string_view rest = reading.columns;
  while (!rest.empty()) {
    const size_t end = rest.find(", ");
    if (rest.substr(0, end) == column) return true;
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 2);
  }
  return false;
}

// Which reading of the format it is, from 1; 0: none.
constexpr uint32_t ReadingOf(wire::reader::Format format, std::string_view table) {
  uint32_t number = 0;
  for (const Reading& reading : kReadings) {
    if (reading.format != format) continue;
    ++number;
    if (reading.table == table) return number;
  }
  return 0;
}

}  // namespace signpost::formats
