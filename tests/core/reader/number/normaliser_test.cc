#include "core/reader/number/normaliser.h"

#include <gtest/gtest.h>
#include <phonenumbers/phonenumberutil.h>
#include <rapidcheck.h>

#include <fstream>
#include <map>
#include <sstream>

#include "core/reader/text/decoder.h"

namespace signpost::reader::number {
namespace {

using i18n::phonenumbers::PhoneNumberUtil;
using wire::reader::Purpose;
using wire::reader::Reason;

constexpr std::string_view kNames[] = {
    "accepted",  "not a number",  "too short", "too long", "short code", "scientific", "invalid",
    "landline",  "premium",       "toll free", "voip",     "pager",      "other kind", "foreign",
    "fictional", "not fictional", "ambiguous", "bad row",  "owner",      "no handset", "no person"};
static_assert(std::size(kNames) == wire::reader::kReasons);

std::string_view Name(Reason reason) { return kNames[static_cast<size_t>(reason)]; }

NormaliserRules Live(std::string region = "GB") {
  NormaliserRules rules;
  rules.default_region = region;
  rules.regions = {region};
  return rules;
}
NormaliserRules Rehearsal() {
  NormaliserRules rules;
  rules.mode = Mode::kRehearsal;
  return rules;
}

Normaliser Make(NormaliserRules rules) {
  Result<Normaliser> normaliser = Normaliser::Create(std::move(rules));
  if (!normaliser) std::abort();
  return *std::move(normaliser);
}

std::string Text(const Verdict& verdict) {
  return verdict.number ? std::string(verdict.number->ExposeText(signpost::number::ExposeNumber{}))
                        : std::string();
}

// Real numbers are made by the library when a test runs; none stands in a source.
std::string Example(const std::string& region, PhoneNumberUtil::PhoneNumberType type,
                    PhoneNumberUtil::PhoneNumberFormat format = PhoneNumberUtil::E164) {
  i18n::phonenumbers::PhoneNumber number;
  if (!PhoneNumberUtil::GetInstance()->GetExampleNumberForType(region, type, &number)) return {};
  std::string text;
  PhoneNumberUtil::GetInstance()->Format(number, format, &text);
  return text;
}

std::string Unescape(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out += text[i];
      continue;
    }
    const char c = text[++i];
    if (c == 'u') {
      const auto unit =
          static_cast<uint16_t>(std::stoul(std::string(text.substr(i + 1, 4)), nullptr, 16));
      const uint8_t bytes[2] = {static_cast<uint8_t>(unit >> 8), static_cast<uint8_t>(unit & 0xff)};
      text::TextDecoder decoder(wire::reader::Encoding::kUtf16Be);
      std::string first;  // so that U+FEFF is not taken for a mark
      const uint8_t space[2] = {0, ' '};
      decoder.Feed(space, first);
      decoder.Feed(bytes, out);
      i += 4;
    } else {
      out += c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c;
    }
  }
  return out;
}

TEST(Normaliser, TheTableOfSpellingsHolds) {
  const Normaliser normaliser = Make(Rehearsal());
  std::ifstream file(SIGNPOST_SOURCE_DIR "/tests/core/reader/number/cases.tsv");
  ASSERT_TRUE(file);
  std::string line;
  int cases = 0;
  for (int row = 1; std::getline(file, line); ++row) {
    if (line.empty() || line[0] == '#') {
      if (!line.starts_with("#31#")) continue;
    }
    const size_t tab = line.find('\t');
    ASSERT_NE(tab, std::string::npos) << "row " << row;
    const size_t second = line.find('\t', tab + 1);
    const std::string reason = line.substr(tab + 1, second - tab - 1);
    const std::string e164 = second == std::string::npos ? "" : line.substr(second + 1);
    const Verdict verdict = normaliser.Classify(Unescape(line.substr(0, tab)));
    EXPECT_EQ(Name(verdict.reason), reason) << "row " << row << ": " << line;
    EXPECT_EQ(Text(verdict), e164) << "row " << row << ": " << line;
    ++cases;
  }
  EXPECT_GT(cases, 100);
}

