#include <fmt/format.h>

#include "cli/signpost/open.h"
#include "cli/signpost/options.h"
#include "cli/signpost/print.h"
#include "crypto/base/file.h"
#include "crypto/custody/header/key_file_header.h"

namespace signpost::cli {

Result<void> RunKeysNewApprover(const Options& options) {
  TRY_ASSIGN(const note::NoteSigner signer, note::NoteSigner::Generate(options.name));
  TRY_ASSIGN(const memory::SecretBuffer text, signer.ExposeText(memory::ExposeSecret{}));
  const std::string vkey = signer.verifier().Text();
  TRY(WriteFileNew(options.out, AsText(text.Expose(memory::ExposeSecret{}))));
  TRY(WriteFileNew(options.out + ".pub", vkey + "\n", 0644));
  if (options.json) {
    Out(Json().Set("name", options.name).Set("public_key", vkey).Text() + "\n");
  } else {
    Out(vkey + "\n");
  }
  Say("The private key stays with " + options.name + "; " + options.out +
      ".pub goes into the policy.");
  return {};
}

Result<void> RunKeysList(const Options& options) {
  TRY_ASSIGN(home::Home home, Open(options));
  std::vector<Json> keys;
  std::string text;
  const auto add = [&](const std::string& kind, const std::string& name, const std::string& more) {
    keys.push_back(Json().Set("kind", kind).Set("name", name).Set("detail", more));
    text += fmt::format("{:<14} {:<34} {}\n", kind, name, more);
  };
  add("ledger", home.ledger_signer->verifier().Text(), "signs checkpoints");
  for (const policy::Planner& planner : home.policy.planners)
    add("planner", planner.name, planner.vkey);
  for (const policy::Approver& a : home.policy.approvers) {
    add("approver", a.name, a.vkey + (a.role.empty() ? "" : " (" + a.role + ")"));
  }
  for (const char* file : {"contact-token", "opt-out-token"}) {
    TRY_ASSIGN(const std::string key_file,
               ReadFile(home.Path("keys/" + std::string(file) + ".key"), 65536));
    TRY_ASSIGN(const custody::KeyFileHeader header, custody::ReadKeyFileHeader(key_file));
    add("token", file, fmt::format("generation {}, wrapped", header.generation));
  }
  TRY_ASSIGN(const std::vector<store::EpochRow> epochs, home.store->LiveEpochs());
  for (const store::EpochRow& epoch : epochs) {
    add("epoch", epoch.epoch.Hex(),
        fmt::format("seals {} to {}, destroyed by {}", epoch.from.Text(), epoch.until.Text(),
                    epoch.deadline.Text()));
  }
  Out(options.json ? Json().Set("keys", keys).Text() + "\n" : text);
  return {};
}

}  // namespace signpost::cli
