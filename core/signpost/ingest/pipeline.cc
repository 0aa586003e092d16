#include "core/signpost/ingest/pipeline.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/signpost/ingest/names.h"
#include "core/signpost/ingest/plausible.h"
#include "core/signpost/process/sealed.h"
#include "crypto/base/file.h"

namespace signpost::ingest {
namespace {

constexpr size_t kMaxSources = 100'000;
constexpr int kGraceMillis = 2000;  // for the other process's word when one has stopped

tl::unexpected<Error> SealerFailed(wire::sealer::Failure failure) {
  using wire::sealer::Failure;
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

class Pipeline {
 public:
  // Without a sealer: the reader sends no numbers.
  Pipeline(PipelineJob& job, process::SealedProcess reader,
           std::optional<process::SealedProcess> sealer)
      : job_(job),
        reader_(std::move(reader)),
        sealer_(std::move(sealer)),
        sealer_done_(!sealer_.has_value()) {}

  Result<void> Begin();
  Result<void> Pump();
  Result<PipelineReport> Conclude();

 private:
  Result<void> HearReader();
  Result<void> OnReader(const wire::Frames& frames);
  Result<void> Next();  // the next file to the reader, or that there is none
  Result<void> OnDone(const wire::Frames& frames);
  Result<SourceReport*> Source();
  std::string Name(size_t file) const;
  Result<void> HearSealer();
  template <class T>
  Result<T> Checked(const wire::Frames& frames, size_t index = 0) const {
    const std::optional<T> said = frames.AsKnown<T>(index);
    if (said && plausible_.Holds(*said)) return *said;
    return Fail(Code::kCorrupt, "said what cannot be true of the file", "signpost-reader");
  }

  PipelineJob& job_;
  Plausible plausible_;
  process::SealedProcess reader_;
  std::optional<process::SealedProcess> sealer_;
  size_t next_ = 0;         // of the files
  OpenedFile open_;         // the one that the reader has
  size_t told_before_ = 0;  // sources and skipped files, before that one
  std::string state_;       // of it, when it was opened
  bool reader_done_ = false, sealer_done_ = false;
  bool have_totals_ = false;
  std::optional<wire::reader::Refused> refused_;
  std::optional<wire::sealer::Failure> failure_;
  std::optional<uint64_t> sealed_;
  uint64_t heard_ = 0;  // numbers that came from the sealer
  std::optional<Error> reader_error_, sealer_error_;
  PipelineReport report_;
};

Result<void> Pipeline::Begin() {
  TRY(reader_.control.UnlessGone(reader_.control.SendOne(wire::reader::kStart, job_.reader)));
  if (sealer_) {
    wire::Channel& control = sealer_->control;
    TRY(control.UnlessGone(control.SendOne(wire::sealer::kStart, job_.sealer)));
    for (const std::string& file : job_.key_files) {
      TRY(control.UnlessGone(control.SendText(wire::sealer::kKeyFile, file)));
    }
  }
  return Next();
}

Result<void> Pipeline::HearReader() {
  Result<std::optional<wire::Frames>> received = reader_.control.Receive();
  if (!received || !*received) {
    reader_done_ = true;
    reader_error_ =
        received ? Error{Code::kInternal, "broke off", "signpost-reader", {}} : received.error();
    return {};
  }
  return OnReader(**received);
}

std::string Pipeline::Name(size_t file) const {
  return file < job_.extraction.files.size() ? job_.extraction.files[file].shown : std::string();
}

Result<void> Pipeline::Next() {
  if (next_ == job_.extraction.files.size()) {
    return reader_.control.UnlessGone(
        reader_.control.SendOne(wire::reader::kNoMore, static_cast<uint32_t>(next_)));
  }
  if (next_ == 0 && job_.opened) {
    open_ = std::move(*job_.opened);
  } else {
    TRY_ASSIGN(open_, OpenExtractionFile(job_.extraction.files[next_].path));
  }
  state_ = StateOf(open_);
  plausible_.Opened(open_);
  const OwnedFd null(open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!null) return FailErrno("open", "/dev/null");
  wire::reader::Source source{};
  int fds[wire::reader::kParts];
  for (size_t i = 0; i < wire::reader::kParts; ++i) {
    source.bytes[i] = open_.bytes[i];
    fds[i] = open_.parts[i] ? open_.parts[i].get() : null.get();
  }
  source.file = static_cast<uint32_t>(next_++);
  source.known_only = job_.extraction.files[source.file].known_only ? 1 : 0;
  source.alone = job_.extraction.folder ? 0 : 1;
  told_before_ = report_.sources.size() + report_.skipped.size();
  return reader_.control.UnlessGone(reader_.control.SendOne(wire::reader::kSource, source, fds));
}

Result<void> Pipeline::OnDone(const wire::Frames& frames) {
  if (frames.As<uint32_t>() + 1 != next_) {
    return Fail(Code::kCorrupt, "was through with another file than it had", "signpost-reader");
  }
  if (HasChanged(open_, state_)) {
    return Fail(Code::kInput,
                "refused: " + std::string(RefusalText(wire::reader::FileRefusal::kChanged)),
                Name(next_ - 1), std::string(RefusalHint(wire::reader::FileRefusal::kChanged)));
  }
  if (report_.sources.size() + report_.skipped.size() == told_before_) ++report_.passed_by;
  return Next();
}

Result<SourceReport*> Pipeline::Source() {
  if (!report_.sources.empty()) return &report_.sources.back();
  return Fail(Code::kCorrupt, "sent another message than due", "signpost-reader");
}

Result<void> Pipeline::OnReader(const wire::Frames& frames) {
  switch (frames.kind) {
    case wire::reader::kFound: {
      TRY_ASSIGN(const wire::reader::Found found, Checked<wire::reader::Found>(frames));
      if (report_.sources.size() == kMaxSources) {
        return Fail(Code::kInput, "holds more sources than are taken at a time", Name(found.file));
      }
      report_.sources.emplace_back().found = found;
      return {};
    }
    case wire::reader::kColumns: {
      TRY_ASSIGN(SourceReport* const source, Source());
      for (uint32_t i = 0; i < frames.count; ++i) {
        TRY_ASSIGN(const wire::reader::Column column, Checked<wire::reader::Column>(frames, i));
        if (source->columns.size() < wire::reader::kMaxColumnsTold)
          source->columns.push_back(column);
      }
      return {};
    }
    case wire::reader::kRejects: {
      TRY_ASSIGN(SourceReport* const source, Source());
      for (uint32_t i = 0; i < frames.count; ++i) {
        TRY_ASSIGN(const wire::reader::Reject place, Checked<wire::reader::Reject>(frames, i));
        // What is left out for what it is is counted, and nothing to be fixed.
        const bool by_design = place.reason >= wire::reader::Reason::kOwner;
        if (!by_design && source->places.size() < job_.max_places) source->places.push_back(place);
      }
      return {};
    }
    case wire::reader::kProgress: {
      TRY_ASSIGN(const wire::reader::Progress progress, Checked<wire::reader::Progress>(frames));
      if (job_.on_progress) job_.on_progress(progress);
      return {};
    }
    case wire::reader::kSourceEnd: {
      TRY_ASSIGN(SourceReport* const source, Source());
      TRY_ASSIGN(source->end, Checked<wire::reader::SourceEnd>(frames));
      return {};
    }
    case wire::reader::kSkipped: {
      TRY_ASSIGN(const wire::reader::Skipped skipped, Checked<wire::reader::Skipped>(frames));
      if (report_.skipped.size() < kMaxSources) report_.skipped.push_back(skipped);
      return {};
    }
    case wire::reader::kSourceDone:
      return OnDone(frames);
    case wire::reader::kTotals: {
      TRY_ASSIGN(report_.totals, Checked<wire::reader::Totals>(frames));
      have_totals_ = reader_done_ = true;
      return {};
    }
    case wire::reader::kRefused: {
      TRY_ASSIGN(refused_, Checked<wire::reader::Refused>(frames));
      reader_done_ = true;
      return {};
    }
    default:
      return Fail(Code::kCorrupt, "sent another message than due", "signpost-reader");
  }
}

Result<void> Pipeline::HearSealer() {
  Result<std::optional<wire::Frames>> received = sealer_->control.Receive();
  if (!received || !*received) {
    sealer_done_ = true;
    sealer_error_ =
        received ? Error{Code::kInternal, "broke off", "signpost-sealer", {}} : received.error();
    return {};
  }
  const wire::Frames& frames = **received;
  switch (frames.kind) {
    case wire::sealer::kReady:
      return job_.on_ready ? job_.on_ready(frames.bytes) : Result<void>();
    case wire::sealer::kPeople:
    case wire::sealer::kTokens:
      heard_ += frames.count;
      return job_.on_frames(frames);
    case wire::sealer::kEnd:
      sealed_ = frames.As<uint64_t>();
      sealer_done_ = true;
      return {};
    case wire::sealer::kFailed:
      failure_ = frames.AsKnown<wire::sealer::Failed>()
                     .value_or(wire::sealer::Failed{wire::sealer::Failure::kInternal})
                     .failure;
      sealer_done_ = true;
      return {};
    default:
      return Fail(Code::kCorrupt, "sent another message than due", "signpost-sealer");
  }
}

Result<void> Pipeline::Pump() {
  std::optional<int64_t> give_up;
  while (!reader_done_ || !sealer_done_) {
    // When one has ended badly the other may still say why, but it may also wait for ever.
    const bool bad = reader_error_ || sealer_error_ || refused_ || failure_;
    if (bad && !give_up) give_up = MonotonicMillis() + kGraceMillis;
    const int64_t left = give_up ? *give_up - MonotonicMillis() : wire::kAnswerSeconds * 1000;
    if (give_up && left <= 0) return {};
    pollfd fds[2] = {{reader_done_ ? -1 : reader_.control.fd(), POLLIN, 0},
                     {sealer_done_ ? -1 : sealer_->control.fd(), POLLIN, 0}};
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
Result<PipelineReport> Pipeline::Conclude() {
  reader_.control.Close();  // whoever still waits for a word from us ends now
  if (sealer_) sealer_->control.Close();
  if (refused_) {
    const auto why = refused_->refusal;
    const std::string name = Name(next_ - 1);
    return Fail(Code::kInput, "refused: " + std::string(RefusalText(why)),
                refused_->row == 0 ? name : fmt::format("{}:{}", name, refused_->row),
                std::string(RefusalHint(why)));
  }
  if (failure_ && *failure_ != wire::sealer::Failure::kNumbers) return SealerFailed(*failure_);
  if (sealer_error_) return process::WhyItEnded(*sealer_, *sealer_error_);
  if (reader_error_) return process::WhyItEnded(reader_, *reader_error_);
  if (failure_) return SealerFailed(*failure_);
  TRY(reader_.child.Wait());
  if (!have_totals_) return Fail(Code::kCorrupt, "did not say how it ended", "signpost-reader");
  if (!sealer_) return std::move(report_);
  TRY(sealer_->child.Wait());
  if (!sealed_ || *sealed_ != report_.totals.values[0] || *sealed_ != heard_) {
    return Fail(Code::kCorrupt, "reader and sealer do not agree on how many numbers there were",
                Name(0));
  }
  return std::move(report_);
}

// `numbers`: its end of the channel to the sealer; empty: it will send none.
Result<process::SealedProcess> StartReader(OwnedFd numbers) {
  process::ChildFds others;
  others.Put(wire::reader::kNumbersFd, std::move(numbers));
  return process::StartSealed("signpost-reader", wire::reader::kToReader, wire::reader::kFromReader,
                              std::move(others));
}

Result<process::SealedProcess> StartSealer(const home::Home& home, OwnedFd numbers) {
  TRY_ASSIGN(OwnedFd passphrase, home.OpenPassphrase());
  process::ChildFds others;
  others.Put(wire::sealer::kNumbersFd, std::move(numbers));
  others.Put(wire::sealer::kPassphraseFd, std::move(passphrase));
  return process::StartSealed("signpost-sealer", wire::sealer::kToSealer, wire::sealer::kFromSealer,
                              std::move(others));
}

Result<PipelineReport> Conduct(Pipeline pipeline) {
  TRY(pipeline.Begin());
  TRY(pipeline.Pump());
  return pipeline.Conclude();
}

}  // namespace

Result<PipelineReport> RunPipeline(const home::Home& home, PipelineJob job) {
  TRY_ASSIGN(wire::SocketPair numbers, wire::MakeSocketPair());
  TRY_ASSIGN(process::SealedProcess sealer, StartSealer(home, std::move(numbers.theirs)));
  TRY_ASSIGN(process::SealedProcess reader, StartReader(std::move(numbers.ours)));
  return Conduct(Pipeline(job, std::move(reader), std::move(sealer)));
}

Result<PipelineReport> RunExplain(PipelineJob job) {
  job.reader.purpose = wire::reader::Purpose::kExplain;
  TRY_ASSIGN(process::SealedProcess reader, StartReader({}));
  return Conduct(Pipeline(job, std::move(reader), std::nullopt));
}

Result<wire::reader::Start> ReaderStart(const home::Home& home, wire::reader::Purpose purpose,
                                        formats::Format format, const std::string& region) {
  const policy::ContactRules& rules = home.policy.contacts;
  if (rules.regions.empty() || rules.regions.size() > 16) {
    return Fail(Code::kInternal, "a policy without regions");
  }
  const std::string& national = region.empty() ? rules.regions.front() : region;
  wire::reader::Start start{};
  start.mode = home.site.mode;
  start.purpose = purpose;
  start.format = format;
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

std::string NumberLibrary(const wire::reader::Totals& totals) {
  std::string text = "libphonenumber ";
  for (const char c : totals.library_version) {
    if (c == '\0') break;
    text += c > 0x20 && c < 0x7f ? c : '?';
  }
  return text;
}

uint64_t AddRejected(const wire::reader::Totals& totals, ledger::Counts& counts) {
  uint64_t all = 0;
  for (size_t i = 1; i < wire::reader::kReasons; ++i) {
    if (totals.values[i] == 0) continue;
    const auto reason = static_cast<wire::reader::Reason>(i);
    counts["rejected." + std::string(ReasonName(reason))] = totals.values[i];
    all += totals.values[i];
  }
  return all;
}

}  // namespace signpost::ingest
