#include "core/reader/number/normaliser.h"

#include <unicode/udata.h>

#include <algorithm>

#include "core/reader/number/numbering.h"
#include "core/reader/number/spelling.h"

namespace signpost::reader::number {

using wire::reader::Purpose;
using wire::reader::Reason;

namespace {

constexpr std::string_view kDramaRegion = "GB";
constexpr int kDramaCountry = 44;

bool IsRegionShaped(const char (&region)[2]) {
  return region[0] >= 'A' && region[0] <= 'Z' && region[1] >= 'A' && region[1] <= 'Z';
}

std::string_view AsRegion(const char (&region)[2]) { return {region, 2}; }

}  // namespace

Result<NormaliserRules> NormaliserRules::FromStart(const wire::reader::Start& start) {
  const bool good = start.allow_mobile <= 1 && start.allow_fixed_line_or_mobile <= 1 &&
                    start.region_count >= 1 && start.region_count <= std::size(start.regions) &&
                    IsRegionShaped(start.default_region);
  if (!good) return Fail(Code::kCorrupt, "a start frame with a value out of range");
  NormaliserRules rules;
  rules.mode = start.mode;
  rules.purpose = start.purpose;
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

Normaliser::Normaliser(NormaliserRules rules, const Region& region, const NumberingPlan* numbering)
    : rules_(std::move(rules)), default_(&region), numbering_(numbering) {}

Result<Normaliser> Normaliser::Create(NormaliserRules rules) {
  return Create(std::move(rules), NumberingPlan::Load());
}

Result<Normaliser> Normaliser::CreateOnOracle(NormaliserRules rules) {
  return Create(std::move(rules), nullptr);
}

Result<Normaliser> Normaliser::Create(NormaliserRules rules, const NumberingPlan* numbering) {
  const auto is_known = [](const std::string& region) {
    const Region* known = FindRegion(region);
    return known != nullptr && known->code == region;
  };
  if (!is_known(rules.default_region) ||
      !std::all_of(rules.regions.begin(), rules.regions.end(), is_known)) {
    return Fail(Code::kInput, "a region that has no telephone numbers", {},
                "regions are ISO 3166-1 alpha-2 codes such as GB or NL");
  }
  const Region& region = *FindRegion(rules.default_region);
  return Normaliser(std::move(rules), region, numbering);
}

Verdict Normaliser::Classify(std::string_view utf8, std::string_view region) const {
  return Classify(utf8, region, Taking::kByTheRules);
}

std::optional<signpost::number::PhoneNumber> Normaliser::AnyNumber(std::string_view utf8,
                                                                   std::string_view region) const {
  return Classify(utf8, region, Taking::kAnything).number;
}

Verdict Normaliser::Classify(std::string_view utf8, std::string_view region, Taking taking) const {
  const Spelling spelling(utf8);
  if (spelling.reason() != Reason::kAccepted) return {spelling.reason(), std::nullopt};
  const Region* known = region.empty() ? default_ : FindRegion(region);
  // NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): Create leaves no default out
  return Decide(spelling, known != nullptr ? *known : *default_, taking);
}

void Normaliser::Read(bool plus, std::string_view digits, const Region& region,
                      Reading& out) const {
  if (numbering_ == nullptr || !numbering_->Read(plus, digits, region, out)) {
    ReadByOracle(plus, digits, region, out);
  }
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
    if (!is_allowed(kDramaRegion)) return Reason::kForeign;
    return rules_.allow_mobile ? Reason::kAccepted : Reason::kOtherKind;
  }
  if (!reading.Plausible()) return ReasonForImplausible(reading, rehearsal, any);
  if (rehearsal) return Reason::kNotFictional;
  if (any) return Reason::kAccepted;
  if (!is_allowed(reading.region())) return Reason::kForeign;
  switch (reading.kind) {
    case NumberKind::kMobile:
      return rules_.allow_mobile ? Reason::kAccepted : Reason::kOtherKind;
    case NumberKind::kFixedLineOrMobile:
      return rules_.allow_fixed_line_or_mobile ? Reason::kAccepted : Reason::kOtherKind;
    case NumberKind::kFixedLine:
      return Reason::kLandline;
    case NumberKind::kPremiumRate:
    case NumberKind::kSharedCost:
      return Reason::kPremium;
    case NumberKind::kTollFree:
      return Reason::kTollFree;
    case NumberKind::kVoip:
      return Reason::kVoip;
    case NumberKind::kPager:
      return Reason::kPager;
    default:
      return Reason::kOtherKind;
  }
}

Reason Normaliser::ReasonForImplausible(const Reading& reading, bool rehearsal, bool any) {
  const Reason unknown = rehearsal ? Reason::kNotFictional : Reason::kInvalid;
  switch (reading.outcome) {
    case Reading::Outcome::kTooLong:
      return Reason::kTooLong;
    case Reading::Outcome::kTooShort:
      return Reason::kTooShort;
    case Reading::Outcome::kNoNumber:
      return unknown;
    case Reading::Outcome::kParsed:
      break;
  }
  // Of a possible length, though of no plan that the library knows. Not every length that some
  // kind has: a fragment would make an opt-out that protects nobody.
  const bool possible =
      reading.as_mobile == LengthFit::kPossible || reading.as_fixed_line == LengthFit::kPossible;
  if (any && !rehearsal && !reading.national().starts_with('0') && possible) {
    return Reason::kAccepted;
  }
  switch (reading.as_mobile) {
    case LengthFit::kTooShort:
    case LengthFit::kLocalOnly:
      return Reason::kTooShort;
    case LengthFit::kTooLong:
      return Reason::kTooLong;
    default:
      return unknown;
  }
}

// The other way to read digits that have no plus, if there is one: as if a plus was lost, or as if
// there were too many digits in front. True when it was read, into `out`.
bool Normaliser::ReadAgain(std::string_view digits, const Region& region, Reading& out) const {
  if (digits.starts_with("000")) return false;  // a country code begins with no zero
  if (digits.starts_with("00")) {
    Read(true, digits.substr(2), region, out);  // 00 where the region dials another prefix
    return true;
  }
  if (!digits.starts_with("0")) {
    // A spreadsheet took the plus, or the zero; or 141 hides the caller in the United Kingdom.
    const bool hidden = region.country_code == kDramaCountry && digits.starts_with("1410");
    Read(!hidden, hidden ? digits.substr(3) : digits, region, out);
    return true;
  }
  if (!digits.substr(1).starts_with(region.country)) return false;
  Read(true, digits.substr(1), region, out);  // a zero where the plus belongs
  return true;
}

Verdict Normaliser::Decide(const Spelling& spelling, const Region& region, Taking taking) const {
  const std::string_view digits = spelling.digits();
  const bool international = spelling.international();
  // As written: with a plus, or as dialled in that region (its own prefix for abroad, too).
  Reading written, other;
  Read(international, digits, region, written);
  const Reading* meant = &written;
  if (!international && (region.needs_trunk_prefix || !written.Plausible()) &&
      ReadAgain(digits, region, other) && other.Plausible() && !written.SameAs(other)) {
    // A zero is put back for a mobile only: nearly any digits are some landline without its zero.
    const bool zero_lost = region.needs_trunk_prefix && !digits.starts_with("0");
    const bool counts = zero_lost ? written.Mobile() : written.Plausible();
    if (counts) return {Reason::kAmbiguous, std::nullopt};
    meant = &other;
  }
  const Reason reason = ReasonFor(*meant, taking);
  if (reason != Reason::kAccepted) return {reason, std::nullopt};
  const bool anything = taking == Taking::kAnything;
  const bool any = anything || rules_.purpose == Purpose::kAnyNumber;
  if (spelling.extension() && !any) return {Reason::kOtherKind, std::nullopt};
  Result<signpost::number::PhoneNumber> number = meant->ToNumber();
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
  PrepareOracle();
  if (const NumberingPlan* numbering = NumberingPlan::Load()) numbering->Prepare(kDramaCountry);
}

std::string_view NumberLibraryVersion() { return SIGNPOST_PHONENUMBER_VERSION; }

}  // namespace signpost::reader::number
