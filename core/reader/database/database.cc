#include "core/reader/database/database.h"

#include <cstdlib>

#include "core/reader/database/page_count.h"
#include "core/reader/database/readers.h"
#include "core/shared/formats/readings.h"

namespace signpost::reader::database {
namespace {

using wire::reader::FileRefusal;
using wire::reader::Format;

// The columns that tell a kind: the first kind that has all of its own. What is more particular
// stands before what another might have, too.
struct Known {
  Format format;
  std::string_view table, column, other_table, other_column;
  void (*read)(Work&);
};
constexpr Known kKnown[] = {
    {Format::kAndroidContacts, "data", "mimetype_id", "mimetypes", "mimetype", ReadAndroidContacts},
    {Format::kIosAddressBook, "ABMultiValue", "value", "ABMultiValue", "property",
     ReadIosAddressBook},
    {Format::kIosCalls, "ZCALLRECORD", "ZADDRESS", {}, {}, ReadIosCalls},
    {Format::kIosWhatsapp, "ZWACHATSESSION", "ZCONTACTJID", {}, {}, ReadIosWhatsapp},
    {Format::kIosWhatsappContacts,
     "ZWAADDRESSBOOKCONTACT",
     "ZPHONENUMBER",
     {},
     {},
     ReadIosWhatsappContacts},
    {Format::kIosWhatsappCalls,
     "ZWACDCALLEVENTPARTICIPANT",
     "ZJIDSTRING",
     {},
     {},
     ReadIosWhatsappCalls},
    {Format::kIosInteractions, "ZCONTACTS", "ZIDENTIFIER", {}, {}, ReadIosInteractions},
    {Format::kAndroidWhatsapp, "jid", "user", "jid", "server", ReadAndroidWhatsapp},
    {Format::kAndroidWhatsapp, "messages", "key_remote_jid", {}, {}, ReadAndroidWhatsapp},
    {Format::kAndroidWhatsappContacts, "wa_contacts", "jid", {}, {}, ReadAndroidWhatsappContacts},
    {Format::kIosMessages, "handle", "id", "message", "handle_id", ReadIosMessages},
    {Format::kAndroidMessages, "sms", "address", {}, {}, ReadAndroidMessages},
    {Format::kAndroidMessages, "canonical_addresses", "address", {}, {}, ReadAndroidMessages},
    {Format::kIosMessages, "message", "address", "message", "date", ReadIosMessages},
    {Format::kAndroidCalls, "calls", "number", "calls", "date", ReadAndroidCalls},
    {Format::kIosCalls, "call", "address", "call", "date", ReadIosCalls},
};

const Known* KindOf(const Connection& connection) {
  const auto has = [&](std::string_view name, std::string_view column) {
    const Table* const table = connection.Find(name);
    return table && table->Has(column);
  };
  for (const Known& known : kKnown) {
    if (!has(known.table, known.column)) continue;
    if (known.other_table.empty() || has(known.other_table, known.other_column)) return &known;
  }
  return nullptr;
}

// Those of whose columns the file has at least one.
uint32_t ReadingsOf(Format format, const Connection& connection) {
  uint32_t made = 0, bit = 0;
  for (const formats::Reading& reading : formats::kReadings) {
    if (reading.format != format) continue;
    if (const Table* const table = connection.Find(reading.table)) {
      for (const std::string_view column : table->columns) {
        if (formats::IsReadBy(reading, column)) made |= uint32_t{1} << bit;
      }
    }
    ++bit;
  }
  return made;
}

uint64_t TotalBytes(const extraction::EvidenceFile& file) {
  uint64_t total = 0;
  for (const extraction::ByteSource* source : {file.main, file.wal, file.journal}) {
    if (source) total += source->size();
  }
  return total;
}

uint32_t WarningsOf(const extraction::EvidenceFile& file, const EvidenceVfs& vfs) {
  uint32_t warnings = 0;
  if (vfs.in_wal_mode() && !file.wal) warnings |= wire::reader::kWalMissing;
  if (vfs.wal_state().has_frames && !vfs.wal_state().committed)
    warnings |= wire::reader::kWalUnusable;
  if (vfs.undone()) warnings |= wire::reader::kJournalUndone;
  return warnings;
}

}  // namespace

void PrepareDatabase() {
  if (!PrepareSqlite()) std::abort();
}

FileRefusal ReadDatabase(const extraction::EvidenceFile& file, extraction::Sink& sink) {
  PrepareDatabase();
  EvidenceVfs vfs(file);
  if (vfs.read_failed()) return FileRefusal::kReadError;
  if (vfs.is_empty()) return FileRefusal::kEmpty;
  const Connection::Opened opened = Connection::Open(vfs);
  if (opened.refusal != FileRefusal::kNone) return opened.refusal;
  const Known* const known = KindOf(*opened.connection);
  if (!known) {
    // Real ones hold everything there: not to be called another program's.
    const bool wal_missing = vfs.in_wal_mode() && !file.wal;
    return wal_missing ? FileRefusal::kNeedsWal : FileRefusal::kUnknownDatabase;
  }

  extraction::Layout layout;
  layout.format = known->format;
  layout.entry = file.entry;
  layout.readings = ReadingsOf(known->format, *opened.connection);
  sink.Found(layout);
  Work work(sink, vfs, *opened.connection, TotalBytes(file), layout.readings);
  work.done.warnings = WarningsOf(file, vfs);
  known->read(work);
  if (vfs.was_cut()) work.Damaged(FileRefusal::kBroken);
  sink.Ended(work.done);
  return FileRefusal::kNone;
}

}  // namespace signpost::reader::database
