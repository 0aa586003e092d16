// WhatsApp. Android: msgstore.db and wa.db (ALEAPP; the schema since 2021, with row ids of `jid`,
// and the older one, with addresses as text). iOS: ChatStorage, ContactsV2, CallHistory (iLEAPP's
// whatsApp parsers). The address is a number in international form, without its plus; groups,
// lists, channels and hidden ids (@lid) are no persons that a text could reach.
#include "core/reader/database/handlers.h"

namespace signpost::reader::database {

using formats::Format;

void TellAddresses(DatabaseReader& reader, uint32_t reading, std::string_view table,
                   std::string_view column, std::string_view otherwise, std::string_view time,
                   Epoch epoch) {
  reader.Begin(reading);
  for (Cursor rows(reader, table, {column, otherwise, time}); rows.Next();) {
    const auto day = rows.DayOf(2, epoch);
    reader.TellJid(rows.TextOf(0, 1), {!time.empty(), day, {}});
  }
}

namespace {

// The latest day of each row of `jid`: from chats of two, from who sent a message, from calls.
void NoteDays(DatabaseReader& reader, LatestDays& days) {
  reader.Begin(0);
  LatestDays chats;
  for (Cursor messages(reader, "message", {"chat_row_id", "sender_jid_row_id", "timestamp"});
       messages.Next();) {
    const auto day = messages.DayOf(2, Epoch::kUnix);
    if (!messages.IsNull(0)) chats.Note(messages.Int(0), day);
    if (messages.Int(1) > 0) days.Note(messages.Int(1), day);
  }
  for (Cursor known(reader, "chat", {"jid_row_id", "sort_timestamp"}); known.Next();) {
    auto day = chats.Of(known.id());
    if (!day) day = known.DayOf(1, Epoch::kUnix);
    days.Note(known.Int(0), day);
  }
  for (Cursor calls(reader, "call_log", {"jid_row_id", "timestamp"}); calls.Next();) {
    if (calls.Int(0) > 0) days.Note(calls.Int(0), calls.DayOf(1, Epoch::kUnix));
  }
  Lookup call(reader, "call_log", {"timestamp"});
  for (Cursor parties(reader, "call_log_participant_v2", {"call_log_row_id", "jid_row_id"});
       parties.Next();) {
    const bool known = call.Find(parties.Int(0));
    days.Note(parties.Int(1), known ? call.DayOf(0, Epoch::kUnix) : std::nullopt);
  }
  if (days.full() || chats.full()) reader.done.warnings |= wire::reader::kDaysUnread;
}

}  // namespace

void ReadAndroidWhatsapp(DatabaseReader& reader) {
  LatestDays days;
  NoteDays(reader, days);
  reader.Begin(formats::ReadingOf(Format::kAndroidWhatsapp, "jid"));
  std::string address;
  for (Cursor jids(reader, "jid", {"user", "server"}); jids.Next();) {
    const Cell user = jids.Text(0);
    const Cell server = jids.Text(1);
    if (user.kind == Cell::Kind::kBroken || server.kind == Cell::Kind::kBroken) {
      reader.BadRow();
      continue;
    }
    address.assign(user.text).append("@").append(server.text);
    const extraction::Seen seen{days.Has(jids.id()), days.Of(jids.id()), {}};
    std::string number;
    if (DatabaseReader::NumberOfJid(address, number)) {
      reader.TellJid({Cell::Kind::kText, address}, seen);
    } else {
      reader.Bad(wire::reader::Reason::kNoPerson);
    }
  }
  TellAddresses(reader, formats::ReadingOf(Format::kAndroidWhatsapp, "chat_list"), "chat_list",
                "key_remote_jid", {}, "sort_timestamp", Epoch::kUnix);
  // In a group the sender stands in remote_resource, and the group in the other.
  TellAddresses(reader, formats::ReadingOf(Format::kAndroidWhatsapp, "messages"), "messages",
                "remote_resource", "key_remote_jid", "timestamp", Epoch::kUnix);
}

namespace {

// An address book: the address if it is a person's, else the number beside it.
void TellContacts(DatabaseReader& reader, Format format, std::string_view table,
                  std::string_view jid, std::string_view number) {
  reader.Begin(formats::ReadingOf(format, table));
  std::string spelled;
  for (Cursor contacts(reader, table, {jid, number}); contacts.Next();) {
    const Cell address = contacts.Text(0);
    const bool person =
        address.kind == Cell::Kind::kText && DatabaseReader::NumberOfJid(address.text, spelled);
    const Cell other = person ? Cell{} : contacts.Text(1);
    reader.TellJid(other.kind == Cell::Kind::kText ? other : address, {});
  }
}

}  // namespace

void ReadAndroidWhatsappContacts(DatabaseReader& reader) {
  TellContacts(reader, Format::kAndroidWhatsappContacts, "wa_contacts", "jid", "number");
}

void ReadIosWhatsappContacts(DatabaseReader& reader) {
  TellContacts(reader, Format::kIosWhatsappContacts, "ZWAADDRESSBOOKCONTACT", "ZWHATSAPPID",
               "ZPHONENUMBER");
}

void ReadIosWhatsapp(DatabaseReader& reader) {
  LatestDays members, sessions;
  reader.Begin(0);
  for (Cursor messages(reader, "ZWAMESSAGE", {"ZGROUPMEMBER", "ZCHATSESSION", "ZMESSAGEDATE"});
       messages.Next();) {
    const auto day = messages.DayOf(2, Epoch::kCocoa);
    if (!messages.IsNull(0)) members.Note(messages.Int(0), day);
    if (!messages.IsNull(1)) sessions.Note(messages.Int(1), day);
  }
  if (members.full() || sessions.full()) reader.done.warnings |= wire::reader::kDaysUnread;

  reader.Begin(formats::ReadingOf(Format::kIosWhatsapp, "ZWACHATSESSION"));
  for (Cursor chats(reader, "ZWACHATSESSION", {"ZCONTACTJID", "ZLASTMESSAGEDATE"}); chats.Next();) {
    auto day = sessions.Of(chats.id());
    if (!day) day = chats.DayOf(1, Epoch::kCocoa);
    reader.TellJid(chats.Text(0), {sessions.Has(chats.id()) || day, day, {}});
  }
  reader.Begin(formats::ReadingOf(Format::kIosWhatsapp, "ZWAGROUPMEMBER"));
  for (Cursor group(reader, "ZWAGROUPMEMBER", {"ZMEMBERJID"}); group.Next();) {
    reader.TellJid(group.Text(0), {members.Has(group.id()), members.Of(group.id()), {}});
  }
}

void ReadIosWhatsappCalls(DatabaseReader& reader) {
  Lookup call(reader, "ZWACDCALLEVENT", {"ZDATE"});
  reader.Begin(formats::ReadingOf(Format::kIosWhatsappCalls, "ZWACDCALLEVENTPARTICIPANT"));
  for (Cursor parties(reader, "ZWACDCALLEVENTPARTICIPANT", {"Z1PARTICIPANTS", "ZJIDSTRING"});
       parties.Next();) {
    const bool known = !parties.IsNull(0) && call.Find(parties.Int(0));
    reader.TellJid(parties.Text(1),
                   {true, known ? call.DayOf(0, Epoch::kCocoa) : std::nullopt, {}});
  }
}

}  // namespace signpost::reader::database
