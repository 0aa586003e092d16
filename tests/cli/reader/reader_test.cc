// The real signpost-reader, sealed, over its two descriptors, and what comes over the first.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <phonenumbers/phonenumberutil.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <set>
#include <sstream>
#include <thread>

#include "core/shared/wire/channel.h"
#include "core/shared/wire/reader_boundary.h"
#include "crypto/base/mode.h"
#include "tests/sanitized.h"

namespace signpost::reader {
namespace {

using i18n::phonenumbers::PhoneNumberUtil;

wire::reader::Start Rehearsal(formats::Format format = formats::Format::kAuto) {
  wire::reader::Start start{};
  start.mode = Mode::kRehearsal;
  start.format = format;
  start.allow_mobile = 1;
  start.region_count = 1;
  std::copy_n("GB", 2, start.default_region);
  std::copy_n("GB", 2, start.regions[0]);
  return start;
}

OwnedFd Evidence(std::string_view text) {
  OwnedFd fd(memfd_create("evidence", MFD_CLOEXEC));
  EXPECT_TRUE(WriteAll(fd.get(), AsBytes(text), "evidence"));
  lseek(fd.get(), 0, SEEK_SET);
  return fd;
}

struct Outcome {
  int status = -1;      // as waitpid gives it
  std::string control;  // every byte that came on the control channel
  std::vector<std::string> numbers;
  std::vector<int32_t> days;
  std::optional<uint64_t> end;  // of the sealer's channel
  std::optional<wire::reader::Found> found;
  std::vector<wire::reader::SourceEnd> ends;
  std::vector<wire::reader::Skipped> skipped;
  std::vector<wire::reader::Reject> rejects;
  uint64_t progress = 0;
  std::optional<wire::reader::Totals> totals;
  std::optional<wire::reader::Refused> refused;
  long max_rss_kib = 0;

  bool Orderly() const { return WIFEXITED(status) && WEXITSTATUS(status) == 0; }
  uint64_t Count(wire::reader::Reason reason) const {
    return totals->values[static_cast<size_t>(reason)];
  }
};

void SendSource(wire::Channel& to_reader, const OwnedFd& evidence, uint32_t file, bool alone) {
  const OwnedFd null(open("/dev/null", O_RDONLY | O_CLOEXEC));
  struct stat facts {};
  fstat(evidence.get(), &facts);
  wire::reader::Source source{};
  std::fill_n(source.bytes, static_cast<size_t>(wire::reader::kParts), wire::reader::kNoSize);
  if (!S_ISFIFO(facts.st_mode))
    source.bytes[wire::reader::kMain] = static_cast<uint64_t>(facts.st_size);
  source.file = file;
  source.alone = alone ? 1 : 0;
  const int fds[wire::reader::kParts] = {evidence.get(), null.get(), null.get()};
  EXPECT_TRUE(to_reader.SendOne(wire::reader::kSource, source, fds));
}

class Reader {
 public:
  explicit Reader(OwnedFd evidence) {
    evidence_.push_back(std::move(evidence));
    Begin();
  }
  // Files of one extraction: none is alone.
  explicit Reader(std::vector<OwnedFd> evidence) : evidence_(std::move(evidence)), alone_(false) {
    Begin();
  }
  ~Reader() {
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
  }

  int control() const { return control_.get(); }
  void CloseNumbers() { numbers_ = OwnedFd(); }
  void CloseControl() { control_ = OwnedFd(); }

  int Wait(Outcome* outcome = nullptr) {
    int status = 0;
    rusage usage{};
    wait4(pid_, &status, 0, &usage);
    pid_ = -1;
    if (outcome != nullptr) outcome->max_rss_kib = usage.ru_maxrss;
    return status;
  }

