// The reader's stages: from a cell to a number, beside libphonenumber in the same run.
//
// Cells are those of an export: SIGNPOST_CELLS names a CSV file whose second column they are, or
// they are made here in the same shapes (UK mobiles in five spellings, a few other things). Numbers
// of these shapes may be somebody's: they are printed nowhere, and such a file is not committed.
#include <phonenumbers/phonenumberutil.h>

#include <cstdlib>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "core/reader/number/normaliser.h"
#include "core/reader/number/numbering_data.h"
#include "core/reader/number/spelling.h"
#include "tests/bench/stages.h"

namespace signpost::bench {
namespace {

using i18n::phonenumbers::PhoneNumberUtil;

std::string Digits(size_t count, std::mt19937_64& random) {
  std::string digits;
  while (digits.size() < count) digits += static_cast<char>('0' + random() % 10);
  return digits;
}

std::vector<std::string> MadeCells() {
  static constexpr const char* kShapes[][3] = {{"07", " ", ""},
                                               {"+44 7", " ", ""},
                                               {"0044 7", "", ""},
                                               {"(07", ") ", ""},
                                               {"+44 (0)7", " ", ""}};
  static constexpr const char* kOthers[] = {"60006", "0800 1111", "unknown", "", "020 7946 0"};
  std::mt19937_64 random(7);
  std::vector<std::string> cells;
  while (cells.size() < 100000) {
    const auto* shape = kShapes[random() % std::size(kShapes)];
    std::string area = std::to_string(400 + random() % 600);
    cells.push_back(shape[0] + area + shape[1] + Digits(6, random));
    if (random() % 50 == 0) {
      const size_t which = random() % std::size(kOthers);
      cells.back() = kOthers[which] + (which == 4 ? Digits(3, random) : std::string());
    }
  }
  return cells;
}

std::vector<std::string> ReadCells(const char* path) {
  std::ifstream file(path);
  std::vector<std::string> cells;
  std::string line;
  std::getline(file, line);  // the header
  while (std::getline(file, line)) {
    const size_t first = line.find(','), second = line.find(',', first + 1);
    if (second != std::string::npos) cells.push_back(line.substr(first + 1, second - first - 1));
  }
  return cells;
}

const std::vector<std::string>& Cells() {
  static const std::vector<std::string> cells = [] {
    const char* path = std::getenv("SIGNPOST_CELLS");
    return path != nullptr ? ReadCells(path) : MadeCells();
  }();
  return cells;
}

// Example mobiles of many regions with other last digits: as dialled there, and with a plus.
struct Foreign {
  std::string cell, region;
};
std::vector<Foreign> ForeignCells(PhoneNumberUtil::PhoneNumberFormat format) {
  const PhoneNumberUtil& library = *PhoneNumberUtil::GetInstance();
  std::mt19937_64 random(7);
  std::vector<Foreign> cells;
  for (int i = 0; i < 1000; ++i) {
    for (const char* region : {"NL", "DE", "FR", "ES", "IT", "PL", "RO", "IN", "NG", "BR", "US"}) {
      i18n::phonenumbers::PhoneNumber number;
      library.GetExampleNumberForType(region, PhoneNumberUtil::MOBILE, &number);
      number.set_national_number(number.national_number() / 10000 * 10000 + random() % 10000);
      std::string text;
      library.Format(number, format, &text);
      cells.push_back({text, region});
    }
  }
  return cells;
}

reader::number::NormaliserRules Rules() { return {}; }

void SpellingOfACell(benchmark::State& state) {
  const std::vector<std::string>& cells = Cells();
  size_t next = 0;
  for (auto _ : state) {
    const reader::number::Spelling spelling(cells[next++ % cells.size()]);
    benchmark::DoNotOptimize(spelling.digits().size());
  }
  EachOf(state, 1);
}
BENCHMARK(SpellingOfACell);

void ClassifyACell(benchmark::State& state, const Result<reader::number::Normaliser>& normaliser) {
  const std::vector<std::string>& cells = Cells();
  size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(normaliser->Classify(cells[next++ % cells.size()]));
  }
  EachOf(state, 1);
}
BENCHMARK_CAPTURE(ClassifyACell, by_the_plan, reader::number::Normaliser::Create(Rules()));
BENCHMARK_CAPTURE(ClassifyACell, by_libphonenumber,
                  reader::number::Normaliser::CreateOnOracle(Rules()));

// What anybody would write: Parse, is it valid, what kind, where, and as E.164.
void LibphonenumberAlone(benchmark::State& state) {
  const PhoneNumberUtil& library = *PhoneNumberUtil::GetInstance();
  const std::vector<std::string>& cells = Cells();
  size_t next = 0;
  for (auto _ : state) {
    i18n::phonenumbers::PhoneNumber number;
    if (library.Parse(cells[next++ % cells.size()], "GB", &number) !=
        PhoneNumberUtil::NO_PARSING_ERROR) {
      continue;
    }
    std::string region, e164;
    if (!library.IsValidNumber(number)) continue;
    benchmark::DoNotOptimize(library.GetNumberType(number));
    library.GetRegionCodeForNumber(number, &region);
    library.Format(number, PhoneNumberUtil::E164, &e164);
    benchmark::DoNotOptimize(e164.data());
  }
  EachOf(state, 1);
}
BENCHMARK(LibphonenumberAlone);

void ClassifyForeign(benchmark::State& state, PhoneNumberUtil::PhoneNumberFormat format) {
  const std::vector<Foreign> cells = ForeignCells(format);
  const Result<reader::number::Normaliser> normaliser = reader::number::Normaliser::Create(Rules());
  size_t next = 0;
  for (auto _ : state) {
    const Foreign& one = cells[next++ % cells.size()];
    benchmark::DoNotOptimize(normaliser->Classify(one.cell, one.region));
  }
  EachOf(state, 1);
}
BENCHMARK_CAPTURE(ClassifyForeign, with_a_plus, PhoneNumberUtil::INTERNATIONAL);
BENCHMARK_CAPTURE(ClassifyForeign, as_dialled_with_a_hint, PhoneNumberUtil::NATIONAL);

// What a reader does once when it starts.
void LoadThePlan(benchmark::State& state) {
  for (auto _ : state) {
    reader::number::NumberingData data;
    benchmark::DoNotOptimize(data.LoadMetadata());
  }
}
BENCHMARK(LoadThePlan)->Unit(benchmark::kMillisecond);

// ... and at the first number of a country code. The largest is North America's, of 25 territories.
void BuildACountry(benchmark::State& state) {
  reader::number::NumberingData data;
  if (!data.LoadMetadata()) return state.SkipWithError("libphonenumber is of an unknown release");
  for (auto _ : state) {
    reader::number::Country country;
    country.territories = data.countries[static_cast<size_t>(state.range(0))]->territories;
    benchmark::DoNotOptimize(data.BuildCountry(country));
    state.counters["states"] = static_cast<double>(country.automaton->size());
  }
}
BENCHMARK(BuildACountry)->ArgName("code")->Arg(44)->Arg(31)->Arg(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace signpost::bench
