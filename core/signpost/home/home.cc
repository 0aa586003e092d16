#include "core/signpost/home/home.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "core/shared/signatures/signing_key.h"
#include "crypto/base/file.h"
#include "policy/policy_toml.h"

namespace signpost::home {

std::string Home::SealedPath(const FileId& file, seal::SealedKind kind) const {
  return Path("sealed/" + file.Hex() + (kind == seal::SealedKind::kIntake ? ".intake" : ".batch"));
}

std::string Home::EpochKeyPath(const EpochId& epoch) const {
  return Path("keys/live/epoch-" + epoch.Hex() + ".key");
}

Result<OwnedFd> Home::OpenPassphrase() const {
  const std::string& file = site.passphrase_file;
  Result<OwnedFd> fd = OpenRead(file.starts_with('/') ? file : Path(file));
  if (!fd) {
    return Fail(Code::kNotFound, "the passphrase file cannot be opened", file,
                "passphrase_file in signpost.toml says where it is");
  }
  return fd;
}

ledger::Event Home::Now(ledger::EventBody body) const {
  return ledger::Event{clock.Now(), by, std::move(body)};
}

namespace {

// Every counted event has a member `counts`; the others are left alone.
template <class T>
concept Counted = requires(T t) {
  t.counts = ledger::Commitment{};
};

}  // namespace

store::NewEntry Home::Counted(ledger::EventBody body, ledger::Counts counts) const {
  ledger::Opening opening = ledger::FreshOpening(std::move(counts));
  const ledger::Commitment commitment = ledger::Commit(opening);
  std::visit(
      [&](auto& event) {
        if constexpr (home::Counted<std::decay_t<decltype(event)>>) event.counts = commitment;
      },
      body);
  return store::NewEntry{Now(std::move(body)), std::move(opening)};
}

namespace {

Result<Digest> HashInForce(const std::vector<std::string>& entries, Digest& genesis) {
  Digest in_force{};
  for (size_t i = 0; i < entries.size(); ++i) {
    TRY_ASSIGN(const ledger::Event event, ledger::DecodeEvent(entries[i]));
    if (const auto* created = std::get_if<ledger::HomeCreated>(&event.body)) {
      genesis = in_force = created->policy;
    } else if (const auto* applied = std::get_if<ledger::PolicyApplied>(&event.body)) {
      in_force = applied->next;
    }
  }
  return in_force;
}

Result<void> CheckFirstEntry(const Home& home) {
  TRY_ASSIGN(const std::vector<std::string> entries, home.store->Entries());
  if (entries.empty()) return Fail(Code::kCorrupt, "the ledger is empty", home.Path("store.db"));
  TRY_ASSIGN(const ledger::Event first, ledger::DecodeEvent(entries.front()));
  const auto* created = std::get_if<ledger::HomeCreated>(&first.body);
  if (created == nullptr || created->mode != home.site.mode) {
    return Fail(Code::kRefused, "signpost.toml and the ledger disagree on live or rehearsal",
                home.Path("signpost.toml"), "a home keeps the mode it was made with");
  }
  if (created->ledger_vkey != home.ledger_signer->verifier().Text()) {
    return Fail(Code::kRefused, "is not the key that signs this home's ledger",
                home.Path("keys/ledger.key"), "restore it from a backup");
  }
  return {};
}

}  // namespace

Result<void> LoadPolicyInForce(Home& home) {
  TRY_ASSIGN(const std::vector<std::string> entries, home.store->Entries());
  TRY_ASSIGN(const Digest in_force, HashInForce(entries, home.genesis_policy));
  TRY_ASSIGN(home.policy_text, ReadFile(home.Path("policy.toml"), 1u << 20));
  if (Sha256(home.policy_text) != in_force) {
    // A crash between the ledger entry and the file: the text in force is in the store, too.
    TRY_ASSIGN(const std::optional<std::string> kept,
               home.store->FindDocument("policy", ToHex(in_force)));
    TRY_ASSIGN(const std::optional<std::string> known,
               home.store->FindDocument("policy", ToHex(Sha256(home.policy_text))));
    if (!kept || !known) {
      return Fail(Code::kRefused, "is not the policy that the ledger says is in force",
                  home.Path("policy.toml"),
                  "put the old text back and use: signpost policy apply FILE");
    }
    TRY(WriteFileAtomic(home.Path("policy.toml"), *kept));
    home.policy_text = *kept;
  }
  home.policy_hash = in_force;
  TRY_ASSIGN(home.policy, policy::ParsePolicy(home.policy_text, home.Path("policy.toml")));
  return {};
}

int BusyMillis(const HomeOptions& options) {
  return options.dispatches && !options.moves_files ? store::kDispatchBusyMillis
                                                    : store::kBusyMillis;
}

Result<Home> OpenHome(const HomeOptions& options) {
  Home home;
  home.path = options.path;
  home.by = options.by;
  Result<std::string> site = ReadFile(home.Path("signpost.toml"), 1u << 20);
  if (!site && site.error().code != Code::kNotFound) return tl::unexpected(site.error());
  if (!site) {
    return Fail(site.error().code, "there is no home here", options.path,
                "make one with: signpost --home DIR init, or name it with --home or SIGNPOST_HOME");
  }
  TRY_ASSIGN(home.site, SiteConfig::Parse(*site, home.Path("signpost.toml")));
  if (options.clock) {
    if (home.site.mode != Mode::kRehearsal) {
      return Fail(Code::kRefused, "a live home takes the time from its clock alone", {},
                  "--at works in a rehearsal home only");
    }
    home.clock = *options.clock;
  }
  if (options.dispatches) {
    TRY_ASSIGN(home.dispatch_lock, LockFile(home.Path("dispatch.lock"), "a dispatch or a sweep"));
  }
  if (options.moves_files) {
    TRY_ASSIGN(home.files_lock, LockFile(home.Path("lock"), "another command"));
  }
  Result<note::NoteSigner> ledger_signer = signatures::ReadSigningKey(home.Path("keys/ledger.key"));
  if (!ledger_signer) {  // nobody chose this file on a command line: it is the home that is broken
    Error error = std::move(ledger_signer).error();
    if (error.code == Code::kInput) error.code = Code::kCorrupt;
    return tl::unexpected(std::move(error));
  }
  home.ledger_signer = std::make_unique<note::NoteSigner>(*std::move(ledger_signer));
  TRY_ASSIGN(home.store, store::OpenSqliteStore(home.Path("store.db"), *home.ledger_signer, false,
                                                BusyMillis(options)));
  TRY(CheckFirstEntry(home));
  TRY(LoadPolicyInForce(home));
  return home;
}

}  // namespace signpost::home