PhoneNumberUtil::PhoneNumberType KindCalled(std::string_view name) {
  static const std::map<std::string_view, PhoneNumberUtil::PhoneNumberType> kKinds = {
      {"mobile", PhoneNumberUtil::MOBILE},
      {"landline", PhoneNumberUtil::FIXED_LINE},
      {"premium", PhoneNumberUtil::PREMIUM_RATE},
      {"toll-free", PhoneNumberUtil::TOLL_FREE},
      {"uan", PhoneNumberUtil::UAN},
      {"voip", PhoneNumberUtil::VOIP},
      {"personal", PhoneNumberUtil::PERSONAL_NUMBER}};
  return kKinds.at(name);
}

std::vector<std::string> Columns(const std::string& line) {
  std::vector<std::string> columns;
  std::istringstream stream(line);
  for (std::string column; std::getline(stream, column, '\t');) columns.push_back(column);
  return columns;
}

TEST(Normaliser, TheCasesOfAPublicSectorSenderHold) {
  const Normaliser import = Make(Live());
  NormaliserRules rules = Live();
  rules.purpose = Purpose::kAnyNumber;
  const Normaliser any = Make(rules);
  std::ifstream file(SIGNPOST_SOURCE_DIR "/tests/core/reader/number/sender_cases.tsv");
  ASSERT_TRUE(file);
  int cases = 0;
  std::string line;
  for (int row = 1; std::getline(file, line); ++row) {
    if (line.empty() || line[0] == '#') continue;
    const std::vector<std::string> columns = Columns(line);
    ASSERT_GE(columns.size(), 4u) << "row " << row;
    const std::string region = columns[0].substr(0, 2);
    const std::string e164 = Example(region, KindCalled(columns[0].substr(3)));
    ASSERT_FALSE(e164.empty()) << "row " << row;
    const std::string country =
        std::to_string(PhoneNumberUtil::GetInstance()->GetCountryCodeForRegion(region));
    const std::string national = e164.substr(1 + country.size());
    std::string cell;
    for (const char c : Unescape(columns[1])) {
      cell += c == 'C'   ? country
              : c == 'N' ? national
              : c == 'A' ? national.substr(0, 3)
              : c == 'B' ? national.substr(3)
                         : std::string(1, c);
    }
    const Verdict imported = import.Classify(cell), taken = any.Classify(cell);
    EXPECT_EQ(Name(imported.reason), columns[2]) << "row " << row << ": " << line;
    EXPECT_EQ(Name(taken.reason), columns[3]) << "row " << row << ": " << line;
    if (columns.size() > 4) {
      EXPECT_TRUE(Text(taken) == e164) << "row " << row << ": " << line;
    }
    ++cases;
  }
  EXPECT_GT(cases, 40);
}

TEST(Normaliser, LiveHomeTextsNoFictionalNumber) {
  for (const Purpose purpose : {Purpose::kImport, Purpose::kAnyNumber}) {
    NormaliserRules rules = Live();
    rules.purpose = purpose;
    const Normaliser normaliser = Make(rules);
    for (const char* cell : {"07700 900000", "+44 7700 900999", "7700900123", "447700900123"}) {
      EXPECT_EQ(normaliser.Classify(cell).reason, Reason::kFictional) << cell;
    }
  }
}

TEST(Normaliser, RehearsalTextsNoRealNumber) {
  for (const Purpose purpose : {Purpose::kImport, Purpose::kAnyNumber}) {
    NormaliserRules rules = Rehearsal();
    rules.purpose = purpose;
    const Normaliser normaliser = Make(rules);
    for (const char* region : {"GB", "NL", "US", "JE", "IT"}) {
      for (const auto type : {PhoneNumberUtil::MOBILE, PhoneNumberUtil::FIXED_LINE}) {
        EXPECT_EQ(normaliser.Classify(Example(region, type)).reason, Reason::kNotFictional);
      }
    }
    // The neighbours of the range, one below and one above it.
    for (const uint64_t national : {77009ull * 100000 - 1, 77009ull * 100000 + 1000}) {
      const Verdict verdict = normaliser.Classify("+44" + std::to_string(national));
      EXPECT_EQ(verdict.reason, Reason::kNotFictional);
    }
  }
}

