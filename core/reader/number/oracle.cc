#include "core/reader/number/oracle.h"

#include <phonenumbers/logger.h>
#include <phonenumbers/phonenumberutil.h>

#include <algorithm>
#include <set>
#include <vector>

namespace signpost::reader::number {

using i18n::phonenumbers::PhoneNumberUtil;
using Parsed = i18n::phonenumbers::PhoneNumber;

namespace {

const PhoneNumberUtil& Library() {
  static const PhoneNumberUtil& library = []() -> PhoneNumberUtil& {
    PhoneNumberUtil& instance = *PhoneNumberUtil::GetInstance();
    instance.SetLogger(new i18n::phonenumbers::NullLogger);  // takes ownership
    return instance;
  }();
  return library;
}

Region RegionOf(const std::string& code, size_t index) {
  std::string trunk;
  Library().GetNddPrefixForRegion(code, true, &trunk);
  const int country = Library().GetCountryCodeForRegion(code);
  return {code, country, std::to_string(country), !trunk.empty() && trunk != "1", index};
}

char UpperCase(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

NumberKind KindOf(PhoneNumberUtil::PhoneNumberType type) {
  switch (type) {
    case PhoneNumberUtil::FIXED_LINE:
      return NumberKind::kFixedLine;
    case PhoneNumberUtil::MOBILE:
      return NumberKind::kMobile;
    case PhoneNumberUtil::FIXED_LINE_OR_MOBILE:
      return NumberKind::kFixedLineOrMobile;
    case PhoneNumberUtil::TOLL_FREE:
      return NumberKind::kTollFree;
    case PhoneNumberUtil::PREMIUM_RATE:
      return NumberKind::kPremiumRate;
    case PhoneNumberUtil::SHARED_COST:
      return NumberKind::kSharedCost;
    case PhoneNumberUtil::VOIP:
      return NumberKind::kVoip;
    case PhoneNumberUtil::PERSONAL_NUMBER:
      return NumberKind::kPersonal;
    case PhoneNumberUtil::PAGER:
      return NumberKind::kPager;
    case PhoneNumberUtil::UAN:
      return NumberKind::kUan;
    case PhoneNumberUtil::VOICEMAIL:
      return NumberKind::kVoicemail;
    case PhoneNumberUtil::UNKNOWN:
      break;
  }
  return NumberKind::kUnknown;
}

LengthFit FitOf(const Parsed& parsed, PhoneNumberUtil::PhoneNumberType type) {
  switch (Library().IsPossibleNumberForTypeWithReason(parsed, type)) {
    case PhoneNumberUtil::IS_POSSIBLE:
      return LengthFit::kPossible;
    case PhoneNumberUtil::IS_POSSIBLE_LOCAL_ONLY:
      return LengthFit::kLocalOnly;
    case PhoneNumberUtil::TOO_SHORT:
      return LengthFit::kTooShort;
    case PhoneNumberUtil::TOO_LONG:
      return LengthFit::kTooLong;
    default:
      return LengthFit::kInvalid;
  }
}

Reading::Outcome OutcomeOf(PhoneNumberUtil::ErrorType error) {
  switch (error) {
    case PhoneNumberUtil::NO_PARSING_ERROR:
      return Reading::Outcome::kParsed;
    case PhoneNumberUtil::TOO_LONG_NSN:
      return Reading::Outcome::kTooLong;
    case PhoneNumberUtil::TOO_SHORT_NSN:
    case PhoneNumberUtil::TOO_SHORT_AFTER_IDD:
      return Reading::Outcome::kTooShort;
    default:
      return Reading::Outcome::kNoNumber;
  }
}

void Fill(const Parsed& parsed, Reading& out) {
  const std::string country = std::to_string(parsed.country_code());
  memory::Wiped<std::string> e164;
  e164.reserve(2 * out.digits.size());
  Library().Format(parsed, PhoneNumberUtil::E164, &e164);
  const std::string_view digits = std::string_view(e164).substr(1);  // without the plus
  if (digits.size() <= out.digits.size() && digits.starts_with(country)) {
    std::copy(digits.begin(), digits.end(), out.digits.begin());
    out.country_size = static_cast<uint8_t>(country.size());
    out.size = static_cast<uint8_t>(digits.size());
  } else {
    out.outcome = Reading::Outcome::kNoNumber;
  }
}

}  // namespace

std::span<const Region> AllRegions() {
  static const std::vector<Region> regions = [] {
    std::set<std::string> codes;
    Library().GetSupportedRegions(&codes);
    std::vector<Region> made;
    made.reserve(codes.size());
    for (const std::string& code : codes) made.push_back(RegionOf(code, made.size()));
    return made;
  }();
  return regions;
}

const Region* FindRegion(std::string_view code) {
  if (code.size() != 2) return nullptr;
  const std::array<char, 2> upper = {UpperCase(code[0]), UpperCase(code[1])};
  const std::string_view wanted(upper.data(), upper.size());
  const std::span<const Region> regions = AllRegions();
  const auto region =
      std::lower_bound(regions.begin(), regions.end(), wanted,
                       [](const Region& p, std::string_view c) { return p.code < c; });
  return region != regions.end() && region->code == wanted ? &*region : nullptr;
}

void PrepareOracle() {
  for (const char* code : {"GB", "US"}) {
    const Region* region = FindRegion(code);
    Parsed example;
    if (region == nullptr || !Library().GetExampleNumber(code, &example)) continue;
    std::string national;
    Library().GetNationalSignificantNumber(example, &national);
    // Valid, and not: every function that a reading calls.
    Reading valid, invalid;
    ReadByOracle(true, region->country + national, *region, valid);
    ReadByOracle(false, national.substr(1), *region, invalid);
  }
}

void ReadByOracle(bool plus, std::string_view digits, const Region& region, Reading& out) {
  memory::Wiped<std::string> text;
  text.reserve(1 + digits.size());
  if (plus) text += '+';
  text += digits;
  Parsed parsed;
  out.outcome = OutcomeOf(Library().Parse(text, region.code, &parsed));
  if (out.outcome != Reading::Outcome::kParsed) return;
  Fill(parsed, out);
  out.drama = IsDrama(out.country(), out.national());
  if (!out.drama) {
    out.kind = KindOf(Library().GetNumberType(parsed));
    if (out.kind != NumberKind::kUnknown) {
      std::string code;
      Library().GetRegionCodeForNumber(parsed, &code);
      std::copy_n(code.begin(), std::min(code.size(), out.region_code.size() - 1),
                  out.region_code.begin());
    } else {
      out.as_mobile = FitOf(parsed, PhoneNumberUtil::MOBILE);
      out.as_fixed_line = FitOf(parsed, PhoneNumberUtil::FIXED_LINE);
    }
  }
  parsed.set_national_number(0);
}

}  // namespace signpost::reader::number
