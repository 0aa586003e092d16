#include "core/reader/archive/zip.h"

#include <time.h>
#include <zip.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "crypto/base/bytes.h"

namespace signpost::reader::archive {
namespace {

using wire::reader::FileRefusal;

constexpr size_t kEndBytes = 22, kEnd64Bytes = 56, kLocatorBytes = 20;
constexpr size_t kMaxComment = 65535;

uint64_t Le(ByteView bytes, size_t at, size_t size) {
  uint64_t value = 0;
  for (size_t i = size; i-- > 0;) value = value << 8 | bytes[at + i];
  return value;
}

// Every end-of-directory record that may be taken for the zip's: none may be over the limits.
FileRefusal CheckDirectory(extraction::ByteSource& source, const ZipLimits& limits) {
  const uint64_t size = source.size();
  if (size < kEndBytes) return FileRefusal::kBroken;
  const auto tail_size =
      static_cast<size_t>(std::min<uint64_t>(size, kEndBytes + kMaxComment + kLocatorBytes));
  Bytes tail(tail_size);
  const auto read = source.ReadAt(size - tail_size, tail);
  if (!read) return FileRefusal::kReadError;
  if (*read != tail_size) return FileRefusal::kChanged;
  const auto over = [&limits](uint64_t entries, uint64_t bytes) {
    return entries > limits.entries || bytes > limits.directory_bytes;
  };
  bool any = false;
  for (size_t at = 0; at + kEndBytes <= tail.size(); ++at) {
    if (Le(tail, at, 4) != 0x06054b50) continue;
    any = true;
    const uint64_t entries = Le(tail, at + 10, 2), bytes = Le(tail, at + 12, 4);
    const bool wide =
        entries == 0xffff || bytes == 0xffffffff || Le(tail, at + 16, 4) == 0xffffffff;
    if (!wide && over(entries, bytes)) return FileRefusal::kInflatesTooMuch;
    if (at < kLocatorBytes || Le(tail, at - kLocatorBytes, 4) != 0x07064b50) continue;
    Bytes end(kEnd64Bytes);
    const auto got = source.ReadAt(Le(tail, at - kLocatorBytes + 8, 8), end);
    if (!got || *got != end.size() || Le(end, 0, 4) != 0x06064b50) continue;  // libzip will say
    if (over(Le(end, 32, 8), Le(end, 40, 8))) return FileRefusal::kInflatesTooMuch;
  }
  return any ? FileRefusal::kNone : FileRefusal::kBroken;
}

}  // namespace

struct ZipArchive::Reading {
  extraction::ByteSource& source;
  uint64_t offset = 0;
  zip_error_t error{};

  static zip_int64_t Call(void* self, void* data, zip_uint64_t size, zip_source_cmd_t command) {
    return static_cast<Reading*>(self)->Do(data, size, command);
  }

