#include "core/shared/formats/formats.h"

#include "core/shared/formats/databases.h"
#include "core/shared/formats/text_formats.h"

namespace signpost::formats {
namespace {

constexpr std::string_view kDialects[] = {"",        "Google Contacts", "Outlook",    "Thunderbird",
                                          "iMazing", "iExplorer",       "Cellebrite", "AXIOM"};
static_assert(std::size(kDialects) == static_cast<size_t>(Dialect::kCount));

// "calls (calls), parties of group calls (ZHANDLE), with the day"
std::string Taken(const Database& database) {
  std::string taken;
  for (const Table& table : database.tables) {
    if (table.numbers.empty()) continue;
    taken.append(taken.empty() ? "" : ", ").append(table.people);
    taken.append(" (").append(table.name).append(")");
  }
  return database.has_days ? taken + ", with the day" : taken;
}

std::vector<FormatInfo> Describe() {
  std::vector<FormatInfo> all;
  for (const TextFormat& text : kTextFormats) {
    all.push_back({text.format, text.name, text.title, std::string(text.taken.value), text.left_out,
                   text.sample});
  }
  for (const Database& database : kDatabases) {
    all.push_back({database.format, database.name, database.title, Taken(database),
                   database.left_out, database.sample});
  }
  return all;
}

// Calls `each` with the number of each reading, from 1, and its table.
template <class Each>
void ForReadings(Format format, Each each) {
  const Database* const database = FindDatabase(format);
  if (database == nullptr) return;
  uint32_t number = 0;
  for (const Table& table : database->tables) {
    if (!table.numbers.empty()) each(++number, table);
  }
}

}  // namespace

std::span<const FormatInfo> Formats() {
  static const std::vector<FormatInfo> all = Describe();
  return all;
}

std::string_view SampleText(Sample sample) {
  return sample == Sample::kPublished ? "files after the published format" : "a reconstruction";
}

const FormatInfo* FindFormat(Format format) {
  const auto i = static_cast<size_t>(format);
  return i == 0 || i > Formats().size() ? nullptr : &Formats()[i - 1];
}

std::vector<std::string> NamesForImport() {
  std::vector<std::string> names{"auto"};
  for (const TextFormat& text : kTextFormats) {
    if (text.can_be_named) names.emplace_back(text.name);
  }
  return names;
}

std::optional<Format> FormatForImport(std::string_view name) {
  if (name == "auto") return Format::kAuto;
  for (const TextFormat& text : kTextFormats) {
    if (text.can_be_named && text.name.value == name) return text.format;
  }
  return std::nullopt;
}

std::vector<std::string> ReadingTexts(Format format, uint32_t readings) {
  std::vector<std::string> texts;
  ForReadings(format, [&](uint32_t number, const Table& table) {
    if ((readings >> (number - 1) & 1) == 0) return;
    std::string text(table.name);
    texts.push_back(
        text.append(": ").append(table.numbers).append(" (").append(table.people).append(")"));
  });
  return texts;
}

std::string_view ReadingTable(Format format, uint32_t column) {
  std::string_view found;
  ForReadings(format, [&](uint32_t number, const Table& table) {
    if (number == column) found = table.name;
  });
  return found;
}

std::string_view DialectName(Dialect dialect) {
  const auto i = static_cast<size_t>(dialect);
  return i < std::size(kDialects) ? kDialects[i] : std::string_view();
}

}  // namespace signpost::formats
