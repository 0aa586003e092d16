#include "core/signpost/optout/optout_log.h"

#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/signpost/optout/optout.h"
#include "tests/core/signpost/ingest/test_home.h"

namespace {

// What was fsync'ed, in order: this program's own fsync stands before libc's.
std::vector<ino_t> synced;

ino_t InodeOf(const std::string& path) {
  struct stat facts {};
  return stat(path.c_str(), &facts) == 0 ? facts.st_ino : 0;
}

}  // namespace

extern "C" int fsync(int fd) {
  struct stat facts {};
  if (fstat(fd, &facts) == 0) synced.push_back(facts.st_ino);
  return static_cast<int>(syscall(SYS_fsync, fd));
}

namespace signpost::test {
namespace {

using Check = optout::OptOutLog::Check;

class OptOutLogTest : public TestHome {
 protected:
  std::string Path() const { return home_.Path("optouts.log"); }
  std::string Text() const { return ReadFile(Path()).value(); }
  void SetText(const std::string& text) {
    std::ofstream(Path(), std::ios::binary | std::ios::trunc) << text;
  }
  void Reply(int person) {
    const token::OptOutToken token = OptOutOf(person);
    ASSERT_TRUE(optout::RecordReplyOptOuts(home_, std::span(&token, 1)).has_value());
  }
  // An append whose process died before the store was told.
  void AppendOnly(int person) {
    optout::OptOutLog log = optout::OptOutLog::Open(Path(), *home_.store, Check::kTail).value();
    const token::OptOutToken token = OptOutOf(person);
    ASSERT_TRUE(log.Append(std::span(&token, 1), Today()).has_value());
  }
  uint64_t Recorded() { return home_.store->Count().value().opt_outs; }
  void ExpectRefused() {
    const auto replayed = optout::ReplayOptOutLog(home_);
    ASSERT_FALSE(replayed.has_value());
    EXPECT_EQ(replayed.error().code, Code::kCorrupt);
    EXPECT_NE(replayed.error().hint.find("restore"), std::string::npos);
  }
};

TEST_F(OptOutLogTest, WorkedExampleOfTheFormatHolds) {
  const std::string seed = std::string(62, '0') + "01";
  std::string token_1, token_2, nonce_1, nonce_2;
  for (int i = 0; i < 32; ++i) token_1 += "11", token_2 += "22";
  for (int i = 0; i < 16; ++i) nonce_1 += "a0", nonce_2 += "b0";
  SetText("signpost-optouts/v1 " + seed + "\n1 2026-11-23 " + token_1 + " " + nonce_1 +
          "\n1 2026-11-24 " + token_2 + " " + nonce_2 + "\n");
  const optout::OptOutLog log =
      optout::OptOutLog::Open(Path(), *home_.store, Check::kWhole).value();
  EXPECT_EQ(log.bytes(), 307U);
  EXPECT_EQ(ToHex(log.hash()), "56f70d4c5c8c43c3f5b29fb3d20015d75eca54a31dec7f5f630a3828850faaa2");
  ASSERT_EQ(log.behind().size(), 2U);
  EXPECT_EQ(ToHex(log.behind()[1].token.bytes), token_2);
  EXPECT_EQ(log.behind()[1].day.Text(), "2026-11-24");
}

TEST_F(OptOutLogTest, AnOptOutIsInLogStoreAndLedgerWhenItReturns) {
  Reply(1);
  EXPECT_NE(Text().find(ToHex(OptOutOf(1).bytes)), std::string::npos);
  EXPECT_EQ(Recorded(), 1U);
  const std::vector<ledger::Event> events = Ledger();
  const auto* recorded = std::get_if<ledger::OptOutsRecorded>(&events.back().body);
  ASSERT_NE(recorded, nullptr);
  EXPECT_EQ(recorded->source, "reply");
  const optout::OptOutLog log =
      optout::OptOutLog::Open(Path(), *home_.store, Check::kWhole).value();
  EXPECT_EQ(recorded->log_hash, log.hash());
  EXPECT_TRUE(log.behind().empty());
}

TEST_F(OptOutLogTest, ACrashBetweenLogAndStoreLosesNoOptOut) {
  Reply(1);
  AppendOnly(2);
  EXPECT_EQ(Recorded(), 1U);
  Reopen();
  EXPECT_EQ(optout::ReplayOptOutLog(home_).value(), 1U);
  EXPECT_EQ(Recorded(), 2U);
  EXPECT_EQ(optout::ReplayOptOutLog(home_).value(), 0U);
}

TEST_F(OptOutLogTest, TheNextOptOutCarriesOverWhatACrashLeft) {
  AppendOnly(2);
  Reply(3);
  EXPECT_EQ(Recorded(), 2U);
  EXPECT_EQ(optout::ReplayOptOutLog(home_).value(), 0U);
}

// Where that process died before its own fsync, a power cut would take the line back from under the
// store.
TEST_F(OptOutLogTest, ALineThatSomebodyElseWroteIsDurableBeforeTheStoreKnowsIt) {
  AppendOnly(1);
  synced.clear();
  ASSERT_TRUE(optout::ReplayOptOutLog(home_).has_value());
  EXPECT_EQ(Recorded(), 1U);
  ASSERT_GE(synced.size(), 2U);
  EXPECT_EQ(synced[0], InodeOf(Path()));
  EXPECT_EQ(synced[1], InodeOf(home_.path)) << "the folder: nobody knows whether its maker did";
  AppendOnly(2);
  synced.clear();
  ASSERT_TRUE(optout::ReplayOptOutLog(home_).has_value());
  ASSERT_FALSE(synced.empty());
  EXPECT_EQ(synced[0], InodeOf(Path()));
  synced.clear();
  ASSERT_TRUE(optout::ReplayOptOutLog(home_).has_value());
  EXPECT_TRUE(synced.empty()) << "nothing is behind: an opened home costs no disk";
}

TEST_F(OptOutLogTest, AnOlderStoreGetsTheOptOutsThatCameAfterIt) {
  Reply(1);
  home_.store.reset();
  std::filesystem::copy_file(home_.Path("store.db"), home_.Path("backup.db"));
  Reopen();
  Reply(2);
  Reply(3);
  home_.store.reset();
  std::filesystem::remove(home_.Path("store.db-wal"));
  std::filesystem::remove(home_.Path("store.db-shm"));
  std::filesystem::copy_file(home_.Path("backup.db"), home_.Path("store.db"),
                             std::filesystem::copy_options::overwrite_existing);
  Reopen();
  ASSERT_EQ(Recorded(), 1U);
  EXPECT_EQ(optout::ReplayOptOutLog(home_).value(), 2U);
  EXPECT_EQ(Recorded(), 3U);
}

TEST_F(OptOutLogTest, AnOlderLogIsRefused) {
  Reply(1);
  const std::string older = Text();
  Reply(2);
  SetText(older);
  ExpectRefused();
  const token::OptOutToken token = OptOutOf(3);
  EXPECT_FALSE(optout::RecordReplyOptOuts(home_, std::span(&token, 1)).has_value());
}

TEST_F(OptOutLogTest, AMissingLogIsRefused) {
  Reply(1);
  std::filesystem::remove(Path());
  ExpectRefused();
}

TEST_F(OptOutLogTest, AChangedLineIsRefused) {
  Reply(1);
  Reply(2);
  std::string text = Text();
  char& digit = text[text.find('\n') + 20];
  digit = digit == '0' ? '1' : '0';
  SetText(text);
  ExpectRefused();
}

TEST_F(OptOutLogTest, AnotherHomesLogIsRefused) {
  Reply(1);
  std::string text = Text();
  char& digit = text[25];  // the seed
  digit = digit == '0' ? '1' : '0';
  SetText(text);
  ExpectRefused();
}

TEST_F(OptOutLogTest, ATornLineIsCutOffAndNothingElse) {
  Reply(1);
  const std::string whole = Text();
  for (const std::string& torn : {std::string("1 2026-11-2"), std::string(4096, '\0')}) {
    SetText(whole + torn);
    EXPECT_EQ(optout::ReplayOptOutLog(home_).value(), 0U);
    EXPECT_EQ(Text(), whole);
  }
  Reply(2);
  EXPECT_EQ(Recorded(), 2U);
}

TEST_F(OptOutLogTest, ALineThatIsNoOptOutIsNotSkipped) {
  Reply(1);
  SetText(Text() + "1 2026-11-23 nonsense\n");
  ExpectRefused();
  SetText("something else\n");
  EXPECT_FALSE(optout::ReplayOptOutLog(home_).has_value());
}

TEST_F(OptOutLogTest, TheSameTokenTwiceGivesTwoDifferentLines) {
  Reply(1);
  Reply(1);
  const std::string text = Text();
  const size_t first = text.find('\n') + 1;
  const size_t second = text.find('\n', first) + 1;
  EXPECT_NE(text.substr(first, second - first), text.substr(second));
  EXPECT_EQ(Recorded(), 1U);
}

TEST_F(OptOutLogTest, ManyLinesSurviveTheirOwnReading) {
  std::vector<token::OptOutToken> tokens;
  for (int i = 0; i < 3000; ++i) tokens.push_back(OptOutOf(i));
  ASSERT_TRUE(optout::RecordReplyOptOuts(home_, tokens).has_value());
  Reply(5000);
  EXPECT_EQ(optout::ReplayOptOutLog(home_).value(), 0U);
  EXPECT_EQ(Recorded(), 3001U);
}

}  // namespace
}  // namespace signpost::test
