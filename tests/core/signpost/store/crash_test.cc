// What kill -9, a full disk and a second process may do to a store: nothing by halves.
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>

#include "tests/core/signpost/store/home_of_one.h"

namespace signpost::store {
namespace {

using wire::sender::Outcome;

class CrashOfStore : public HomeOfOne {
 protected:
  // Runs `work` in a child with a store of its own; never returns into the test.
  template <class Work>
  pid_t Fork(Work work) {
    store_.reset();  // SQLite's handles must not cross a fork
    const pid_t child = ::fork();
    if (child != 0) return child;
    store_ = OpenAnother(10'000);
    work();
    ::_exit(HasFailure() ? 1 : 0);
  }
  // Imports, plans and sends to people nobody else has, for ever.
  void WorkForEver(uint32_t person) {
    for (;; person += 100) {
      std::vector<uint32_t> people;
      for (uint32_t i = 0; i < 60; ++i) people.push_back(person + i);
      const Imported imported = Import(people);
      people.resize(40);
      const Planned batch = Plan(imported, people);
      OptOut({people[0]});
      const RunId run = BeginRun(batch);
      for (uint32_t first = 0; first < 40; first += 10) {
        if (!Attempt(batch, first, 10)) ::_exit(1);
      }
      std::vector<store::Settlement> settlements(1);
      settlements[0].position = 39;
      settlements[0].outcome = Outcome::kSent;
      if (!store_->Settle(batch.batch, settlements)) ::_exit(1);
      if (!store_->EndRun(batch.batch, run, true, std::vector{NoteOf()})) ::_exit(1);
    }
  }
  // What the openings say is what the tables hold.
  void ExpectBalance() {
    ExpectConsistent();
    uint64_t fresh = 0;
    const auto openings = store_->Openings();
    ASSERT_TRUE(openings);
    for (const auto& [index, opening] : *openings) {
      if (opening.counts.count("found") != 0) fresh += opening.counts.at("new");
    }
    const store::StoreCounts counts = *store_->Count();
    EXPECT_EQ(counts.contacts_messaged + counts.contacts_unmessaged, fresh);
    EXPECT_EQ(counts.records + counts.outcomes, fresh);
    EXPECT_EQ(static_cast<int64_t>(counts.outcomes) -
                  Number("SELECT count(*) FROM attempt WHERE withheld IS NOT NULL"),
              static_cast<int64_t>(counts.contacts_messaged));
    const auto rows = store_->Batches();
    ASSERT_TRUE(rows);
    for (const store::BatchRow& row : *rows) {
      const store::BatchCounts of = *store_->CountsOf(row.batch);
      EXPECT_EQ(of.attempted + of.waiting, row.records);
      EXPECT_EQ(of.attempted % 10, 0u);  // a range or nothing of it
    }
  }
};

TEST_F(CrashOfStore, KilledAtAnyMomentNothingIsHalfDone) {
  std::mt19937 random(::getpid());
  size_t entries = 0;
  for (uint32_t round = 0; round < 25; ++round) {
    const pid_t child = Fork([&] { WorkForEver(round * 1'000'000); });
    ASSERT_GT(child, 0);
    ::usleep(static_cast<useconds_t>(2'000 + random() % 60'000));
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child failed by itself";
    store_ = OpenAnother();
    ExpectBalance();
    EXPECT_GE(store_->Entries()->size(), entries);
    entries = store_->Entries()->size();
    if (HasFailure()) return;
  }
  EXPECT_GT(entries, 0u);
}

TEST_F(CrashOfStore, TwoProcessesKeepOneLedger) {
  std::vector<pid_t> children;
  for (int n = 0; n < 2; ++n) {
    children.push_back(Fork([&] {
      for (int i = 0; i < 60; ++i) {
        now_ = now_ + (n == 0 ? 1 : 2);
        const store::NewEntry note = NoteOf();
        if (!store_->Append(std::span(&note, 1), {})) ::_exit(1);
      }
    }));
    ASSERT_GT(children.back(), 0);
  }
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }
  store_ = OpenAnother();
  EXPECT_EQ(store_->Entries()->size(), 120u);
  ExpectConsistent();
}

// Files of this process may not grow beyond a size, as on a full disk.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) : handler_(::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit now{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &now);
  }
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, handler_);
  }

 private:
  sighandler_t handler_;
  rlimit before_{};
};

