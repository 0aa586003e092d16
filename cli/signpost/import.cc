#include "core/intake/import.h"

#include <fmt/format.h>

#include "cli/signpost/open.h"
#include "cli/signpost/options.h"
#include "cli/signpost/print.h"
#include "core/intake/names.h"
#include "crypto/base/file.h"
#include "crypto/base/redact.h"

namespace signpost::cli {
namespace {

reader::Format FormatOf(const std::string& name) {
  if (name == "csv") return reader::Format::kCsv;
  if (name == "vcard") return reader::Format::kVcard;
  if (name == "list") return reader::Format::kList;
  return reader::Format::kAuto;
}

// What is said of a file is in it already; what is said of people is withheld when it is too few.
bool OfPeople(const std::string& count) { return !count.starts_with("rejected."); }

// Every class is named, the empty ones too: a line that is missing would tell as much as a number.
Counts AllClasses(Counts counts) {
  for (const char* name : {"found", "new", "repeated", "withheld.opted-out", "withheld.protected",
                           "withheld.already-messaged"}) {
    counts.try_emplace(name, 0);
  }
  return counts;
}

void Print(const std::string& shown, const ImportReport& report, int smallest) {
  Out(fmt::format("{}: {}, {}, {} rows\n", shown,
                  FormatName(static_cast<reader::Format>(report.found.format)),
                  EncodingName(static_cast<reader::Encoding>(report.found.encoding)), report.rows));
  for (const auto& [name, count] : AllClasses(report.counts)) {
    Out(fmt::format("  {:<28} {}\n", name,
                    OfPeople(name) ? Shown(count, smallest) : std::to_string(count)));
  }
  for (const reader::Reject& place : report.places) {
    const std::string column = place.column == 0 ? "" : fmt::format(", column {}", place.column);
    Say(fmt::format("{}:{}{}: {}", shown, place.row, column,
                    ReasonText(static_cast<reader::Reason>(place.reason))));
  }
}

Json ToJson(const std::string& shown, const ImportReport& report, int smallest) {
  Json counts;
  for (const auto& [name, count] : AllClasses(report.counts)) {
    SetShown(counts, name, count, OfPeople(name) ? smallest : 0);
  }
  std::vector<Json> places;
  for (const reader::Reject& place : report.places) {
    Json one;
    one.Set("row", place.row).Set("column", uint64_t{place.column});
    one.Set("reason", ReasonName(static_cast<reader::Reason>(place.reason)));
    places.push_back(one);
  }
  Json json;
  json.Set("file", shown).Set("import", report.import.Hex()).Set("rows", report.rows);
  json.Set("format", FormatName(static_cast<reader::Format>(report.found.format)));
  json.Set("counts", counts).Set("first_rejected", places);
  json.Set("gone_by", report.expiry.Text());
  return json;
}

}  // namespace

Result<void> RunImport(const Options& options) {
  TRY_ASSIGN(Home home, Open(options, Locks::kFiles));
  const int smallest = home.policy.batches.smallest_reported_count;
  std::vector<Json> reports;
  for (const std::string& path : options.files) {
    // A number can be typed for a file, and a file can be called anything.
    const std::string shown = OneLine(WithoutNumbers(path));
    ImportRequest request;
    request.path = path;
    request.case_ref = options.case_ref;
    request.region = options.region;
    request.format = FormatOf(options.format);
    const Result<ImportReport> report =
        ImportFile(home, request, [&](const reader::Progress& progress) {
          Progress(fmt::format("{}: {} rows, {} MiB", shown, progress.rows, progress.bytes >> 20));
        });
    EndProgress();
    if (!report) return tl::unexpected(report.error());  // the files before it are imported
    if (options.json) {
      reports.push_back(ToJson(shown, *report, smallest));
    } else {
      Print(shown, *report, smallest);
    }
  }
  if (options.json) Out(Json().Set("imports", reports).Text() + "\n");
  return {};
}

}  // namespace signpost::cli
