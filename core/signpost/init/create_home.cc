#include "core/signpost/init/create_home.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "core/shared/signatures/signatures.h"
#include "core/shared/wire/sealer_boundary.h"
#include "core/signpost/epoch/epoch.h"
#include "core/signpost/hours/hours.h"
#include "core/signpost/init/abandoned.h"
#include "core/signpost/process/sealed.h"
#include "crypto/base/file.h"
#include "crypto/custody/header/key_file_header.h"
#include "policy/policy_toml.h"

namespace signpost::init {
namespace {

namespace fs = std::filesystem;

Result<void> MakeFolder(const std::string& path) {
  if (mkdir(path.c_str(), 0700) != 0) return FailErrno("mkdir", path);
  return {};
}

Result<void> MustBeFree(const std::string& path) {
  std::error_code error;
  if (!fs::exists(path, error)) return {};
  if (fs::is_directory(path, error) && fs::is_empty(path, error)) return {};
  return Fail(Code::kRefused, "there is something here already", path,
              "choose a folder that does not exist");
}

std::string RandomHex(size_t bytes) {
  Bytes random(bytes);
  RandomBytes(random);
  return ToHex(random);
}

Result<void> WriteSigner(const note::NoteSigner& signer, const std::string& path) {
  TRY_ASSIGN(const memory::SecretBuffer text, signer.ExposeText(memory::ExposeSecret{}));
  return WriteFileNew(path, AsText(text.Expose(memory::ExposeSecret{})));
}

// Asks signpost-sealer for the root and its purpose keys, wrapped.
class KeyMaking {
 public:
  static Result<std::vector<std::string>> Run(const home::Home& home,
                                              const custody::TrustRoot& trust, KeyCost cost) {
    TRY_ASSIGN(OwnedFd passphrase, home.OpenPassphrase());
    process::ChildFds others;  // no numbers
    others.Put(wire::sealer::kPassphraseFd, std::move(passphrase));
    TRY_ASSIGN(process::SealedProcess sealer,
               process::StartSealed("signpost-sealer", wire::sealer::kToSealer,
                                    wire::sealer::kFromSealer, std::move(others)));
    Result<std::vector<std::string>> keys = Ask(sealer.control, trust, cost);
    if (!keys) return process::WhyItEnded(sealer, keys.error());
    TRY(sealer.child.Wait());
    return keys;
  }

