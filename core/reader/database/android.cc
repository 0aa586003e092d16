// Android: contacts2.db (ContactsContract), calllog.db (CallLog.Calls), mmssms.db (Telephony).
// Columns: facts of ALEAPP's contacts.py, calllog.py and smsmms.py, and the constants of the
// Android Open Source Project's ContactsContract, CallLog and Telephony classes.
#include "core/reader/database/handlers.h"

namespace signpost::reader::database {
namespace {

using formats::Format;
using wire::reader::Reason;

// Contacts of the phone's own profile have ids from here on (ContactsDatabaseHelper: Long.MAX_VALUE
// less Integer.MAX_VALUE), in a database of the same schema.
constexpr int64_t kFirstProfileId = INT64_MAX - INT32_MAX;

// ContactsContract.CommonDataKinds.Phone.TYPE_*: work, home and other fax; pagers.
bool HasNoHandset(int64_t type) {
  return type == 4 || type == 5 || type == 13 || type == 6 || type == 18;
}

// The number in E.164, if there; else as it was typed or dialled.
Cell E164Or(const Cursor& row, int e164, int typed) {
  const Cell cell = row.Text(e164);
  return cell.kind == Cell::Kind::kText && cell.text[0] == '+' ? cell : row.Text(typed);
}

// CallLog.Calls.PRESENTATION_ALLOWED; else it was withheld. Older versions wrote these for it.
constexpr int64_t kPresentationAllowed = 1;
bool IsWithheld(std::string_view number) {
  return number == "-1" || number == "-2" || number == "-3";
}

void TellCallOwners(DatabaseReader& reader) {
  reader.Begin(0);
  for (Cursor calls(reader, "calls", {"phone_account_address", "via_number", "countryiso"});
       calls.Next();) {
    const Cell region = calls.Text(2);
    reader.Owner(calls.Text(0), region.text);
    reader.Owner(calls.Text(1), region.text);
  }
}

void TellCalls(DatabaseReader& reader, Format format) {
  reader.Begin(formats::ReadingOf(format, "calls"));
  for (Cursor calls(reader, "calls",
                    {"presentation", "normalized_number", "number", "date", "countryiso"});
       calls.Next();) {
    if (!calls.IsNull(0) && calls.Int(0) != kPresentationAllowed) {
      reader.Bad(Reason::kNoPerson);
      continue;
    }
    const Cell number = E164Or(calls, 1, 2);
    if (IsWithheld(number.text)) {
      reader.Bad(Reason::kNoPerson);
      continue;
    }
    reader.Tell(number, {true, calls.DayOf(3, Epoch::kUnix), calls.Text(4).text});
  }
}

// "mimetype_id" is one of a telephone number; empty: none is known.
std::string IsTelephone(DatabaseReader& reader) {
  std::string ids;
  reader.Begin(0);
  for (Cursor types(reader, "mimetypes", {"mimetype"}); types.Next() && ids.size() < 200;) {
    if (types.Text(0).text != "vnd.android.cursor.item/phone_v2") continue;
    ids.append(ids.empty() ? "" : ",").append(std::to_string(types.id()));
  }
  if (ids.empty()) return ids;
  return "\"mimetype_id\" COLLATE BINARY IN (" + ids + ")";
}

}  // namespace

void ReadAndroidContacts(DatabaseReader& reader) {
  const std::string telephone = IsTelephone(reader);
  const auto entries = {std::string_view("raw_contact_id"), std::string_view("mimetype_id"),
                        std::string_view("data4"), std::string_view("data1"),
                        std::string_view("data2")};
  constexpr size_t kUnguarded = 2;
  if (!telephone.empty()) {
    for (Cursor data(reader, "data", entries, telephone, kUnguarded); data.Next();) {
      if (data.Int(0) >= kFirstProfileId) reader.Owner(E164Or(data, 2, 3));
    }
  }
  TellCallOwners(reader);
  if (!telephone.empty()) {
    reader.Begin(formats::ReadingOf(Format::kAndroidContacts, "data"));
    for (Cursor data(reader, "data", entries, telephone, kUnguarded); data.Next();) {
      const Cell number = E164Or(data, 2, 3);
      if (number.kind == Cell::Kind::kNone) continue;
      if (data.Int(0) >= kFirstProfileId) {
        reader.Bad(Reason::kOwner);
      } else if (HasNoHandset(data.Int(4))) {
        reader.Bad(Reason::kNoHandset);
      } else {
        reader.Tell(number, {});
      }
    }
  }
  TellCalls(reader, Format::kAndroidContacts);
}

void ReadAndroidCalls(DatabaseReader& reader) {
  TellCallOwners(reader);
  TellCalls(reader, Format::kAndroidCalls);
}

namespace {

// Of an MMS: PduHeaders.FROM; Telephony.Mms.MESSAGE_BOX_SENT, DRAFTS, OUTBOX.
constexpr int64_t kFrom = 137;
bool IsOwnBox(int64_t box) { return box >= 2 && box <= 4; }

// "3 17": ids of canonical_addresses.
void NoteRecipients(std::string_view ids, std::optional<Day> day, LatestDays& days) {
  int64_t id = 0;
  bool any = false;
  for (const char c : ids) {
    if (c >= '0' && c <= '9' && id < (int64_t{1} << 50)) {
      id = id * 10 + (c - '0');
      any = true;
    } else {
      if (any) days.Note(id, day);
      id = 0;
      any = false;
    }
  }
  if (any) days.Note(id, day);
}

void TellSms(DatabaseReader& reader, std::string_view table) {
  reader.Begin(formats::ReadingOf(Format::kAndroidMessages, table));
  for (Cursor sms(reader, table, {"address", "date", "date_sent"}); sms.Next();) {
    const Cell address = sms.Text(0);
    if (address.kind == Cell::Kind::kNone) continue;
    auto day = sms.DayOf(1, Epoch::kUnix);
    if (!day) day = sms.DayOf(2, Epoch::kUnix);
    reader.Tell(address, {true, day, {}});
  }
}

}  // namespace

void ReadAndroidMessages(DatabaseReader& reader) {
  Lookup pdu(reader, "pdu", {"msg_box", "date"});
  reader.Begin(0);
  for (Cursor addr(reader, "addr", {"msg_id", "type", "address"}); addr.Next();) {
    if (addr.Int(1) == kFrom && pdu.Find(addr.Int(0)) && IsOwnBox(pdu.Int(0))) {
      reader.Owner(addr.Text(2));
    }
  }
  LatestDays days;
  for (Cursor threads(reader, "threads", {"recipient_ids", "date"}); threads.Next();) {
    NoteRecipients(threads.Text(0).text, threads.DayOf(1, Epoch::kUnix), days);
  }

  TellSms(reader, "sms");
  reader.Begin(formats::ReadingOf(Format::kAndroidMessages, "canonical_addresses"));
  for (Cursor known(reader, "canonical_addresses", {"address"}); known.Next();) {
    reader.Tell(known.Text(0), {days.Has(known.id()), days.Of(known.id()), {}});
  }
  reader.Begin(formats::ReadingOf(Format::kAndroidMessages, "addr"));
  for (Cursor addr(reader, "addr", {"msg_id", "type", "address"}); addr.Next();) {
    const Cell address = addr.Text(2);
    const bool known = pdu.Find(addr.Int(0));
    if (address.text == "insert-address-token") {  // "whoever sends this": the phone
      reader.Bad(Reason::kNoPerson);
    } else if (addr.Int(1) == kFrom && known && IsOwnBox(pdu.Int(0))) {
      reader.Bad(Reason::kOwner);
    } else {
      reader.Tell(address, {true, known ? pdu.DayOf(1, Epoch::kUnix) : std::nullopt, {}});
    }
  }
  TellSms(reader, "spam_sms");
}

}  // namespace signpost::reader::database
