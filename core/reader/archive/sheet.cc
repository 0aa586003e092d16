#include "core/reader/archive/sheet.h"

#include <algorithm>
#include <charconv>

#include "core/reader/extraction/parser.h"
#include "crypto/memory/secret.h"

namespace signpost::reader::archive {
namespace {

using wire::reader::FileRefusal;

constexpr uint32_t kExcelColumns = 16384;

// "AB12" -> 28; 0: none.
uint32_t ColumnOf(std::string_view reference) {
  uint32_t column = 0;
  for (const char c : reference) {
    const char upper = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    if (upper < 'A' || upper > 'Z') break;
    column = std::min<uint32_t>(column * 26 + static_cast<uint32_t>(upper - 'A' + 1), 1u << 24);
  }
  return column;
}

template <typename Number>
std::optional<Number> NumberOf(std::string_view text) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

void SheetReader::Open(std::string_view name, const extraction::XmlAttributes& attributes) {
  name = LocalName(name);
  if (name == "c") {
    const std::string_view type = attributes.Get("t");
    type_ = type.empty() ? 'n' : type == "str" ? 'S' : type == "inlineStr" ? 'i' : type[0];
    const uint32_t column = ColumnOf(attributes.Get("r"));
    column_ = column != 0 ? column : column_ + 1;
    if (column_ > kExcelColumns) return xml_.Stop(FileRefusal::kTooManyColumns);
    in_cell_ = true;
    has_text_ = false;
    wanted_ = type_ != 'b' && type_ != 'e' && events_.Wants(column_);
  } else if (name == "v" || name == "t") {
    if (!in_cell_ || phonetic_) return;
    if (column_ > extraction::kMaxColumns) return xml_.Stop(FileRefusal::kTooManyColumns);
    if (!wanted_) return;
    has_text_ = true;
    xml_.WantText(true);
  } else if (name == "rPh") {
    phonetic_ = true;
  } else if (name == "row") {
    const auto row = NumberOf<uint32_t>(attributes.Get("r"));
    row_ = row && *row > 0 ? *row : row_ + 1;
    column_ = 0;
    in_cell_ = false;  // one that the row begins in has no column any more
  }
}

void SheetReader::Close(std::string_view name) {
  name = LocalName(name);
  if (name == "v" || name == "t") {
    xml_.WantText(false);
  } else if (name == "rPh") {
    phonetic_ = false;
  } else if (name == "c") {
    if (in_cell_ && has_text_) EndCell();
    in_cell_ = false;
    memory::WipeText(text_);
  } else if (name == "row") {
    if (!events_.RowEnded(row_)) xml_.Stop(FileRefusal::kNone);
  } else if (name == "sheetData") {
    xml_.Stop(FileRefusal::kNone);  // formats and drawings follow
  }
}

void SheetReader::Text(std::string_view text) {
  text_ += text.substr(
      0, extraction::kMaxValueBytes + 1 - std::min(text_.size(), extraction::kMaxValueBytes + 1));
}

void SheetReader::EndCell() {
  SheetCell cell{row_, column_, SheetCell::Kind::kText, 0, text_};
  if (type_ == 's') {
    cell.kind = SheetCell::Kind::kShared;
    cell.shared = std::min(NumberOf<uint64_t>(text_).value_or(kNoString), kNoString);
    cell.text = {};
  } else if (type_ == 'n') {
    cell.kind = SheetCell::Kind::kNumber;
  }
  if (!events_.Cell(cell)) xml_.Stop(FileRefusal::kNone);
}

std::string DigitsOf(std::string_view number) {
  const size_t e = number.find_first_of("eE");
  if (e == std::string_view::npos || number.size() > 40) return std::string(number);
  std::string_view power = number.substr(e + 1);
  if (power.starts_with("+")) power.remove_prefix(1);
  const auto exponent = NumberOf<uint32_t>(power);
  const std::string_view mantissa = number.substr(0, e);
  const size_t point = mantissa.find('.');
  if (!exponent || point == std::string_view::npos || point == 0) return std::string(number);
  const std::string_view fraction = mantissa.substr(point + 1);
  const bool plain =
      fraction.find_first_not_of("0123456789") == std::string_view::npos &&
      mantissa.substr(0, point).find_first_not_of("0123456789") == std::string_view::npos;
  if (!plain || fraction.size() != *exponent) return std::string(number);
  return std::string(mantissa.substr(0, point)) + std::string(fraction);
}

std::optional<Day> DayOfSerial(std::string_view number, bool from_1904) {
  const auto days = NumberOf<double>(number);
  if (!days || !(*days > 0 && *days < 100000)) return std::nullopt;
  // 1899-12-30, since that system has a 29 February 1900; or 1904-01-01.
  const int32_t first = from_1904 ? -24107 : -25569;
  const Day day{first + static_cast<int32_t>(*days)};
  if (day.days < 3652 || day.days > 47846) return std::nullopt;
  return day;
}

}  // namespace signpost::reader::archive
