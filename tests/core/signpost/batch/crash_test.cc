// kill -9 in the middle of plan and cancel: nobody is lost, nobody is there twice.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>

#include "tests/core/signpost/batch/batch_home.h"

namespace signpost::test {
namespace {

class CrashTest : public BatchHome {
 protected:
  // Runs `work` in another process with a store of its own and kills it after `microseconds`.
  template <class Work>
  void RunAndKill(Work work, useconds_t microseconds) {
    home_.store.reset();
    const pid_t pid = fork();
    ASSERT_GE(pid, 0);
    if (pid == 0) {
      Reopen();
      work();
      _exit(0);
    }
    usleep(microseconds);
    kill(pid, SIGKILL);
    ASSERT_EQ(waitpid(pid, nullptr, 0), pid);
    Reopen();
    ASSERT_TRUE(ingest::RecoverSealedFolder(home_).has_value());
  }
  void ExpectEverybodyOnce(int people) {
    ExpectFilesAndRowsAgree();
    std::multiset<int> all = PeopleIn(seal::SealedKind::kIntake);
    const std::multiset<int> planned = PeopleIn(seal::SealedKind::kBatch);
    all.insert(planned.begin(), planned.end());
    const std::vector<int> expected = People(0, people);
    EXPECT_EQ(all, std::multiset<int>(expected.begin(), expected.end()));
    EXPECT_EQ(home_.store->Count().value().records, static_cast<uint64_t>(people));
    Ledger();
  }
};

TEST_F(CrashTest, KilledInAPlanOrACancelNobodyIsLostOrDoubled) {
  const char* rounds_text = getenv("SIGNPOST_KILLS");
  const int rounds = rounds_text != nullptr ? atoi(rounds_text) : 16;
  std::mt19937 random(20261123);
  Import(People(0, 2000), "C1");
  Import(People(2000, 3000), "C2");
  for (int round = 0; round < rounds; ++round) {
    std::vector<BatchId> going;
    for (const auto rows = home_.store->Batches().value(); const store::BatchRow& row : rows) {
      if (row.state == store::BatchState::kPlanned) going.push_back(row.batch);
    }
    const auto moment = static_cast<useconds_t>(random() % 60000);
    if (going.empty() || round % 2 == 0) {
      RunAndKill([&] { (void)batch::PlanBatch(home_, Message(300), planner_).has_value(); },
                 moment);
    } else {
      RunAndKill([&] { (void)batch::CancelBatch(home_, going.front()).has_value(); }, moment);
    }
    ExpectEverybodyOnce(3000);
  }
}

}  // namespace
}  // namespace signpost::test
