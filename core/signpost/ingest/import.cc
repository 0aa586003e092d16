#include "core/signpost/ingest/import.h"

#include <algorithm>
#include <memory>
#include <optional>

#include "core/signpost/epoch/epoch.h"
#include "core/signpost/ingest/person_sort.h"
#include "core/signpost/ingest/sealed_folder.h"
#include "crypto/base/file.h"
#include "crypto/custody/header/key_file_header.h"
#include "policy/decision.h"

namespace signpost::ingest {
namespace {

constexpr size_t kMaxCaseRef = 100;

Result<void> CheckCase(const std::string& case_ref) {
  const bool printable = std::ranges::all_of(case_ref, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte != 0x7f;
  });
  if (case_ref.empty() || case_ref.size() > kMaxCaseRef || !printable) {
    return Fail(Code::kInput, "a case reference has 1 to 100 printable characters", "--case");
  }
  return {};
}

struct TokenKeys {
  std::string opt_out, contact;  // wrapped
  uint16_t opt_out_generation = 1, contact_generation = 1;
};

Result<TokenKeys> ReadTokenKeys(const home::Home& home) {
  TokenKeys keys;
  TRY_ASSIGN(keys.opt_out,
             ReadFile(home.Path("keys/opt-out-token.key"), wire::sealer::kKeyFileMax));
  TRY_ASSIGN(keys.contact,
             ReadFile(home.Path("keys/contact-token.key"), wire::sealer::kKeyFileMax));
  TRY_ASSIGN(const custody::KeyFileHeader opt_out, custody::ReadKeyFileHeader(keys.opt_out));
  TRY_ASSIGN(const custody::KeyFileHeader contact, custody::ReadKeyFileHeader(keys.contact));
  keys.opt_out_generation = opt_out.generation;
  keys.contact_generation = contact.generation;
  return keys;
}

// Receives what the sealer says while the reader reads, and sorts it; then asks the store about
// each person, in its own order, and writes what is kept. The store is locked for that second part
// only.
class Intake {
 public:
  Intake(home::Home& home, const store::EpochRow& epoch, Day expiry, const TokenKeys& keys)
      : home_(home), keys_(keys), today_(home.clock.Now().day()) {
    section_.section = SectionId::Random();
    section_.epoch = epoch.epoch;
    section_.expiry = expiry;
    start_.job = wire::sealer::Job::kImport;
    start_.expiry_day = expiry.days;
    start_.section = section_.section;
    start_.epoch = epoch.epoch;
    std::ranges::copy(epoch.public_key, start_.epoch_public_key);
  }

  const wire::sealer::Start& start() const { return start_; }
  const seal::SectionHeader& section() const { return section_; }
  Result<void> Ready(ByteView section_header);
  Result<void> Take(const wire::Frames& frames);
  // All has come: locks the store. The file, if anybody was new, durable under its name.
  Result<std::optional<store::SealedFileRow>> Close(const std::string& case_ref);
  store::ImportSession& session() { return *session_; }

 private:
  home::Home& home_;
  const TokenKeys& keys_;
  Day today_;
  seal::SectionHeader section_;
  wire::sealer::Start start_{};
  seal::SealedFileHeader header_;
  std::unique_ptr<store::ImportSession> session_;
  std::optional<PersonSort> sort_;
};

Result<void> Intake::Ready(ByteView section_header) {
  const ByteView sealed_key = section_header.last(seal::SectionHeader::kSealedKeyBytes);
  std::ranges::copy(sealed_key, section_.sealed_key.begin());
  header_.file = FileId::Random();
  header_.sections = {section_};
  const Bytes encoded = seal::EncodeHeader(header_);
  if (!std::ranges::equal(ByteView(encoded).subspan(seal::SealedFileHeader::kFixedBytes),
                          section_header)) {
    return Fail(Code::kCorrupt, "sealed another section than it was asked for", "signpost-sealer");
  }
  TRY_ASSIGN(session_, home_.store->BeginImport(today_));
  sort_.emplace(home_.Path("sealed"));
  return {};
}

Result<void> Intake::Take(const wire::Frames& frames) {
  if (!session_) return Fail(Code::kCorrupt, "sent records before its section", "signpost-sealer");
  for (uint32_t i = 0; i < frames.count; ++i) {
    const auto person = frames.As<wire::sealer::SealedPerson>(i);
    if (person.traffic > 1) {
      return Fail(Code::kCorrupt, "sent a flag of no meaning", "signpost-sealer");
    }
    token::OptOutToken token;
    std::ranges::copy(person.opt_out_token, token.bytes.begin());
    token.generation = keys_.opt_out_generation;
    TRY_ASSIGN(const bool opted_out, session_->OptedOut(token));
    if (!opted_out) TRY(sort_->Add(person));
  }
  return {};
}

Result<std::optional<store::SealedFileRow>> Intake::Close(const std::string& case_ref) {
  if (!session_) return Fail(Code::kCorrupt, "ended before it began", "signpost-sealer");
  TRY(sort_->Sort());
  TRY_ASSIGN(SealedWriter writer, SealedWriter::Create(home_, header_));
  TRY(session_->Lock());
  for (;;) {
    TRY_ASSIGN(std::optional<SortedPerson> person, sort_->Next());
    if (!person) break;
    person->person.contact.generation = keys_.contact_generation;
    TRY_ASSIGN(const policy::Eligibility reason, session_->Admit(person->person));
    if (reason == policy::Eligibility::kEligible) TRY(writer.Append({0, person->record}));
  }
  if (writer.records() == 0) return std::optional<store::SealedFileRow>();
  TRY_ASSIGN(WrittenFile written, writer.Commit());
  written.row.case_ref = case_ref;
  return std::optional<store::SealedFileRow>(std::move(written.row));
}

// A folder whose candidates all turned out to be something else.
Result<void> CheckAnySource(const PipelineReport& numbers, const std::string& path) {
  if (!numbers.sources.empty()) return {};
  return Fail(Code::kInput, "no file in it is a source that is known", path,
              "name one of the files itself to hear why it is not read");
}

// One transaction: rows, totals and the ledger entry.
Result<void> Finish(home::Home& home, Intake& intake,
                    const std::optional<store::SealedFileRow>& file, const std::string& case_ref,
                    const wire::reader::Totals& totals, ImportReport& report) {
  const store::ImportRow row{report.import, home.clock.Now().day(), case_ref};
  const auto describe = [&](const ledger::Counts& admitted) {
    report.counts = admitted;
    // Found is every value that was looked at, so that found = new + repeated + withheld +
    // rejected.
    report.counts["found"] += AddRejected(totals, report.counts);
    ledger::ImportDone done;
    done.import = report.import;
    done.section = intake.section().section;
    done.epoch = intake.section().epoch;
    done.expiry = intake.section().expiry;
    done.number_library = report.number_library;
    return std::vector<store::NewEntry>{home.Counted(done, report.counts)};
  };
  return intake.session().Finish(file, row, describe);
}

}  // namespace

