// Writes zips into memory, through libzip. What a test damages, it damages afterwards.
#pragma once

#include <zip.h>

#include <string>
#include <string_view>
#include <vector>

#include "crypto/base/bytes.h"

namespace signpost::reader::archive {

struct ZipFile {
  std::string name, content;
  bool stored = false;
  bool encrypted = false;
  bool bzip2 = false;
};

inline Bytes WriteZip(const std::vector<ZipFile>& files) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* to = zip_source_buffer_create(nullptr, 0, 0, &error);
  zip_source_keep(to);
  zip_t* zip = zip_open_from_source(to, ZIP_TRUNCATE, &error);
  for (const ZipFile& file : files) {
    zip_source_t* from = zip_source_buffer(zip, file.content.data(), file.content.size(), 0);
    // libzip takes no name twice: a test that wants one overwrites another.
    const zip_int64_t added = zip_file_add(zip, file.name.c_str(), from, ZIP_FL_ENC_RAW);
    if (added < 0) {
      zip_source_free(from);
      continue;
    }
    const auto index = static_cast<zip_uint64_t>(added);
    if (file.stored) zip_set_file_compression(zip, index, ZIP_CM_STORE, 0);
    if (file.bzip2) zip_set_file_compression(zip, index, ZIP_CM_BZIP2, 0);
    if (file.encrypted) zip_file_set_encryption(zip, index, ZIP_EM_AES_256, "fictional");
  }
  if (zip_close(zip) != 0) zip_discard(zip);
  if (zip_source_open(to) != 0) {  // of no files there is no zip
    zip_source_free(to);
    return {};
  }
  zip_source_seek(to, 0, SEEK_END);
  Bytes bytes(static_cast<size_t>(zip_source_tell(to)));
  zip_source_seek(to, 0, SEEK_SET);
  zip_source_read(to, bytes.data(), bytes.size());
  zip_source_close(to);
  zip_source_free(to);
  return bytes;
}

// Every place where `from` stands becomes `to`, of the same length: names, also in the directory.
inline void Overwrite(Bytes& zip, std::string_view from, std::string_view to) {
  std::string_view text = AsText(zip);
  for (size_t at = text.find(from); at != text.npos; at = text.find(from, at + 1)) {
    std::copy(to.begin(), to.end(), zip.begin() + static_cast<ptrdiff_t>(at));
  }
}

}  // namespace signpost::reader::archive
