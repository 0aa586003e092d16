// Finds the leftovers of an init that was killed. A home is made in a folder beside its place,
// PATH.new-<8 hex digits>, and renamed when it is whole. An init that was killed leaves that folder
// behind, with signing keys in it. The maker holds a lock on the folder for as long as it works, so
// whoever gets the lock has found an abandoned one.
#pragma once

#include <string>

#include "crypto/base/fd.h"
#include "crypto/base/result.h"

namespace signpost::init {

std::string FreshBuildFolder(const std::string& home);
// The lock on a folder that exists; kept until the descriptor is closed. kRefused when it is held.
Result<OwnedFd> LockBuildFolder(const std::string& folder);
// Removes what earlier inits for this home left. One that is at work keeps its folder; so does
// whatever only looks like one (a file, a link). Best effort: what cannot be removed stays.
void RemoveAbandoned(const std::string& home);

}  // namespace signpost::init
