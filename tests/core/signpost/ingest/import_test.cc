// Import, opt-outs and the protected list with the real sealed processes, in a rehearsal home.
#include "core/signpost/ingest/import.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <random>
#include <thread>

#include "core/signpost/ingest/names.h"
#include "core/signpost/ingest/pipeline.h"
#include "core/signpost/init/create_home.h"
#include "core/signpost/optout/optout.h"
#include "core/signpost/recovery/recovery.h"
#include "tests/core/signpost/ingest/import_fixture.h"

namespace signpost::test {
namespace {

using ImportTest = ImportFixture;

TEST_F(ImportTest, ASecondImportOfTheSameFileBringsNobodyNew) {
  home::Home home = Open();
  const std::string path = File(Csv(0, 100));
  const ingest::ImportReport first = Import(home, path);
  EXPECT_EQ(Get(first.counts, "new"), 100U);
  EXPECT_EQ(Get(first.counts, "found"), 100U);
  EXPECT_EQ(first.sources[0].found.format, formats::Format::kCsv);
  EXPECT_EQ(SealedFiles(home), 1U);
  const ingest::ImportReport second = Import(home, path);
  EXPECT_EQ(Get(second.counts, "new"), 0U);
  EXPECT_EQ(Get(second.counts, "repeated"), 100U);
  EXPECT_EQ(SealedFiles(home), 1U);
  EXPECT_EQ(Imports(home), 2U);
}

TEST_F(ImportTest, OnePersonWrittenInFourWaysIsOnePerson) {
  home::Home home = Open();
  uint64_t fresh = 0, repeated = 0;
  for (int way = 0; way < 4; ++way) {
    const ingest::ImportReport report = Import(home, File(Csv(0, 50, way)));
    fresh += Get(report.counts, "new");
    repeated += Get(report.counts, "repeated");
  }
  EXPECT_EQ(fresh, 50U);
  EXPECT_EQ(repeated, 150U);
  EXPECT_EQ(home.store->Count().value().records, 50U);
}

TEST_F(ImportTest, ABadRowCostsThatRowAndSaysWhere) {
  home::Home home = Open();
  std::string text = Csv(0, 3);
  text +=
      "Somebody,4.477E+11\r\nNobody,see notes\r\n" + std::string("Last,") + Fictional(9) + "\r\n";
  const ingest::ImportReport report = Import(home, File(text));
  EXPECT_EQ(Get(report.counts, "new"), 4U);
  EXPECT_EQ(Get(report.counts, "rejected.scientific"), 1U);
  EXPECT_EQ(Get(report.counts, "found"), 6U);
  const auto& places = report.sources[0].places;
  ASSERT_EQ(places.size(), 2U);
  EXPECT_EQ(places[0].row, 5U);
  EXPECT_EQ(places[1].row, 6U);
}

TEST_F(ImportTest, ARefusedFileChangesNothing) {
  home::Home home = Open();
  Import(home, File(Csv(0, 10)));
  const auto before = State(home);
  for (const std::string& content : {std::string("PK\x03\x04\0\0\0\0\0\0\0\0", 12), std::string(),
                                     Csv(10, 20) + "Unclosed,\"" + std::string(2 << 20, 'x')}) {
    const auto report = TryImport(home, File(content, "bad.bin"));
    ASSERT_FALSE(report.has_value());
    EXPECT_EQ(report.error().code, Code::kInput) << report.error().message;
    EXPECT_NE(report.error().place.find("bad.bin"), std::string::npos);
    EXPECT_EQ(State(home), before);
  }
}

TEST_F(ImportTest, AWrongRequestChangesNothing) {
  home::Home home = Open();
  const auto before = State(home);
  EXPECT_EQ(TryImport(home, folder_.path() + "/nothing.csv").error().code, Code::kNotFound);
  EXPECT_EQ(TryImport(home, folder_.path()).error().code, Code::kInput);
  ingest::ImportRequest request;
  request.path = File(Csv(0, 3));
  EXPECT_EQ(ingest::ImportFile(home, request).error().code, Code::kInput) << "no case";
  request.case_ref = "C1\n";
  EXPECT_EQ(ingest::ImportFile(home, request).error().code, Code::kInput);
  request.case_ref = "C1";
  request.region = "US";
  EXPECT_EQ(ingest::ImportFile(home, request).error().code, Code::kInput);
  EXPECT_EQ(State(home), before);
}

TEST_F(ImportTest, AWrongPassphraseChangesNothing) {
  home::Home home = Open();
  const auto before = State(home);
  home.site.passphrase_file = File("another passphrase\n", "wrong");
  const auto report = TryImport(home, File(Csv(0, 3)));
  ASSERT_FALSE(report.has_value());
  EXPECT_EQ(report.error().code, Code::kRefused) << report.error().message;
  EXPECT_EQ(State(home), before);
}

// Whoever waits for it would wait for ever, and we for them.
TEST_F(ImportTest, MessageThatCannotBeSentEndsTheRun) {
  home::Home home = Open();
  ingest::PipelineJob job;
  job.reader =
      ingest::ReaderStart(home, wire::reader::Purpose::kAnyNumber, formats::Format::kAuto, {})
          .value();
  job.sealer.job = wire::sealer::Job::kOptOut;
  job.key_files = {std::string(wire::sealer::kKeyFileMax + 1, 'k')};
  const auto ran = ingest::RunPipeline(home, std::move(job));
  ASSERT_FALSE(ran.has_value());
  EXPECT_EQ(ran.error().place, "signpost-sealer");
}

TEST_F(ImportTest, AnOptOutWrittenAnotherWayIsWithheld) {
  home::Home home = Open();
  const optout::ListReport list =
      OptOut(home, Fictional(1, 1) + "\n" + Fictional(2, 2) + "\nnot a number\n").value();
  EXPECT_EQ(Get(list.counts, "given"), 2U);
  EXPECT_EQ(Get(list.counts, "new"), 2U);
  ASSERT_EQ(list.places.size(), 1U);
  EXPECT_EQ(list.places[0].row, 3U);
  const ingest::ImportReport report = Import(home, File(Csv(0, 10)));
  EXPECT_EQ(Get(report.counts, "new"), 8U);
  EXPECT_EQ(Get(report.counts, "withheld.opted-out"), 2U);
}

TEST_F(ImportTest, AProtectedNumberIsWithheld) {
  home::Home home = Open();
  const auto list = optout::AddProtected(
      home, ingest::OpenExtractionFile(File(Fictional(3, 3) + "\n", "list.txt")).value(),
      "list.txt");
  ASSERT_TRUE(list.has_value()) << list.error().message;
  const ingest::ImportReport report = Import(home, File(Csv(0, 10)));
  EXPECT_EQ(Get(report.counts, "new"), 9U);
  EXPECT_EQ(Get(report.counts, "withheld.protected"), 1U);
}

TEST_F(ImportTest, AListThatIsRefusedRecordsNoOptOut) {
  home::Home home = Open();
  const auto list = OptOut(home, std::string("\0\0\0\0\x01\x02", 6));
  ASSERT_FALSE(list.has_value());
  EXPECT_EQ(list.error().code, Code::kInput);
  EXPECT_EQ(home.store->Count().value().opt_outs, 0U);
}

TEST_F(ImportTest, NoNumberStaysInTheHome) {
  {
    home::Home home = Open();
    Import(home, File(Csv(0, 200)));
    OptOut(home, Fictional(300) + "\n").value();
  }
  for (const auto& entry : std::filesystem::recursive_directory_iterator(Path())) {
    if (!entry.is_regular_file()) continue;
    const std::string content = ReadFile(entry.path()).value();
    for (const char* trace : {"7700900", "7700 900", "Contact 1"}) {
      EXPECT_EQ(content.find(trace), std::string::npos) << entry.path();
    }
  }
}

// The pid of a running child of this process.
pid_t ChildNamed(const std::string& name) {
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::ifstream stat(entry.path() / "stat");
    std::string pid, comm, state, parent;
    if (!(stat >> pid >> comm >> state >> parent)) continue;
    if (comm == "(" + name + ")" && parent == std::to_string(getpid())) return std::stoi(pid);
  }
  return -1;
}

TEST_F(ImportTest, ASealedProcessThatIsKilledChangesNothing) {
  for (const std::string& victim :
       {std::string("signpost-reader"), std::string("signpost-sealer")}) {
    home::Home home = Open();
    const auto before = State(home);
    // Fed on standard input, which does not end: the processes live until one is killed.
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    const OwnedFd input(ends[0]), saved(dup(STDIN_FILENO));
    ASSERT_GE(dup2(input.get(), STDIN_FILENO), 0);
    std::thread writer([&] {
      const OwnedFd out(ends[1]);
      EXPECT_TRUE(WriteAll(out.get(), AsBytes(Csv(0, 500)), "pipe"));
      for (int i = 0; i < 500; ++i) {
        const pid_t pid = ChildNamed(victim);
        if (pid > 0) {
          usleep(100000);
          kill(pid, SIGKILL);
          break;
        }
        usleep(10000);
      }
      usleep(300000);
    });
    const auto report = TryImport(home, "-");
    writer.join();
    dup2(saved.get(), STDIN_FILENO);
    ASSERT_FALSE(report.has_value()) << victim;
    EXPECT_EQ(report.error().code, Code::kInternal) << report.error().message;
    EXPECT_EQ(State(home), before);
  }
}

// Until a sealed file has its name that was not there before, or the process has ended: then comes
// the moment between the rename and the transaction.
void WaitForRename(const std::string& folder, size_t before, pid_t pid) {
  for (;;) {
    size_t named = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      named += entry.path().extension() == ".intake" ? 1 : 0;
    }
    siginfo_t ended{};
    waitid(P_PID, static_cast<id_t>(pid), &ended, WEXITED | WNOHANG | WNOWAIT);
    if (named > before || ended.si_pid == pid) return;
    usleep(100);
  }
}

