#include "core/intake/numbers_run.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/intake/names.h"
#include "core/process/child.h"
#include "crypto/base/file.h"

namespace signpost {
namespace {

constexpr int kGraceMillis = 2000;  // for the other process's word when one has stopped

tl::unexpected<Error> SealerFailed(sealer::Failure failure) {
  using sealer::Failure;
  switch (failure) {
    case Failure::kPassphrase:
      return Fail(Code::kRefused, "the passphrase does not open the token keys", {},
                  "passphrase_file in signpost.toml says where it is read");
    case Failure::kKeyFile:
      return Fail(Code::kCorrupt, "a token key file is not the one that is needed", "keys",
                  "restore the folder keys from a backup");
    case Failure::kNotFictional:
      return Fail(Code::kRefused, "a rehearsal's keys take fictional numbers only");
    case Failure::kFictional:
      return Fail(Code::kRefused, "live keys do not take fictional numbers");
    case Failure::kMemory:
      return Fail(Code::kSandbox, "cannot lock memory for a key", "signpost-sealer",
                  "raise the limit of locked memory (ulimit -l), or free some memory");
    case Failure::kNumbers:
      return Fail(Code::kInternal, "was sent something else than numbers", "signpost-sealer");
    case Failure::kNone:
    case Failure::kInternal:
      break;
  }
  return Fail(Code::kInternal, "stopped", "signpost-sealer");
}

// A reader that was taken over knows the numbers, and what it says of places and totals is printed
// and goes into the ledger: it must at least be possible of this file. Not more rows than
// bytes, no telephone number's worth of anything, and a version that looks like one.
class Plausible {
 public:
  explicit Plausible(int evidence) {
    struct stat facts {};
    if (fstat(evidence, &facts) == 0 && S_ISREG(facts.st_mode)) {
      most_ = std::min(most_, static_cast<uint64_t>(facts.st_size) + 1);
    }
  }
  bool Holds(const reader::Found& f) const { return f.number_columns <= kMostColumns; }
  bool Holds(const reader::Reject& r) const {
    return r.row <= most_ && r.column <= kMostColumns && r.reason < reader::kReasons;
  }
  bool Holds(const reader::Progress& p) const { return p.rows <= most_ && p.bytes <= kMostBytes; }
  bool Holds(const reader::Refused& r) const {
    return r.row <= most_ && r.refusal < static_cast<uint32_t>(reader::FileRefusal::kCount);
  }
  bool Holds(const reader::Totals& t) const {
    uint64_t values = 0;
    for (const uint64_t n : t.values) {
      if (n > most_) return false;
      values += n;
    }
    return t.rows <= most_ && values <= most_ && IsVersion(t.library_version);
  }

 private:
  static constexpr uint32_t kMostColumns = 4096;  // more are refused by the reader (FileRefusal)
  static constexpr uint64_t kMostBytes = uint64_t{1} << 40;

  // Up to three numbers of up to three digits each, NUL padded.
  static bool IsVersion(const char (&text)[16]) {
    const std::string_view version(text, strnlen(text, sizeof text));
    size_t digits = 0, dots = 0;
    for (const char c : version) {
      const bool dot = c == '.';
      if (!dot && (c < '0' || c > '9')) return false;
      digits = dot ? 0 : digits + 1;
      dots += dot ? 1 : 0;
      if (digits > 3 || dots > 2) return false;
    }
    return !version.empty();
  }

  uint64_t most_ = 100'000'000;  // from a pipe
};

class Run {
 public:
  Run(NumbersJob& job, Plausible plausible, Child reader, Child sealer, Channel from_reader,
      Channel from_sealer)
      : job_(job),
        plausible_(plausible),
        reader_(std::move(reader)),
        sealer_(std::move(sealer)),
        from_reader_(std::move(from_reader)),
        from_sealer_(std::move(from_sealer)) {}

  void Begin() {
    // A process that is gone already shows when its channel is read.
    (void)from_reader_.SendOne(reader::kStart, job_.reader).has_value();
    (void)from_sealer_.SendOne(sealer::kStart, job_.sealer).has_value();
    for (const std::string& file : job_.key_files) {
      if (!from_sealer_.SendText(sealer::kKeyFile, file)) return;
    }
  }

  Result<void> Pump();
  Result<NumbersReport> Conclude();

 private:
  Result<void> HearReader();
  Result<void> OnReader(const Frames& frames);
  Result<void> HearSealer();
  template <class T>
  Result<T> Checked(const Frames& frames, size_t index = 0) const {
    const T said = frames.As<T>(index);
    if (plausible_.Holds(said)) return said;
    return Fail(Code::kCorrupt, "said what cannot be true of the file", "signpost-reader");
  }

