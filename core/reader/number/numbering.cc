#include "core/reader/number/numbering.h"

#include <algorithm>

#include "core/reader/number/numbering_data.h"
#include "crypto/memory/wiped.h"

namespace signpost::reader::number {

namespace {

constexpr size_t kMinNational = 2;  // the library's kMinLengthForNsn

// A number that was rewritten; wiped. At most twice, by up to kMaxTransform digits each time.
struct Rewritten {
  memory::Wiped<std::array<char, Automaton::kMaxDigits>> digits;
  size_t used = 0;
};

struct NumberingReader {
  const NumberingData& data;
  const Territory& home;   // of the region where it was dialled
  bool understood = true;  // false: ask the oracle, whatever was returned

  Country* CountryOf(int code) {
    Country* country = data.countries[static_cast<size_t>(code)].get();
    if (country == nullptr || !data.BuildCountry(*country)) {
      understood = false;
      return nullptr;
    }
    return country;
  }

  const Judgement& Judge(int code, std::string_view digits) {
    static constexpr Judgement kNothing;
    const Country* country = CountryOf(code);
    if (country == nullptr) return kNothing;
    return country->judgements[country->automaton->Read(digits)];
  }

  bool MatchesGeneral(const Territory& territory, std::string_view digits) {
    return (Judge(territory.country_code, digits).general & territory.bit) != 0;
  }

  // ParsePrefixAsIdd
  bool StripPrefixForAbroad(std::string_view& digits) const {
    const std::optional<Pattern::Match> match = home.for_abroad->MatchFront(digits);
    if (!match) return false;
    const std::string_view rest = digits.substr(match->size);
    if (rest.starts_with('0')) return false;
    digits = rest;
    return true;
  }
  // ExtractCountryCode; 0: none.
  int TakeCountryCode(std::string_view& digits) const {
    if (digits.empty() || digits[0] == '0') return 0;
    size_t code = 0;
    for (size_t i = 0; i < Reading::kMaxCountry && i < digits.size(); ++i) {
      code = 10 * code + static_cast<size_t>(digits[i] - '0');
      if (data.countries[code]) {
        digits.remove_prefix(i + 1);
        return static_cast<int>(code);
      }
    }
    return 0;
  }

  // MaybeStripNationalPrefixAndCarrierCode
  void StripTrunk(const Territory& territory, std::string_view& number, Rewritten& rewritten) {
    if (number.empty() || !territory.trunk) return;
    const std::optional<Pattern::Match> match = territory.trunk->MatchFront(number);
    if (!match) return;
    std::string_view result = number.substr(match->size);
    const size_t groups = territory.trunk->groups();
    if (territory.transforms && !match->groups[groups - 1].empty()) {
      const std::string_view group = match->groups[territory.transform_group];
      for (const std::string_view part :
           {std::string_view(territory.transform_digits), group, result}) {
        const auto end =
            std::copy(part.begin(), part.end(), rewritten.digits.begin() + rewritten.used);
        rewritten.used = static_cast<size_t>(end - rewritten.digits.begin());
      }
      result = {rewritten.digits.data(), rewritten.used};
    }
    if (MatchesGeneral(territory, number) && !MatchesGeneral(territory, result)) return;
    number = result;
  }

  enum class Extracted { kFine, kTooShort, kNoSuchCountry };

  // MaybeExtractCountryCode; `country_code` 0: none was there.
  Extracted ExtractCountry(bool plus, std::string_view& digits, int& country_code,
                           Rewritten& rewritten) {
    if (plus || StripPrefixForAbroad(digits)) {
      if (digits.size() <= kMinNational) return Extracted::kTooShort;
      country_code = TakeCountryCode(digits);
      return country_code != 0 ? Extracted::kFine : Extracted::kNoSuchCountry;
    }
    country_code = 0;
    if (!digits.starts_with(home.country)) return Extracted::kFine;
    std::string_view without = digits.substr(home.country.size());
    StripTrunk(home, without, rewritten);
    if ((!MatchesGeneral(home, digits) && MatchesGeneral(home, without)) ||
        home.general.Fit(digits.size()) == LengthFit::kTooLong) {
      digits = without;
      country_code = home.country_code;
    }
    return Extracted::kFine;
  }

