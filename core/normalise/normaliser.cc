#include "core/normalise/normaliser.h"

#include <phonenumbers/logger.h>
#include <phonenumbers/phonenumberutil.h>
#include <unicode/udata.h>

#include <algorithm>
#include <set>

#include "core/normalise/spelling.h"
#include "crypto/memory/secret.h"

namespace signpost {

using i18n::phonenumbers::PhoneNumberUtil;
using Parsed = i18n::phonenumbers::PhoneNumber;
using reader::Purpose;
using reader::Reason;

namespace {

// Ofcom's drama range, +44 7700 900000 to 900999, as libphonenumber holds it: in two parts, so that
// no source contains it as a number.
constexpr int kDramaCountry = 44;
constexpr uint64_t kDramaFirst = 77009ull * 100000, kDramaLast = kDramaFirst + 999;

void WipeText(std::string& text) { Wipe({reinterpret_cast<uint8_t*>(text.data()), text.size()}); }

const PhoneNumberUtil& Library() {
  static const PhoneNumberUtil& library = [&]() -> PhoneNumberUtil& {
    PhoneNumberUtil& instance = *PhoneNumberUtil::GetInstance();
    instance.SetLogger(new i18n::phonenumbers::NullLogger);  // takes ownership
    return instance;
  }();
  return library;
}

bool IsDrama(const Parsed& number) {
  return number.country_code() == kDramaCountry && !number.italian_leading_zero() &&
         number.national_number() >= kDramaFirst && number.national_number() <= kDramaLast;
}

bool IsRegionShaped(const char (&region)[2]) {
  return region[0] >= 'A' && region[0] <= 'Z' && region[1] >= 'A' && region[1] <= 'Z';
}

char UpperCase(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

std::string_view AsRegion(const char (&region)[2]) { return {region, 2}; }

}  // namespace

Result<NormaliserRules> NormaliserRules::FromStart(const reader::Start& start) {
  const bool good = start.mode <= 1 && start.purpose <= 2 && start.allow_mobile <= 1 &&
                    start.allow_fixed_line_or_mobile <= 1 && start.region_count >= 1 &&
                    start.region_count <= std::size(start.regions) &&
                    IsRegionShaped(start.default_region);
  if (!good) return Fail(Code::kCorrupt, "a start frame with a value out of range");
  NormaliserRules rules;
  rules.mode = static_cast<Mode>(start.mode);
  rules.purpose = static_cast<Purpose>(start.purpose);
  if (rules.purpose == Purpose::kExplain) rules.purpose = Purpose::kImport;
  rules.allow_mobile = start.allow_mobile == 1;
  rules.allow_fixed_line_or_mobile = start.allow_fixed_line_or_mobile == 1;
  rules.default_region = AsRegion(start.default_region);
  rules.regions.clear();
  for (size_t i = 0; i < start.region_count; ++i) {
    if (!IsRegionShaped(start.regions[i])) {
      return Fail(Code::kCorrupt, "a start frame with a value out of range");
    }
    rules.regions.emplace_back(AsRegion(start.regions[i]));
  }
  return rules;
}

// One reading of the digits, parsed. `parsed` is cleared when it goes.
struct Normaliser::Reading {
  Parsed parsed;
  PhoneNumberUtil::ErrorType error = PhoneNumberUtil::NO_PARSING_ERROR;
  PhoneNumberUtil::PhoneNumberType type = PhoneNumberUtil::UNKNOWN;
  bool drama = false;

  Reading(std::string_view prefix, std::string_view digits, const std::string& region) {
    std::string text;
    text.reserve(prefix.size() + digits.size());
    text += prefix;
    text += digits;
    error = Library().Parse(text, region, &parsed);
    WipeText(text);
    if (error != PhoneNumberUtil::NO_PARSING_ERROR) return;
    drama = IsDrama(parsed);
    // UNKNOWN exactly when the number is valid in no region.
    if (!drama) type = Library().GetNumberType(parsed);
  }
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;
  ~Reading() { parsed.set_national_number(0); }

