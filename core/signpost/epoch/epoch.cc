#include "core/signpost/epoch/epoch.h"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <set>

#include "core/shared/wire/opener_boundary.h"
#include "core/signpost/process/sealed.h"
#include "crypto/base/file.h"
#include "crypto/custody/header/key_file_header.h"
#include "policy/decision.h"

namespace signpost::epoch {
namespace {

Result<process::SealedProcess> StartOpener(const home::Home& home, OwnedFd state) {
  TRY_ASSIGN(OwnedFd passphrase, home.OpenPassphrase());
  process::ChildFds others;  // no sender
  others.Put(wire::opener::kPassphraseFd, std::move(passphrase));
  others.Put(wire::opener::kStateFd, std::move(state));
  return process::StartSealed("signpost-opener", wire::opener::kToOpener, wire::opener::kFromOpener,
                              std::move(others));
}

tl::unexpected<Error> RefusedBy(const wire::Frames& frames) {
  const auto refusal = policy::RefusalOf(frames.As<wire::opener::Refused>().refusal);
  if (!refusal) {
    return Fail(Code::kCorrupt, "refused for no reason that there is", "signpost-opener");
  }
  return Fail(Code::kRefused, "the opener refuses: " + std::string(policy::RefusalName(*refusal)),
              {}, std::string(policy::RefusalHint(*refusal)));
}

tl::unexpected<Error> NotDue() {
  return Fail(Code::kCorrupt, "sent another message than due", "signpost-opener");
}

Result<std::string> StateKeyFile(const home::Home& home) {
  return ReadFile(home.Path("keys/live/opener.key"), wire::opener::kKeyFileMax);
}

Result<std::string> AskForEpoch(const home::Home& home, Day from, Day deadline) {
  TRY_ASSIGN(const std::string state_key, StateKeyFile(home));
  TRY_ASSIGN(process::SealedProcess process, StartOpener(home, OwnedFd()));
  wire::opener::Start start{};
  start.job = wire::opener::Job::kMakeEpoch;
  start.epoch_from_day = from.days;
  start.epoch_deadline_day = deadline.days;
  Result<void> asked = process.control.SendOne(wire::opener::kStart, start);
  if (asked) asked = process.control.SendText(wire::opener::kKeyFile, state_key);
  if (!asked) return process::WhyItEnded(process, asked.error());
  Result<std::optional<wire::Frames>> made = process.control.Receive();
  if (!made) return process::WhyItEnded(process, made.error());
  if (!*made)
    return process::WhyItEnded(process, {Code::kInternal, "made no key", "signpost-opener", {}});
  if ((*made)->kind == wire::opener::kRefused) return RefusedBy(**made);
  if ((*made)->kind != wire::opener::kMadeKey) return NotDue();
  std::string key_file(AsText((*made)->bytes));
  TRY(process.control.Expect(wire::opener::kDone));
  TRY(process.child.Wait());
  return key_file;
}

Result<store::EpochRow> MakeEpoch(home::Home& home, Day from) {
  const Day deadline = policy::EpochDeadline(home.policy, from);
  TRY_ASSIGN(const std::string key_file, AskForEpoch(home, from, deadline));
  TRY_ASSIGN(const custody::KeyFileHeader header, custody::ReadKeyFileHeader(key_file));
  if (!header.epoch)
    return Fail(Code::kCorrupt, "sent a key of another purpose", "signpost-opener");
  store::EpochRow row;
  row.epoch = header.epoch->epoch;
  row.public_key = header.epoch->public_key;
  row.from = from;
  row.until = from + (home.policy.epochs.length_days - 1);
  row.deadline = deadline;
  TRY(WriteFileNew(home.EpochKeyPath(row.epoch), key_file));
  const ledger::EpochCreated created{row.epoch, Sha256(row.public_key), from, deadline};
  TRY(home.store->AddEpoch(row, store::NewEntry{home.Now(created), std::nullopt}));
  return row;
}

}  // namespace

Result<void> MakeOpenerState(const home::Home& home) {
  TRY_ASSIGN(const std::string state_key, StateKeyFile(home));
  const std::string path = home.Path("keys/live/opener.state");
  OwnedFd state(open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!state) return FailErrno("open", path);
  if (ftruncate(state.get(), static_cast<off_t>(wire::opener::kStateBytes)) != 0) {
    return FailErrno("ftruncate", path);
  }
  TRY_ASSIGN(process::SealedProcess process, StartOpener(home, std::move(state)));
  wire::opener::Start start{};
  start.job = wire::opener::Job::kMakeState;
  Result<void> asked = process.control.SendOne(wire::opener::kStart, start);
  if (asked) asked = process.control.SendText(wire::opener::kKeyFile, state_key);
  if (!asked) return process::WhyItEnded(process, asked.error());
  Result<std::optional<wire::Frames>> answer = process.control.Receive();
  if (!answer) return process::WhyItEnded(process, answer.error());
  if (!*answer)
    return process::WhyItEnded(process, {Code::kInternal, "made no state", "signpost-opener", {}});
  if ((*answer)->kind == wire::opener::kRefused) return RefusedBy(**answer);
  if ((*answer)->kind != wire::opener::kDone) return NotDue();
  TRY(process.child.Wait());
  return SyncFolder(home.Path("keys/live"));
}

Result<store::EpochRow> EnsureEpoch(home::Home& home) {
  const Day today = home.clock.Now().day();
  TRY_ASSIGN(const std::vector<store::EpochRow> epochs, home.store->LiveEpochs());
  const store::EpochRow* current = nullptr;
  bool next_is_made = false;
  for (const store::EpochRow& epoch : epochs) {
    if (epoch.from <= today && today <= epoch.until && current == nullptr) current = &epoch;
    if (epoch.from > today) next_is_made = true;
  }
  if (current == nullptr) return MakeEpoch(home, today);
  const store::EpochRow found = *current;
  if (found.until == today && !next_is_made) TRY(MakeEpoch(home, today + 1));
  return found;
}

Result<uint32_t> RemoveStrayEpochKeys(home::Home& home) {
  if (!home.files_lock) return 0;
  const std::string folder = home.Path("keys/live");
  TRY_ASSIGN(const std::vector<store::EpochRow> epochs, home.store->LiveEpochs());
  std::set<std::string> named;
  for (const store::EpochRow& epoch : epochs) named.insert(home.EpochKeyPath(epoch.epoch));
  std::error_code error;
  std::vector<std::string> strays;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename();
    if (name.starts_with("epoch-") && named.count(folder + "/" + name) == 0) {
      strays.push_back(folder + "/" + name);
    }
  }
  for (const std::string& path : strays) TRY(RemoveFile(path));
  return static_cast<uint32_t>(strays.size());
}

}  // namespace signpost::epoch
