#include "core/signpost/ingest/import.h"

#include <fmt/format.h>

#include "cli/signpost/explain.h"
#include "cli/signpost/open.h"
#include "cli/signpost/options.h"
#include "cli/signpost/print.h"
#include "cli/signpost/sources.h"
#include "core/shared/formats/formats.h"
#include "core/signpost/ingest/names.h"
#include "crypto/base/redact.h"
#include "policy/decision.h"

namespace signpost::cli {
namespace {

// What is said of a file is in it already; what is said of people is withheld when it is too few.
bool OfPeople(const std::string& count) { return !count.starts_with("rejected."); }

// Every class is named, the empty ones too: a line that is missing would tell as much as a number.
ledger::Counts AllClasses(ledger::Counts counts) {
  for (const char* name : {"found", "new", "repeated", "withheld.opted-out", "withheld.protected",
                           "withheld.already-messaged"}) {
    counts.try_emplace(name, 0);
  }
  return counts;
}

std::string Line(const std::string& name, const ingest::SourceReport& source) {
  const std::string encoding = EncodingText(source.found);
  return fmt::format("{}: {}{}{}, {} rows\n", name, FormatText(source.found),
                     encoding.empty() ? "" : ", ", encoding, source.end.rows);
}

void Print(const std::string& named, const ingest::ImportReport& report, int smallest) {
  for (const ingest::SourceReport& source : report.sources) {
    Out(Line(SourceName(report.extraction, named, source.found.file, source.found.entry), source));
  }
  for (const auto& [name, count] : AllClasses(report.counts)) {
    Out(fmt::format(
        "  {:<28} {}\n", name,
        OfPeople(name) ? policy::ReportedCount(count, smallest) : std::to_string(count)));
  }
  SayPlaces(report, named);
  SayTroubles(report, named);
}

Json ToJson(const std::string& named, const ingest::ImportReport& report, int smallest) {
  Json counts;
  for (const auto& [name, count] : AllClasses(report.counts)) {
    SetShown(counts, name, count, OfPeople(name) ? smallest : 0);
  }
  std::vector<Json> sources;
  for (const ingest::SourceReport& source : report.sources) {
    sources.push_back(SourceJson(report, named, source));
  }
  Json json;
  json.Set("file", OneLine(WithoutNumbers(named))).Set("import", report.import.Hex());
  json.Set("rows", report.rows).Set("sources", sources).Set("not_read", SkippedJson(report, named));
  json.Set("passed_by", report.passed_by);
  const auto format = report.sources.front().found.format;
  json.Set("format", report.sources.size() == 1 ? ingest::FormatName(format) : "several");
  json.Set("counts", counts).Set("first_rejected", PlacesJson(report, named));
  json.Set("gone_by", report.expiry.Text());
  return json;
}

ingest::ImportRequest RequestOf(const Options& options, const std::string& path) {
  ingest::ImportRequest request;
  request.path = path;
  request.case_ref = options.case_ref;
  request.region = options.region;
  request.format = formats::FormatForImport(options.format).value_or(formats::Format::kAuto);
  return request;
}

ingest::OnProgress ShowProgress(const std::string& path) {
  return [name = OneLine(WithoutNumbers(path))](const wire::reader::Progress& progress) {
    Progress(fmt::format("{}: {} rows, {} MiB", name, progress.rows, progress.bytes >> 20));
  };
}

}  // namespace

Result<void> RunImport(const Options& options) {
  if (options.explain) return RunExplain(options);
  if (options.case_ref.empty()) {
    return Fail(Code::kUsage, "--case is required", {}, "signpost import --help");
  }
  TRY_ASSIGN(home::Home home, Open(options, Locks::kFiles));
  const int smallest = home.policy.batches.smallest_reported_count;
  std::vector<Json> reports;
  for (const std::string& path : options.files) {
    const Result<ingest::ImportReport> report =
        ingest::ImportFile(home, RequestOf(options, path), ShowProgress(path));
    EndProgress();
    if (!report) return tl::unexpected(report.error());  // the files before it are imported
    if (options.json) {
      reports.push_back(ToJson(path, *report, smallest));
    } else {
      Print(path, *report, smallest);
    }
  }
  if (options.json) Out(Json().Set("imports", reports).Text() + "\n");
  return {};
}

Result<void> RunExplain(const Options& options) {
  TRY_ASSIGN(const home::Home home, Open(options));
  std::vector<Json> files;
  for (const std::string& path : options.files) {
    const Result<ingest::ImportReport> report =
        ingest::ExplainFile(home, RequestOf(options, path), ShowProgress(path));
    EndProgress();
    if (!report) return tl::unexpected(report.error());
    if (options.json) {
      files.push_back(ExplainJson(*report, path));
    } else {
      PrintExplained(*report, path);
    }
  }
  if (options.json) Out(Json().Set("files", files).Text() + "\n");
  return {};
}

}  // namespace signpost::cli
