#include <phonenumbers/phonemetadata.pb.h>

#include <algorithm>
#include <map>
#include <string>

#include "core/reader/number/numbering_data.h"

namespace signpost::reader::number {

using i18n::phonenumbers::PhoneMetadata;
using i18n::phonenumbers::PhoneNumberDesc;

namespace {

constexpr size_t kMaxTerritories = 32;  // bits of Judgement::general

// The order in which the library's GetNumberTypeHelper asks; fixed line and mobile come after.
using DescOf = const PhoneNumberDesc& (PhoneMetadata::*)() const;
struct KindRule {
  DescOf desc;
  NumberKind kind;
};
constexpr KindRule kKindRules[] = {
    {&PhoneMetadata::premium_rate, NumberKind::kPremiumRate},
    {&PhoneMetadata::toll_free, NumberKind::kTollFree},
    {&PhoneMetadata::shared_cost, NumberKind::kSharedCost},
    {&PhoneMetadata::voip, NumberKind::kVoip},
    {&PhoneMetadata::personal_number, NumberKind::kPersonal},
    {&PhoneMetadata::pager, NumberKind::kPager},
    {&PhoneMetadata::uan, NumberKind::kUan},
    {&PhoneMetadata::voicemail, NumberKind::kVoicemail},
};

// The patterns of one country as an automaton's rules; equal patterns are one rule.
class CountryRules {
 public:
  explicit CountryRules(const std::vector<const PhoneMetadata*>& all) {
    for (const PhoneMetadata* one : all) {
      for (const PhoneNumberDesc* desc :
           {&one->general_desc(), &one->fixed_line(), &one->mobile()}) {
        Add(desc->national_number_pattern(), false);
      }
      for (const KindRule& rule : kKindRules) {
        Add((one->*rule.desc)().national_number_pattern(), false);
      }
      if (one->has_leading_digits()) Add(one->leading_digits(), true);
    }
  }

  static constexpr int kNoRule = -1;
  int Whole(const std::string& text) const { return Find(text, false); }
  int Front(const std::string& text) const { return Find(text, true); }

  // False when a pattern is not understood.
  bool Parse(std::vector<Pattern>& patterns, std::vector<Automaton::Rule>& rules) const {
    patterns.reserve(in_order_.size());
    for (const auto& [text, front] : in_order_) {
      std::optional<Pattern> pattern = Pattern::Parse(text);
      if (!pattern) return false;
      patterns.push_back(*std::move(pattern));
      rules.push_back({&patterns.back(), front});
    }
    return true;
  }

 private:
  using Key = std::pair<std::string, bool>;
  void Add(const std::string& text, bool front) {
    // An empty pattern matches nothing where the whole must match, and anything in front.
    if (text.empty() && !front) return;
    const auto next = static_cast<int>(in_order_.size());
    if (index_.try_emplace({text, front}, next).second) in_order_.emplace_back(text, front);
  }
  int Find(const std::string& text, bool front) const {
    const auto found = index_.find({text, front});
    return found != index_.end() ? found->second : kNoRule;
  }

  std::map<Key, int> index_;
  std::vector<Key> in_order_;
};

// Which of one input's patterns match, by their text: what the library's functions are asked with.
class Matched {
 public:
  Matched(const CountryRules& rules, size_t size, std::span<const uint16_t> matched)
      : rules_(rules), size_(size), matched_(matched) {}

  // RegexBasedMatcher::MatchNationalNumber, without its prefix match.
  bool Pattern(const PhoneNumberDesc& desc) const {
    return Has(rules_.Whole(desc.national_number_pattern()));
  }
  bool Front(const std::string& text) const { return Has(rules_.Front(text)); }

  // PhoneNumberUtil::IsNumberMatchingDesc
  bool Desc(const PhoneNumberDesc& desc) const {
    const auto& lengths = desc.possible_length();
    if (!lengths.empty() &&
        std::find(lengths.begin(), lengths.end(), static_cast<int>(size_)) == lengths.end()) {
      return false;
    }
    return Pattern(desc);
  }

  // PhoneNumberUtil::GetNumberTypeHelper
  NumberKind KindIn(const PhoneMetadata& metadata) const {
    if (!Desc(metadata.general_desc())) return NumberKind::kUnknown;
    for (const KindRule& rule : kKindRules) {
      if (Desc((metadata.*rule.desc)())) return rule.kind;
    }
    if (Desc(metadata.fixed_line())) {
      const bool both = metadata.same_mobile_and_fixed_line_pattern() || Desc(metadata.mobile());
      return both ? NumberKind::kFixedLineOrMobile : NumberKind::kFixedLine;
    }
    if (!metadata.same_mobile_and_fixed_line_pattern() && Desc(metadata.mobile())) {
      return NumberKind::kMobile;
    }
    return NumberKind::kUnknown;
  }

 private:
  bool Has(int rule) const {
    return rule != CountryRules::kNoRule &&
           std::binary_search(matched_.begin(), matched_.end(), rule);
  }
  const CountryRules& rules_;
  size_t size_;
  std::span<const uint16_t> matched_;
};

// GetRegionCodeForNumber and GetRegionCodeForNumberFromRegionList, then GetNumberType.
Judgement JudgementOf(const std::vector<const PhoneMetadata*>& all, const Matched& input) {
  Judgement judgement;
  size_t region = 0;
  if (all.size() > 1) {
    const auto is_of = [&](const PhoneMetadata* one) {
      return one->has_leading_digits() ? input.Front(one->leading_digits())
                                       : input.KindIn(*one) != NumberKind::kUnknown;
    };
    region = static_cast<size_t>(std::find_if(all.begin(), all.end(), is_of) - all.begin());
  }
  if (region < all.size()) judgement.kind = input.KindIn(*all[region]);
  if (judgement.kind != NumberKind::kUnknown) judgement.territory = static_cast<uint32_t>(region);
  for (size_t i = 0; i < all.size(); ++i) {
    if (input.Pattern(all[i]->general_desc())) judgement.general |= 1u << i;
  }
  return judgement;
}

}  // namespace

bool NumberingData::BuildCountry(Country& country) const {
  if (country.tried) return country.automaton.has_value();
  country.tried = true;
  std::vector<const PhoneMetadata*> all;
  for (const size_t t : country.territories) all.push_back(territories[t].metadata);
  const auto is_nowhere = [](const PhoneMetadata* one) { return one->id() == kNotGeographical; };
  // Of no territory and of some at once: there the library would look for metadata that are not.
  if (all.size() > kMaxTerritories ||
      (all.size() > 1 && std::any_of(all.begin(), all.end(), is_nowhere))) {
    return false;
  }
  const CountryRules rules(all);
  std::vector<Pattern> patterns;
  std::vector<Automaton::Rule> automaton_rules;
  if (!rules.Parse(patterns, automaton_rules)) return false;
  const auto judge = [&](size_t size, std::span<const uint16_t> matched) {
    const Judgement judgement = JudgementOf(all, Matched(rules, size, matched));
    auto& known = country.judgements;
    const auto found = std::find(known.begin(), known.end(), judgement);
    const auto verdict = static_cast<uint16_t>(found - known.begin());
    if (found == known.end()) known.push_back(judgement);
    return verdict;
  };
  country.automaton = Automaton::Build(automaton_rules, judge);
  return country.automaton.has_value();
}

}  // namespace signpost::reader::number
