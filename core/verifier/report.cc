#include "core/verifier/report.h"

#include <fmt/format.h>

#include <algorithm>

namespace signpost::verifier {
namespace {

constexpr uint64_t kMaxShownFaults = 20;

std::string_view KindName(ReportLine::Kind kind) {
  switch (kind) {
    case ReportLine::Kind::kHeld:
      return "held";
    case ReportLine::Kind::kNotProvable:
      return "not provable";
    case ReportLine::Kind::kBroken:
      return "broken";
    case ReportLine::Kind::kLimit:
      return "not shown";
  }
  return "";
}

// Texts carry names out of the evidence; what they hold must not reach a terminal as an escape.
std::string Plain(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c < 0x20 || c > 0x7e) c = '?';
  }
  return out;
}

std::string Json(std::string_view text) {
  std::string out = "\"";
  for (const char c : Plain(text)) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::string LinesText(const Part& part) {
  std::string out;
  for (const ReportLine& line : part.lines()) {
    out += fmt::format("    {:<13} {}{}\n", KindName(line.kind),
                       line.entry ? fmt::format("entry {}: ", *line.entry) : "", Plain(line.text));
  }
  return out;
}

std::string PartJson(const Part& part) {
  std::string lines;
  for (const ReportLine& line : part.lines()) {
    lines += fmt::format(
        "{}{{\"kind\":{},{}\"text\":{}}}", lines.empty() ? "" : ",", Json(KindName(line.kind)),
        line.entry ? fmt::format("\"entry\":{},", *line.entry) : "", Json(line.text));
  }
  return fmt::format("{{\"name\":{},\"verdict\":{},\"lines\":[{}]}}", Json(part.name()),
                     Json(VerdictName(part.verdict())), lines);
}

}  // namespace

std::string_view VerdictName(Verdict verdict) {
  switch (verdict) {
    case Verdict::kHeld:
      return "held";
    case Verdict::kNotProvable:
      return "not provable from this";
    case Verdict::kBroken:
      return "broken";
  }
  return "";
}

void Part::Add(ReportLine::Kind kind, std::string text, std::optional<uint64_t> entry) {
  if (kind == ReportLine::Kind::kBroken) verdict_ = Verdict::kBroken;
  if (kind == ReportLine::Kind::kNotProvable) verdict_ = std::max(verdict_, Verdict::kNotProvable);
  lines_.push_back({kind, std::move(text), entry});
}

void Check::Fault(ReportLine::Kind kind, std::string text, std::optional<uint64_t> entry) {
  ++faults_;
  // A fault too many is left out, but never one that changes the verdict.
  const bool worse = kind == ReportLine::Kind::kBroken && part_.verdict() != Verdict::kBroken;
  if (faults_ > kMaxShownFaults && !worse) {
    ++left_out_;
    return;
  }
  if (kind == ReportLine::Kind::kBroken) {
    part_.Broken(std::move(text), entry);
  } else {
    part_.NotProvable(std::move(text), entry);
  }
}

void Check::Broken(uint64_t entry, std::string text) {
  Fault(ReportLine::Kind::kBroken, std::move(text), entry);
}
void Check::Broken(std::string text) { Fault(ReportLine::Kind::kBroken, std::move(text), {}); }
void Check::NotProvable(uint64_t entry, std::string text) {
  Fault(ReportLine::Kind::kNotProvable, std::move(text), entry);
}
void Check::NotProvable(std::string text) {
  Fault(ReportLine::Kind::kNotProvable, std::move(text), {});
}

Check::~Check() {
  if (faults_ == 0) {
    part_.Held(count_ == 0 ? fmt::format("{} (none so far)", what_)
                           : fmt::format("{} ({} checked)", what_, count_));
  } else if (left_out_ > 0) {
    part_.NotProvable(fmt::format("{}: {} more of this kind", what_, left_out_));
  }
}

bool Report::AnyBroken() const {
  return tree.verdict() == Verdict::kBroken || signatures.verdict() == Verdict::kBroken ||
         std::any_of(promises.begin(), promises.end(),
                     [](const Part& part) { return part.verdict() == Verdict::kBroken; });
}

std::string ReportText(const Report& report) {
  std::string out = Plain(report.subject) + '\n';
  for (const Part* part : {&report.tree, &report.signatures}) {
    out += fmt::format("  {:<16}{}\n{}", part->title(), VerdictName(part->verdict()),
                       LinesText(*part));
  }
  out += fmt::format("  {:<16}{}\n\n", "Witness", report.witness);
  for (size_t i = 0; i < report.promises.size(); ++i) {
    const Part& part = report.promises[i];
    out += fmt::format("{} {:<16}{}\n{}", i + 1, part.title(), VerdictName(part.verdict()),
                       LinesText(part));
  }
  return out;
}

std::string ReportJson(const Report& report) {
  std::string promises;
  for (const Part& part : report.promises) {
    promises += (promises.empty() ? "" : ",") + PartJson(part);
  }
  return fmt::format(
      "{{\"subject\":{},\"broken\":{},\"tree\":{},\"signatures\":{},\"witness\":{},"
      "\"promises\":[{}]}}\n",
      Json(report.subject), report.AnyBroken(), PartJson(report.tree), PartJson(report.signatures),
      Json(report.witness), promises);
}

}  // namespace signpost::verifier
