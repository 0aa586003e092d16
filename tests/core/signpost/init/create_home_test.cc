#include "core/signpost/init/create_home.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <set>

#include "core/signpost/epoch/epoch.h"
#include "core/signpost/init/abandoned.h"
#include "crypto/base/file.h"
#include "crypto/custody/header/key_file_header.h"

namespace signpost::init {
namespace {

namespace fs = std::filesystem;

class CreateHomeTest : public ::testing::Test {
 protected:
  CreateHomeTest() {
    std::string folder = (fs::temp_directory_path() / "signpost-init-XXXXXX").string();
    folder_ = mkdtemp(folder.data());
    request_.path = folder_ + "/home";
    request_.mode = Mode::kRehearsal;
    request_.policy_text = "name = \"test\"\n[approvals]\nneeded = 2\n";
    for (const char* name : {"ann", "bob"}) {
      request_.approvers.push_back(
          {name, "", note::NoteSigner::Generate(name).value().verifier().Text()});
    }
    request_.planner = "pat";
    request_.cost = KeyCost::kMinimal;
    request_.by = "pat";
    request_.clock = Clock::StandingAt(kNow);
  }
  ~CreateHomeTest() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  Result<home::Home> Open(Instant at = kNow) {
    home::HomeOptions options;
    options.path = request_.path;
    options.by = "pat";
    options.clock = Clock::StandingAt(at);
    return home::OpenHome(options);
  }
  void ExpectNothingThere() { EXPECT_TRUE(fs::is_empty(folder_)) << "half a home was left behind"; }
  Code CodeOf(const Result<CreatedHome>& created) {
    EXPECT_FALSE(created.has_value());
    return created ? Code::kInternal : created.error().code;
  }

