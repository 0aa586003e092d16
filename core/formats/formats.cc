#include "core/formats/formats.h"

#include "core/formats/readings.h"

namespace signpost {
namespace {

using reader::Format;

constexpr FormatInfo kFormats[] = {
    {Format::kCsv, "csv", "Tables: CSV, TSV and their kin",
     "columns headed phone, mobile, number, caller, from, to and so on, or, without a header, "
     "columns that hold telephone numbers; times of calls and messages",
     "fax and pager columns, every other column", Sample::kReconstruction},
    {Format::kVcard, "vcard", "vCard 2.1, 3.0 and 4.0", "TEL", "fax, pager and modem; all else",
     Sample::kReconstruction},
    {Format::kList, "list", "A list, one number a line", "each line", "comments after #",
     Sample::kReconstruction},
    {Format::kCellebriteXml, "cellebrite-xml", "Cellebrite UFDR and report.xml",
     "numbers of contacts, calls, messages, chats and SIM data, with the time of calls and messages",
     "the owner: parties marked so, MSISDNs of the device, user accounts; protected reports are "
     "refused",
     Sample::kReconstruction},
    {Format::kCellebriteXlsx, "cellebrite-xlsx", "Cellebrite workbook (XLSX)",
     "Entries and Parties of contacts, calls and messages, with their time", "other columns",
     Sample::kReconstruction},
    {Format::kAxiomXlsx, "axiom-xlsx", "AXIOM workbook (XLSX)",
     "Phone Number(s), Caller, Recipient(s), Partners, with their time", "other columns",
     Sample::kReconstruction},
    {Format::kXlsx, "xlsx", "Any other workbook (XLSX)", "columns as in a table",
     "sheets without a column of numbers", Sample::kReconstruction},
    {Format::kXryText, "xry-text", "MSAB XRY text export",
     "Tel and Number of contacts, calls and messages, with their time", "service centres",
     Sample::kReconstruction},
    {Format::kSmsBackupXml, "sms-backup-xml", "SMS Backup & Restore (XML)",
     "address of SMS and MMS, number of calls, with their date", "placeholders of MMS",
     Sample::kReconstruction},
    {Format::kAndroidContacts, "android-contacts", "Android contacts2.db", "", "",
     Sample::kReconstruction},
    {Format::kAndroidCalls, "android-calls", "Android calllog.db", "", "", Sample::kReconstruction},
    {Format::kAndroidMessages, "android-messages", "Android mmssms.db", "", "",
     Sample::kReconstruction},
    {Format::kAndroidWhatsapp, "android-whatsapp", "WhatsApp for Android, msgstore.db", "", "",
     Sample::kReconstruction},
    {Format::kAndroidWhatsappContacts, "android-whatsapp-contacts", "WhatsApp for Android, wa.db",
     "", "", Sample::kReconstruction},
    {Format::kIosAddressBook, "ios-contacts", "iOS AddressBook.sqlitedb", "", "",
     Sample::kReconstruction},
    {Format::kIosCalls, "ios-calls", "iOS CallHistory.storedata, call_history.db", "", "",
     Sample::kReconstruction},
    {Format::kIosMessages, "ios-messages", "iOS sms.db", "", "", Sample::kReconstruction},
    {Format::kIosWhatsapp, "ios-whatsapp", "WhatsApp for iOS, ChatStorage.sqlite", "", "",
     Sample::kReconstruction},
    {Format::kIosWhatsappContacts, "ios-whatsapp-contacts",
     "WhatsApp for iOS, ContactsV2.sqlite", "", "", Sample::kReconstruction},
    {Format::kIosWhatsappCalls, "ios-whatsapp-calls", "WhatsApp for iOS, CallHistory.sqlite", "",
     "", Sample::kReconstruction},
    {Format::kIosInteractions, "ios-interactions", "iOS interactionC.db", "", "",
     Sample::kReconstruction},
};
static_assert(std::size(kFormats) + 1 == static_cast<size_t>(Format::kCount));

constexpr std::string_view kDialects[] = {"",
                                          "Google Contacts",
                                          "Outlook",
                                          "Thunderbird",
                                          "iMazing",
                                          "iExplorer",
                                          "Cellebrite",
                                          "AXIOM"};
static_assert(std::size(kDialects) == static_cast<size_t>(reader::Dialect::kCount));

}  // namespace

std::span<const FormatInfo> Formats() { return kFormats; }

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
      texts.push_back(text.append(": ").append(reading.columns).append(" (").append(reading.what).append(")"));
    }
    bit <<= 1;
  }
  return texts;
}

std::string_view DialectName(reader::Dialect dialect) {
  const auto i = static_cast<size_t>(dialect);
  return i < std::size(kDialects) ? kDialects[i] : std::string_view();
}

}  // namespace signpost
