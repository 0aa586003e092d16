// Reads and writes small files, whole, by path. Only `signpost`, `signpost-verify`,
// `signpost-carrier` and tests have paths; the sealed processes get descriptors.
#pragma once

#include <string>
#include <string_view>

#include "crypto/base/fd.h"
#include "crypto/base/result.h"

namespace signpost {

Result<std::string> ReadFile(const std::string& path, size_t max_bytes = 64u << 20);
Result<OwnedFd> OpenRead(const std::string& path);
// Temporary file in the same folder, fsync, rename, fsync of the folder: after a crash the old
// file or the new one, never half of one. Mode 0600 unless told.
Result<void> WriteFileAtomic(const std::string& path, std::string_view content,
                             unsigned mode = 0600);
// As above, but refuses to replace an existing file.
Result<void> WriteFileNew(const std::string& path, std::string_view content, unsigned mode = 0600);
Result<void> SyncFolder(const std::string& folder);
Result<void> RemoveFile(const std::string& path);  // missing is success; then syncs the folder
std::string BaseName(std::string_view path);
std::string DirName(std::string_view path);

}  // namespace signpost
