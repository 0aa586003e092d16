// The fast way and libphonenumber say the same of any bytes. The first byte chooses the rules, the
// second the region that a phone database might name; the rest is one cell, and its digits once
// more as a reading gets them.
#include <cstdlib>
#include <string>

#include "core/reader/number/normaliser.h"
#include "core/reader/number/numbering.h"
#include "core/reader/number/spelling.h"

namespace {

using namespace signpost;

struct Both {
  reader::number::Normaliser fast, slow;
};

const std::vector<Both>& AllRules() {
  static const std::vector<Both> all = [] {
    std::vector<Both> made;
    for (const Mode mode : {Mode::kLive, Mode::kRehearsal}) {
      for (const auto purpose :
           {wire::reader::Purpose::kImport, wire::reader::Purpose::kAnyNumber}) {
        for (const char* region : {"GB", "US", "IT", "BR", "DE"}) {
          reader::number::NormaliserRules rules;
          rules.mode = mode;
          rules.purpose = purpose;
          rules.default_region = region;
          rules.regions = {"GB", region};
          made.push_back({*reader::number::Normaliser::Create(rules),
                          *reader::number::Normaliser::CreateOnOracle(rules)});
        }
      }
    }
    return made;
  }();
  return all;
}

void Require(bool holds) {
  if (!holds) std::abort();
}

std::string_view Text(const std::optional<number::PhoneNumber>& number) {
  return number ? number->ExposeText(number::ExposeNumber{}) : std::string_view();
}

void CompareReadings(bool plus, std::string_view cell, const reader::number::Region& region) {
  std::string digits;
  for (const char c : cell) {
    if (c >= '0' && c <= '9' && digits.size() < 20) digits += c;
  }
  reader::number::Reading by_plan, by_oracle;
  const reader::number::NumberingPlan* numbering = reader::number::NumberingPlan::Load();
  if (numbering == nullptr || !numbering->Read(plus, digits, region, by_plan)) return;
  reader::number::ReadByOracle(plus, digits, region, by_oracle);
  Require(by_plan.outcome == by_oracle.outcome);
  if (by_plan.outcome != reader::number::Reading::Outcome::kParsed) return;
  Require(by_plan.SameAs(by_oracle));
  Require(by_plan.drama == by_oracle.drama);
  Require(by_plan.kind == by_oracle.kind);
  Require(by_plan.region() == by_oracle.region());
  Require(by_plan.as_mobile == by_oracle.as_mobile);
  Require(by_plan.as_fixed_line == by_oracle.as_fixed_line);
}

void CompareSpellings(std::string_view cell) {
  const reader::number::Spelling quick(cell), full(cell, reader::number::Spelling::InFull{});
  Require(quick.reason() == full.reason() && quick.extension() == full.extension());
  if (quick.reason() != wire::reader::Reason::kAccepted) return;
  Require(quick.digits() == full.digits() && quick.international() == full.international());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const Both& rules = AllRules()[data[0] % AllRules().size()];
  const reader::number::Region& dialled_in =
      reader::number::AllRegions()[data[1] % reader::number::AllRegions().size()];
  const std::string_view region =
      data[1] >= 250 ? std::string_view() : std::string_view(dialled_in.code);
  const std::string_view cell(reinterpret_cast<const char*>(data) + 2, size - 2);
  CompareSpellings(cell);
  CompareReadings((data[0] & 1) != 0, cell, dialled_in);
  const reader::number::Verdict fast = rules.fast.Classify(cell, region),
                                slow = rules.slow.Classify(cell, region);
  Require(fast.reason == slow.reason && Text(fast.number) == Text(slow.number));
  Require(Text(rules.fast.AnyNumber(cell, region)) == Text(rules.slow.AnyNumber(cell, region)));
  return 0;
}