  NumbersJob& job_;
  Plausible plausible_;
  Child reader_, sealer_;
  Channel from_reader_, from_sealer_;
  bool reader_done_ = false, sealer_done_ = false;
  bool have_totals_ = false;
  std::optional<reader::Refused> refused_;
  std::optional<sealer::Failure> failure_;
  std::optional<uint64_t> sealed_;
  uint64_t heard_ = 0;  // numbers that came from the sealer
  std::optional<Error> reader_error_, sealer_error_;
  NumbersReport report_;
};

Result<void> Run::HearReader() {
  Result<std::optional<Frames>> received = from_reader_.Receive();
  if (!received || !*received) {
    reader_done_ = true;
    reader_error_ =
        received ? Error{Code::kInternal, "broke off", "signpost-reader", {}} : received.error();
    return {};
  }
  return OnReader(**received);
}

Result<void> Run::OnReader(const Frames& frames) {
  switch (frames.kind) {
    case reader::kFound: {
      TRY_ASSIGN(report_.found, Checked<reader::Found>(frames));
      return {};
    }
    case reader::kRejects:
      for (uint32_t i = 0; i < frames.count; ++i) {
        TRY_ASSIGN(const reader::Reject place, Checked<reader::Reject>(frames, i));
        if (report_.places.size() < job_.max_places) report_.places.push_back(place);
      }
      return {};
    case reader::kProgress: {
      TRY_ASSIGN(const reader::Progress progress, Checked<reader::Progress>(frames));
      if (job_.on_progress) job_.on_progress(progress);
      return {};
    }
    case reader::kTotals: {
      TRY_ASSIGN(report_.totals, Checked<reader::Totals>(frames));
      have_totals_ = reader_done_ = true;
      return {};
    }
    case reader::kRefused: {
      TRY_ASSIGN(refused_, Checked<reader::Refused>(frames));
      reader_done_ = true;
      return {};
    }
    default:
      return Fail(Code::kCorrupt, "sent another message than due", "signpost-reader");
  }
}

Result<void> Run::HearSealer() {
  Result<std::optional<Frames>> received = from_sealer_.Receive();
  if (!received || !*received) {
    sealer_done_ = true;
    sealer_error_ =
        received ? Error{Code::kInternal, "broke off", "signpost-sealer", {}} : received.error();
    return {};
  }
  const Frames& frames = **received;
  switch (frames.kind) {
    case sealer::kReady:
      return job_.on_ready ? job_.on_ready(frames.bytes) : Result<void>();
    case sealer::kArrivals:
    case sealer::kTokens:
      heard_ += frames.count;
      return job_.on_frames(frames);
    case sealer::kEnd:
      sealed_ = frames.As<uint64_t>();
      sealer_done_ = true;
      return {};
    case sealer::kFailed:
      failure_ = static_cast<sealer::Failure>(frames.As<sealer::Failed>().failure);
      sealer_done_ = true;
      return {};
    default:
      return Fail(Code::kCorrupt, "sent another message than due", "signpost-sealer");
  }
}

Result<void> Run::Pump() {
  std::optional<int64_t> give_up;
  while (!reader_done_ || !sealer_done_) {
    // When one has ended badly the other may still say why, but it may also wait for ever.
    const bool bad = reader_error_ || sealer_error_ || refused_ || failure_;
    if (bad && !give_up) give_up = MonotonicMillis() + kGraceMillis;
    const int64_t left = give_up ? *give_up - MonotonicMillis() : kAnswerSeconds * 1000;
    if (give_up && left <= 0) return {};
    pollfd fds[2] = {{reader_done_ ? -1 : from_reader_.fd(), POLLIN, 0},
                     {sealer_done_ ? -1 : from_sealer_.fd(), POLLIN, 0}};
    const int ready = poll(fds, 2, static_cast<int>(left));
    if (ready < 0) {
      if (errno == EINTR) continue;
      return FailErrno("poll");
    }
    if (ready == 0 && !give_up) {
      return Fail(Code::kInternal, "were not heard of in time", "signpost-reader, signpost-sealer");
    }
    if (fds[0].revents != 0) TRY(HearReader());
    if (fds[1].revents != 0) TRY(HearSealer());
  }
  return {};
}

// The most telling thing that is known of a run that went wrong.
Result<NumbersReport> Run::Conclude() {
  from_reader_.Close();  // whoever still waits for a word from us ends now
  from_sealer_.Close();
  if (refused_) {
    const auto why = static_cast<reader::FileRefusal>(refused_->refusal);
    return Fail(Code::kInput, "refused: " + std::string(RefusalText(why)),
                refused_->row == 0 ? job_.name : fmt::format("{}:{}", job_.name, refused_->row),
                std::string(RefusalHint(why)));
  }
  if (failure_ && *failure_ != sealer::Failure::kNumbers) return SealerFailed(*failure_);
  if (sealer_error_) {
    TRY(sealer_.Wait());
    return tl::unexpected(*sealer_error_);
  }
  if (reader_error_) {
    TRY(reader_.Wait());
    return tl::unexpected(*reader_error_);
  }
  if (failure_) return SealerFailed(*failure_);
  TRY(reader_.Wait());
  TRY(sealer_.Wait());
  if (!have_totals_ || !sealed_ || *sealed_ != report_.totals.values[0] || *sealed_ != heard_) {
    return Fail(Code::kCorrupt, "reader and sealer do not agree on how many numbers there were",
                job_.name);
  }
  return std::move(report_);
}

}  // namespace

Result<NumbersReport> RunNumbers(const Home& home, NumbersJob job) {
  TRY_ASSIGN(SocketPair to_reader, MakeSocketPair());
  TRY_ASSIGN(SocketPair to_sealer, MakeSocketPair());
  TRY_ASSIGN(SocketPair numbers, MakeSocketPair());
  TRY_ASSIGN(OwnedFd passphrase, home.OpenPassphrase());
  const Plausible plausible(job.evidence.get());
  std::vector<OwnedFd> reader_fds;
  reader_fds.push_back(std::move(to_reader.theirs));
  reader_fds.push_back(std::move(numbers.ours));
  reader_fds.push_back(std::move(job.evidence));
  std::vector<OwnedFd> sealer_fds;
  sealer_fds.push_back(std::move(to_sealer.theirs));
  sealer_fds.push_back(std::move(numbers.theirs));
  sealer_fds.push_back(std::move(passphrase));
  TRY_ASSIGN(Child sealer, Spawn("signpost-sealer", std::move(sealer_fds)));
  TRY_ASSIGN(Child reader, Spawn("signpost-reader", std::move(reader_fds)));
  Run run(
      job, plausible, std::move(reader), std::move(sealer),
      Channel(std::move(to_reader.ours), reader::kToReader, reader::kFromReader, "signpost-reader"),
      Channel(std::move(to_sealer.ours), sealer::kToSealer, sealer::kFromSealer,
              "signpost-sealer"));
  run.Begin();
  TRY(run.Pump());
  return run.Conclude();
}

Result<reader::Start> ReaderStart(const Home& home, reader::Purpose purpose, reader::Format format,
                                  const std::string& region) {
  const ContactRules& rules = home.policy.contacts;
  if (rules.regions.empty() || rules.regions.size() > 16) {
    return Fail(Code::kInternal, "a policy without regions");
  }
  const std::string& national = region.empty() ? rules.regions.front() : region;
  reader::Start start{};
  start.mode = static_cast<uint8_t>(home.site.mode);
  start.purpose = static_cast<uint8_t>(purpose);
  start.format = static_cast<uint8_t>(format);
  start.allow_mobile = rules.mobile ? 1 : 0;
  start.allow_fixed_line_or_mobile = rules.fixed_line_or_mobile ? 1 : 0;
  start.region_count = static_cast<uint8_t>(rules.regions.size());
  bool allowed = false;
  for (size_t i = 0; i < rules.regions.size(); ++i) {
    const std::string& one = rules.regions[i];
    if (one.size() != 2) return Fail(Code::kInternal, "a policy with a region of another form");
    std::copy_n(one.begin(), 2, start.regions[i]);
    allowed = allowed || one == national;
  }
  if (!allowed) {
    return Fail(Code::kInput, "the policy does not allow this region", "--region",
                "contacts.regions in policy.toml lists them");
  }
  std::copy_n(national.begin(), 2, start.default_region);
  return start;
}

Result<OwnedFd> OpenEvidence(const std::string& path) {
  if (path == "-") {
    OwnedFd copy(fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3));
    if (!copy) return FailErrno("fcntl", "standard input");
    return copy;
  }
  // Not blocking: a pipe that nobody writes to would hold the home's lock for ever.
  OwnedFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!fd) return FailErrno("open", path);
  struct stat facts {};
  if (fstat(fd.get(), &facts) != 0) return FailErrno("fstat", path);
  if (S_ISDIR(facts.st_mode)) return Fail(Code::kInput, "is a folder, not a file", path);
  if (!S_ISREG(facts.st_mode)) {
    return Fail(Code::kInput, "is not a regular file", path,
                "write - and feed it on standard input");
  }
  return fd;
}

std::string NumberLibrary(const reader::Totals& totals) {
  std::string text = "libphonenumber ";
  for (const char c : totals.library_version) {
    if (c == '\0') break;
    text += c > 0x20 && c < 0x7f ? c : '?';
  }
  return text;
}

uint64_t AddRejected(const reader::Totals& totals, Counts& counts) {
  uint64_t all = 0;
  for (size_t i = 1; i < reader::kReasons; ++i) {
    if (totals.values[i] == 0) continue;
    const auto reason = static_cast<reader::Reason>(i);
    counts["rejected." + std::string(ReasonName(reason))] = totals.values[i];
    all += totals.values[i];
  }
  return all;
}

}  // namespace signpost
