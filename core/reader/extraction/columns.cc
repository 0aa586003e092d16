#include "core/reader/extraction/columns.h"

#include <algorithm>
#include <optional>

#include "core/reader/extraction/dialect.h"
#include "core/reader/extraction/header.h"
#include "core/reader/extraction/value.h"

namespace signpost::reader::extraction {
namespace {

// A title or two may stand above the header ("Contacts (480)").
constexpr size_t kHeaderWithin = 5;

bool HasNumber(const std::vector<std::string>& row) {
  return std::any_of(row.begin(), row.end(), [](const std::string& cell) {
    const auto values = SplitValues(cell);
    return std::any_of(values.begin(), values.end(),
                       [](std::string_view v) { return LikenessOf(v) != Likeness::kNone; });
  });
}

size_t CountFilled(const std::vector<std::string>& row) {
  return static_cast<size_t>(
      std::count_if(row.begin(), row.end(), [](const std::string& c) { return !IsBlank(c); }));
}

bool SaysNumber(Heading heading) {
  return heading == Heading::kStrong || heading == Heading::kWeak || heading == Heading::kFax;
}

std::optional<size_t> FindHeader(const SampleRows& rows) {
  std::optional<size_t> vague;  // a header that names no number: Name, Details
  for (size_t i = 0; i < std::min(rows.size(), kHeaderWithin); ++i) {
    if (HasNumber(rows[i])) break;
    bool number = false, known = false;
    for (const std::string& cell : rows[i]) {
      const Heading heading = HeadingOf(cell);
      number = number || SaysNumber(heading);
      known = known || heading != Heading::kUnknown;
    }
    // A title above a table has one cell, or fills one of a row above a header of several.
    const bool title = i + 1 < rows.size() && CountFilled(rows[i]) == 1 &&
                       (rows[i].size() < rows[i + 1].size() ||
                        (CountFilled(rows[i + 1]) > 1 && !HasNumber(rows[i + 1])));
    if (title) continue;
    if (number) return i;
    if (known && !vague) vague = i;
  }
  return vague;
}

// Of a column's sampled cells: how many hold something, a number, or a number without doubt.
struct Content {
  size_t filled = 0, like = 0, surely = 0, digits = 0;
  bool Mostly() const { return filled > 0 && like * 2 >= filled; }
};

std::vector<Content> Measure(const SampleRows& rows, size_t from) {
  std::vector<Content> columns;
  for (size_t r = from; r < rows.size(); ++r) {
    if (columns.size() < rows[r].size()) columns.resize(rows[r].size());
    for (size_t c = 0; c < rows[r].size(); ++c) {
      const auto values = SplitValues(rows[r][c]);
      if (values.empty()) continue;
      Likeness best = Likeness::kNone;
      size_t digits = 0;
      for (const std::string_view v : values) {
        best = std::max(best, LikenessOf(v));
        digits = std::max(digits, CountDigits(v));
      }
      ++columns[c].filled;
      columns[c].like += best != Likeness::kNone;
      columns[c].surely += best == Likeness::kNumber;
      columns[c].digits += digits >= 3;
    }
  }
  return columns;
}

// By content alone. Where one column looks like numbers to a human eye, columns of bare digits
// beside it are more likely ids and time stamps.
std::vector<ColumnRole> ByContent(const std::vector<Content>& columns,
                                  const std::vector<Heading>& headings) {
  std::vector<ColumnRole> roles(columns.size(), ColumnRole::kSkip);
  const auto allowed = [&](size_t c) {
    const Heading heading = c < headings.size() ? headings[c] : Heading::kUnknown;
    return heading != Heading::kFax && heading != Heading::kOther && heading != Heading::kTypeOf;
  };
  const auto surely = [](const Content& c) { return c.Mostly() && c.surely * 5 >= c.filled; };
  bool any_sure = false;
  for (size_t c = 0; c < columns.size(); ++c) any_sure |= allowed(c) && surely(columns[c]);
  for (size_t c = 0; c < columns.size(); ++c) {
    const bool take = any_sure ? surely(columns[c]) : columns[c].Mostly();
    if (take && allowed(c)) roles[c] = ColumnRole::kNumber;
  }
  return roles;
}

std::vector<ColumnRole> ByHeader(const std::vector<Content>& columns,
                                 const std::vector<Heading>& headings) {
  const auto content = [&](size_t c) { return c < columns.size() ? columns[c] : Content(); };
  bool any_digits = false, any_strong = false;
  for (size_t c = 0; c < headings.size(); ++c) {
    if (headings[c] != Heading::kStrong) continue;
    any_strong = true;
    any_digits |= content(c).digits > 0;
  }
  std::vector<ColumnRole> roles(headings.size(), ColumnRole::kSkip);
  size_t numbers = 0;
  for (size_t c = 0; c < headings.size(); ++c) {
    const Content here = content(c);
    // "Mobile" may be the name of a network: words only, while another column has numbers.
    const bool words = here.filled > 0 && here.digits == 0 && any_digits;
    const bool strong = headings[c] == Heading::kStrong && !words;
    const bool weak =
        headings[c] == Heading::kWeak && here.like * 10 >= here.filled * 3 && here.filled > 0;
    if (strong || weak) {
      roles[c] = ColumnRole::kNumber;
      ++numbers;
    } else if (headings[c] == Heading::kTypeOf) {
      roles[c] = ColumnRole::kTypeOfNext;
    }
  }
  if (numbers > 0 || any_strong) return roles;
  // "Number" over cells that are no numbers (a spreadsheet destroyed them): to be counted, so read.
  const auto weak = std::find(headings.begin(), headings.end(), Heading::kWeak);
  if (weak != headings.end())
    roles[static_cast<size_t>(weak - headings.begin())] = ColumnRole::kNumber;
  return roles;
}

bool AnyNumber(const std::vector<ColumnRole>& roles) {
  return std::find(roles.begin(), roles.end(), ColumnRole::kNumber) != roles.end();
}

}  // namespace

uint32_t Layout::NumberColumns() const {
  return static_cast<uint32_t>(std::count(roles.begin(), roles.end(), ColumnRole::kNumber));
}

namespace {

void ChooseNumbers(const SampleRows& rows, std::optional<size_t> header, Layout& layout) {
  layout.header = header.has_value();
  layout.rows_before_data = header ? static_cast<uint32_t>(*header + 1) : 0;
  const std::vector<Content> columns = Measure(rows, layout.rows_before_data);
  std::vector<Heading> headings;
  if (header) {
    for (const std::string& cell : rows[*header]) headings.push_back(HeadingOf(cell));
    // A weak heading over words gives way to a column that holds numbers under an unknown one.
    const std::vector<ColumnRole> by_content = ByContent(columns, headings);
    const bool strong =
        std::find(headings.begin(), headings.end(), Heading::kStrong) != headings.end();
    layout.roles = !strong && AnyNumber(by_content) ? by_content : ByHeader(columns, headings);
    return;
  }
  layout.roles = ByContent(columns, {});
  // Headings in a language that the vocabulary does not know: words over a column of numbers.
  if (rows.size() < 2 || HasNumber(rows[0])) return;
  for (size_t c = 0; c < std::min(rows[0].size(), layout.roles.size()); ++c) {
    const bool word = !IsBlank(rows[0][c]) && CountDigits(rows[0][c]) == 0;
    if (layout.roles[c] == ColumnRole::kNumber && word) {
      layout.header = true;
      layout.rows_before_data = 1;
    }
  }
}

}  // namespace

void ChooseColumns(const SampleRows& rows, Layout& layout) {
  const std::optional<size_t> header = FindHeader(rows);
  ChooseNumbers(rows, header, layout);
  if (header) {
    for (size_t c = 0; c < rows[*header].size() && layout.NumberColumns() > 0; ++c) {
      if (c >= layout.roles.size()) layout.roles.resize(c + 1, ColumnRole::kSkip);
      const bool fax = HeadingOf(rows[*header][c]) == Heading::kFax;
      if (fax && layout.roles[c] == ColumnRole::kSkip) layout.roles[c] = ColumnRole::kNoHandset;
    }
    layout.dialect = DialectOf(rows[*header]);
    ApplyDialect(rows[*header], layout);
  } else if (IsHeaderlessCallLog(rows)) {
    layout.dialect = formats::Dialect::kImazing;
  }
  if (layout.NumberColumns() == 0) return;
  const auto from = static_cast<ptrdiff_t>(layout.rows_before_data);
  ApplyTimes(header ? rows[*header] : std::vector<std::string>(),
             SampleRows(rows.begin() + from, rows.end()), layout);
}

}  // namespace signpost::reader::extraction
