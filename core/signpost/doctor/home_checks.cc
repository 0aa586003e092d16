#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <filesystem>

#include "core/shared/ledger/event.h"
#include "core/shared/wire/opener_boundary.h"
#include "core/signpost/doctor/doctor.h"
#include "crypto/base/file.h"

namespace signpost::doctor {
namespace {

namespace fs = std::filesystem;
using Level = Finding::Level;

constexpr mode_t kOthers = S_IRWXG | S_IRWXO;
constexpr uint64_t kFreeBytes = uint64_t{256} << 20;

Finding OfHome(Level level, std::string name, std::string what, std::string fix = {}) {
  return {level, "home", std::move(name), std::move(what), std::move(fix)};
}

bool OthersMay(const struct stat& facts) { return (facts.st_mode & kOthers) != 0; }

// The folder itself, and everything in it. Files are not named: who may read them is what counts.
Finding Permissions(const std::string& home) {
  const std::string fix = "chmod -R go-rwx " + home + "; chown -R to the user who runs signpost";
  struct stat facts {};
  if (lstat(home.c_str(), &facts) != 0 || !S_ISDIR(facts.st_mode)) {
    return OfHome(Level::kMissing, "permissions", "there is no folder here");
  }
  const uid_t owner = facts.st_uid;
  if (OthersMay(facts)) {
    return OfHome(Level::kMissing, "permissions", "other users may look into the home", fix);
  }
  bool open = false, foreign = owner != geteuid();
  std::error_code error;
  for (fs::recursive_directory_iterator entry(home, error), end; !error && entry != end;
       entry.increment(error)) {
    if (lstat(entry->path().c_str(), &facts) != 0) continue;  // gone meanwhile
    open = open || (OthersMay(facts) && !S_ISLNK(facts.st_mode));
    foreign = foreign || facts.st_uid != owner;
  }
  if (error) return OfHome(Level::kMissing, "permissions", "this user cannot read all of it", fix);
  if (foreign)
    return OfHome(Level::kWarn, "permissions", "some of it belongs to another user", fix);
  if (open) {
    return OfHome(Level::kWarn, "permissions",
                  "some files would be readable for others, but for the folder", fix);
  }
  return OfHome(Level::kOk, "permissions", "this user alone may look into it");
}

Finding Passphrase(const home::Home& home) {
  const std::string& file = home.site.passphrase_file;
  const std::string path = file.starts_with('/') ? file : home.Path(file);
  struct stat facts {};
  if (stat(path.c_str(), &facts) != 0) {
    return OfHome(Level::kMissing, "passphrase", "its file is not there",
                  "passphrase_file in signpost.toml says where it is read");
  }
  if (access(path.c_str(), R_OK) != 0) {
    return OfHome(Level::kMissing, "passphrase", "this user cannot read its file");
  }
  if (OthersMay(facts)) {
    return OfHome(Level::kWarn, "passphrase", "other users may have a right to its file",
                  "chmod 600 the file that passphrase_file in signpost.toml names");
  }
  return OfHome(Level::kOk, "passphrase", "its user alone may read it");
}

Finding OpenerState(const home::Home& home) {
  struct stat facts {};
  if (stat(home.Path("keys/live/opener.state").c_str(), &facts) != 0) {
    return OfHome(Level::kMissing, "opener-state",
                  "is not there: nothing more is sent from this home",
                  "see core/signpost/recovery/RECOVERY.md");
  }
  if (facts.st_size != static_cast<off_t>(wire::opener::kStateBytes)) {
    return OfHome(Level::kMissing, "opener-state", "has another size than it must",
                  "see core/signpost/recovery/RECOVERY.md");
  }
  return OfHome(Level::kOk, "opener-state", "is in place");
}

Finding LiveKeys(const home::Home& home) {
  struct stat live {
  }, folder{};
  const bool known =
      stat(home.Path("keys/live").c_str(), &live) == 0 && stat(home.path.c_str(), &folder) == 0;
  if (known && live.st_dev != folder.st_dev) {
    return OfHome(Level::kOk, "live-keys", "are on a file system of their own");
  }
  const Level level = home.site.mode == Mode::kLive ? Level::kWarn : Level::kOk;
  return OfHome(level, "live-keys", "are on the home's own disk",
                level == Level::kOk
                    ? ""
                    : "leave keys/live out of every backup and snapshot, or mount an "
                      "encrypted file system of its own there");
}

Finding Space(const home::Home& home) {
  struct statvfs facts {};
  if (statvfs(home.path.c_str(), &facts) != 0)
    return OfHome(Level::kWarn, "space", "cannot be read");
  const uint64_t free = uint64_t{facts.f_bavail} * facts.f_frsize;
  if (free < kFreeBytes) {
    return OfHome(Level::kWarn, "space", "less than 256 MiB are free", "free some disk space");
  }
  return OfHome(Level::kOk, "space", "there is enough");
}

Finding ClockOfHome(const home::Home& home) {
  const Result<std::vector<std::string>> entries = home.store->Entries();
  if (!entries || entries->empty()) {
    return OfHome(Level::kMissing, "ledger", "cannot be read", "restore the home from a backup");
  }
  const Result<ledger::Event> last = ledger::DecodeEvent(entries->back());
  if (!last) return OfHome(Level::kMissing, "ledger", "its newest entry cannot be read");
  if (home.clock.Now() + policy::kClockSlackSeconds < last->at) {
    return OfHome(Level::kMissing, "ledger-time", "the clock is behind the ledger's newest entry",
                  "set the clock right: until then nothing is sent");
  }
  return OfHome(Level::kOk, "ledger-time", "the clock is not behind the ledger");
}

}  // namespace

std::vector<Finding> CheckHome(const home::HomeOptions& options) {
  std::vector<Finding> findings = {Permissions(options.path)};
  const Result<home::Home> home = home::OpenHome(options);
  if (!home) {
    findings.push_back(OfHome(Level::kMissing, "home", home.error().message, home.error().hint));
    return findings;
  }
  findings.push_back(OfHome(Level::kOk, "home", "opens, and its policy is the one in force"));
  findings.push_back(Passphrase(*home));
  findings.push_back(OpenerState(*home));
  findings.push_back(LiveKeys(*home));
  findings.push_back(Space(*home));
  findings.push_back(ClockOfHome(*home));
  return findings;
}

}  // namespace signpost::doctor