TEST(Normaliser, OnlyMobilesOfAllowedRegionsPass) {
  const Normaliser normaliser = Make(Live());
  const auto reason = [&](const char* region, PhoneNumberUtil::PhoneNumberType type) {
    const std::string example = Example(region, type);
    EXPECT_FALSE(example.empty()) << region << type;
    return normaliser.Classify(example).reason;
  };
  EXPECT_EQ(reason("GB", PhoneNumberUtil::MOBILE), Reason::kAccepted);
  EXPECT_EQ(reason("GB", PhoneNumberUtil::FIXED_LINE), Reason::kLandline);
  EXPECT_EQ(reason("GB", PhoneNumberUtil::PREMIUM_RATE), Reason::kPremium);
  EXPECT_EQ(reason("GB", PhoneNumberUtil::TOLL_FREE), Reason::kTollFree);
  EXPECT_EQ(reason("GB", PhoneNumberUtil::VOIP), Reason::kVoip);
  EXPECT_EQ(reason("GB", PhoneNumberUtil::PAGER), Reason::kPager);
  EXPECT_EQ(reason("GB", PhoneNumberUtil::PERSONAL_NUMBER), Reason::kOtherKind);
  EXPECT_EQ(reason("GB", PhoneNumberUtil::UAN), Reason::kOtherKind);
  EXPECT_EQ(reason("NL", PhoneNumberUtil::MOBILE), Reason::kForeign);
  EXPECT_EQ(reason("NL", PhoneNumberUtil::FIXED_LINE), Reason::kForeign);
  EXPECT_EQ(reason("JE", PhoneNumberUtil::MOBILE), Reason::kForeign) << "+44, but not GB";
}

TEST(Normaliser, NumbersThatCannotBeToldApartNeedTheirOwnRule) {
  NormaliserRules rules = Live("US");
  const std::string example = Example("US", PhoneNumberUtil::MOBILE, PhoneNumberUtil::NATIONAL);
  EXPECT_EQ(Make(rules).Classify(example).reason, Reason::kOtherKind);
  rules.allow_fixed_line_or_mobile = true;
  EXPECT_EQ(Make(rules).Classify(example).reason, Reason::kAccepted);
}

TEST(Normaliser, MobilesAreRefusedWhereTheRulesSayNo) {
  NormaliserRules rules = Live();
  rules.allow_mobile = false;
  EXPECT_EQ(Make(rules).Classify(Example("GB", PhoneNumberUtil::MOBILE)).reason,
            Reason::kOtherKind);
  rules = Rehearsal();
  rules.regions = {"NL"};
  EXPECT_EQ(Make(rules).Classify("+44 7700 900123").reason, Reason::kForeign);
}

// Every repair on real mobiles of several regions, against the library's own E.164.
TEST(Normaliser, RepairsGiveTheNumberThatWasMeant) {
  for (const char* region : {"GB", "NL", "DE", "FR", "ES", "IE"}) {
    const Normaliser normaliser = Make(Live(region));
    const std::string e164 = Example(region, PhoneNumberUtil::MOBILE);
    const std::string digits = e164.substr(1);
    const std::string national =
        Example(region, PhoneNumberUtil::MOBILE, PhoneNumberUtil::NATIONAL);
    std::string dialled;
    for (const char c : national) {
      if (c >= '0' && c <= '9') dialled += c;
    }
    for (const std::string& cell :
         {e164, digits, "00" + digits, "0+" + digits, national, dialled, "'" + national,
          digits + ".0", "tel:" + e164, digits + "@s.whatsapp.net"}) {
      EXPECT_EQ(Text(normaliser.Classify(cell)), e164) << region;
    }
    if (dialled[0] != '0') continue;
    const std::string country = digits.substr(0, digits.size() - dialled.size() + 1);
    for (const std::string& cell : {"+" + dialled, "+" + country + " (0)" + dialled.substr(1),
                                    "00" + country + " (0) " + dialled.substr(1)}) {
      EXPECT_EQ(Text(normaliser.Classify(cell)), e164) << region;
    }
    // A German mobile without its zero is an American number without its plus.
    const Verdict lost_zero = normaliser.Classify(dialled.substr(1));
    if (std::string_view(region) == "DE") {
      EXPECT_EQ(lost_zero.reason, Reason::kAmbiguous);
    } else {
      EXPECT_EQ(Text(lost_zero), e164) << region;
    }
  }
}

