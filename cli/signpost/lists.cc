// optout add and protect add.
#include <fmt/format.h>

#include "cli/signpost/open.h"
#include "cli/signpost/options.h"
#include "cli/signpost/print.h"
#include "core/signpost/ingest/names.h"
#include "core/signpost/optout/optout.h"
#include "crypto/base/redact.h"

namespace signpost::cli {
namespace {

using AddList = Result<optout::ListReport> (*)(home::Home&, ingest::OpenedFile, const std::string&,
                                               const ingest::OnProgress&);

Result<void> Run(const Options& options, const char* what, AddList add) {
  TRY_ASSIGN(home::Home home, Open(options));
  const std::string& path = options.files.front();
  const std::string name = path == "-" ? "standard input" : path;
  TRY_ASSIGN(ingest::OpenedFile list, ingest::OpenExtractionFile(path));
  TRY_ASSIGN(const optout::ListReport report,
             add(home, std::move(list), name, ingest::OnProgress()));
  // How many of a list are new would answer "is this number known": only what was given is said.
  const auto given = report.counts.find("given");
  const uint64_t recorded = given == report.counts.end() ? 0 : given->second;
  std::vector<Json> places;
  for (const wire::reader::Reject& place : report.places) {
    const auto reason = place.reason;
    Say(fmt::format("{}:{}: not recorded: {}", WithoutNumbers(name), place.row,
                    ingest::ReasonText(reason)));
    places.push_back(Json().Set("row", place.row).Set("reason", ingest::ReasonName(reason)));
  }
  if (options.json) {
    Out(Json().Set("recorded", recorded).Set("not_recorded", places).Text() + "\n");
  } else {
    Out(fmt::format("{}: {} recorded\n", what, recorded));
  }
  if (!report.places.empty()) {
    return Fail(Code::kInput, "some lines are not telephone numbers and were not recorded", name,
                "fix those lines and add them again; the others are recorded");
  }
  return {};
}

}  // namespace

Result<void> RunOptOutAdd(const Options& options) {
  return Run(options, "opt-outs", optout::AddOptOuts);
}
Result<void> RunProtectAdd(const Options& options) {
  return Run(options, "protected numbers", optout::AddProtected);
}

}  // namespace signpost::cli
