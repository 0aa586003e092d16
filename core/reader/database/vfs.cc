#include "core/reader/database/vfs.h"

#include <sys/random.h>

#include <algorithm>
#include <cstring>

#include "core/reader/database/big_endian.h"

namespace signpost::reader::database {
namespace {

// Where what is looked at stands in the header of a database.
constexpr size_t kDatabaseHeader = 100, kPageSizeAt = 16, kReadVersionAt = 19, kPagesAt = 28;

int FullPathname(sqlite3_vfs*, const char* name, int size, char* out) {
  sqlite3_snprintf(size, out, "%s", name);
  return SQLITE_OK;
}

int Randomness(sqlite3_vfs*, int size, char* out) {
  return getrandom(out, static_cast<size_t>(size), 0) == size ? size : 0;
}

int Sleep(sqlite3_vfs*, int) { return 0; }

int CurrentTime(sqlite3_vfs*, double* julian_day) {
  *julian_day = 2440587.5;  // 1970: no query of ours asks
  return SQLITE_OK;
}

int LastError(sqlite3_vfs*, int, char*) { return 0; }

// Nobody else has these files: locks always hold.
int Nothing(sqlite3_file*, int) { return SQLITE_OK; }
int NothingReserved(sqlite3_file*, int* result) {
  *result = 0;
  return SQLITE_OK;
}
int NoControl(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
int SectorSize(sqlite3_file*) { return 4096; }
int NoCharacteristics(sqlite3_file*) { return 0; }
int Close(sqlite3_file*) { return SQLITE_OK; }

}  // namespace

ExtractionVfs::ExtractionVfs(const extraction::ExtractionFile& file)
    : wal_(file.wal), journal_(file.journal), overlay_(*file.main, LogicalSize(file)) {
  char name[40];
  sqlite3_snprintf(sizeof name, name, "signpost-%p", static_cast<void*>(this));
  name_ = name;
  vfs_.iVersion = 1;
  vfs_.szOsFile = sizeof(Handle);
  // SQLite takes a page, of which 512 bytes may be all, for a buffer of this length and one more.
  vfs_.mxPathname = 511;
  vfs_.zName = name_.c_str();
  vfs_.pAppData = this;
  vfs_.xOpen = Open;
  vfs_.xDelete = Delete;
  vfs_.xAccess = Access;
  vfs_.xFullPathname = FullPathname;
  vfs_.xRandomness = Randomness;
  vfs_.xSleep = Sleep;
  vfs_.xCurrentTime = CurrentTime;
  vfs_.xGetLastError = LastError;
  sqlite3_vfs_register(&vfs_, 0);
}

ExtractionVfs::~ExtractionVfs() { sqlite3_vfs_unregister(&vfs_); }

uint64_t ExtractionVfs::LogicalSize(const extraction::ExtractionFile& file) {
  if (wal_) wal_state_ = InspectWal(*wal_);
  const uint64_t size = file.main->size();
  if (size == 0) return wal_state_.committed ? wal_state_.page_size : 0;
  std::array<uint8_t, kDatabaseHeader> header{};
  const auto read = file.main->ReadAt(0, header);
  if (!read) read_failed_ = true;
  if (!read || *read < header.size()) return size;
  in_wal_mode_ = header[kReadVersionAt] == 2;
  const uint32_t raw = uint32_t{header[kPageSizeAt]} << 8 | header[kPageSizeAt + 1];
  const uint64_t page_size = raw == 1 ? 65536 : raw;
  const uint64_t pages = Be32(&header[kPagesAt]);
  // The number of pages holds where this and the change counter agree (fileformat2.html#in_header_
  // database_size); a journal or a log beside it knows better.
  const bool holds = std::equal(&header[24], &header[28], &header[92]);
  if (!holds || wal_state_.committed || (journal_ && journal_->size() > 0)) return size;
  was_cut_ = pages * page_size > size;
  return was_cut_ ? pages * page_size : size;
}

std::optional<ExtractionVfs::Which> ExtractionVfs::Named(std::string_view name) const {
  constexpr std::string_view kMain = kMainName;
  if (!name.starts_with(kMain)) return std::nullopt;
  name.remove_prefix(kMain.size());
  if (name.empty()) return Which::kMain;
  if (name == "-wal") return Which::kWal;
  if (name == "-journal") return Which::kJournal;
  return std::nullopt;
}

uint64_t ExtractionVfs::SizeOf(Which which) const {
  switch (which) {
    case Which::kMain:
      return overlay_.size();
    case Which::kWal:
      return wal_ ? wal_->size() : 0;
    case Which::kJournal:
      return journal_ ? journal_->size() : 0;
  }
  return 0;
}

std::optional<size_t> ExtractionVfs::ReadAt(Which which, uint64_t offset, std::span<uint8_t> into) {
  if (which == Which::kMain) return overlay_.ReadAt(offset, into);
  extraction::ByteSource* const source = which == Which::kWal ? wal_ : journal_;
  return source ? source->ReadAt(offset, into) : 0;
}

int ExtractionVfs::Read(Which which, uint64_t offset, std::span<uint8_t> into) {
  const auto read = ReadAt(which, offset, into);
  if (!read) {
    read_failed_ = true;
    std::fill(into.begin(), into.end(), uint8_t{0});
    return SQLITE_IOERR_READ;
  }
  bytes_read_ += *read;
  if (*read == into.size()) return SQLITE_OK;
  std::fill(into.begin() + *read, into.end(), uint8_t{0});
  return SQLITE_IOERR_SHORT_READ;
}

int ExtractionVfs::Write(Which which, uint64_t offset, std::span<const uint8_t> bytes) {
  if (!journal_) return SQLITE_READONLY;
  if (which == Which::kJournal) {  // it is cleared: everything is undone
    journal_ = nullptr;
    return SQLITE_OK;
  }
  if (which != Which::kMain) return SQLITE_READONLY;
  if (overlay_.Write(offset, bytes)) return SQLITE_OK;
  cannot_undo_ = true;
  return SQLITE_FULL;
}

int ExtractionVfs::Truncate(Which which, uint64_t size) {
  if (!journal_ || which == Which::kWal) return SQLITE_READONLY;
  if (which == Which::kJournal) {
    journal_ = nullptr;
  } else {
    overlay_.Truncate(size);
  }
  return SQLITE_OK;
}

const sqlite3_io_methods ExtractionVfs::kMethods = {
    .iVersion = 1,
    .xClose = Close,
    .xRead =
        [](sqlite3_file* file, void* out, int size, sqlite3_int64 offset) {
          auto& handle = *reinterpret_cast<Handle*>(file);
          return handle.vfs->Read(handle.which, static_cast<uint64_t>(offset),
                                  {static_cast<uint8_t*>(out), static_cast<size_t>(size)});
        },
    .xWrite =
        [](sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
          auto& handle = *reinterpret_cast<Handle*>(file);
          return handle.vfs->Write(handle.which, static_cast<uint64_t>(offset),
                                   {static_cast<const uint8_t*>(bytes), static_cast<size_t>(size)});
        },
    .xTruncate =
        [](sqlite3_file* file, sqlite3_int64 size) {
          auto& handle = *reinterpret_cast<Handle*>(file);
          return handle.vfs->Truncate(handle.which, static_cast<uint64_t>(size));
        },
    .xSync = Nothing,
    .xFileSize =
        [](sqlite3_file* file, sqlite3_int64* size) {
          const auto& handle = *reinterpret_cast<Handle*>(file);
          *size = static_cast<sqlite3_int64>(handle.vfs->SizeOf(handle.which));
          return SQLITE_OK;
        },
    .xLock = Nothing,
    .xUnlock = Nothing,
    .xCheckReservedLock = NothingReserved,
    .xFileControl = NoControl,
    .xSectorSize = SectorSize,
    .xDeviceCharacteristics = NoCharacteristics,
    .xShmMap = nullptr,
    .xShmLock = nullptr,
    .xShmBarrier = nullptr,
    .xShmUnmap = nullptr,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

int ExtractionVfs::Open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags,
                        int* out_flags) {
  file->pMethods = nullptr;
  ExtractionVfs& self = Of(vfs);
  const auto which = name ? self.Named(name) : std::nullopt;
  if (!which) return SQLITE_CANTOPEN;  // a temporary file, or the super-journal
  if (*which == Which::kJournal && !self.journal_) return SQLITE_CANTOPEN;
  auto& handle = *reinterpret_cast<Handle*>(file);
  handle = {{&kMethods}, &self, *which};
  if (out_flags) *out_flags = flags;
  return SQLITE_OK;
}

int ExtractionVfs::Delete(sqlite3_vfs* vfs, const char* name, int) {
  ExtractionVfs& self = Of(vfs);
  if (self.Named(name) == Which::kJournal) self.journal_ = nullptr;
  return SQLITE_OK;
}

int ExtractionVfs::Access(sqlite3_vfs* vfs, const char* name, int, int* result) {
  ExtractionVfs& self = Of(vfs);
  const auto which = self.Named(name);
  if (!which) {
    // A journal that names a super-journal is part of a transaction over several databases: whether
    // it was completed is written in that other file, which we do not have.
    self.cannot_undo_ = true;
    return SQLITE_IOERR_ACCESS;
  }
  *result = *which == Which::kMain || self.SizeOf(*which) > 0;
  return SQLITE_OK;
}

}  // namespace signpost::reader::database
