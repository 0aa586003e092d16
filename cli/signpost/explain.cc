#include "cli/signpost/explain.h"

#include <fmt/format.h>

#include "cli/signpost/sources.h"
#include "core/shared/formats/formats.h"
#include "core/signpost/ingest/names.h"

namespace signpost::cli {
namespace {

// What is read: columns of a table, or tables of a database, else what the format says of itself.
std::vector<std::string> Reads(const ingest::SourceReport& source) {
  std::vector<std::string> reads;
  for (const wire::reader::Column& column : source.columns) {
    reads.push_back(fmt::format("column {}: {}", column.column, ingest::RoleText(column.role)));
  }
  const auto format = source.found.format;
  for (const std::string& reading : formats::ReadingTexts(format, source.found.readings)) {
    reads.push_back(reading);
  }
  const formats::FormatInfo* info = formats::FindFormat(format);
  if (reads.empty() && info != nullptr) reads.emplace_back(info->taken);
  return reads;
}

}  // namespace

void PrintExplained(const ingest::ImportReport& report, const std::string& named) {
  for (const ingest::SourceReport& source : report.sources) {
    const formats::FormatInfo* info = formats::FindFormat(source.found.format);
    const std::string encoding = EncodingText(source.found);
    Out(fmt::format("{}: {}{}{}\n",
                    SourceName(report.extraction, named, source.found.file, source.found.entry),
                    info == nullptr ? "" : info->title, encoding.empty() ? "" : ", ", encoding));
    const std::string_view dialect = formats::DialectName(source.found.dialect);
    if (!dialect.empty()) Out(fmt::format("  {:<12} {}\n", "made by", dialect));
    for (const std::string& text : Reads(source)) Out(fmt::format("  {:<12} {}\n", "reads", text));
    Out(fmt::format("  {:<12} {}\n", "rows", source.end.rows));
    Out(fmt::format("  {:<12} {} ({} in calls or messages, {} with a day)\n", "taken",
                    source.end.values[0], source.end.traffic, source.end.dated));
    for (size_t i = 1; i < wire::reader::kReasons; ++i) {
      if (source.end.values[i] == 0) continue;
      Out(fmt::format("  {:<12} {}: {}\n", "left out", source.end.values[i],
                      ingest::ReasonText(static_cast<wire::reader::Reason>(i))));
    }
  }
  SayTroubles(report, named);
}

Json ExplainJson(const ingest::ImportReport& report, const std::string& named) {
  std::vector<Json> sources;
  for (const ingest::SourceReport& source : report.sources) {
    Json json = SourceJson(report, named, source);
    json.Set("reads", Reads(source)).Set("taken", source.end.values[0]);
    json.Set("in_traffic", source.end.traffic).Set("with_a_day", source.end.dated);
    sources.push_back(json);
  }
  Json json;
  json.Set("sources", sources).Set("not_read", SkippedJson(report, named));
  return json;
}

}  // namespace signpost::cli
