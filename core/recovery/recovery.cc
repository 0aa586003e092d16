#include "core/recovery/recovery.h"

#include "core/epoch/epoch.h"
#include "core/intake/sealed_folder.h"
#include "core/optout/optout.h"

namespace signpost {

Result<Home> OpenAndRecover(const HomeOptions& options) {
  TRY_ASSIGN(Home home, OpenHome(options));
  // Only whoever holds the lock may judge files: an import that is under way has some that no row
  // names yet.
  if (home.files_lock) {
    TRY(RecoverSealedFolder(home));
    TRY(RemoveStrayEpochKeys(home));
  }
  TRY(ReplayOptOutLog(home));
  return home;
}

}  // namespace signpost
