// A home on disk with a policy, its people and a ledger of one entry; no wrapped keys, no numbers.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "core/signpost/home/home.h"
#include "crypto/base/file.h"
#include "policy/policy_toml.h"

namespace signpost::testing {

struct SmallHome {
  explicit SmallHome(Mode mode = Mode::kRehearsal) {
    std::string folder = (std::filesystem::temp_directory_path() / "signpost-home-XXXXXX").string();
    path = mkdtemp(folder.data());
    std::filesystem::create_directory(path + "/keys");
    SiteConfig site;
    site.mode = mode;
    site.origin = "test-ledger";
    site.operator_name = "pat";
    site.passphrase_file = "keys/passphrase";
    Write("signpost.toml", site.Encode());
    Write("keys/passphrase", "correct horse\n");
    Write("keys/ledger.key",
          std::string(AsText(ledger.ExposeText(ExposeSecret{}).value().Expose(ExposeSecret{}))));
    policy = AppendPeople("name = \"test\"\n[approvals]\nneeded = 2\n",
                          {{"ann", "", ann.verifier().Text()}, {"bob", "", bob.verifier().Text()}},
                          {{"pat", pat.verifier().Text()}});
    Write("policy.toml", policy);
    const auto store = OpenSqliteStore(path + "/store.db", ledger, true).value();
    const HomeCreated created{mode, Sha256(policy), ledger.verifier().Text(), "test"};
    const LedgerNote note{Event{Clock().Now(), "pat", created}, std::nullopt};
    const Document document{"policy", ToHex(Sha256(policy)), policy};
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
  Result<Home> Open() const {
    HomeOptions options;
    options.path = path;
    options.by = "pat";
    return OpenHome(options);
  }

  std::string path;
  std::string policy;
  NoteSigner ledger = NoteSigner::Generate("test-ledger").value();
  NoteSigner pat = NoteSigner::Generate("pat").value();
  NoteSigner ann = NoteSigner::Generate("ann").value();
  NoteSigner bob = NoteSigner::Generate("bob").value();
};

}  // namespace signpost::testing
