#include "core/signpost/home/home.h"

#include <gtest/gtest.h>

#include "tests/core/signpost/home/small_home.h"

namespace signpost::home {
namespace {

using test::SmallHome;

Code CodeOf(const Result<Home>& home) {
  EXPECT_FALSE(home.has_value());
  return home ? Code::kInternal : home.error().code;
}

TEST(Home, OpensWithItsPolicyInForce) {
  const SmallHome small;
  const Home home = small.Open().value();
  EXPECT_EQ(home.policy_text, small.policy);
  EXPECT_EQ(home.policy_hash, Sha256(small.policy));
  EXPECT_EQ(home.genesis_policy, home.policy_hash);
  EXPECT_EQ(home.policy.approvers.size(), 2u);
  EXPECT_EQ(home.site.mode, Mode::kRehearsal);
}

TEST(Home, FolderWithoutAHomeIsNotFound) {
  HomeOptions options;
  options.path = "/nowhere/signpost";
  const Result<Home> home = OpenHome(options);
  EXPECT_EQ(CodeOf(home), Code::kNotFound);
  EXPECT_FALSE(home.error().hint.empty());
}

TEST(Home, EditedPolicyIsRefused) {
  const SmallHome small;
  small.Write("policy.toml", small.policy + "# a line more\n");
  EXPECT_EQ(CodeOf(small.Open()), Code::kRefused);
  EXPECT_EQ(small.Read("policy.toml"), small.policy + "# a line more\n") << "not overwritten";
}

TEST(Home, EditedModeIsRefused) {
  const SmallHome small;
  std::string site = small.Read("signpost.toml");
  const size_t at = site.find("\"rehearsal\"");
  ASSERT_NE(at, std::string::npos);
  small.Write("signpost.toml", site.replace(at, 11, "\"live\""));
  EXPECT_EQ(CodeOf(small.Open()), Code::kRefused);
}

TEST(Home, AnotherLedgerKeyIsRefused) {
  const SmallHome small;
  const note::NoteSigner other = note::NoteSigner::Generate("test-ledger").value();
  const memory::SecretBuffer text = other.ExposeText(memory::ExposeSecret{}).value();
  small.Write("keys/ledger.key", AsText(text.Expose(memory::ExposeSecret{})));
  EXPECT_EQ(CodeOf(small.Open()), Code::kRefused);
  small.Write("keys/ledger.key", "not a key\n");
  EXPECT_EQ(CodeOf(small.Open()), Code::kCorrupt);
}

TEST(Home, MissingStoreIsNotMadeAnew) {
  const SmallHome small;
  std::filesystem::remove(small.path + "/store.db");
  EXPECT_FALSE(small.Open().has_value());
  EXPECT_FALSE(std::filesystem::exists(small.path + "/store.db"));
}

TEST(Home, AnotherTimeThanTheClocksIsForRehearsals) {
  const Instant noon = *Instant::Parse("2030-01-01T12:00:00Z");
  HomeOptions options;
  options.clock = Clock::StandingAt(noon);
  const SmallHome rehearsal;
  options.path = rehearsal.path;
  const Home home = OpenHome(options).value();
  EXPECT_EQ(home.clock.Now(), noon);
  const SmallHome live(Mode::kLive);
  options.path = live.path;
  EXPECT_EQ(CodeOf(OpenHome(options)), Code::kRefused);
}

TEST(Home, PassphraseIsADescriptorOrAnErrorThatNamesTheFile) {
  const SmallHome small;
  const Home home = small.Open().value();
  const OwnedFd fd = home.OpenPassphrase().value();
  char byte = 0;
  EXPECT_EQ(read(fd.get(), &byte, 1), 1);
  std::filesystem::remove(small.path + "/keys/passphrase");
  const Result<OwnedFd> missing = home.OpenPassphrase();
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().place, "keys/passphrase");
}

TEST(Home, SweepDoesNotWaitForTheStoreAsADispatchDoes) {
  HomeOptions sweep, dispatch;
  sweep.dispatches = sweep.moves_files = dispatch.dispatches = true;
  EXPECT_EQ(BusyMillis(dispatch), store::kDispatchBusyMillis);
  EXPECT_EQ(BusyMillis(sweep), store::kBusyMillis) << "it keeps imports out itself";
}

TEST(Home, CountedEventsCommitToTheirCounts) {
  const SmallHome small;
  const Home home = small.Open().value();
  const store::NewEntry note = home.Counted(ledger::ProtectedRecorded{}, {{"given", 3}});
  ASSERT_TRUE(note.opening.has_value());
  EXPECT_EQ(*ledger::CommitmentOf(note.event.body), ledger::Commit(*note.opening));
  EXPECT_EQ(note.event.by, "pat");
}

}  // namespace
}  // namespace signpost::home
