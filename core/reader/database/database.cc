#include "core/reader/database/database.h"

#include <cstdlib>

#include "core/reader/database/handlers.h"
#include "core/reader/database/page_count.h"

namespace signpost::reader::database {
namespace {

using wire::reader::FileRefusal;

const formats::Database* KindOf(const Connection& connection) {
  const auto has = [&](std::string_view name, std::string_view column) {
    const Table* const table = connection.Find(name);
    return table && table->Has(column);
  };
  for (const formats::Database& known : formats::kDatabases) {
    for (const formats::Signature& by : known.known_by) {
      if (!has(by.table, by.column)) continue;
      if (by.other_table.empty() || has(by.other_table, by.other_column)) return &known;
    }
  }
  return nullptr;
}

// Those of whose columns with numbers the file has at least one.
uint32_t ReadingsOf(const formats::Database& database, const Connection& connection) {
  uint32_t made = 0, bit = 0;
  for (const formats::Table& known : database.tables) {
    if (known.numbers.empty()) continue;
    if (const Table* const table = connection.Find(known.name)) {
      for (const std::string_view column : table->columns) {
        if (formats::HasWord(known.numbers, column)) made |= uint32_t{1} << bit;
      }
    }
    ++bit;
  }
  return made;
}

uint64_t TotalBytes(const extraction::ExtractionFile& file) {
  uint64_t total = 0;
  for (const extraction::ByteSource* source : {file.main, file.wal, file.journal}) {
    if (source) total += source->size();
  }
  return total;
}

uint32_t WarningsOf(const extraction::ExtractionFile& file, const ExtractionVfs& vfs) {
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

FileRefusal ReadDatabase(const extraction::ExtractionFile& file, extraction::Sink& sink) {
  PrepareDatabase();
  ExtractionVfs vfs(file);
  if (vfs.read_failed()) return FileRefusal::kReadError;
  if (vfs.is_empty()) return FileRefusal::kEmpty;
  const Connection::Opened opened = Connection::Open(vfs);
  if (opened.refusal != FileRefusal::kNone) return opened.refusal;
  const formats::Database* const known = KindOf(*opened.connection);
  if (!known) {
    // Real ones hold everything there: not to be called another program's.
    const bool wal_missing = vfs.in_wal_mode() && !file.wal;
    return wal_missing ? FileRefusal::kNeedsWal : FileRefusal::kUnknownDatabase;
  }

  extraction::Layout layout;
  layout.format = known->format;
  layout.entry = file.entry;
  layout.readings = ReadingsOf(*known, *opened.connection);
  sink.Found(layout);
  DatabaseReader reader(sink, vfs, *opened.connection, TotalBytes(file), layout.readings);
  reader.done.warnings = WarningsOf(file, vfs);
  kHandlers[known - formats::kDatabases].read(reader);
  if (vfs.was_cut()) reader.Damaged(FileRefusal::kBroken);
  sink.Ended(reader.done);
  return FileRefusal::kNone;
}

}  // namespace signpost::reader::database
