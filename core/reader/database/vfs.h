// Shows SQLite one database of an extraction: three files by name (the database, its -wal, its
// -journal) and nothing else. It reads through ByteSources, so in a sealed process the only system
// call is pread64; there are no paths, locks, shared memory, temporary files or clocks here.
//
// A hot journal (a transaction that a crash cut short) is for SQLite to undo, as it would on the
// phone: it may therefore "write", and what it writes to the database lands in an Overlay in
// memory. A write to the -wal, or one outside of that, is refused. Deleting or clearing the journal
// only marks it gone.
//
// Two kindnesses, since the alternative is to see nothing: an empty database beside a -wal with
// frames is one page of zeros, and a database that is shorter than its header says is filled up
// with zeros (was_cut(); pages that are not there then read as damaged ones).
//
// Register one per connection; the connection must be closed before it goes. One thread.
// Interface: sqlite.org/c3ref/vfs.html, iVersion 1 on purpose: no shared memory, no memory maps.
#pragma once

#include <sqlite3.h>

#include <string>

#include "core/reader/database/overlay.h"
#include "core/reader/database/wal.h"

namespace signpost::reader::database {

// Name of the database in the VFS; SQLite adds -wal and -journal.
constexpr const char* kMainName = "evidence";

class ExtractionVfs {
 public:
  explicit ExtractionVfs(const extraction::ExtractionFile& file);
  ~ExtractionVfs();
  ExtractionVfs(const ExtractionVfs&) = delete;
  ExtractionVfs& operator=(const ExtractionVfs&) = delete;

  const char* name() const { return name_.c_str(); }
  const WalState& wal_state() const { return wal_state_; }
  bool in_wal_mode() const { return in_wal_mode_; }  // as the header of the database says
  bool is_empty() const { return overlay_.size() == 0; }
  bool was_cut() const { return was_cut_; }
  bool undone() const { return overlay_.written(); }
  bool read_failed() const { return read_failed_; }
  // The journal is one of several, or needs more memory than there is for it.
  bool cannot_undo() const { return cannot_undo_; }
  uint64_t bytes_read() const { return bytes_read_; }

 private:
  enum class Which : uint8_t { kMain, kWal, kJournal };
  struct Handle {  // SQLite's
    sqlite3_file base;
    ExtractionVfs* vfs;
    Which which;
  };

  static ExtractionVfs& Of(sqlite3_vfs* vfs) { return *static_cast<ExtractionVfs*>(vfs->pAppData); }
  static const sqlite3_io_methods kMethods;
  static int Open(sqlite3_vfs*, const char* name, sqlite3_file*, int flags, int* out_flags);
  static int Delete(sqlite3_vfs*, const char* name, int sync_folder);
  static int Access(sqlite3_vfs*, const char* name, int flags, int* result);

  uint64_t LogicalSize(const extraction::ExtractionFile& file);
  std::optional<Which> Named(std::string_view name) const;
  std::optional<size_t> ReadAt(Which which, uint64_t offset, std::span<uint8_t> into);
  uint64_t SizeOf(Which which) const;
  int Read(Which which, uint64_t offset, std::span<uint8_t> into);
  int Write(Which which, uint64_t offset, std::span<const uint8_t> bytes);
  int Truncate(Which which, uint64_t size);

  extraction::ByteSource* wal_;
  extraction::ByteSource* journal_;  // null once it is gone
  WalState wal_state_;
  bool in_wal_mode_ = false;
  bool was_cut_ = false;
  bool read_failed_ = false;
  bool cannot_undo_ = false;
  uint64_t bytes_read_ = 0;
  Overlay overlay_;
  std::string name_;
  sqlite3_vfs vfs_{};
};

}  // namespace signpost::reader::database
