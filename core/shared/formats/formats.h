// What Signpost reads, in words: for `signpost formats`, `import --explain` and
// core/reader/FORMATS.md, which a test compares with it. Data only: how it is read is in
// core/reader/extraction, core/reader/archive and core/reader/database, which `signpost` does not
// link.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/shared/wire/reader_boundary.h"

namespace signpost::formats {

enum class Sample : uint8_t {
  kPublished,  // written after a format that is published (an RFC, a tool's documented headings)
  kReconstruction,  // written after other people's parsers: no genuine sample could be had
};
std::string_view SampleText(Sample sample);

struct FormatInfo {
  wire::reader::Format format;
  std::string_view name;      // "android-calls": for --format, reports and JSON
  std::string_view title;     // "Android call log (calllog.db)"
  std::string_view taken;     // which tables, elements or columns
  std::string_view left_out;  // beside what every format leaves out
  Sample sample;
};

// One for each Format but kAuto, in their order.
std::span<const FormatInfo> Formats();
const FormatInfo* FindFormat(wire::reader::Format format);    // null: kAuto, or none
std::string_view DialectName(wire::reader::Dialect dialect);  // "Google Contacts"; "" for kNone

// The readings of a format that the bits name, one line each: "calls: number, date, countryiso".
std::vector<std::string> ReadingTexts(wire::reader::Format format, uint32_t readings);
// Of a place in a database: the table that its column stands for (readings.h); else "".
std::string_view ReadingTable(wire::reader::Format format, uint32_t column);

}  // namespace signpost::formats