  bool Plausible() const { return drama || type != PhoneNumberUtil::UNKNOWN; }
  bool Mobile() const {
    return drama || type == PhoneNumberUtil::MOBILE ||
           type == PhoneNumberUtil::FIXED_LINE_OR_MOBILE;
  }
  bool SameAs(const Reading& other) const {
    return parsed.country_code() == other.parsed.country_code() &&
           parsed.national_number() == other.parsed.national_number() &&
           parsed.italian_leading_zero() == other.parsed.italian_leading_zero() &&
           parsed.number_of_leading_zeros() == other.parsed.number_of_leading_zeros();
  }
};

Normaliser::Normaliser(NormaliserRules rules)
    : rules_(std::move(rules)), default_(DialledIn(rules_.default_region)) {}

Normaliser::Dialled Normaliser::DialledIn(std::string region) {
  Dialled dialled;
  dialled.country_code = Library().GetCountryCodeForRegion(region);
  std::string trunk;
  Library().GetNddPrefixForRegion(region, true, &trunk);
  dialled.needs_trunk_prefix = !trunk.empty() && trunk != "1";
  dialled.region = std::move(region);
  return dialled;
}

Result<Normaliser> Normaliser::Create(NormaliserRules rules) {
  std::set<std::string> known;
  Library().GetSupportedRegions(&known);
  const auto is_known = [&](const std::string& region) { return known.contains(region); };
  if (!is_known(rules.default_region) ||
      !std::all_of(rules.regions.begin(), rules.regions.end(), is_known)) {
    return Fail(Code::kInput, "a region that has no telephone numbers", {},
                "regions are ISO 3166-1 alpha-2 codes such as GB or NL");
  }
  return Normaliser(std::move(rules));
}

Verdict Normaliser::Classify(std::string_view utf8, std::string_view region) const {
  return Read(utf8, region, Taking::kByTheRules);
}

std::optional<PhoneNumber> Normaliser::AnyNumber(std::string_view utf8,
                                                 std::string_view region) const {
  return Read(utf8, region, Taking::kAnything).number;
}

Verdict Normaliser::Read(std::string_view utf8, std::string_view region, Taking taking) const {
  const Spelling spelling(utf8);
  if (spelling.reason() != Reason::kAccepted) return {spelling.reason(), std::nullopt};
  if (region.size() == 2) {
    const char upper[2] = {UpperCase(region[0]), UpperCase(region[1])};
    if (IsRegionShaped(upper) && AsRegion(upper) != default_.region) {
      const Dialled dialled = DialledIn(std::string(AsRegion(upper)));
      if (dialled.country_code != 0) return Decide(spelling, dialled, taking);
    }
  }
  return Decide(spelling, default_, taking);
}

// Why a reading that is not plausible is not a number, or that it may pass: kAccepted.
// For one that is: whether the rules take it.
Reason Normaliser::ReasonFor(const Reading& reading, Taking taking) const {
  const bool anything = taking == Taking::kAnything;
  const bool rehearsal = rules_.mode == Mode::kRehearsal && !anything;
  const bool any = rules_.purpose == Purpose::kAnyNumber || anything;
  const auto is_allowed = [this](std::string_view region) {
    return std::find(rules_.regions.begin(), rules_.regions.end(), region) != rules_.regions.end();
  };
  if (reading.drama) {
    if (anything) return Reason::kAccepted;
    if (!rehearsal) return Reason::kFictional;
    if (any) return Reason::kAccepted;
    if (!is_allowed("GB")) return Reason::kForeign;
    return rules_.allow_mobile ? Reason::kAccepted : Reason::kOtherKind;
  }
  if (!reading.Plausible()) {
    switch (reading.error) {
      case PhoneNumberUtil::TOO_LONG_NSN:
        return Reason::kTooLong;
      case PhoneNumberUtil::TOO_SHORT_NSN:
      case PhoneNumberUtil::TOO_SHORT_AFTER_IDD:
        return Reason::kTooShort;
      case PhoneNumberUtil::NO_PARSING_ERROR:
        break;
      default:
        return rehearsal ? Reason::kNotFictional : Reason::kInvalid;
    }
    // Of a possible length, though of no plan that this library knows. Not every length that some
    // kind has: a fragment would make an opt-out that protects nobody.
    const auto possible = [&](PhoneNumberUtil::PhoneNumberType type) {
      return Library().IsPossibleNumberForTypeWithReason(reading.parsed, type) ==
             PhoneNumberUtil::IS_POSSIBLE;
    };
    if (any && !rehearsal && !reading.parsed.italian_leading_zero() &&
        (possible(PhoneNumberUtil::MOBILE) || possible(PhoneNumberUtil::FIXED_LINE))) {
      return Reason::kAccepted;
    }
    switch (Library().IsPossibleNumberForTypeWithReason(reading.parsed, PhoneNumberUtil::MOBILE)) {
      case PhoneNumberUtil::TOO_SHORT:
      case PhoneNumberUtil::IS_POSSIBLE_LOCAL_ONLY:
        return Reason::kTooShort;
      case PhoneNumberUtil::TOO_LONG:
        return Reason::kTooLong;
      default:
        return rehearsal ? Reason::kNotFictional : Reason::kInvalid;
    }
  }
  if (rehearsal) return Reason::kNotFictional;
  if (any) return Reason::kAccepted;
  std::string region;
  Library().GetRegionCodeForNumber(reading.parsed, &region);
  if (!is_allowed(region)) return Reason::kForeign;
  switch (reading.type) {
    case PhoneNumberUtil::MOBILE:
      return rules_.allow_mobile ? Reason::kAccepted : Reason::kOtherKind;
    case PhoneNumberUtil::FIXED_LINE_OR_MOBILE:
      return rules_.allow_fixed_line_or_mobile ? Reason::kAccepted : Reason::kOtherKind;
    case PhoneNumberUtil::FIXED_LINE:
      return Reason::kLandline;
    case PhoneNumberUtil::PREMIUM_RATE:
    case PhoneNumberUtil::SHARED_COST:
      return Reason::kPremium;
    case PhoneNumberUtil::TOLL_FREE:
      return Reason::kTollFree;
    case PhoneNumberUtil::VOIP:
      return Reason::kVoip;
    case PhoneNumberUtil::PAGER:
      return Reason::kPager;
    default:
      return Reason::kOtherKind;
  }
}

Verdict Normaliser::Decide(const Spelling& spelling, const Dialled& dialled, Taking taking) const {
  const std::string_view digits = spelling.digits();
  const bool international = spelling.international();
  const std::string& region = dialled.region;
  // As written: with a plus, or as dialled in that region (its own prefix for abroad, too).
  const Reading written(international ? "+" : "", digits, region);
  const Reading* meant = &written;
  std::optional<Reading> other;
  if (!international && (dialled.needs_trunk_prefix || !written.Plausible())) {
    const std::string country = std::to_string(dialled.country_code);
    if (digits.starts_with("000")) {
      // A country code begins with no zero: there is no second reading.
    } else if (digits.starts_with("00")) {
      other.emplace("+", digits.substr(2), region);  // 00 where the region dials another prefix
    } else if (!digits.starts_with("0")) {
      // A spreadsheet took the plus, or the zero; or 141 hides the caller in the United Kingdom.
      const bool hidden = dialled.country_code == kDramaCountry && digits.starts_with("1410");
      other.emplace(hidden ? "" : "+", hidden ? digits.substr(3) : digits, region);
    } else if (digits.substr(1).starts_with(country)) {
      other.emplace("+", digits.substr(1), region);  // a zero where the plus belongs
    }
  }
  if (other && other->Plausible() && !written.SameAs(*other)) {
    // A zero is put back for a mobile only: nearly any digits are some landline without its zero.
    const bool zero_lost = dialled.needs_trunk_prefix && !digits.starts_with("0");
    const bool counts = zero_lost ? written.Mobile() : written.Plausible();
    if (counts) return {Reason::kAmbiguous, std::nullopt};
    meant = &*other;
  }
  const Reason reason = ReasonFor(*meant, taking);
  if (reason != Reason::kAccepted) return {reason, std::nullopt};
  const bool anything = taking == Taking::kAnything;
  const bool any = anything || rules_.purpose == Purpose::kAnyNumber;
  if (spelling.extension() && !any) return {Reason::kOtherKind, std::nullopt};
  std::string e164;
  e164.reserve(2 * PhoneNumber::kBytes);
  Library().Format(meant->parsed, PhoneNumberUtil::E164, &e164);
  Result<PhoneNumber> number = PhoneNumber::FromE164(e164);
  WipeText(e164);
  if (!number) return {Reason::kInvalid, std::nullopt};
  // Again on what will leave: whatever the library made of it.
  const bool rehearsal = rules_.mode == Mode::kRehearsal;
  if (!anything && number->IsFictional() != rehearsal) {
    return {rehearsal ? Reason::kNotFictional : Reason::kFictional, std::nullopt};
  }
  return {Reason::kAccepted, std::move(*number)};
}

void PrepareNormaliser() {
  UErrorCode status = U_ZERO_ERROR;
  udata_setFileAccess(UDATA_NO_FILES, &status);
  // Every kind of number of a few regions: metadata, regular expressions, character properties.
  for (const char* region : {"GB", "US", "DE", "IT", "NL", "BR"}) {
    NormaliserRules rules;
    rules.default_region = region;
    rules.regions = {region};
    const Result<Normaliser> normaliser = Normaliser::Create(rules);
    if (!normaliser) continue;
    for (const auto type : {PhoneNumberUtil::MOBILE, PhoneNumberUtil::FIXED_LINE,
                            PhoneNumberUtil::PREMIUM_RATE, PhoneNumberUtil::TOLL_FREE}) {
      Parsed example;
      if (!Library().GetExampleNumberForType(region, type, &example)) continue;
      for (const auto format : {PhoneNumberUtil::E164, PhoneNumberUtil::NATIONAL}) {
        std::string text;
        Library().Format(example, format, &text);
        static_cast<void>(normaliser->Classify(text));
      }
    }
  }
}

std::string_view NumberLibraryVersion() { return SIGNPOST_PHONENUMBER_VERSION; }

}  // namespace signpost