TEST_F(ImportTest, KilledAtAnyMomentItHappenedWholeOrNotAtAll) {
  constexpr int kPerRound = 60;
  const char* rounds_text = getenv("SIGNPOST_KILLS");  // up to 15: then the drama range is used up
  const int rounds = std::min(rounds_text != nullptr ? atoi(rounds_text) : 10, 15);
  std::mt19937 random(20261123);
  int64_t duration_ms = 0;
  int happened = 0;
  for (int round = 0; round <= rounds; ++round) {
    const int from = round * kPerRound;
    const std::string path = File(Csv(from, from + kPerRound, round, 20));
    size_t named = 0;
    { named = Open().store->SealedFiles().value().size(); }
    const int64_t began = MonotonicMillis();
    const pid_t pid = fork();
    ASSERT_GE(pid, 0);
    if (pid == 0) {
      home::Home home = Open();
      _exit(TryImport(home, path) ? 0 : 1);
    }
    int status = 0;
    if (round == 0) {  // undisturbed, to know how long it takes
      ASSERT_EQ(waitpid(pid, &status, 0), pid);
      ASSERT_EQ(status, 0);
      duration_ms = MonotonicMillis() - began;
    } else {
      if (round % 2 == 0) {
        WaitForRename(Path() + "/sealed", named, pid);
        usleep(static_cast<useconds_t>(random() % 3000));
      } else {
        usleep(static_cast<useconds_t>(random() % (1200 * static_cast<uint64_t>(duration_ms))));
      }
      kill(pid, SIGKILL);
      ASSERT_EQ(waitpid(pid, &status, 0), pid);
    }

    home::Home home = Open();
    EXPECT_EQ(SealedFiles(home), home.store->SealedFiles().value().size())
        << "a file that no row names";
    const uint64_t held = home.store->Count().value().records;
    const auto before = static_cast<uint64_t>(from);
    ASSERT_TRUE(held == before || held == before + kPerRound) << held;
    happened += held != before ? 1 : 0;
    const ingest::ImportReport again = Import(home, path);
    EXPECT_EQ(Get(again.counts, "new"), held != before ? 0U : uint64_t{kPerRound});
    EXPECT_EQ(home.store->Count().value().records, before + kPerRound);
  }
  RecordProperty("imports_that_happened", happened);
}

}  // namespace
}  // namespace signpost::test
