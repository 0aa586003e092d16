#include "core/signpost/recovery/recovery.h"

#include <filesystem>
#include <vector>

#include "core/signpost/epoch/epoch.h"
#include "core/signpost/ingest/sealed_folder.h"
#include "core/signpost/optout/optout.h"
#include "crypto/base/file.h"

namespace signpost::recovery {
namespace {

// The only file that a command replaces beside the store: `policy apply`, or what mends it.
constexpr std::string_view kHalfPolicy = "policy.toml.tmp-";

Result<void> RemoveHalfPolicies(const home::Home& home) {
  std::error_code error;
  std::vector<std::string> found;
  for (std::filesystem::directory_iterator entry(home.path, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.starts_with(kHalfPolicy)) found.push_back(home.Path(name));
  }
  for (const std::string& path : found) TRY(RemoveFile(path));
  return {};
}

}  // namespace

Result<home::Home> OpenAndRecover(const home::HomeOptions& options) {
  TRY_ASSIGN(home::Home home, home::OpenHome(options));
  // Only whoever holds the lock may judge files: an import that is under way has some that no row
  // names yet.
  if (home.files_lock) {
    TRY(ingest::RecoverSealedFolder(home));
    TRY(epoch::RemoveStrayEpochKeys(home));
    TRY(RemoveHalfPolicies(home));
  }
  TRY(optout::ReplayOptOutLog(home));
  return home;
}

}  // namespace signpost::recovery