  zip_int64_t Do(void* data, zip_uint64_t size, zip_source_cmd_t command) {
    switch (command) {
      case ZIP_SOURCE_SUPPORTS:
        return zip_source_make_command_bitmap(
            ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE, ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR,
            ZIP_SOURCE_FREE, ZIP_SOURCE_SEEK, ZIP_SOURCE_TELL, ZIP_SOURCE_SUPPORTS, -1);
      case ZIP_SOURCE_OPEN:
        offset = 0;
        return 0;
      case ZIP_SOURCE_CLOSE:
      case ZIP_SOURCE_FREE:
        return 0;
      case ZIP_SOURCE_TELL:
        return static_cast<zip_int64_t>(offset);
      case ZIP_SOURCE_ERROR:
        return zip_error_to_data(&error, data, size);
      case ZIP_SOURCE_READ: {
        const auto read =
            source.ReadAt(offset, {static_cast<uint8_t*>(data), static_cast<size_t>(size)});
        if (!read) {
          zip_error_set(&error, ZIP_ER_READ, 0);
          return -1;
        }
        offset += *read;
        return static_cast<zip_int64_t>(*read);
      }
      case ZIP_SOURCE_SEEK: {
        const zip_int64_t to =
            zip_source_seek_compute_offset(offset, source.size(), data, size, &error);
        if (to < 0) return -1;
        offset = static_cast<uint64_t>(to);
        return 0;
      }
      case ZIP_SOURCE_STAT: {
        auto* stat = static_cast<zip_stat_t*>(data);
        zip_stat_init(stat);
        stat->size = source.size();
        stat->valid |= ZIP_STAT_SIZE;
        return sizeof(*stat);
      }
      default:
        zip_error_set(&error, ZIP_ER_OPNOTSUPP, 0);
        return -1;
    }
  }
};

void PrepareZip() {
  ::setenv("TZ", "UTC0", 1);  // one thread
  ::tzset();
}

ZipArchive::ZipArchive(std::unique_ptr<Reading> reading, const ZipLimits& limits)
    : reading_(std::move(reading)), limits_(limits), source_bytes_(reading_->source.size()) {}

ZipArchive::~ZipArchive() {
  if (zip_ != nullptr) zip_discard(zip_);
}

FileRefusal ZipArchive::Open(extraction::ByteSource& source, const ZipLimits& limits,
                             std::unique_ptr<ZipArchive>& archive) {
  if (const FileRefusal refusal = CheckDirectory(source, limits); refusal != FileRefusal::kNone) {
    return refusal;
  }
  PrepareZip();
  auto reading = std::unique_ptr<Reading>(new Reading{source});
  auto made = std::unique_ptr<ZipArchive>(new ZipArchive(std::move(reading), limits));
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* from = zip_source_function_create(&Reading::Call, made->reading_.get(), &error);
  if (from != nullptr) made->zip_ = zip_open_from_source(from, ZIP_RDONLY, &error);
  const int code = zip_error_code_zip(&error);
  zip_error_fini(&error);
  if (made->zip_ == nullptr) {
    if (from != nullptr) zip_source_free(from);
    return code == ZIP_ER_READ ? FileRefusal::kReadError : FileRefusal::kBroken;
  }
  made->entries_ =
      static_cast<uint64_t>(std::max<zip_int64_t>(0, zip_get_num_entries(made->zip_, 0)));
  archive = std::move(made);
  return FileRefusal::kNone;
}

std::string_view ZipArchive::Name(uint64_t index) const {
  const char* name = zip_get_name(zip_, index, ZIP_FL_ENC_RAW);
  return name != nullptr ? std::string_view(name) : std::string_view();
}

std::optional<uint64_t> ZipArchive::Find(std::string_view name) const {
  const zip_int64_t at = zip_name_locate(zip_, std::string(name).c_str(), ZIP_FL_ENC_RAW);
  if (at < 0) return std::nullopt;
  return static_cast<uint64_t>(at);
}

uint64_t ZipArchive::DeclaredSize(uint64_t index) const {
  zip_stat_t stat;
  if (zip_stat_index(zip_, index, 0, &stat) != 0 || (stat.valid & ZIP_STAT_SIZE) == 0) return 0;
  return stat.size;
}

FileRefusal ZipArchive::Open(uint64_t index, bool again, std::optional<ZipEntry>& entry) {
  zip_stat_t stat;
  if (zip_stat_index(zip_, index, 0, &stat) != 0) return FileRefusal::kBroken;
  if ((stat.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 && stat.encryption_method != ZIP_EM_NONE) {
    return FileRefusal::kEncrypted;
  }
  if (stat.comp_method != ZIP_CM_STORE && stat.comp_method != ZIP_CM_DEFLATE) {
    return FileRefusal::kUnzipFirst;
  }
  zip_file* file = zip_fopen_index(zip_, index, 0);
  if (file == nullptr) return FileRefusal::kBroken;
  entry.emplace(ZipEntry(*this, file, std::min<uint64_t>(stat.comp_size, source_bytes_), !again));
  return FileRefusal::kNone;
}

void ZipEntry::Close::operator()(zip_file* file) const { zip_fclose(file); }

FileRefusal ZipEntry::Read(std::span<uint8_t> into, size_t& size) {
  size = 0;
  const ZipLimits& limits = archive_->limits_;
  while (size < into.size()) {
    const zip_int64_t n = zip_fread(file_.get(), into.data() + size, into.size() - size);
    if (n < 0) return FileRefusal::kBroken;
    if (n == 0) break;
    size += static_cast<size_t>(n);
  }
  inflated_ += size;
  if (counted_) archive_->inflated_ += size;
  const bool much = inflated_ > limits.free_bytes + limits.ratio * packed_;
  const bool much_in_all =
      archive_->inflated_ > limits.free_bytes + limits.ratio * archive_->source_bytes_;
  return much || much_in_all ? FileRefusal::kInflatesTooMuch : FileRefusal::kNone;
}

}  // namespace signpost::reader::archive
