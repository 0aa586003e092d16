// The numbering plan against libphonenumber, over generated inputs: SIGNPOST_NUMBERS of them (each
// once as digits, once as a cell), from SIGNPOST_SEED. A difference is told by its seed and place
// in the sequence, since what was generated may be somebody's number.
#include <gtest/gtest.h>
#include <phonenumbers/phonenumberutil.h>

#include <cstdlib>
#include <random>

#include "core/reader/number/automaton.h"
#include "core/reader/number/normaliser.h"
#include "core/reader/number/numbering.h"
#include "tests/core/reader/number/generated_numbers.h"
#include "tests/sanitized.h"

namespace signpost::reader::number {
namespace {

using i18n::phonenumbers::PhoneNumberUtil;

uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

uint64_t Numbers() {  // with sanitizers each takes ten times as long
  return FromEnvironment("SIGNPOST_NUMBERS", kSanitized ? 6000 : 60000);
}
uint64_t Seed() {
  static const uint64_t seed = FromEnvironment("SIGNPOST_SEED", std::random_device{}());
  return seed;
}
std::string Where(uint64_t i) {
  return "SIGNPOST_SEED=" + std::to_string(Seed()) + ", input " + std::to_string(i);
}

bool Same(const Reading& a, const Reading& b) {
  if (a.outcome != b.outcome) return false;
  if (a.outcome != Reading::Outcome::kParsed) return true;
  return a.SameAs(b) && a.drama == b.drama && a.kind == b.kind && a.region() == b.region() &&
         a.as_mobile == b.as_mobile && a.as_fixed_line == b.as_fixed_line;
}

// Straight from libphonenumber: valid or not, the region, and the number.
std::string Plain(const GeneratedNumbers::Dialled& dialled) {
  const PhoneNumberUtil& library = *PhoneNumberUtil::GetInstance();
  i18n::phonenumbers::PhoneNumber number;
  if (library.Parse((dialled.plus ? "+" : "") + dialled.digits, dialled.region->code, &number) !=
      PhoneNumberUtil::NO_PARSING_ERROR) {
    return {};
  }
  std::string region, e164;
  const bool valid = library.IsValidNumber(number);
  if (valid) library.GetRegionCodeForNumber(number, &region);
  library.Format(number, PhoneNumberUtil::E164, &e164);
  return (valid ? "valid " : "invalid ") + region + e164;
}
std::string Plain(const Reading& reading) {
  if (reading.outcome != Reading::Outcome::kParsed) return {};
  const bool valid = reading.kind != NumberKind::kUnknown;
  return (valid ? "valid " : "invalid ") + std::string(reading.region()) + "+" +
         std::string(reading.e164_digits());
}

TEST(Agreement, TheNumberingPlanIsUsedWithThisLibrary) {
  EXPECT_NE(NumberingPlan::Load(), nullptr)
      << "libphonenumber is of a release that core/reader/number/numbering_data.cc does not know: "
         "imports "
         "are right, and slow. That file says how a release is added.";
}

TEST(Agreement, NoCountryIsLeftToTheSlowPath) {
  if (NumberingPlan::Load() == nullptr) GTEST_SKIP() << "no numbering plan for this release";
  for (const Region& region : AllRegions()) {
    for (const bool plus : {false, true}) {
      Reading reading;
      const std::string digits = region.country + "223456789";
      EXPECT_TRUE(NumberingPlan::Load()->Read(plus, digits, region, reading)) << region.code;
    }
  }
}

TEST(Agreement, NoReadingDiffersFromTheLibrarys) {
  if (NumberingPlan::Load() == nullptr) GTEST_SKIP() << "no numbering plan for this release";
  GeneratedNumbers numbers(Seed());
  size_t valid = 0, left = 0, differences = 0;
  for (uint64_t i = 0; i < Numbers(); ++i) {
    const GeneratedNumbers::Dialled dialled = numbers.NextDigits();
    Reading by_plan, by_oracle;
    if (!NumberingPlan::Load()->Read(dialled.plus, dialled.digits, *dialled.region, by_plan)) {
      ++left;
      continue;
    }
    ReadByOracle(dialled.plus, dialled.digits, *dialled.region, by_oracle);
    valid += by_oracle.kind != NumberKind::kUnknown;
    const bool plain = numbers.OneIn(8) ? Plain(dialled) == Plain(by_plan) : true;
    if (plain && Same(by_plan, by_oracle)) continue;
    ADD_FAILURE() << Where(i);
    ASSERT_LT(++differences, 20u);
  }
  EXPECT_EQ(left, 0u);
  EXPECT_GT(valid, Numbers() / 8) << "the generator makes too few numbers that are any";
  RecordProperty("valid", static_cast<int>(valid));
}

TEST(Agreement, NoVerdictDiffersFromTheLibrarys) {
  GeneratedNumbers numbers(Seed() + 1);
  std::vector<Normaliser> fast, slow;
  for (const Mode mode : {Mode::kLive, Mode::kRehearsal}) {
    for (const auto purpose : {wire::reader::Purpose::kImport, wire::reader::Purpose::kAnyNumber}) {
      for (const char* home : {"GB", "US", "IT", "NL", "DE", "FR", "ES", "BR", "IN", "NG"}) {
        NormaliserRules rules;
        rules.mode = mode;
        rules.purpose = purpose;
        rules.default_region = home;
        rules.regions = {"GB", home};
        rules.allow_fixed_line_or_mobile = fast.size() % 3 == 0;
        fast.push_back(*Normaliser::Create(rules));
        slow.push_back(*Normaliser::CreateOnOracle(rules));
      }
    }
  }
  const auto same = [](const std::optional<signpost::number::PhoneNumber>& a,
                       const std::optional<signpost::number::PhoneNumber>& b) {
    return a.has_value() == b.has_value() &&
           (!a || a->ExposeText(signpost::number::ExposeNumber{}) ==
                      b->ExposeText(signpost::number::ExposeNumber{}));
  };
  size_t accepted = 0, differences = 0;
  for (uint64_t i = 0; i < Numbers(); ++i) {
    const std::string cell = numbers.NextCell();
    const std::string region = numbers.OneIn(3) ? numbers.NextRegion().code : std::string();
    // A home reads live imports most of the time.
    const size_t which = numbers.OneIn(2) ? numbers.Below(10) : numbers.Below(fast.size());
    const Verdict ours = fast[which].Classify(cell, region);
    const Verdict oracles = slow[which].Classify(cell, region);
    accepted += ours.number.has_value();
    bool agree = ours.reason == oracles.reason && same(ours.number, oracles.number);
    if (numbers.OneIn(4)) {
      agree =
          agree && same(fast[which].AnyNumber(cell, region), slow[which].AnyNumber(cell, region));
    }
    if (agree) continue;
    ADD_FAILURE() << Where(i);
    ASSERT_LT(++differences, 20u);
  }
  EXPECT_GT(accepted, Numbers() / 50);
}

}  // namespace
}  // namespace signpost::reader::number