 private:
  static Result<std::vector<std::string>> Ask(wire::Channel& control,
                                              const custody::TrustRoot& trust, KeyCost cost) {
    wire::sealer::Start start{};
    start.job = wire::sealer::Job::kMakeKeys;
    start.kdf_cost = cost;
    TRY(control.SendOne(wire::sealer::kStart, start));
    custody::KeyFileHeader header;
    header.trust = trust;
    TRY(control.SendText(wire::sealer::kTrust, custody::EncodeKeyFileHeader(header)));
    std::vector<std::string> keys;
    for (;;) {
      TRY_ASSIGN(const std::optional<wire::Frames> frames, control.Receive());
      if (!frames) return Fail(Code::kInternal, "made no keys", "signpost-sealer");
      if (frames->kind == wire::sealer::kEnd) return keys;
      if (frames->kind != wire::sealer::kMadeKey) {
        return Fail(Code::kInternal, "could not make the keys", "signpost-sealer",
                    "is the passphrase file empty, or the locked memory limit too small?");
      }
      keys.emplace_back(AsText(frames->bytes));
    }
  }
};

Result<void> WriteKeys(const home::Home& home, const std::vector<std::string>& keys) {
  for (const std::string& key : keys) {
    TRY_ASSIGN(const custody::KeyFileHeader header, custody::ReadKeyFileHeader(key));
    std::string path;
    switch (header.purpose) {
      case custody::KeyPurpose::kRoot:
        path = "keys/root.key";
        break;
      case custody::KeyPurpose::kContactToken:
        path = "keys/contact-token.key";
        break;
      case custody::KeyPurpose::kOptOutToken:
        path = "keys/opt-out-token.key";
        break;
      case custody::KeyPurpose::kOpenerState:
        path = "keys/live/opener.key";
        break;
      case custody::KeyPurpose::kEpoch:
        return Fail(Code::kCorrupt, "made a key of another purpose");
    }
    TRY(WriteFileNew(home.Path(path), key));
  }
  if (keys.size() != 4) return Fail(Code::kInternal, "made too few keys", "signpost-sealer");
  return {};
}

Result<void> CheckRequest(const NewHome& request) {
  if (request.mode == Mode::kLive) {
    if (request.clock.shift_seconds() != 0) {
      return Fail(Code::kRefused, "a live home takes the time from its clock alone", {},
                  "--at works in a rehearsal home only");
    }
    if (request.cost == KeyCost::kMinimal) {
      return Fail(Code::kRefused, "a live home needs a costly key derivation", {},
                  "use --key-cost moderate or sensitive");
    }
    if (request.passphrase_file.empty()) {
      return Fail(Code::kUsage, "a live home needs a passphrase", {},
                  "put a long one into a file that only its users can read, and name it with "
                  "--passphrase-file");
    }
  }
  return MustBeFree(request.path);
}

Result<void> WriteSite(home::Home& home, const NewHome& request) {
  home.site.passphrase_file = request.passphrase_file;
  if (request.passphrase_file.empty()) {
    home.site.passphrase_file = "keys/rehearsal-passphrase";
    TRY(WriteFileNew(home.Path(home.site.passphrase_file), RandomHex(20) + "\n"));
  } else if (!request.passphrase_file.starts_with('/')) {
    home.site.passphrase_file = fs::absolute(request.passphrase_file).string();
  }
  home.site.gateways = request.gateways;
  if (request.gateways.empty() && request.mode == Mode::kRehearsal) {
    home::GatewayConfig gateway;
    gateway.name = "rehearsal";
    gateway.host = "127.0.0.1";
    gateway.port = request.rehearsal_gateway_port != 0 ? request.rehearsal_gateway_port : 2775;
    gateway.sender = "SIGNPOST";
    gateway.credentials_file = "keys/rehearsal-gateway";
    gateway.receipt_wait_seconds = 2;
    TRY(WriteFileNew(home.Path(gateway.credentials_file), "rehearsal\npractice\n"));
    home.site.gateways.push_back(gateway);
  }
  if (!home.site.gateways.empty()) home.site.default_gateway = home.site.gateways.front().name;
  return WriteFileNew(home.Path("signpost.toml"), home.site.Encode());
}

// Fills `home` (whose path is the temporary folder, and there) up to the first epoch.
Result<CreatedHome> Build(home::Home& home, const NewHome& request) {
  for (const char* folder : {"/keys", "/keys/live", "/sealed"}) {
    TRY(MakeFolder(home.path + folder));
  }
  home.site.mode = request.mode;
  home.site.origin = "signpost-" + RandomHex(4);
  home.site.operator_name = request.planner;
  TRY_ASSIGN(note::NoteSigner ledger, note::NoteSigner::Generate(home.site.origin));
  TRY_ASSIGN(const note::NoteSigner planner, note::NoteSigner::Generate(request.planner));
  TRY(WriteSigner(ledger, home.Path("keys/ledger.key")));
  TRY(WriteSigner(planner, home.Path("keys/planner.key")));
  home.policy_text = policy::AppendPeople(request.policy_text, request.approvers,
                                          {{request.planner, planner.verifier().Text()}});
  TRY_ASSIGN(home.policy, policy::ParsePolicy(home.policy_text, "policy.toml"));
  TRY(signatures::CheckPeople(home.policy));
  TRY(hours::CheckZone(home.policy.sending.zone));
  home.policy_hash = home.genesis_policy = Sha256(home.policy_text);
  TRY(WriteFileNew(home.Path("policy.toml"), home.policy_text));
  TRY(WriteSite(home, request));

  custody::TrustRoot trust;
  trust.mode = request.mode;
  trust.genesis_policy = home.genesis_policy;
  trust.ledger_vkey = ledger.verifier().Text();
  TRY_ASSIGN(const std::vector<std::string> keys, KeyMaking::Run(home, trust, request.cost));
  TRY(WriteKeys(home, keys));

  CreatedHome created{home.site.origin, trust.ledger_vkey, planner.verifier().Text(),
                      home.genesis_policy};
  home.ledger_signer = std::make_unique<note::NoteSigner>(std::move(ledger));
  TRY_ASSIGN(home.store, store::OpenSqliteStore(home.Path("store.db"), *home.ledger_signer, true));
  const ledger::HomeCreated first{request.mode, home.genesis_policy, trust.ledger_vkey,
                                  "signpost 0.1.0"};
  const store::NewEntry note{home.Now(first), std::nullopt};
  const store::Document policy{"policy", ToHex(home.genesis_policy), home.policy_text};
  TRY(home.store->Append(std::span(&note, 1), std::span(&policy, 1)));
  TRY(epoch::MakeOpenerState(home));
  TRY(epoch::EnsureEpoch(home));
  return created;
}

}  // namespace

Result<CreatedHome> CreateHome(const NewHome& request) {
  TRY(CheckRequest(request));
  RemoveAbandoned(request.path);
  home::Home home;
  home.path = FreshBuildFolder(request.path);
  home.by = request.by;
  home.clock = request.clock;
  TRY(MakeFolder(home.path));
  std::error_code ignored;
  Result<OwnedFd> lock = LockBuildFolder(home.path);
  if (!lock) {
    fs::remove_all(home.path, ignored);
    return tl::unexpected(lock.error());
  }
  Result<CreatedHome> created = Build(home, request);
  home.store.reset();
  if (created) {  // folders made after the last file was: durable before the home has its name
    if (Result<void> synced = SyncFolder(home.path); !synced)
      created = tl::unexpected(synced.error());
  }
  if (!created) {
    fs::remove_all(home.path, ignored);
    return created;
  }
  if (rename(home.path.c_str(), request.path.c_str()) != 0) {
    auto error = FailErrno("rename", request.path);
    fs::remove_all(home.path, ignored);
    return error;
  }
  TRY(SyncFolder(DirName(request.path)));
  return created;
}

}  // namespace signpost::init