  static constexpr Instant kNow{1795428000};  // 2026-11-23T10:00:00Z
  std::string folder_;
  NewHome request_;
};

TEST_F(CreateHomeTest, RehearsalHomeIsWhole) {
  const auto created = CreateHome(request_);
  ASSERT_TRUE(created.has_value()) << created.error().message;
  home::Home home = Open().value();
  EXPECT_EQ(home.policy_hash, created->policy_hash);
  std::set<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(request_.path)) {
    if (entry.is_regular_file()) files.insert(fs::relative(entry.path(), request_.path));
    struct stat s {};
    ASSERT_EQ(stat(entry.path().c_str(), &s), 0);
    EXPECT_EQ(s.st_mode & 0077, 0u) << entry.path() << " is open to others";
  }
  for (const char* file :
       {"signpost.toml", "policy.toml", "store.db", "keys/root.key", "keys/contact-token.key",
        "keys/opt-out-token.key", "keys/ledger.key", "keys/planner.key", "keys/live/opener.key",
        "keys/live/opener.state", "keys/rehearsal-passphrase"}) {
    EXPECT_EQ(files.count(file), 1u) << file;
  }
  const auto epochs = home.store->LiveEpochs().value();
  ASSERT_EQ(epochs.size(), 1u);
  const custody::KeyFileHeader header =
      custody::ReadKeyFileHeader(ReadFile(home.EpochKeyPath(epochs[0].epoch)).value()).value();
  EXPECT_EQ(header.trust.mode, Mode::kRehearsal);
  EXPECT_EQ(header.trust.genesis_policy, created->policy_hash);
  EXPECT_EQ(header.trust.ledger_vkey, created->ledger_vkey);
  EXPECT_EQ(header.epoch->deadline, epochs[0].deadline);
}

TEST_F(CreateHomeTest, EveryKeyIsWrappedUnderOneTrustRoot) {
  ASSERT_TRUE(CreateHome(request_).has_value());
  std::set<custody::KeyPurpose> purposes;
  std::optional<custody::TrustRoot> trust;
  for (const char* file : {"keys/root.key", "keys/contact-token.key", "keys/opt-out-token.key",
                           "keys/live/opener.key"}) {
    const custody::KeyFileHeader header =
        custody::ReadKeyFileHeader(ReadFile(request_.path + "/" + file).value()).value();
    purposes.insert(header.purpose);
    if (trust) {
      EXPECT_EQ(header.trust, *trust);
    }
    trust = header.trust;
  }
  EXPECT_EQ(purposes.size(), 4u);
}

TEST_F(CreateHomeTest, TheNextEpochIsMadeAheadOnTheLastDay) {
  ASSERT_TRUE(CreateHome(request_).has_value());
  const store::EpochRow first = Open().value().store->LiveEpochs().value().at(0);
  {
    home::Home home = Open(Instant::StartOf(first.until) + 3600).value();
    EXPECT_EQ(epoch::EnsureEpoch(home).value().epoch, first.epoch);
    const auto epochs = home.store->LiveEpochs().value();
    ASSERT_EQ(epochs.size(), 2u);
    EXPECT_EQ(epoch::EnsureEpoch(home).value().epoch, first.epoch);
    EXPECT_EQ(home.store->LiveEpochs().value().size(), 2u) << "once";
  }
  home::Home home = Open(Instant::StartOf(first.until + 1) + 3600).value();
  const store::EpochRow next = epoch::EnsureEpoch(home).value();
  EXPECT_NE(next.epoch, first.epoch);
  EXPECT_EQ(next.from, first.until + 1);
  EXPECT_GT(next.deadline, next.until);
}

TEST_F(CreateHomeTest, WhatIsThereIsNotTouched) {
  fs::create_directory(request_.path);
  ASSERT_TRUE(WriteFileNew(request_.path + "/mine", "x").has_value());
  EXPECT_EQ(CodeOf(CreateHome(request_)), Code::kRefused);
  EXPECT_EQ(ReadFile(request_.path + "/mine").value(), "x");
}

TEST_F(CreateHomeTest, SecondHomeInOnePlaceIsRefused) {
  ASSERT_TRUE(CreateHome(request_).has_value());
  EXPECT_EQ(CodeOf(CreateHome(request_)), Code::kRefused);
  EXPECT_TRUE(Open().has_value());
}

TEST_F(CreateHomeTest, PolicyThatDoesNotParseLeavesNothing) {
  request_.policy_text = "name = 7\n";
  EXPECT_EQ(CodeOf(CreateHome(request_)), Code::kInput);
  ExpectNothingThere();
}

TEST_F(CreateHomeTest, PolicyWithAZoneThatNobodyKnowsLeavesNothing) {
  request_.policy_text = "name = \"test\"\n[sending]\nzone = \"Mars/X\"\n";
  EXPECT_EQ(CodeOf(CreateHome(request_)), Code::kInput);
  ExpectNothingThere();
}

TEST_F(CreateHomeTest, ApproverWhoCouldNotSignLeavesNothing) {
  std::string& vkey = request_.approvers[0].vkey;
  vkey[4] = vkey[4] == '0' ? '1' : '0';
  EXPECT_EQ(CodeOf(CreateHome(request_)), Code::kInput);
  ExpectNothingThere();
}

TEST_F(CreateHomeTest, EmptyPassphraseLeavesNothing) {
  const std::string file = folder_ + "/passphrase";
  ASSERT_TRUE(WriteFileNew(file, "\n").has_value());
  request_.passphrase_file = file;
  EXPECT_FALSE(CreateHome(request_).has_value());
  fs::remove(file);
  ExpectNothingThere();
}

TEST_F(CreateHomeTest, WhatAKilledInitLeftIsRemovedByTheNext) {
  const std::string left = FreshBuildFolder(request_.path);
  fs::create_directories(left + "/keys");
  ASSERT_TRUE(WriteFileNew(left + "/keys/ledger.key", "x").has_value());
  ASSERT_TRUE(CreateHome(request_).has_value());
  EXPECT_FALSE(fs::exists(left)) << "signing keys were left behind";
}

TEST_F(CreateHomeTest, AnInitAtWorkAndWhatOnlyLooksLikeOneStay) {
  const std::string busy = FreshBuildFolder(request_.path);
  const std::string file = FreshBuildFolder(request_.path);
  const std::string link = FreshBuildFolder(request_.path);
  const std::string mine = request_.path + ".new-plans";
  for (const std::string& folder : {busy, mine}) fs::create_directory(folder);
  fs::create_directory_symlink(mine, link);
  ASSERT_TRUE(WriteFileNew(file, "x").has_value());
  const OwnedFd lock = LockBuildFolder(busy).value();
  ASSERT_TRUE(CreateHome(request_).has_value());
  for (const std::string& path : {busy, file, link, mine}) EXPECT_TRUE(fs::exists(path)) << path;
  EXPECT_EQ(LockBuildFolder(busy).error().code, Code::kRefused);
}

TEST_F(CreateHomeTest, LiveHomeIsNotMadeCheaply) {
  request_.mode = Mode::kLive;
  request_.clock = Clock();
  request_.passphrase_file = folder_ + "/passphrase";
  EXPECT_EQ(CodeOf(CreateHome(request_)), Code::kRefused) << "minimal cost";
  request_.cost = KeyCost::kModerate;
  request_.clock = Clock::Shifted(60);
  EXPECT_EQ(CodeOf(CreateHome(request_)), Code::kRefused) << "a moved clock";
  request_.clock = Clock();
  request_.passphrase_file.clear();
  EXPECT_EQ(CodeOf(CreateHome(request_)), Code::kUsage) << "no passphrase";
  ExpectNothingThere();
}

}  // namespace
}  // namespace signpost::init