TEST(Normaliser, TwoPlausibleReadingsAreNotGuessed) {
  // Examples of other regions that, without their plus, are valid national numbers, too.
  int both = 0;
  for (const char* home : {"GB", "DE", "AT", "FI", "CN"}) {
    const Normaliser normaliser = Make(Live(home));
    std::set<std::string> regions;
    PhoneNumberUtil::GetInstance()->GetSupportedRegions(&regions);
    for (const std::string& abroad : regions) {
      const std::string e164 = Example(abroad, PhoneNumberUtil::MOBILE);
      if (e164.empty()) continue;
      i18n::phonenumbers::PhoneNumber as_national, as_international;
      const auto* library = PhoneNumberUtil::GetInstance();
      if (library->Parse(e164.substr(1), home, &as_national) != PhoneNumberUtil::NO_PARSING_ERROR) {
        continue;
      }
      if (library->GetNumberType(as_national) != PhoneNumberUtil::MOBILE) continue;
      if (library->Parse(e164, home, &as_international) != PhoneNumberUtil::NO_PARSING_ERROR)
        continue;
      std::string other;
      library->Format(as_national, PhoneNumberUtil::E164, &other);
      if (other == e164) continue;
      ++both;
      EXPECT_EQ(normaliser.Classify(e164.substr(1)).reason, Reason::kAmbiguous) << home << abroad;
    }
  }
  EXPECT_GT(both, 0);
}

TEST(Normaliser, AnOptOutIsTakenWhateverTheKindOrRegion) {
  NormaliserRules rules = Live();
  rules.purpose = Purpose::kAnyNumber;
  const Normaliser normaliser = Make(rules);
  for (const char* region : {"GB", "NL", "US", "JE"}) {
    for (const auto type :
         {PhoneNumberUtil::MOBILE, PhoneNumberUtil::FIXED_LINE, PhoneNumberUtil::PREMIUM_RATE}) {
      const std::string e164 = Example(region, type);
      EXPECT_EQ(Text(normaliser.Classify(e164)), e164);
      EXPECT_EQ(Text(normaliser.Classify(e164 + " ext 12")), e164) << "withholding more is safe";
    }
  }
  // Possible, though in no plan: the mobile of tomorrow.
  EXPECT_EQ(normaliser.Classify("0" + std::string(1, '3') + std::string(9, '9')).reason,
            Reason::kAccepted);
  EXPECT_EQ(normaliser.Classify("60006").reason, Reason::kShortCode);
  EXPECT_EQ(normaliser.Classify("07700 90").reason, Reason::kTooShort) << "protects nobody";
}

TEST(Normaliser, AHintOfTheRegionIsNotIgnored) {
  NormaliserRules rules = Live("GB");
  rules.regions = {"GB", "NL", "FR", "US"};
  rules.allow_fixed_line_or_mobile = true;
  const Normaliser normaliser = Make(rules);
  for (const char* region : {"NL", "FR", "US"}) {
    const std::string e164 = Example(region, PhoneNumberUtil::MOBILE);
    const std::string national =
        Example(region, PhoneNumberUtil::MOBILE, PhoneNumberUtil::NATIONAL);
    std::string lower(region);
    for (char& c : lower) c = static_cast<char>(c - 'A' + 'a');
    EXPECT_EQ(Text(normaliser.Classify(national, region)), e164) << region;
    EXPECT_EQ(Text(normaliser.Classify(national, lower)), e164) << region;
    EXPECT_NE(Text(normaliser.Classify(national)), e164) << region;
    EXPECT_EQ(Text(normaliser.Classify(e164, "GB")), e164) << "a plus says it already";
  }
}

TEST(Normaliser, AHintAllowsNoRegionThatTheRulesDoNot) {
  const Normaliser normaliser = Make(Live("GB"));
  const std::string dutch = Example("NL", PhoneNumberUtil::MOBILE, PhoneNumberUtil::NATIONAL);
  EXPECT_EQ(normaliser.Classify(dutch, "NL").reason, Reason::kForeign);
  const std::string british = Example("GB", PhoneNumberUtil::MOBILE, PhoneNumberUtil::NATIONAL);
  for (const char* hint : {"", "G", "XX", "001", "GBR", "gb ", "\xff\xff"}) {
    EXPECT_EQ(normaliser.Classify(british, hint).reason, Reason::kAccepted) << hint;
  }
}

