#include "core/signpost/doctor/doctor.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/signpost/options.h"
#include "cli/signpost/print.h"
#include "crypto/base/redact.h"

namespace signpost::cli {
namespace {

using Level = doctor::Finding::Level;

std::string ToText(const std::vector<doctor::Finding>& findings) {
  std::string text, area;
  for (const doctor::Finding& finding : findings) {
    if (finding.area != area) text += (area.empty() ? "" : "\n") + finding.area + "\n";
    area = finding.area;
    text += fmt::format("  {:<8} {:<16} {}\n", doctor::LevelName(finding.level), finding.name,
                        finding.what);
    if (!finding.fix.empty()) text += fmt::format("{:28}hint: {}\n", "", finding.fix);
  }
  return text;
}

Json ToJson(const std::vector<doctor::Finding>& findings) {
  std::vector<Json> list;
  for (const doctor::Finding& finding : findings) {
    Json json;
    json.Set("area", finding.area).Set("name", finding.name).Set("what", finding.what);
    json.Set("level",
             finding.level == Level::kMissing ? "missing" : doctor::LevelName(finding.level));
    if (!finding.fix.empty()) json.Set("fix", finding.fix);
    list.push_back(json);
  }
  return Json().Set("checks", list);
}

bool IsMissing(const doctor::Finding& finding) { return finding.level == Level::kMissing; }

}  // namespace

Result<void> RunDoctor(const Options& options) {
  std::vector<doctor::Finding> findings = doctor::CheckMachine({});
  for (doctor::Finding& finding : doctor::CheckProcesses()) findings.push_back(std::move(finding));
  const bool machine = std::any_of(findings.begin(), findings.end(), IsMissing);
  if (!options.home.empty()) {
    home::HomeOptions home;
    home.path = options.home;
    while (home.path.size() > 1 && home.path.back() == '/') home.path.pop_back();
    if (options.at) home.clock = Clock::StartingAt(*options.at);
    home.by = options.by;
    for (doctor::Finding& finding : doctor::CheckHome(home)) findings.push_back(std::move(finding));
  }
  // A home is called what somebody called it, in JSON, too.
  for (doctor::Finding& finding : findings) {
    finding.what = OneLine(WithoutNumbers(finding.what));
    finding.fix = OneLine(WithoutNumbers(finding.fix));
  }
  Out(options.json ? ToJson(findings).Text() + "\n" : ToText(findings));
  if (machine) {
    return Fail(Code::kSandbox, "something that the lock-down needs is missing on this machine", {},
                "the lines that say MISSING say how to get it");
  }
  if (std::any_of(findings.begin(), findings.end(), IsMissing)) {
    return Fail(Code::kCorrupt, "something that the home needs is missing", options.home,
                "the lines that say MISSING say how to get it");
  }
  return {};
}

}  // namespace signpost::cli
