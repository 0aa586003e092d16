// Reads a zip from a ByteSource through libzip: no path, no temporary file, nothing written.
//
// A zip is hostile until shown otherwise:
// - its directory is looked at before libzip holds it in memory: at most ZipLimits::entries entries
//   in at most directory_bytes;
// - sizes that it declares are only ever used to refuse early. What comes out of an entry is
//   counted as it comes: no more than ratio times what went in (real reports reach 50; deflate can
//   do 1032), and of all entries together no more than ratio times the zip itself, so that entries
//   which share their bytes gain nothing;
// - names are compared with the names of files that are looked for, and are never paths: "../x" and
//   "/etc/x" are two odd names;
// - stored and deflated entries only. Others are for the operator to unzip (kUnzipFirst).
// A checksum that does not fit is found at the end of an entry (kBroken). One thread.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "core/reader/extraction/source.h"

struct zip;
struct zip_file;

namespace signpost::reader::archive {

struct ZipLimits {
  uint64_t entries = 1u << 20;
  uint64_t directory_bytes = 256u << 20;
  uint64_t ratio = 200;
  uint64_t free_bytes = 1u << 20;  // inflated without a look at the ratio
};

// Before the process seals itself: libzip turns each entry's time into one of the system's, for
// which the C library would open the time zone's file. It remembers this zone instead; Open names
// it once more, since sealing clears the environment. Nothing here uses these times.
void PrepareZip();

class ZipArchive;

// One entry being inflated.
class ZipEntry {
 public:
  // Fills `into`; fewer bytes only at the end. kBroken, kInflatesTooMuch.
  wire::reader::FileRefusal Read(std::span<uint8_t> into, size_t& size);

 private:
  friend class ZipArchive;
  struct Close {
    void operator()(zip_file* file) const;
  };
  ZipEntry(ZipArchive& archive, zip_file* file, uint64_t packed, bool counted)
      : archive_(&archive), file_(file), packed_(packed), counted_(counted) {}
  ZipArchive* archive_;
  std::unique_ptr<zip_file, Close> file_;
  uint64_t packed_, inflated_ = 0;
  bool counted_;
};

class ZipArchive {
 public:
  // `source` outlives it. kBroken: no zip, or one without its end; kInflatesTooMuch: its directory
  // is over the limits; kReadError: the source cannot be read.
  static wire::reader::FileRefusal Open(extraction::ByteSource& source, const ZipLimits& limits,
                                        std::unique_ptr<ZipArchive>& archive);
  ~ZipArchive();
  ZipArchive(const ZipArchive&) = delete;
  ZipArchive& operator=(const ZipArchive&) = delete;

  uint64_t entries() const { return entries_; }
  std::string_view Name(uint64_t index) const;  // as it is written; valid while this is
  std::optional<uint64_t> Find(std::string_view name) const;  // exactly this; the first
  uint64_t DeclaredSize(uint64_t index) const;
  // `again`: a further reading of the same entry, which the total does not count.
  // kEncrypted, kUnzipFirst, kBroken.
  wire::reader::FileRefusal Open(uint64_t index, bool again, std::optional<ZipEntry>& entry);
  // What came out of a zip in this one counts here, too: many small ones would each have their own
  // bytes free.
  void AddInner(const ZipArchive& inner) { inflated_ += inner.inflated_; }

 private:
  friend class ZipEntry;
  struct Reading;  // what libzip's calls come to
  ZipArchive(std::unique_ptr<Reading> reading, const ZipLimits& limits);

  std::unique_ptr<Reading> reading_;
  ZipLimits limits_;
  zip* zip_ = nullptr;
  uint64_t entries_ = 0, inflated_ = 0, source_bytes_ = 0;
};

}  // namespace signpost::reader::archive
