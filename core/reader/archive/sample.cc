#include "core/reader/archive/sample.h"

#include <algorithm>

#include "core/reader/extraction/value.h"
#include "crypto/memory/secret.h"

namespace signpost::reader::archive {
namespace {

using wire::reader::FileRefusal;

constexpr size_t kSampleRows = 60, kSampleColumns = 256;
constexpr size_t kSampleCellBytes = 512;
constexpr size_t kSampleCells = 1u << 18;  // of all sheets

// A shared string that a sampled cell waits for.
struct Wanted {
  uint64_t string;
  uint32_t sheet, row, column;  // of the sample
};

class Sampler final : public SheetEvents {
 public:
  Sampler(uint32_t sheet, size_t& cells, std::vector<Wanted>& wanted)
      : sheet_(sheet), cells_(cells), wanted_(wanted) {}
  ~Sampler() override {
    for (auto& row : rows) {
      for (std::string& cell : row) memory::WipeText(cell);
    }
  }

  bool Wants(uint32_t column) override { return column <= kSampleColumns; }
  bool Cell(const SheetCell& cell) override {
    if (++cells_ > kSampleCells) return false;
    if (places.empty() || places.back() != cell.row) {
      if (rows.size() == kSampleRows) return false;
      rows.emplace_back();
      places.push_back(cell.row);
    }
    auto& row = rows.back();
    if (row.size() < cell.column) row.resize(cell.column);
    if (cell.kind == SheetCell::Kind::kShared) {
      wanted_.push_back(
          {cell.shared, sheet_, static_cast<uint32_t>(rows.size() - 1), cell.column - 1});
    } else {
      const bool number = cell.kind == SheetCell::Kind::kNumber;
      row[cell.column - 1] =
          number ? DigitsOf(cell.text) : std::string(cell.text.substr(0, kSampleCellBytes));
    }
    return true;
  }
  bool RowEnded(uint32_t) override { return true; }

  extraction::SampleRows rows;
  std::vector<uint32_t> places;  // of the rows in the sheet

 private:
  uint32_t sheet_;
  size_t& cells_;
  std::vector<Wanted>& wanted_;
};

FileRefusal FindStrings(ZipArchive& zip, const WorkbookParts& parts, std::vector<Wanted>& wanted,
                        std::vector<Sampler>& samples) {
  if (wanted.empty() || !parts.shared_strings) return FileRefusal::kNone;
  std::sort(wanted.begin(), wanted.end(),
            [](const Wanted& a, const Wanted& b) { return a.string < b.string; });
  auto next = wanted.begin();
  const auto wants = [&](uint64_t index) { return next->string == index; };
  const auto string = [&](uint64_t index, std::string_view text) {
    for (; next != wanted.end() && next->string == index; ++next) {
      samples[next->sheet].rows[next->row][next->column] = text.substr(0, kSampleCellBytes);
    }
    return next != wanted.end();
  };
  return StreamStrings(zip, *parts.shared_strings, true, wants, string,
                       [](uint64_t) { return true; });
}

bool IsForensic(const SampledSheet& sheet) {
  return sheet.layout.dialect == formats::Dialect::kCellebrite ||
         sheet.layout.dialect == formats::Dialect::kAxiom;
}

// "MSISDN" | "+44..." in a row.
void FindOwners(const extraction::SampleRows& rows, std::vector<std::string>& owners) {
  for (const auto& row : rows) {
    bool said = false;
    for (const std::string& cell : row) {
      if (said && !extraction::IsBlank(cell) && owners.size() < 16) owners.push_back(cell);
      said = said || extraction::LowerAscii(cell).find("msisdn") != std::string::npos;
    }
  }
}

void Choose(const Sampler& sampler, SampledSheet& sheet) {
  sheet.layout.format = formats::Format::kXlsx;
  extraction::ChooseColumns(sampler.rows, sheet.layout);
  const uint32_t before = sheet.layout.rows_before_data;
  if (before > 0 && before <= sampler.places.size()) sheet.header_row = sampler.places[before - 1];
}

}  // namespace

FileRefusal SampleSheets(ZipArchive& zip, const WorkbookParts& parts,
                         std::vector<SampledSheet>& sheets) {
  std::vector<Sampler> samples;
  std::vector<Wanted> wanted;
  size_t cells = 0;
  samples.reserve(parts.sheets.size());
  for (const SheetPlace& place : parts.sheets) {
    Sampler& sampler = samples.emplace_back(static_cast<uint32_t>(samples.size()), cells, wanted);
    SheetReader reader(sampler);
    const FileRefusal refusal =
        StreamXml(zip, place.entry, true, reader.xml(), [](uint64_t) { return true; });
    if (refusal != FileRefusal::kNone) return refusal;
  }
  const FileRefusal refusal = FindStrings(zip, parts, wanted, samples);
  if (refusal != FileRefusal::kNone) return refusal;
  for (const Sampler& sampler : samples) Choose(sampler, sheets.emplace_back());
  const bool forensic = std::any_of(sheets.begin(), sheets.end(), IsForensic);
  for (size_t i = 0; i < sheets.size(); ++i) {
    if (!forensic || IsForensic(sheets[i])) continue;
    FindOwners(samples[i].rows, sheets[i].owners);
    if (!sheets[i].layout.header) sheets[i].layout.roles.clear();
  }
  return FileRefusal::kNone;
}

}  // namespace signpost::reader::archive
