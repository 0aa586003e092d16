#include "cli/signpost/sources.h"

#include <fmt/format.h>

#include "core/shared/formats/formats.h"
#include "core/signpost/ingest/names.h"
#include "crypto/base/redact.h"

namespace signpost::cli {
namespace {

constexpr size_t kMostPlaces = 20, kMostSkipped = 20;

std::string NameOf(const ImportReport& report, const std::string& named,
                   const reader::Found& found) {
  return SourceName(report.evidence, named, found.file, found.entry);
}

// "calls.csv:17, column 5", "export.zip, entry 4, row 17", "sms.db: row 17 of handle".
std::string PlaceText(const std::string& name, const reader::Found& found,
                      const reader::Reject& place) {
  const std::string_view table =
      ReadingTable(static_cast<reader::Format>(found.format), place.column);
  if (!table.empty()) return fmt::format("{}: row {} of {}", name, place.row, table);
  return fmt::format("{}{}{}{}", name, found.entry == 0 ? ":" : ", row ", place.row,
                     place.column == 0 ? "" : fmt::format(", column {}", place.column));
}

}  // namespace

std::string SourceName(const EvidenceSet& evidence, const std::string& named, uint32_t file,
                       uint32_t entry) {
  std::string name = named;
  if (evidence.folder && file < evidence.files.size()) {
    name += (name.ends_with('/') ? "" : "/") + evidence.files[file].shown;
  }
  name = OneLine(WithoutNumbers(name));
  return entry == 0 ? name : fmt::format("{}, entry {}", name, entry);
}

std::string FormatText(const reader::Found& found) {
  std::string text(FormatName(static_cast<reader::Format>(found.format)));
  const std::string_view dialect = DialectName(static_cast<reader::Dialect>(found.dialect));
  if (!dialect.empty()) text += fmt::format(" ({})", dialect);
  return text;
}

std::string EncodingText(const reader::Found& found) {
  switch (static_cast<reader::Format>(found.format)) {
    case reader::Format::kCsv:
    case reader::Format::kVcard:
    case reader::Format::kList:
    case reader::Format::kXryText:
    case reader::Format::kCellebriteXml:
    case reader::Format::kSmsBackupXml:
      return std::string(EncodingName(static_cast<reader::Encoding>(found.encoding)));
    default:
      return {};
  }
}

void SayPlaces(const ImportReport& report, const std::string& named) {
  size_t said = 0;
  for (const SourceReport& source : report.sources) {
    for (const reader::Reject& place : source.places) {
      if (said++ == kMostPlaces) return;
      const std::string name = NameOf(report, named, source.found);
      Say(fmt::format("{}: {}", PlaceText(name, source.found, place),
                      ReasonText(static_cast<reader::Reason>(place.reason))));
    }
  }
}

std::vector<Json> PlacesJson(const ImportReport& report, const std::string& named) {
  std::vector<Json> list;
  for (const SourceReport& source : report.sources) {
    for (const reader::Reject& place : source.places) {
      if (list.size() == kMostPlaces) return list;
      const auto format = static_cast<reader::Format>(source.found.format);
      const std::string_view table = ReadingTable(format, place.column);
      Json one;
      one.Set("source", NameOf(report, named, source.found)).Set("row", place.row);
      if (table.empty()) {
        one.Set("column", uint64_t{place.column});
      } else {
        one.Set("table", table);
      }
      one.Set("reason", ReasonName(static_cast<reader::Reason>(place.reason)));
      list.push_back(one);
    }
  }
  return list;
}

void SayTroubles(const ImportReport& report, const std::string& named) {
  for (const SourceReport& source : report.sources) {
    const std::string name = NameOf(report, named, source.found);
    const auto damage = static_cast<reader::FileRefusal>(source.end.damage);
    if (damage != reader::FileRefusal::kNone) {
      Say(fmt::format("{}: {}; what could be read of it is taken", name, RefusalText(damage)));
    }
    for (const std::string_view warning : WarningTexts(source.end.warnings)) {
      Say(fmt::format("{}: {}", name, warning));
    }
  }
  size_t said = 0;
  for (const reader::Skipped& skipped : report.skipped) {
    if (said++ == kMostSkipped) {
      Say(fmt::format("and {} more files that were not read",
                      report.skipped.size() - kMostSkipped));
      break;
    }
    Say(fmt::format("{}: not read: {}",
                    SourceName(report.evidence, named, skipped.file, skipped.entry),
                    RefusalText(static_cast<reader::FileRefusal>(skipped.refusal))));
  }
  if (report.passed_by > 0) {
    Say(fmt::format("{}: {} of .xml, .txt or .zip, in no format that is known",
                    OneLine(WithoutNumbers(named)), Plural(report.passed_by, "file", "files")));
  }
}

Json SourceJson(const ImportReport& report, const std::string& named, const SourceReport& source) {
  Json left_out;
  for (size_t i = 1; i < reader::kReasons; ++i) {
    if (source.end.values[i] == 0) continue;
    left_out.Set(std::string(ReasonName(static_cast<reader::Reason>(i))), source.end.values[i]);
  }
  std::vector<std::string> warnings;
  for (const std::string_view text : WarningTexts(source.end.warnings)) warnings.emplace_back(text);
  Json json;
  json.Set("source", NameOf(report, named, source.found)).Set("rows", source.end.rows);
  json.Set("format", FormatName(static_cast<reader::Format>(source.found.format)));
  json.Set("left_out", left_out).Set("warnings", warnings);
  const auto damage = static_cast<reader::FileRefusal>(source.end.damage);
  if (damage != reader::FileRefusal::kNone) json.Set("damage", RefusalText(damage));
  return json;
}

std::vector<Json> SkippedJson(const ImportReport& report, const std::string& named) {
  std::vector<Json> list;
  for (const reader::Skipped& skipped : report.skipped) {
    Json one;
    one.Set("source", SourceName(report.evidence, named, skipped.file, skipped.entry));
    one.Set("why", RefusalText(static_cast<reader::FileRefusal>(skipped.refusal)));
    list.push_back(one);
  }
  return list;
}

}  // namespace signpost::cli