TEST_F(CrashOfStore, AFullDiskLeavesEverythingAsItWas) {
  const Planned batch = Plan(Import({1, 2, 3}), {1, 2, 3});
  BeginRun(batch);
  struct stat wal {};
  ASSERT_EQ(::stat((Path() + "-wal").c_str(), &wal), 0);
  const store::StoreCounts before = *store_->Count();
  int failed = 0;
  // From no room at all to room enough: the write that fails is another one each time.
  for (rlim_t room = 0;; room += 4096) {
    Result<std::vector<policy::Eligibility>> attempted;
    {
      const FullDisk full(static_cast<rlim_t>(wal.st_size) + room);
      attempted = Attempt(batch, 0, 3);
    }
    if (attempted) break;
    EXPECT_EQ(attempted.error().code, Code::kStorage) << attempted.error().message;
    ++failed;
    const store::StoreCounts after = *store_->Count();
    EXPECT_EQ(after.records, before.records);
    EXPECT_EQ(after.contacts_messaged, 0u);
    EXPECT_EQ(after.ledger_entries, before.ledger_entries);
    ASSERT_LT(room, 1u << 20);
  }
  EXPECT_GT(failed, 2);
  EXPECT_EQ(store_->Count()->contacts_messaged, 3u);
  ExpectConsistent();
}

TEST_F(CrashOfStore, AnImportOntoAFullDiskCanBeRunAgain) {
  std::vector<Came> people;
  for (uint32_t i = 0; i < 360'000; ++i) {  // more than SQLite keeps in memory
    Came& each = people.emplace_back();
    PutLe<uint32_t>(std::span(each.contact.bytes).last<4>(), i);
    PutLe<uint32_t>(std::span(each.record.bytes).last<4>(), i);
  }
  {
    const FullDisk full(4u << 20);
    auto session = store_->BeginImport(kToday);
    ASSERT_TRUE(session);
    const auto admitted = AdmitAll(**session, people);
    ASSERT_FALSE(admitted);
    EXPECT_EQ(admitted.error().code, Code::kStorage);
    // SQLite may have rolled back by itself: nothing may be written outside a transaction then.
    EXPECT_FALSE((*session)->Admit({ContactOf(1), RandomRecord()}));
    EXPECT_FALSE((*session)->Finish(std::nullopt, {ImportId::Random(), kToday, ""}, Describing()));
  }
  EXPECT_EQ(store_->Count()->contacts_unmessaged, 0u);
  EXPECT_EQ(Import({1, 2}).reasons, std::vector(2, policy::Eligibility::kEligible));
  ExpectConsistent();
}

TEST_F(CrashOfStore, AnInitKilledAtAnyMomentCanBeRunAgain) {
  std::mt19937 random(::getpid());
  for (int round = 0; round < 10; ++round) {
    const std::string path = folder_ + "/init-" + std::to_string(round) + ".db";
    const pid_t child = ::fork();
    if (child == 0) {
      for (;;) {
        auto store = store::SqliteStore::Open(path, signer_, true, kShortWaitMs);
        if (!store) ::_exit(1);
        store->reset();
        ::unlink(path.c_str());
      }
    }
    ::usleep(static_cast<useconds_t>(random() % 20'000));
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
    auto store = store::SqliteStore::Open(path, signer_, true, kShortWaitMs);
    ASSERT_TRUE(store) << store.error().message;
    const store::NewEntry note = NoteOf();
    EXPECT_TRUE((*store)->Append(std::span(&note, 1), {}));
  }
}

}  // namespace
}  // namespace signpost::store
