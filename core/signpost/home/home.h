// Opens a home, the folder of one site. Composes what every command needs.
//
//   HOME/signpost.toml   this site: mode, operator, custody, gateways
//   HOME/policy.toml     the policy in force
//   HOME/store.db        tokens, counts, ledger
//   HOME/optouts.log     append-only opt-out tokens
//   HOME/keys/           contact-token.key opt-out-token.key root.key (wrapped), ledger.key planner.key
//   HOME/keys/live/      epoch-<hex>.key and opener.key, opener.state: backups leave this folder out
//   HOME/sealed/         <file id>.intake, <file id>.batch
//
// Never reads a passphrase or a secret token key; the ledger's signing key is `signpost`'s own.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/signpost/store/store.h"
#include "crypto/base/fd.h"
#include "crypto/base/mode.h"
#include "crypto/base/result.h"
#include "crypto/base/time.h"
#include "crypto/note/note.h"
#include "policy/manifest.h"
#include "policy/policy.h"

namespace signpost::home {

struct GatewayConfig {  // signpost.toml [gateway.<name>]
  std::string name;
  GatewayKind kind = GatewayKind::kSmpp;
  std::string host;
  uint16_t port = 0;
  std::string sender;            // source address: up to 11 GSM characters, or digits
  std::string credentials_file;  // smpp: two lines, system id, password; relative to the home
  std::string tls_name;          // whom its certificate must name; empty: no TLS
  std::string tls_pin;           // SHA-256 of its public key, 64 hex; empty: none
  uint32_t window = 10;          // of each bind
  uint32_t binds = 1;  // sessions at a time, each in a sender of its own; the pace is shared
  uint32_t response_timeout_seconds = 60;
  uint32_t enquire_link_seconds = 30;
  uint32_t receipt_wait_seconds = 5;
  bool receipts = true;
  struct Address {
    std::string host;
    uint16_t port = 0;
    friend bool operator==(const Address&, const Address&) = default;
  };
  std::vector<Address> hosts;   // besides host and port, for when they fail; in order
  policy::SmppProfile profile;  // smpp; of policy/manifest.h, into which it is copied
};

inline constexpr std::string_view kDefaultCaFile = "/etc/ssl/certs/ca-certificates.crt";

struct SiteConfig {
  Mode mode = Mode::kLive;
  std::string origin;           // the ledger's origin and key name, e.g. "signpost-1f2e3d4c"
  std::string operator_name;    // who plans: the planner key's name
  std::string passphrase_file;  // relative to the home, or absolute
  std::string ca_file{kDefaultCaFile};  // PEM: who may vouch for a gateway; as passphrase_file
  std::string default_gateway;
  std::vector<GatewayConfig> gateways;
  const GatewayConfig* FindGateway(std::string_view name) const;  // null: there is none
  static Result<SiteConfig> Parse(std::string_view toml, const std::string& name);
  std::string Encode() const;
};

struct Home {
  std::string path;
  SiteConfig site;
  Clock clock;
  std::string by;         // who runs this command: the login name, or --by
  policy::Policy policy;  // in force
  std::string policy_text;
  Digest policy_hash{};
  Digest genesis_policy{};
  std::unique_ptr<note::NoteSigner> ledger_signer;
  std::unique_ptr<store::Store> store;
  OwnedFd files_lock;     // HOME/lock: held by commands that move sealed files
  OwnedFd dispatch_lock;  // HOME/dispatch.lock: held by dispatch, cancel and sweep

  std::string Path(std::string_view inside) const { return path + "/" + std::string(inside); }
  std::string SealedPath(const FileId& file, seal::SealedKind kind) const;
  std::string EpochKeyPath(const EpochId& epoch) const;
  Result<OwnedFd> OpenPassphrase() const;           // a descriptor for a key-holding process
  ledger::Event Now(ledger::EventBody body) const;  // stamped with the clock and `by`
  store::NewEntry Counted(ledger::EventBody body,
                          ledger::Counts counts) const;  // sets the body's commitment, too
};

struct HomeOptions {
  std::string path;
  std::optional<Clock> clock;  // else the system's own; any is refused on a live home
  std::string by;
  bool moves_files = false;  // takes HOME/lock: waits kLockWaitMs for others, then kStorage
  bool dispatches = false;   // takes HOME/dispatch.lock, likewise
};
// How long a command waits for the store while others write to it. A dispatch waits for a whole
// import, which must not end its run; who moves files has kept imports out.
int BusyMillis(const HomeOptions& options);

// Opens and checks that policy.toml is the policy the ledger says is in force. Commands call
// OpenAndRecover (core/signpost/recovery), which also repairs what a crash left.
Result<Home> OpenHome(const HomeOptions& options);

constexpr int64_t kLockWaitMs = 10'000;
// Waits for an exclusive lock on a file that it creates; kStorage when somebody keeps it for
// longer. The lock goes with the descriptor.
Result<OwnedFd> LockFile(const std::string& path, const std::string& who_holds_it,
                         int64_t wait_ms = kLockWaitMs);

// Rereads policy.toml's place in the ledger: after a policy change in the same run.
Result<void> LoadPolicyInForce(Home& home);

}  // namespace signpost::home
