#include "core/shared/formats/formats.h"

#include "core/shared/formats/readings.h"

namespace signpost::formats {
namespace {

using wire::reader::Format;

constexpr FormatInfo kFormats[] = {
    {Format::kCsv, "csv", "Tables: CSV, TSV and their kin",
     "columns headed phone, mobile, number, caller, from, to, entries, parties and so on; "
     "without a header, columns that hold telephone numbers. Google, Outlook, "
     "Thunderbird, iMazing, iExplorer, Cellebrite and AXIOM are known by their headings. "
     "Of logs, the day",
     "fax and pager columns; every other column", Sample::kPublished},
    {Format::kVcard, "vcard", "vCard 2.1, 3.0 and 4.0", "TEL",
     "fax, pager and modem; every other property", Sample::kPublished},
    {Format::kList, "list", "A list, one number a line", "each line", "what follows a #",
     Sample::kPublished},
    {Format::kCellebriteXml, "cellebrite-xml", "Cellebrite UFDR and report.xml",
     "numbers of contacts, calls, messages, voicemail, chats, shared contacts and SIM "
     "cards; the day of the call, message or chat",
     "the owner: parties marked so, MSISDNs of the device, user accounts. Names, texts, "
     "every other model. Protected reports are refused",
     Sample::kReconstruction},
    {Format::kCellebriteXlsx, "cellebrite-xlsx", "Cellebrite workbook (XLSX)",
     "Entries, Parties, Participants, From and To of every sheet, with the day",
     "every other column", Sample::kReconstruction},
    {Format::kAxiomXlsx, "axiom-xlsx", "AXIOM workbook (XLSX)",
     "Phone Number(s), Caller, Recipient(s), Partners, Sender and Participants of every "
     "sheet, with the day",
     "every other column", Sample::kReconstruction},
    {Format::kXlsx, "xlsx", "Any other workbook (XLSX)", "columns as in a table, of every sheet",
     "every other column", Sample::kReconstruction},
    {Format::kXryText, "xry-text", "MSAB XRY text export",
     "Tel and Number of contacts, calls and messages, with the day",
     "the owner (To of what came in, From of what went out); service centres; names and "
     "texts",
     Sample::kReconstruction},
    {Format::kSmsBackupXml, "sms-backup-xml", "SMS Backup & Restore (XML)",
     "address of SMS and MMS, number of calls, with the day",
     "the owner in lists of MMS; names and texts", Sample::kReconstruction},
    {Format::kAndroidContacts, "android-contacts", "Android contacts2.db",
     "telephone entries of contacts (data), calls (calls)", "names, every other table",
     Sample::kReconstruction},
    {Format::kAndroidCalls, "android-calls", "Android calllog.db", "calls (calls), with the day",
     "the owner (phone_account_address)", Sample::kReconstruction},
    {Format::kAndroidMessages, "android-messages", "Android mmssms.db",
     "senders and recipients of SMS (sms), people in conversations (canonical_addresses), "
     "senders and recipients of MMS (addr), senders of blocked SMS (spam_sms), with the "
     "day",
     "the owner in lists of MMS; texts", Sample::kReconstruction},
    {Format::kAndroidWhatsapp, "android-whatsapp", "WhatsApp for Android, msgstore.db",
     "people known to WhatsApp (jid), people in chats (chat_list), senders and recipients "
     "of messages (messages), with the day",
     "groups, lists, channels, hidden ids; texts", Sample::kReconstruction},
    {Format::kAndroidWhatsappContacts, "android-whatsapp-contacts", "WhatsApp for Android, wa.db",
     "contacts (wa_contacts)", "groups, lists, channels, hidden ids; names",
     Sample::kReconstruction},
    {Format::kIosAddressBook, "ios-contacts", "iOS AddressBook.sqlitedb",
     "telephone entries of contacts (ABMultiValue)", "e-mail addresses; names",
     Sample::kReconstruction},
    {Format::kIosCalls, "ios-calls", "iOS CallHistory.storedata, call_history.db",
     "calls (ZCALLRECORD), parties of group calls (ZHANDLE), calls (until iOS 7) (call), "
     "with the day",
     "names", Sample::kReconstruction},
    {Format::kIosMessages, "ios-messages", "iOS sms.db",
     "senders and recipients of messages (handle), people in chats of two (chat), senders "
     "and recipients of messages (until iOS 5) (message), people in chats (until iOS 5) "
     "(group_member), with the day",
     "the owner (account, destination_caller_id); e-mail addresses; texts",
     Sample::kReconstruction},
    {Format::kIosWhatsapp, "ios-whatsapp", "WhatsApp for iOS, ChatStorage.sqlite",
     "people in chats (ZWACHATSESSION), members of groups (ZWAGROUPMEMBER), with the day",
     "groups, lists, channels, hidden ids; texts", Sample::kReconstruction},
    {Format::kIosWhatsappContacts, "ios-whatsapp-contacts", "WhatsApp for iOS, ContactsV2.sqlite",
     "contacts (ZWAADDRESSBOOKCONTACT)", "names", Sample::kReconstruction},
    {Format::kIosWhatsappCalls, "ios-whatsapp-calls", "WhatsApp for iOS, CallHistory.sqlite",
     "parties of calls (ZWACDCALLEVENTPARTICIPANT), with the day", "groups, hidden ids",
     Sample::kReconstruction},
    {Format::kIosInteractions, "ios-interactions", "iOS interactionC.db",
     "people written to or called (ZCONTACTS), with the day", "e-mail addresses, other ids; names",
     Sample::kReconstruction},
};
static_assert(std::size(kFormats) + 1 == static_cast<size_t>(Format::kCount));

constexpr std::string_view kDialects[] = {"",        "Google Contacts", "Outlook",    "Thunderbird",
                                          "iMazing", "iExplorer",       "Cellebrite", "AXIOM"};
static_assert(std::size(kDialects) == static_cast<size_t>(wire::reader::Dialect::kCount));

}  // namespace

std::span<const FormatInfo> Formats() { return kFormats; }

std::string_view SampleText(Sample sample) {
  return sample == Sample::kPublished ? "files after the published format" : "a reconstruction";
}

const FormatInfo* FindFormat(Format format) {
  const auto i = static_cast<size_t>(format);
  return i == 0 || i > std::size(kFormats) ? nullptr : &kFormats[i - 1];
}

std::vector<std::string> ReadingTexts(Format format, uint32_t readings) {
  std::vector<std::string> texts;
  uint32_t bit = 1;
  for (const Reading& reading : kReadings) {
    if (reading.format != format) continue;
    if ((readings & bit) != 0) {
      std::string text(reading.table);
      texts.push_back(
          text.append(": ").append(reading.columns).append(" (").append(reading.what).append(")"));
    }
    bit <<= 1;
  }
  return texts;
}

std::string_view ReadingTable(Format format, uint32_t column) {
  uint32_t number = 0;
  for (const Reading& reading : kReadings) {
    if (reading.format == format && ++number == column) return reading.table;
  }
  return {};
}

std::string_view DialectName(wire::reader::Dialect dialect) {
  const auto i = static_cast<size_t>(dialect);
  return i < std::size(kDialects) ? kDialects[i] : std::string_view();
}

}  // namespace signpost::formats