  Outcome Run(const wire::reader::Start& start) {
    Outcome outcome;
    wire::Channel to_reader(OwnedFd(dup(control_.get())), wire::reader::kToReader,
                            wire::reader::kFromReader, "reader");
    EXPECT_TRUE(to_reader.SendOne(wire::reader::kStart, start));
    Next(to_reader);
    std::thread sealer([&] {
      wire::Channel channel(std::move(numbers_), {}, wire::reader::kNumbersToSealer, "reader");
      while (true) {
        const Result<std::optional<wire::Frames>> got = channel.Receive();
        if (!got || !got->has_value()) break;
        if ((*got)->kind == wire::reader::kEnd) {
          outcome.end = (*got)->As<uint64_t>();
          continue;
        }
        for (uint32_t i = 0; i < (*got)->count; ++i) {
          const auto frame = (*got)->As<wire::reader::Number>(i);
          const std::string text(AsText(frame.number));
          outcome.numbers.push_back(text.substr(0, text.find('\0')));
          outcome.days.push_back(frame.last_contact);
        }
      }
    });
    while (true) {
      const Result<std::optional<wire::Frames>> got = to_reader.Receive();
      EXPECT_TRUE(got) << "the table was broken";
      if (!got || !got->has_value()) break;
      outcome.control += AsText((*got)->bytes);
      Keep(**got, outcome);
      if ((*got)->kind == wire::reader::kSourceDone) Next(to_reader);
    }
    sealer.join();
    outcome.status = Wait(&outcome);
    return outcome;
  }

 private:
  void Begin() {
    wire::SocketPair control = *wire::MakeSocketPair(), numbers = *wire::MakeSocketPair();
    control_ = std::move(control.ours);
    numbers_ = std::move(numbers.ours);
    pid_ = fork();
    if (pid_ == 0) {
      // Out of the way of 3 and 4 first.
      const int high[] = {fcntl(control.theirs.get(), F_DUPFD, 20),
                          fcntl(numbers.theirs.get(), F_DUPFD, 20)};
      for (int i = 0; i < 2; ++i) dup2(high[i], wire::reader::kControlFd + i);
      for (const int fd : high) close(fd);
      execl(SIGNPOST_BIN_DIR "/signpost-reader", "signpost-reader", nullptr);
      _exit(127);
    }
  }
  void Next(wire::Channel& to_reader) {
    if (next_ == evidence_.size()) {
      EXPECT_TRUE(to_reader.SendOne(wire::reader::kNoMore, static_cast<uint32_t>(next_)));
      return;
    }
    SendSource(to_reader, evidence_[next_], static_cast<uint32_t>(next_), alone_);
    ++next_;
  }
  static void Keep(const wire::Frames& frames, Outcome& outcome) {
    if (frames.kind == wire::reader::kSourceEnd)
      outcome.ends.push_back(*frames.AsKnown<wire::reader::SourceEnd>());
    if (frames.kind == wire::reader::kSkipped)
      outcome.skipped.push_back(*frames.AsKnown<wire::reader::Skipped>());
    if (frames.kind == wire::reader::kFound) outcome.found = *frames.AsKnown<wire::reader::Found>();
    if (frames.kind == wire::reader::kTotals) outcome.totals = frames.As<wire::reader::Totals>();
    if (frames.kind == wire::reader::kRefused)
      outcome.refused = *frames.AsKnown<wire::reader::Refused>();
    if (frames.kind == wire::reader::kProgress)
      outcome.progress = frames.As<wire::reader::Progress>().bytes;
    for (uint32_t i = 0; frames.kind == wire::reader::kRejects && i < frames.count; ++i) {
      outcome.rejects.push_back(*frames.AsKnown<wire::reader::Reject>(i));
    }
  }