  // ParseHelper
  Reading::Outcome Parse(bool plus, std::string_view& digits, int& country_code,
                         Rewritten (&rewritten)[2]) {
    const std::string_view written = digits;
    const Extracted extracted = ExtractCountry(plus, digits, country_code, rewritten[0]);
    if (extracted == Extracted::kTooShort) return Reading::Outcome::kTooShort;
    if (extracted == Extracted::kNoSuchCountry) {
      if (!plus) return Reading::Outcome::kNoNumber;
      // Once more without the plus; what it returns is not looked at.
      digits = written;
      country_code = 0;
      static_cast<void>(ExtractCountry(false, digits, country_code, rewritten[0]));
      if (country_code == 0) return Reading::Outcome::kNoNumber;
    }
    const Territory* territory = &home;
    if (country_code == 0) {
      country_code = home.country_code;
    } else {
      const Country& country = *data.countries[static_cast<size_t>(country_code)];
      territory = &data.territories[country.territories.front()];
    }
    understood = understood && territory->understood;
    if (digits.size() < kMinNational) return Reading::Outcome::kTooShort;
    std::string_view without = digits;
    StripTrunk(*territory, without, rewritten[1]);
    const LengthFit fit = territory->general.Fit(without.size());
    if (fit == LengthFit::kPossible || fit == LengthFit::kTooLong) digits = without;
    if (digits.size() < kMinNational) return Reading::Outcome::kTooShort;
    if (digits.size() > Reading::kMaxNational) return Reading::Outcome::kTooLong;
    return Reading::Outcome::kParsed;
  }

  // GetNumberType, GetRegionCodeForNumber, IsPossibleNumberForTypeWithReason
  void Describe(int country_code, std::string_view national, Reading& out) {
    const Country* country = CountryOf(country_code);
    if (country == nullptr) return;
    const Territory& main = data.territories[country->territories.front()];
    understood = understood && main.understood;
    char* const end = std::copy(main.country.begin(), main.country.end(), out.digits.data());
    std::copy(national.begin(), national.end(), end);
    out.country_size = static_cast<uint8_t>(main.country.size());
    out.size = static_cast<uint8_t>(out.country_size + national.size());
    out.drama = IsDrama(out.country(), out.national());
    if (out.drama) return;
    const Judgement& judgement = Judge(country_code, national);
    out.kind = judgement.kind;
    if (out.kind != NumberKind::kUnknown) {
      out.region_code = data.territories[country->territories[judgement.territory]].id;
    } else {
      out.as_mobile = main.mobile.Fit(national.size());
      out.as_fixed_line = main.fixed_line.Fit(national.size());
    }
  }
};

}  // namespace

struct NumberingPlan::Parts : NumberingData {};

NumberingPlan::NumberingPlan(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
NumberingPlan::~NumberingPlan() = default;

const NumberingPlan* NumberingPlan::Load() {
  static const std::unique_ptr<const NumberingPlan> numbering =
      []() -> std::unique_ptr<const NumberingPlan> {
    auto parts = std::make_unique<Parts>();
    if (!parts->LoadMetadata()) return nullptr;
    return std::unique_ptr<const NumberingPlan>(new NumberingPlan(std::move(parts)));
  }();
  return numbering.get();
}

void NumberingPlan::Prepare(int country_code) const {
  if (country_code < 1 || country_code >= static_cast<int>(NumberingData::kCountryCodes)) return;
  Country* country = parts_->countries[static_cast<size_t>(country_code)].get();
  if (country != nullptr) static_cast<void>(parts_->BuildCountry(*country));
}

bool NumberingPlan::Read(bool plus, std::string_view digits, const Region& region,
                         Reading& out) const {
  static constexpr size_t kMin = 3, kMax = 20;
  static_assert(kMax + 2 * NumberingData::kMaxTransform <= Automaton::kMaxDigits);
  if (digits.size() < kMin || digits.size() > kMax) return false;
  const Territory& home = parts_->territories[parts_->of_region[region.index]];
  if (!home.understood || !home.for_abroad) return false;
  NumberingReader reader{*parts_, home};
  Rewritten rewritten[2];
  int country_code = 0;
  const Reading::Outcome outcome = reader.Parse(plus, digits, country_code, rewritten);
  if (!reader.understood) return false;
  if (outcome == Reading::Outcome::kParsed) {
    reader.Describe(country_code, digits, out);
    if (!reader.understood) return false;
  }
  out.outcome = outcome;
  return true;
}

}  // namespace signpost::reader::number
