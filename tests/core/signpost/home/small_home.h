// A home on disk with a policy, its people and a ledger of one entry; no wrapped keys, no numbers.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "core/signpost/home/home.h"
#include "crypto/base/file.h"
#include "policy/policy_toml.h"

namespace signpost::test {

struct SmallHome {
  static constexpr Instant kMade{1795428000};  // 2026-11-23T10:00:00Z

  explicit SmallHome(Mode mode = Mode::kRehearsal) {
    std::string folder = (std::filesystem::temp_directory_path() / "signpost-home-XXXXXX").string();
    path = mkdtemp(folder.data());
    std::filesystem::create_directory(path + "/keys");
    home::SiteConfig site;
    site.mode = mode;
    site.origin = "test-ledger";
    site.operator_name = "pat";
    site.passphrase_file = "keys/passphrase";
    Write("signpost.toml", site.Encode());
    Write("keys/passphrase", "correct horse\n");
    Write("keys/ledger.key",
          std::string(AsText(
              ledger.ExposeText(memory::ExposeSecret{}).value().Expose(memory::ExposeSecret{}))));
    policy = policy::AppendPeople(
        "name = \"test\"\n[approvals]\nneeded = 2\n",
        {{"ann", "", ann.verifier().Text()}, {"bob", "", bob.verifier().Text()}},
        {{"pat", pat.verifier().Text()}});
    Write("policy.toml", policy);
    const auto store = store::OpenSqliteStore(path + "/store.db", ledger, true).value();
    const ledger::HomeCreated created{mode, Sha256(policy), ledger.verifier().Text(), "test"};
    const store::NewEntry note{ledger::Event{kMade, "pat", created}, std::nullopt};
    const store::Document document{"policy", ToHex(Sha256(policy)), policy};
    EXPECT_TRUE(store->Append(std::span(&note, 1), std::span(&document, 1)).has_value());
  }
  ~SmallHome() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  SmallHome(const SmallHome&) = delete;

  void Write(const std::string& file, std::string_view content) const {
    EXPECT_TRUE(WriteFileAtomic(path + "/" + file, content).has_value());
  }
  std::string Read(const std::string& file) const { return ReadFile(path + "/" + file).value(); }
  Result<home::Home> Open() const {
    home::HomeOptions options;
    options.path = path;
    options.by = "pat";
    return home::OpenHome(options);
  }

  std::string path;
  std::string policy;
  note::NoteSigner ledger = note::NoteSigner::Generate("test-ledger").value();
  note::NoteSigner pat = note::NoteSigner::Generate("pat").value();
  note::NoteSigner ann = note::NoteSigner::Generate("ann").value();
  note::NoteSigner bob = note::NoteSigner::Generate("bob").value();
};

}  // namespace signpost::test