  std::vector<OwnedFd> evidence_;
  bool alone_ = true;
  size_t next_ = 0;
  OwnedFd control_, numbers_;
  pid_t pid_ = -1;
};

Outcome Read(std::string_view text, const wire::reader::Start& start = Rehearsal()) {
  return Reader(Evidence(text)).Run(start);
}

std::string Sample(const std::string& name) {
  std::ifstream file(SIGNPOST_SOURCE_DIR "/cli/samples/" + name, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// What the normaliser knows of a country is made when its code is first met: behind the lock-down.
TEST(Reader, NoCountryNeedsAnythingThatTheLockDownForbids) {
  std::string text = "Mobile\n";
  for (int code = 1; code < 1000; ++code) text += "+" + std::to_string(code) + "2234567890\n";
  const Outcome got = Read(text + "07700 900123\n");
  ASSERT_TRUE(got.Orderly()) << got.status;
  EXPECT_EQ(got.numbers, (std::vector<std::string>{"+447700900123"}));
  EXPECT_EQ(got.totals->rows, 1000u);
}

TEST(Reader, NumbersGoToTheSealerAndPlacesToSignpost) {
  const Outcome got = Read("Name,Mobile\nA,07700 900123\nB,Dave\nC,+44 (0)7700 900124\nD,60006\n");
  ASSERT_TRUE(got.Orderly()) << got.status;
  EXPECT_EQ(got.numbers, (std::vector<std::string>{"+447700900123", "+447700900124"}));
  EXPECT_EQ(got.end, 2u);
  ASSERT_TRUE(got.found && got.totals);
  EXPECT_EQ(got.found->format, formats::Format::kCsv);
  EXPECT_EQ(got.found->delimiter, ',');
  EXPECT_EQ(got.found->header, 1);
  EXPECT_EQ(got.found->number_columns, 1u);
  EXPECT_EQ(got.totals->rows, 4u);
  EXPECT_EQ(got.Count(wire::reader::Reason::kAccepted), 2u);
  ASSERT_EQ(got.rejects.size(), 2u);
  EXPECT_EQ(got.rejects[0].row, 3u);
  EXPECT_EQ(got.rejects[0].column, 2u);
  EXPECT_EQ(got.rejects[0].reason, wire::reader::Reason::kNotANumber);
  EXPECT_EQ(got.rejects[1].row, 5u);
  EXPECT_NE(got.totals->library_version[0], '\0');
}

TEST(Reader, NoPartOfACellIsOnTheControlChannel) {
  for (const char* name : {"case-a.csv", "case-a-second.csv", "case-b.vcf", "case-b.csv"}) {
    const Outcome got = Read(Sample(name));
    ASSERT_TRUE(got.Orderly()) << name;
    EXPECT_GT(got.numbers.size(), 80u);
    for (const std::string& number : got.numbers) {
      EXPECT_EQ(got.control.find(number.substr(1)), std::string::npos);
      EXPECT_EQ(got.control.find("0" + number.substr(3)), std::string::npos);
    }
    EXPECT_EQ(got.control.find("7700"), std::string::npos);
    EXPECT_EQ(got.control.find("Alfie"), std::string::npos);
    uint64_t values = 0;
    for (const uint64_t count : got.totals->values) values += count;
    EXPECT_EQ(values, got.numbers.size() + got.rejects.size()) << "each value counts once";
    EXPECT_EQ(got.end, got.numbers.size());
  }
}

TEST(Reader, ARefusedFileNeverEndsTheSealersChannelInOrder) {
  for (const auto& [text, refusal] : std::vector<std::pair<std::string, wire::reader::FileRefusal>>{
           {"", wire::reader::FileRefusal::kEmpty},
           {std::string("SQLite format 3\0", 16), wire::reader::FileRefusal::kBroken},
           {std::string("\x7f"
                        "ELF\x02\x01\x01\0\0\0",
                        10),
            wire::reader::FileRefusal::kBinary},
           {"<xml/>", wire::reader::FileRefusal::kUnknownFormat},
           {"Name,City\nA,B\n", wire::reader::FileRefusal::kNoNumberColumn},
           {"Name,Mobile\nA,07700 900123\n\"" + std::string(2u << 20, 'x'),
            wire::reader::FileRefusal::kRowTooLong}}) {
    const Outcome got = Read(text);
    EXPECT_TRUE(got.Orderly());
    ASSERT_TRUE(got.refused);
    EXPECT_EQ(got.refused->refusal, refusal);
    EXPECT_FALSE(got.end) << "the sealer must not take this for a whole file";
    EXPECT_FALSE(got.totals);
  }
  EXPECT_EQ(
      Read("Name,Mobile\nA,07700 900123\n", Rehearsal(formats::Format::kVcard)).refused->refusal,
      wire::reader::FileRefusal::kWrongFormat);
}

TEST(Reader, AFileThatCannotBeReadIsRefused) {
  OwnedFd folder(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const Outcome got = Reader(std::move(folder)).Run(Rehearsal());
  EXPECT_TRUE(got.Orderly());
  ASSERT_TRUE(got.refused);
  EXPECT_EQ(got.refused->refusal, wire::reader::FileRefusal::kReadError);
}

TEST(Reader, ABadFileOfAnExtractionCostsThatFileAlone) {
  std::vector<OwnedFd> files;
  files.push_back(Evidence("Name,Mobile\nA,07700 900123\n"));
  files.push_back(Evidence("<html>no phone here</html>"));
  files.push_back(Evidence("Name,Mobile\nA,07700 900124\n\"" + std::string(2u << 20, 'x')));
  files.push_back(Evidence("07700 900125\n07700 900126\n"));
  const Outcome got = Reader(std::move(files)).Run(Rehearsal());
  ASSERT_TRUE(got.Orderly());
  ASSERT_TRUE(got.totals && !got.refused);
  ASSERT_EQ(got.skipped.size(), 1u);
  EXPECT_EQ(got.skipped[0].file, 1u);
  EXPECT_EQ(got.skipped[0].refusal, wire::reader::FileRefusal::kUnknownFormat);
  ASSERT_EQ(got.ends.size(), 3u);
  EXPECT_EQ(got.ends[0].damage, wire::reader::FileRefusal::kNone);
  EXPECT_EQ(got.ends[1].damage, wire::reader::FileRefusal::kRowTooLong);
  EXPECT_EQ(got.numbers.size(), 4u) << "what was read before the damage stands";
  EXPECT_EQ(got.end, 4u);
  EXPECT_EQ(got.totals->rows, got.ends[0].rows + got.ends[1].rows + got.ends[2].rows);
}

TEST(Reader, ExplainingSendsNoNumber) {
  wire::reader::Start start = Rehearsal();
  start.purpose = wire::reader::Purpose::kExplain;
  const Outcome got = Read("Name,Mobile\nA,07700 900123\nB,Dave\n", start);
  ASSERT_TRUE(got.Orderly());
  EXPECT_TRUE(got.numbers.empty());
  EXPECT_FALSE(got.end);
  EXPECT_EQ(got.Count(wire::reader::Reason::kAccepted), 1u);
  EXPECT_EQ(got.Count(wire::reader::Reason::kNotANumber), 1u);
}

TEST(Reader, EvidenceMayBeAPipe) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  OwnedFd from(ends[0]), to(ends[1]);
  std::thread writer([&to] {
    for (int i = 0; i < 20000; ++i) {
      if (!WriteAll(to.get(), AsBytes("07700 900123\n"), "pipe")) break;
    }
    to = OwnedFd();
  });
  const Outcome got = Reader(std::move(from)).Run(Rehearsal());
  writer.join();
  EXPECT_TRUE(got.Orderly());
  EXPECT_EQ(got.end, 20000u);
  EXPECT_EQ(got.numbers.size(), 20000u) << "several blocks, and the last one short";
  EXPECT_GT(got.progress, 100000u);
}

// Whatever libphonenumber loads for a region, it must not open a file for it: the kernel would
// kill.
TEST(Reader, EveryRegionsNumbersAreReadInsideTheSandbox) {
  wire::reader::Start start = Rehearsal(formats::Format::kList);
  start.mode = Mode::kLive;
  start.purpose = wire::reader::Purpose::kAnyNumber;
  std::string list;
  std::set<std::string> regions;
  PhoneNumberUtil::GetInstance()->GetSupportedRegions(&regions);
  for (const std::string& region : regions) {
    i18n::phonenumbers::PhoneNumber example;
    if (!PhoneNumberUtil::GetInstance()->GetExampleNumber(region, &example)) continue;
    std::string text;
    PhoneNumberUtil::GetInstance()->Format(example, PhoneNumberUtil::INTERNATIONAL, &text);
    list += text + "\n";
  }
  const Outcome got = Read(list, start);
  ASSERT_TRUE(got.Orderly()) << got.status;
  EXPECT_GT(got.numbers.size(), 200u);
}

TEST(Reader, AnythingButAStartFrameEndsTheProcess) {
  const auto status_after = [](ByteView bytes) {
    Reader reader(Evidence("07700 900123\n"));
    EXPECT_TRUE(WriteAll(reader.control(), bytes, "control"));
    return reader.Wait();
  };
  const auto head = [](uint8_t kind, uint32_t count) {
    Bytes bytes = {kind, 0, 0, 0, 0, 0, 0, 0};
    PutLe<uint32_t>(std::span<uint8_t>(bytes).last<4>(), count);
    return bytes;
  };
  const wire::reader::Start start = Rehearsal();
  const auto with = [&](Bytes bytes, wire::reader::Start frame) {
    const auto* raw = reinterpret_cast<const uint8_t*>(&frame);
    bytes.insert(bytes.end(), raw, raw + sizeof frame);
    return bytes;
  };
  for (const Bytes& bytes :
       {head(wire::reader::kTotals, 1), head(wire::reader::kStart, 2),
        head(wire::reader::kStart, 0), head(99, 0), head(wire::reader::kStart, 0xffffffffu)}) {
    const int status = status_after(bytes);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) != 0) << int{bytes[0]};
  }
  std::vector<std::function<void(wire::reader::Start&)>> mistakes = {
      [](wire::reader::Start& s) { s.mode = Mode{7}; },
      [](wire::reader::Start& s) { s.format = formats::Format::kCount; },
      [](wire::reader::Start& s) { s.purpose = wire::reader::Purpose{3}; },
      [](wire::reader::Start& s) { s.region_count = 0; },
      [](wire::reader::Start& s) { s.region_count = 99; },
      [](wire::reader::Start& s) { s.regions[0][0] = 'x'; },
      [](wire::reader::Start& s) { std::copy_n("XX", 2, s.default_region); }};
  for (const auto& mistake : mistakes) {
    wire::reader::Start bad = start;
    mistake(bad);
    const int status = status_after(with(head(wire::reader::kStart, 1), bad));
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) != 0);
  }
}

