// iOS: AddressBook.sqlitedb, CallHistory.storedata and call_history.db, sms.db, interactionC.db.
// Columns: facts of iLEAPP's parsers. Times are of the Cocoa epoch, in seconds or (sms.db since
// iOS 11) nanoseconds; until iOS 5 the SMS of sms.db, and until iOS 7 the calls, are in Unix time.
#include <set>

#include "core/reader/database/handlers.h"
#include "core/reader/extraction/value.h"

namespace signpost::reader::database {

using formats::Format;
using wire::reader::Reason;

namespace {

constexpr size_t kMaxFew = 1000;  // of labels, and of cards that are the owner's

// Labels such as "_$!<HomeFAX>!$_" and "_$!<Pager>!$_".
std::set<int64_t> LabelsWithoutHandset(DatabaseReader& reader) {
  std::set<int64_t> labels;
  for (Cursor known(reader, "ABMultiValueLabel", {"value"});
       known.Next() && labels.size() < kMaxFew;) {
    const std::string label = extraction::LowerAscii(known.Text(0).text);
    if (label.find("fax") != std::string::npos || label.find("pager") != std::string::npos) {
      labels.insert(known.id());
    }
  }
  return labels;
}

}  // namespace

void ReadIosAddressBook(DatabaseReader& reader) {
  const auto entries = {std::string_view("record_id"), std::string_view("label"),
                        std::string_view("value")};
  constexpr std::string_view kTelephone = "\"property\" COLLATE BINARY = 3";
  constexpr size_t kUnguarded = 2;
  reader.Begin(0);
  const std::set<int64_t> no_handset = LabelsWithoutHandset(reader);
  std::set<int64_t> own_cards;
  for (Cursor stores(reader, "ABStore", {"MeIdentifier"}); stores.Next();) {
    if (stores.Int(0) > 0 && own_cards.size() < kMaxFew) own_cards.insert(stores.Int(0));
  }
  if (!own_cards.empty()) {
    for (Cursor values(reader, "ABMultiValue", entries, kTelephone, kUnguarded); values.Next();) {
      if (own_cards.contains(values.Int(0))) reader.Owner(values.Text(2));
    }
  }
  reader.Begin(formats::ReadingOf(Format::kIosAddressBook, "ABMultiValue"));
  for (Cursor values(reader, "ABMultiValue", entries, kTelephone, kUnguarded); values.Next();) {
    const Cell value = values.Text(2);
    if (value.kind == Cell::Kind::kNone) continue;
    if (own_cards.contains(values.Int(0))) {
      reader.Bad(Reason::kOwner);
    } else if (!values.IsNull(1) && no_handset.contains(values.Int(1))) {
      reader.Bad(Reason::kNoHandset);
    } else {
      reader.Tell(value, {});
    }
  }
}

void ReadIosCalls(DatabaseReader& reader) {
  reader.Begin(formats::ReadingOf(Format::kIosCalls, "ZCALLRECORD"));
  for (Cursor calls(reader, "ZCALLRECORD", {"ZADDRESS", "ZDATE", "ZISO_COUNTRY_CODE"});
       calls.Next();) {
    reader.TellJid(calls.Text(0), {true, calls.DayOf(1, Epoch::kCocoa), calls.Text(2).text});
  }
  TellAddresses(reader, formats::ReadingOf(Format::kIosCalls, "ZHANDLE"), "ZHANDLE",
                "ZNORMALIZEDVALUE", "ZVALUE", {}, Epoch::kCocoa);
  reader.Begin(formats::ReadingOf(Format::kIosCalls, "call"));
  for (Cursor calls(reader, "call", {"address", "date", "country_code"}); calls.Next();) {
    const auto region = RegionOfMobileCountryCode(static_cast<int>(calls.Int(2)));
    reader.Tell(calls.Text(0), {true, calls.DayOf(1, Epoch::kUnix), region});
  }
}

namespace {

constexpr int64_t kGroupChat = 43;  // chat.style; 45: a chat of two

bool IsGroup(std::string_view identifier) {
  return identifier.starts_with("chat") || identifier.starts_with("urn:biz");
}

// What messages say of their senders and recipients, and of the phone's own addresses: one pass.
void NoteMessages(DatabaseReader& reader, LatestDays& handles) {
  reader.Begin(0);
  for (Cursor messages(reader, "message",
                       {"handle_id", "date", "account", "destination_caller_id", "is_from_me"});
       messages.Next();) {
    if (messages.Int(0) > 0) handles.Note(messages.Int(0), messages.DayOf(1, Epoch::kCocoa));
    reader.Owner(messages.Text(2));
    // Where a message came in. (Of one that went out it may be what the sender typed.)
    if (messages.Int(4) == 0) reader.Owner(messages.Text(3));
  }
  for (Cursor chats(reader, "chat", {"account_login", "last_addressed_handle"}); chats.Next();) {
    reader.Owner(chats.Text(0));
    reader.Owner(chats.Text(1));
  }
  if (handles.full()) reader.done.warnings |= wire::reader::kDaysUnread;
}

// Before handles: each SMS has its address and Unix time, each iMessage its handle and Cocoa time.
void TellOldMessages(DatabaseReader& reader) {
  reader.Begin(formats::ReadingOf(Format::kIosMessages, "message"));
  for (Cursor messages(reader, "message", {"address", "madrid_handle", "date", "country"});
       messages.Next();) {
    const Epoch epoch = messages.IsNull(0) ? Epoch::kCocoa : Epoch::kUnix;
    reader.Tell(messages.TextOf(0, 1), {true, messages.DayOf(2, epoch), messages.Text(3).text});
  }
}

}  // namespace

void ReadIosMessages(DatabaseReader& reader) {
  LatestDays handles, chats;
  NoteMessages(reader, handles);
  for (Cursor links(reader, "chat_message_join", {"chat_id", "message_date"}); links.Next();) {
    chats.Note(links.Int(0), links.DayOf(1, Epoch::kCocoa));
  }
  reader.Begin(formats::ReadingOf(Format::kIosMessages, "handle"));
  for (Cursor known(reader, "handle", {"id", "uncanonicalized_id", "country"}); known.Next();) {
    reader.Tell(known.TextOf(0, 1),
                {handles.Has(known.id()), handles.Of(known.id()), known.Text(2).text});
  }
  reader.Begin(formats::ReadingOf(Format::kIosMessages, "chat"));
  for (Cursor known(reader, "chat", {"chat_identifier", "style"}); known.Next();) {
    const Cell identifier = known.Text(0);
    if (known.Int(1) == kGroupChat || IsGroup(identifier.text)) {
      reader.Bad(Reason::kNoPerson);
    } else {
      reader.Tell(identifier, {chats.Has(known.id()), chats.Of(known.id()), {}});
    }
  }
  TellOldMessages(reader);
  reader.Begin(formats::ReadingOf(Format::kIosMessages, "group_member"));
  for (Cursor members(reader, "group_member", {"address", "country"}); members.Next();) {
    reader.Tell(members.Text(0), {true, std::nullopt, members.Text(1).text});
  }
}

void ReadIosInteractions(DatabaseReader& reader) {
  reader.Begin(formats::ReadingOf(Format::kIosInteractions, "ZCONTACTS"));
  for (Cursor contacts(reader, "ZCONTACTS",
                       {"ZIDENTIFIER", "ZLASTINCOMINGSENDERDATE", "ZLASTINCOMINGRECIPIENTDATE",
                        "ZLASTOUTGOINGRECIPIENTDATE"});
       contacts.Next();) {
    std::optional<Day> day;
    for (int column = 1; column <= 3; ++column) {
      const auto one = contacts.DayOf(column, Epoch::kCocoa);
      if (one && (!day || *day < *one)) day = one;
    }
    reader.TellJid(contacts.Text(0), {day.has_value(), day, {}});
  }
}

}  // namespace signpost::reader::database