TEST(Normaliser, AnOwnersNumberIsReadWhateverTheModeKindOrRegion) {
  for (const NormaliserRules& rules : {Live("GB"), Rehearsal()}) {
    const Normaliser normaliser = Make(rules);
    const auto any = [&](std::string_view cell, std::string_view region) {
      const std::optional<signpost::number::PhoneNumber> number =
          normaliser.AnyNumber(cell, region);
      return number ? std::string(number->ExposeText(signpost::number::ExposeNumber{}))
                    : std::string();
    };
    EXPECT_EQ(any("07700 900123", ""), "+447700900123");
    EXPECT_EQ(any("+44 7700 900123", "NL"), "+447700900123");
    for (const char* region : {"GB", "NL", "US", "JE", "IT"}) {
      for (const auto type : {PhoneNumberUtil::MOBILE, PhoneNumberUtil::FIXED_LINE}) {
        const std::string e164 = Example(region, type);
        EXPECT_EQ(any(e164, ""), e164);
        EXPECT_EQ(any(Example(region, type, PhoneNumberUtil::NATIONAL), region), e164);
        EXPECT_EQ(any(e164 + " ext 12", ""), e164);
      }
    }
    EXPECT_NE(any("0" + std::string(1, '3') + std::string(9, '9'), ""), "") << "possible";
    for (const char* cell : {"", "60006", "07700 90", "0770 0900 1234567", "Dave", "4.47E+11"}) {
      EXPECT_EQ(any(cell, "GB"), "") << cell;
    }
  }
}

TEST(Normaliser, AcceptedMeansANumberAndNothingElseDoes) {
  const Normaliser normaliser = Make(Rehearsal());
  EXPECT_TRUE(rc::check([&] {
    const auto cell = *rc::gen::container<std::string>(
        rc::gen::elementOf(std::string("0123456789+ ()-/.,;x:eE@='")));
    const Verdict verdict = normaliser.Classify(cell);
    RC_ASSERT((verdict.reason == Reason::kAccepted) == verdict.number.has_value());
    if (verdict.number) RC_ASSERT(verdict.number->IsFictional());
  }));
}

TEST(Normaliser, ADramaNumberSurvivesAnySeparators) {
  const Normaliser normaliser = Make(Rehearsal());
  EXPECT_TRUE(rc::check([&] {
    const int last = *rc::gen::inRange(0, 1000);
    const std::string digits = std::to_string(77009ull * 100000 + static_cast<uint64_t>(last));
    std::string cell = *rc::gen::element<std::string>("0", "+44", "0044", "+44 (0)", "44", "");
    for (const char c : digits) {
      cell += c;
      cell += *rc::gen::element<std::string>("", "", "", " ", "-", "\xc2\xa0", "\xe2\x80\x91");
    }
    RC_ASSERT(Text(normaliser.Classify(cell)) == "+44" + digits);
  }));
}

TEST(NormaliserRules, AStartFrameOutOfRangeIsRefused) {
  wire::reader::Start good{};
  good.mode = Mode::kRehearsal;
  good.allow_mobile = 1;
  good.region_count = 1;
  std::copy_n("GB", 2, good.default_region);
  std::copy_n("GB", 2, good.regions[0]);
  EXPECT_TRUE(NormaliserRules::FromStart(good));
  const auto refused = [&](auto change) {
    wire::reader::Start start = good;
    change(start);
    return !NormaliserRules::FromStart(start).has_value();
  };
  EXPECT_TRUE(refused([](wire::reader::Start& s) { s.allow_mobile = 2; }));
  EXPECT_TRUE(refused([](wire::reader::Start& s) { s.region_count = 0; }));
  EXPECT_TRUE(refused([](wire::reader::Start& s) { s.region_count = 17; }));
  EXPECT_TRUE(refused([](wire::reader::Start& s) { s.region_count = 2; }));
  EXPECT_TRUE(refused([](wire::reader::Start& s) { s.default_region[0] = 'g'; }));
}

TEST(Normaliser, AnUnknownRegionIsAnError) { EXPECT_FALSE(Normaliser::Create(Live("XX"))); }

TEST(NumberLibraryVersion, IsKnownAndFitsItsField) {
  EXPECT_FALSE(NumberLibraryVersion().empty());
  EXPECT_LT(NumberLibraryVersion().size(), sizeof(wire::reader::Totals::library_version));
}

}  // namespace
}  // namespace signpost::reader::number