TEST(Reader, ASealerThatIsGoneEndsTheProcess) {
  Reader reader(Evidence("07700 900123\n"));
  reader.CloseNumbers();
  wire::Channel channel(OwnedFd(dup(reader.control())), wire::reader::kToReader,
                        wire::reader::kFromReader, "reader");
  ASSERT_TRUE(channel.SendOne(wire::reader::kStart, Rehearsal(formats::Format::kList)));
  SendSource(channel, Evidence("07700 900123\n"), 0, true);
  ASSERT_TRUE(channel.SendOne(wire::reader::kNoMore, uint32_t{1}));
  const int status = reader.Wait();
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) != 0);
}

TEST(Reader, MemoryDoesNotGrowWithTheFile) {
  const auto peak = [](int rows) {
    std::string text = "Name,Notes,Mobile\n";
    for (int i = 0; i < rows; ++i) text += "Somebody,\"a note, of some length\",07700 900123\n";
    const Outcome got = Read(text);
    EXPECT_TRUE(got.Orderly());
    EXPECT_EQ(got.end, static_cast<uint64_t>(rows));
    return got.max_rss_kib;
  };
  const long small = peak(100), large = peak(kSanitized ? 5000 : 60000);
  // The sanitizers keep freed memory back on purpose.
  if (!kSanitized) {
    EXPECT_LT(large, small + 4096);
  }
}

}  // namespace
}  // namespace signpost::reader
