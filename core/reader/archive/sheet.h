// Reads the cells of one worksheet, row by row, as it streams by.
#pragma once

#include <string>

#include "core/reader/archive/workbook_parts.h"
#include "crypto/base/time.h"
#include "crypto/memory/wiped.h"

namespace signpost::reader::archive {

constexpr uint64_t kNoString = ~uint64_t{0} - 1;

struct SheetCell {
  enum class Kind : uint8_t { kText, kNumber, kShared };
  uint32_t row, column;  // from 1
  Kind kind;
  uint64_t shared;        // its index; kNoString: not a number
  std::string_view text;  // of kText and kNumber, cut at kMaxValueBytes + 1
};

class SheetEvents {
 public:
  virtual ~SheetEvents() = default;
  virtual bool Wants(uint32_t column) = 0;       // from 1: of the row in hand
  virtual bool Cell(const SheetCell& cell) = 0;  // false: no more of this sheet
  virtual bool RowEnded(uint32_t row) = 0;       // likewise
};

// kTooManyColumns: a cell beyond Excel's 16384th column, or with something in it beyond
// kMaxColumns. Rows and columns that go backwards are as they say: places, not offsets.
class SheetReader final : private extraction::XmlEvents {
 public:
  explicit SheetReader(SheetEvents& events) : events_(events), xml_(*this) {}
  extraction::XmlReader& xml() { return xml_; }

 private:
  void Open(std::string_view name, const extraction::XmlAttributes& attributes) override;
  void Close(std::string_view name) override;
  void Text(std::string_view text) override;
  void EndCell();

  SheetEvents& events_;
  memory::Wiped<std::string> text_;
  uint32_t row_ = 0, column_ = 0;
  char type_ = 'n';
  bool in_cell_ = false, wanted_ = false, has_text_ = false, phonetic_ = false;
  extraction::XmlReader xml_;
};

// What a numeric cell says: an integer in scientific form becomes its digits where none is lost
// ("4.477009001E+9"), and stays as it is where some may be (then it is kScientific).
std::string DigitsOf(std::string_view number);
// The day of a serial date; nullopt: not one of 1980 to 2100.
std::optional<Day> DayOfSerial(std::string_view number, bool from_1904);

}  // namespace signpost::reader::archive
