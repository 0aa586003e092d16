// Keeps what the numbering plan needs of libphonenumber's metadata: one Territory for each of its
// PhoneMetadata, one Country for each country code with the territories that share it. Made by
// numbering_data.cc, used by numbering.cc alone.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/reader/number/automaton.h"
#include "core/reader/number/reading.h"

namespace i18n::phonenumbers {
class PhoneMetadata;
class PhoneMetadataCollection;
}  // namespace i18n::phonenumbers

namespace signpost::reader::number {

// A kind's possible lengths: the library's TestNumberLength, as sets of bits.
struct Lengths {
  bool none = false;  // there are no numbers of this kind
  int first = 0, last = 0;
  uint32_t possible = 0, local = 0;
  LengthFit Fit(size_t size) const;
};

struct Territory {
  const i18n::phonenumbers::PhoneMetadata* metadata = nullptr;
  std::array<char, 4> id{};
  int country_code = 0;
  std::string country;                // the same, as digits
  uint32_t bit = 0;                   // among the territories of its country
  bool understood = false;            // else the oracle is asked whenever this one is needed
  std::optional<Pattern> for_abroad;  // "international_prefix"
  std::optional<Pattern> trunk;       // "national_prefix_for_parsing"
  // "national_prefix_transform_rule": these digits, then a group of the trunk's pattern.
  bool transforms = false;
  std::string transform_digits;
  size_t transform_group = 0;
  Lengths general, mobile, fixed_line;
};

// What a national number is, by its country's automaton.
struct Judgement {
  NumberKind kind = NumberKind::kUnknown;
  uint32_t territory = 0;  // in Country::territories; meaningless when the kind is unknown
  uint32_t general = 0;    // the territories (bits) whose general pattern matches, of any length
  friend bool operator==(const Judgement&, const Judgement&) = default;
};

struct Country {
  std::vector<size_t> territories;  // the main one first: the library's order
  bool tried = false;               // to build the automaton
  std::optional<Automaton> automaton;
  std::vector<Judgement> judgements;  // by the automaton's verdicts
};

// The id of what is in no territory: freephone, satellites.
constexpr std::string_view kNotGeographical = "001";

struct NumberingData {
  static constexpr size_t kCountryCodes = 1000;
  static constexpr size_t kNone = ~size_t{0};
  static constexpr size_t kMaxTransform = 4;  // digits that a transform rule may put in front

  NumberingData();
  ~NumberingData();
  // False when the metadata are not of a known release.
  bool LoadMetadata();
  // Builds the automaton, once; false when the country is not understood.
  bool BuildCountry(Country& country) const;

  std::unique_ptr<i18n::phonenumbers::PhoneMetadataCollection> metadata;
  std::vector<Territory> territories;
  std::vector<size_t> of_region;  // by Region::index; kNone
  std::array<std::unique_ptr<Country>, kCountryCodes> countries;
};

}  // namespace signpost::reader::number