Result<ImportReport> ImportFile(home::Home& home, const ImportRequest& request,
                                const OnProgress& on_progress) {
  if (!home.files_lock) return Fail(Code::kInternal, "an import needs the home's lock");
  TRY(CheckCase(request.case_ref));
  TRY_ASSIGN(const wire::reader::Start reader_start,
             ReaderStart(home, wire::reader::Purpose::kImport, request.format, request.region));
  TRY_ASSIGN(Extraction extraction, FindExtraction(request.path));
  TRY_ASSIGN(OpenedFile first, OpenExtractionFile(extraction.files.front().path));
  TRY_ASSIGN(const TokenKeys keys, ReadTokenKeys(home));
  TRY_ASSIGN(const store::EpochRow epoch, epoch::EnsureEpoch(home));
  const Day last =
      policy::LastDay(home.clock.Now().day(), home.policy.retention.sealed_number_days);
  Intake intake(home, epoch, std::min(last, epoch.deadline), keys);

  PipelineJob job;
  job.extraction = extraction;
  job.opened = std::move(first);
  job.reader = reader_start;
  job.sealer = intake.start();
  job.key_files = {keys.opt_out, keys.contact};
  job.on_ready = [&](ByteView section_header) { return intake.Ready(section_header); };
  job.on_frames = [&](const wire::Frames& frames) { return intake.Take(frames); };
  job.on_progress = on_progress;
  TRY_ASSIGN(PipelineReport numbers, RunPipeline(home, std::move(job)));
  TRY(CheckAnySource(numbers, request.path));

  ImportReport report;
  report.import = ImportId::Random();
  report.sources = std::move(numbers.sources);
  report.skipped = std::move(numbers.skipped);
  report.passed_by = numbers.passed_by;
  report.extraction = std::move(extraction);
  report.rows = numbers.totals.rows;
  report.number_library = NumberLibrary(numbers.totals);
  report.expiry = intake.section().expiry;
  TRY_ASSIGN(const std::optional<store::SealedFileRow> file, intake.Close(request.case_ref));
  TRY(Finish(home, intake, file, request.case_ref, numbers.totals, report));
  return report;
}

Result<ImportReport> ExplainFile(const home::Home& home, const ImportRequest& request,
                                 const OnProgress& on_progress) {
  PipelineJob job;
  TRY_ASSIGN(job.reader,
             ReaderStart(home, wire::reader::Purpose::kExplain, request.format, request.region));
  TRY_ASSIGN(job.extraction, FindExtraction(request.path));
  TRY_ASSIGN(job.opened, OpenExtractionFile(job.extraction.files.front().path));
  job.on_progress = on_progress;
  ImportReport report;
  report.extraction = job.extraction;
  TRY_ASSIGN(PipelineReport numbers, RunExplain(std::move(job)));
  TRY(CheckAnySource(numbers, request.path));
  report.sources = std::move(numbers.sources);
  report.skipped = std::move(numbers.skipped);
  report.passed_by = numbers.passed_by;
  report.rows = numbers.totals.rows;
  report.number_library = NumberLibrary(numbers.totals);
  report.counts["found"] = AddRejected(numbers.totals, report.counts) + numbers.totals.values[0];
  return report;
}

}  // namespace signpost::ingest
