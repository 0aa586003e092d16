#include "core/reader/extraction/sniff.h"

#include <algorithm>
#include <optional>

#include "core/reader/extraction/columns.h"
#include "core/reader/extraction/csv_rows.h"
#include "core/reader/extraction/header.h"
#include "core/reader/extraction/lines.h"
#include "core/reader/extraction/list.h"
#include "core/reader/extraction/parser.h"
#include "core/reader/extraction/report_formats.h"
#include "core/reader/extraction/value.h"
#include "core/reader/extraction/vcard.h"
#include "core/reader/text/decoder.h"
#include "core/reader/text/detect.h"
#include "crypto/memory/secret.h"
#include "crypto/memory/wiped.h"

namespace signpost::reader::extraction {
namespace {

using formats::Format;
using wire::reader::FileRefusal;

constexpr size_t kSampleRows = 200;
constexpr size_t kSampleCellBytes = 512;
constexpr std::string_view kUsualDelimiters = ",;\t|";
constexpr std::string_view kRareDelimiters = "^~:\x1f";

// The first rows of `text`, read with one delimiter, and what they say.
struct Table {
  Layout layout;
  size_t rows = 0, wide = 0, usual = 0;  // wide: two cells or more; usual: as many as most have
  bool headed_strongly = false;

  bool IsTable() const { return rows > 0 && wide * 2 >= rows; }
  bool HasNumbers() const { return layout.NumberColumns() > 0; }
  // Which of two readings is better.
  auto Rank() const {
    return std::pair(HasNumbers(), static_cast<double>(2 * wide + usual) /
                                       static_cast<double>(std::max<size_t>(rows, 1)));
  }
};

// The delimiter that a spreadsheet wrote into the first line: sep=;
std::optional<char> SaidDelimiter(std::string_view text) {
  if (LowerAscii(text.substr(0, 4)) != "sep=" || text.size() < 6) return std::nullopt;
  return text[5] == '\r' || text[5] == '\n' ? std::optional(text[4]) : std::nullopt;
}

SampleRows ReadRows(std::string_view text, char delimiter) {
  SampleRows rows;
  const auto bad = [&rows](uint64_t) { rows.emplace_back(); };
  const auto row = [&rows, delimiter](uint64_t, std::string_view line) {
    if (rows.size() >= kSampleRows) return true;
    CsvCells cells(line, delimiter);
    auto& kept = rows.emplace_back();
    memory::Wiped<std::string> cell;
    while (kept.size() < kMaxColumns && cells.Next(&cell, kSampleCellBytes)) kept.push_back(cell);
    return true;
  };
  CsvRows scanner(delimiter, row, bad);
  if (scanner.Feed(text) == FileRefusal::kNone) static_cast<void>(scanner.Finish());
  return rows;
}

Table TryDelimiter(std::string_view text, char delimiter) {
  SampleRows rows = ReadRows(text, delimiter);
  const bool said = SaidDelimiter(text).has_value();
  if (said && !rows.empty()) rows.erase(rows.begin());
  Table table;
  table.layout.format = Format::kCsv;
  table.layout.delimiter = delimiter;
  ChooseColumns(rows, table.layout);
  if (table.layout.header) {
    const auto& header = rows[table.layout.rows_before_data - 1];
    table.headed_strongly = std::any_of(header.begin(), header.end(), [](const std::string& cell) {
      return HeadingOf(cell) == Heading::kStrong || HeadingOf(cell) == Heading::kWeak;
    });
  }
  if (said) ++table.layout.rows_before_data;
  std::vector<size_t> widths;
  for (auto& row : rows) {
    table.wide += row.size() >= 2;
    widths.push_back(row.size());
    for (std::string& cell : row) memory::WipeText(cell);
  }
  table.rows = rows.size();
  for (const size_t width : widths) {
    const auto same = std::count(widths.begin(), widths.end(), width);
    if (width >= 2) table.usual = std::max(table.usual, static_cast<size_t>(same));
  }
  return table;
}

Table BestTable(std::string_view text, std::string_view delimiters) {
  Table best = TryDelimiter(text, delimiters[0]);
  for (const char delimiter : delimiters.substr(1)) {
    Table table = TryDelimiter(text, delimiter);
    const bool better = table.IsTable() > best.IsTable() ||
                        (table.IsTable() == best.IsTable() && table.Rank() > best.Rank());
    if (better) best = std::move(table);
  }
  return best;
}

// The lines of a sample, as far as a list is concerned.
struct Entries {
  size_t entries = 0, comments = 0, numbers = 0, with_digits = 0;
  bool vcard_first = false, vcard_any = false, comment_first = false, markup = false;
  bool IsList() const { return entries == 0 ? comments > 0 : numbers * 2 >= entries; }
};

Entries CountEntries(std::string_view text) {
  Entries count;
  bool first = true;
  Lines lines([&](uint64_t, std::string_view line) {
    if (IsBlank(line)) return;
    const bool vcard = BeginsVcard(line);
    if (first) {
      count.vcard_first = vcard;
      count.comment_first = ListEntry(line).empty();
      const std::string_view head = Trim(line);
      count.markup = head[0] == '<' || head[0] == '{' || head.starts_with("[{");
    }
    first = false;
    count.vcard_any |= vcard;
    const std::string_view entry = ListEntry(line);
    if (entry.empty()) {
      ++count.comments;
      return;
    }
    ++count.entries;
    const auto values = SplitValues(entry);
    count.numbers += std::all_of(values.begin(), values.end(), [](std::string_view v) {
      return LikenessOf(v) != Likeness::kNone;
    });
    count.with_digits += CountDigits(entry) > 0;
  });
  if (lines.Feed(text) == FileRefusal::kNone) lines.Finish();
  return count;
}

Sniffed Refuse(FileRefusal refusal) { return {{}, refusal}; }

Sniffed Plain(Format format) {
  Layout layout;
  layout.format = format;
  return {layout, FileRefusal::kNone};
}

Sniffed AsTable(const Table& table) {
  return {table.layout, table.HasNumbers() ? FileRefusal::kNone : FileRefusal::kNoNumberColumn};
}

Sniffed SniffText(std::string_view text, Format wanted) {
  const Entries entries = CountEntries(text);
  if (wanted == Format::kVcard) {
    return entries.vcard_any ? Plain(Format::kVcard) : Refuse(FileRefusal::kWrongFormat);
  }
  if (entries.vcard_first) {
    return wanted == Format::kAuto ? Plain(Format::kVcard) : Refuse(FileRefusal::kWrongFormat);
  }
  const Format report = ReportFormatOf(text, entries.markup);
  if (report != Format::kAuto && (wanted == Format::kAuto || wanted == report)) {
    return Plain(report);
  }
  if (entries.markup) {
    return Refuse(wanted == Format::kAuto ? FileRefusal::kUnknownFormat
                                          : FileRefusal::kWrongFormat);
  }
  const bool text_format =
      wanted == Format::kAuto || wanted == Format::kCsv || wanted == Format::kList;
  if (!text_format) return Refuse(FileRefusal::kWrongFormat);
  if (const auto said = SaidDelimiter(text); said && wanted != Format::kList) {
    return AsTable(TryDelimiter(text, *said));
  }
  if (wanted == Format::kAuto && entries.comment_first && entries.IsList()) {
    return Plain(Format::kList);  // whatever punctuation is in the comment
  }
  const Table usual = BestTable(text, kUsualDelimiters);
  const bool is_usual = usual.IsTable() && usual.HasNumbers();
  if (wanted == Format::kList) {
    const bool table = is_usual && usual.headed_strongly && !entries.IsList();
    const bool words = entries.entries > 0 && entries.with_digits == 0;
    return table || words ? Refuse(FileRefusal::kWrongFormat) : Plain(Format::kList);
  }
  if (is_usual) return AsTable(usual);
  if (wanted == Format::kAuto && entries.IsList() && !usual.headed_strongly) {
    return Plain(Format::kList);
  }
  const Table rare = BestTable(text, kRareDelimiters);
  if (rare.IsTable() && rare.HasNumbers()) return AsTable(rare);
  const Table single = TryDelimiter(text, ',');  // one column
  if (single.HasNumbers() && (single.layout.header || wanted == Format::kCsv)) {
    return AsTable(single);
  }
  const bool table = usual.IsTable() || wanted == Format::kCsv;
  return Refuse(table ? FileRefusal::kNoNumberColumn : FileRefusal::kUnknownFormat);
}

}  // namespace

Sniffed Sniff(ByteView sample, bool complete, Format wanted) {
  const text::Detected detected = text::DetectEncoding(sample, complete);
  if (detected.refusal != FileRefusal::kNone) return Refuse(detected.refusal);
  memory::Wiped<std::string> text;
  text.reserve(3 * sample.size() + 8);
  text::TextDecoder decoder(detected.encoding);
  decoder.Feed(sample, text);
  Sniffed sniffed = SniffText(text, wanted);
  sniffed.layout.encoding = detected.encoding;
  return sniffed;
}

}  // namespace signpost::reader::extraction
