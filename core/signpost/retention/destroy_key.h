// Destroys an epoch's secret key: overwritten, synced, unlinked, the folder synced.
//
// With keys in files this attests a destruction and cannot prove one: a disk may keep what was
// overwritten, and somebody may have made a copy. That backups leave keys/live out is the site's
// part. (Custody outside of files comes with packaging.)
#pragma once

#include <string>

#include "crypto/base/result.h"

namespace signpost::retention {

// A file that is gone already is success: an earlier sweep was interrupted after this step.
Result<void> DestroyKeyFile(const std::string& path);

}  // namespace signpost::retention
