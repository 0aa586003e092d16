// Says in words what Signpost reads: for `signpost formats`, `import --explain` and
// core/reader/FORMATS.md, which a test compares with it. All of it comes from the descriptors in
// databases.h and text_formats.h.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/shared/formats/format.h"

namespace signpost::formats {

std::string_view SampleText(Sample sample);

struct FormatInfo {
  Format format;
  std::string_view name;      // "android-calls": for --format, reports and JSON
  std::string_view title;     // "Android calllog.db"
  std::string taken;          // which tables, elements or columns
  std::string_view left_out;  // beside what every format leaves out
  Sample sample;
};

// One for each Format but kAuto, in their order.
std::span<const FormatInfo> Formats();
const FormatInfo* FindFormat(Format format);    // null: kAuto, or none
std::string_view DialectName(Dialect dialect);  // "Google Contacts"; "" for kNone

// What --format may name: "auto", and the formats that can be told from no other by content alone.
std::vector<std::string> NamesForImport();
std::optional<Format> FormatForImport(std::string_view name);

// The readings of a format that the bits name, one line each: "calls: number, date, countryiso".
std::vector<std::string> ReadingTexts(Format format, uint32_t readings);
// Of a place in a database: the table that its column stands for (databases.h); else "".
std::string_view ReadingTable(Format format, uint32_t column);

}  // namespace signpost::formats
