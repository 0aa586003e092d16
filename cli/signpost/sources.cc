#include "cli/signpost/sources.h"

#include <fmt/format.h>

#include "core/shared/formats/formats.h"
#include "core/shared/formats/text_formats.h"
#include "core/signpost/ingest/names.h"
#include "crypto/base/redact.h"

namespace signpost::cli {
namespace {

constexpr size_t kMaxPlaces = 20, kMaxSkipped = 20;

std::string NameOf(const ingest::ImportReport& report, const std::string& named,
                   const wire::reader::Found& found) {
  return SourceName(report.extraction, named, found.file, found.entry);
}

// "calls.csv:17, column 5", "export.zip, entry 4, row 17", "sms.db: row 17 of handle".
std::string PlaceText(const std::string& name, const wire::reader::Found& found,
                      const wire::reader::Reject& place) {
  const std::string_view table = formats::ReadingTable(found.format, place.column);
  if (!table.empty()) return fmt::format("{}: row {} of {}", name, place.row, table);
  return fmt::format("{}{}{}{}", name, found.entry == 0 ? ":" : ", row ", place.row,
                     place.column == 0 ? "" : fmt::format(", column {}", place.column));
}

}  // namespace

std::string SourceName(const ingest::Extraction& extraction, const std::string& named,
                       uint32_t file, uint32_t entry) {
  std::string name = named;
  if (extraction.folder && file < extraction.files.size()) {
    name += (name.ends_with('/') ? "" : "/") + extraction.files[file].shown;
  }
  name = OneLine(WithoutNumbers(name));
  return entry == 0 ? name : fmt::format("{}, entry {}", name, entry);
}

std::string FormatText(const wire::reader::Found& found) {
  std::string text(ingest::FormatName(found.format));
  const std::string_view dialect = formats::DialectName(found.dialect);
  if (!dialect.empty()) text += fmt::format(" ({})", dialect);
  return text;
}

std::string EncodingText(const wire::reader::Found& found) {
  if (!formats::HasEncoding(found.format)) return {};
  return std::string(ingest::EncodingName(found.encoding));
}

void SayPlaces(const ingest::ImportReport& report, const std::string& named) {
  size_t said = 0;
  for (const ingest::SourceReport& source : report.sources) {
    for (const wire::reader::Reject& place : source.places) {
      if (said++ == kMaxPlaces) return;
      const std::string name = NameOf(report, named, source.found);
      Say(fmt::format("{}: {}", PlaceText(name, source.found, place),
                      ingest::ReasonText(place.reason)));
    }
  }
}

std::vector<Json> PlacesJson(const ingest::ImportReport& report, const std::string& named) {
  std::vector<Json> list;
  for (const ingest::SourceReport& source : report.sources) {
    for (const wire::reader::Reject& place : source.places) {
      if (list.size() == kMaxPlaces) return list;
      const auto format = source.found.format;
      const std::string_view table = formats::ReadingTable(format, place.column);
      Json one;
      one.Set("source", NameOf(report, named, source.found)).Set("row", place.row);
      if (table.empty()) {
        one.Set("column", uint64_t{place.column});
      } else {
        one.Set("table", table);
      }
      one.Set("reason", ingest::ReasonName(place.reason));
      list.push_back(one);
    }
  }
  return list;
}

void SayTroubles(const ingest::ImportReport& report, const std::string& named) {
  for (const ingest::SourceReport& source : report.sources) {
    const std::string name = NameOf(report, named, source.found);
    const auto damage = source.end.damage;
    if (damage != wire::reader::FileRefusal::kNone) {
      Say(fmt::format("{}: {}; what could be read of it is taken", name,
                      ingest::RefusalText(damage)));
    }
    for (const std::string_view warning : ingest::WarningTexts(source.end.warnings)) {
      Say(fmt::format("{}: {}", name, warning));
    }
  }
  size_t said = 0;
  for (const wire::reader::Skipped& skipped : report.skipped) {
    if (said++ == kMaxSkipped) {
      Say(fmt::format("and {} more files that were not read", report.skipped.size() - kMaxSkipped));
      break;
    }
    Say(fmt::format("{}: not read: {}",
                    SourceName(report.extraction, named, skipped.file, skipped.entry),
                    ingest::RefusalText(skipped.refusal)));
  }
  if (report.passed_by > 0) {
    Say(fmt::format("{}: {} of .xml, .txt or .zip, in no format that is known",
                    OneLine(WithoutNumbers(named)), Plural(report.passed_by, "file", "files")));
  }
}

Json SourceJson(const ingest::ImportReport& report, const std::string& named,
                const ingest::SourceReport& source) {
  Json left_out;
  for (size_t i = 1; i < wire::reader::kReasons; ++i) {
    if (source.end.values[i] == 0) continue;
    left_out.Set(std::string(ingest::ReasonName(static_cast<wire::reader::Reason>(i))),
                 source.end.values[i]);
  }
  std::vector<std::string> warnings;
  for (const std::string_view text : ingest::WarningTexts(source.end.warnings))
    warnings.emplace_back(text);
  Json json;
  json.Set("source", NameOf(report, named, source.found)).Set("rows", source.end.rows);
  json.Set("format", ingest::FormatName(source.found.format));
  json.Set("left_out", left_out).Set("warnings", warnings);
  const auto damage = source.end.damage;
  if (damage != wire::reader::FileRefusal::kNone) json.Set("damage", ingest::RefusalText(damage));
  return json;
}

std::vector<Json> SkippedJson(const ingest::ImportReport& report, const std::string& named) {
  std::vector<Json> list;
  for (const wire::reader::Skipped& skipped : report.skipped) {
    Json one;
    one.Set("source", SourceName(report.extraction, named, skipped.file, skipped.entry));
    one.Set("why", ingest::RefusalText(skipped.refusal));
    list.push_back(one);
  }
  return list;
}

}  // namespace signpost::cli
