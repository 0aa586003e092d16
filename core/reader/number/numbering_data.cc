#include "core/reader/number/numbering_data.h"

#include <phonenumbers/phonemetadata.pb.h>

#include <algorithm>

#include "core/reader/number/oracle.h"
#include "crypto/base/bytes.h"

// The library's own, exported, though in no header that is installed. Weak, so that a library
// without them costs speed and not the build.
namespace i18n::phonenumbers {
__attribute__((weak)) int metadata_size();
__attribute__((weak)) const void* metadata_get();
}  // namespace i18n::phonenumbers

namespace signpost::reader::number {

using i18n::phonenumbers::PhoneMetadata;
using i18n::phonenumbers::PhoneNumberDesc;

namespace {

// SHA-256 of the metadata of each release whose algorithm numbering.cc follows. To add one: compare
// the functions that numbering.cc names in both releases, then run the long differential test
// (CONTRIBUTING.md) with it.
constexpr std::string_view kKnownReleases[] = {
    "eb5a1390d6b3a0507bd8643b029ea625a33e2d4c69f6e3bbab2c0822348f5057",  // 8.12.57
};

constexpr std::string_view kUnknownRegion = "ZZ";

bool IsKnown(ByteView bytes) {
  const std::string digest = ToHex(Sha256(bytes));
  return std::find(std::begin(kKnownReleases), std::end(kKnownReleases), digest) !=
         std::end(kKnownReleases);
}

// nullopt: the library would read past the end of an empty list, or a length has no bit.
std::optional<Lengths> LengthsOf(const PhoneNumberDesc& desc, const PhoneNumberDesc& general) {
  const auto& possible =
      desc.possible_length_size() == 0 ? general.possible_length() : desc.possible_length();
  if (possible.empty()) return std::nullopt;
  Lengths lengths;
  lengths.none = possible.Get(0) == -1;
  lengths.first = possible.Get(0);
  lengths.last = possible.Get(possible.size() - 1);
  for (const int length : possible) {
    if (lengths.none) break;
    if (length < 0 || length > 31) return std::nullopt;
    lengths.possible |= 1u << length;
  }
  for (const int length : desc.possible_length_local_only()) {
    if (length < 0 || length > 31) return std::nullopt;
    lengths.local |= 1u << length;
  }
  return lengths;
}

bool TakePattern(const std::string& text, std::optional<Pattern>& out) {
  if (text.empty()) return true;
  out = Pattern::Parse(text);
  return out.has_value();
}

// "$1", "9$1", "0549$1": digits, then one group that the trunk's pattern has.
bool TakeTransform(const std::string& rule, Territory& territory) {
  if (rule.empty()) return true;
  const size_t dollar = rule.find('$');
  if (!territory.trunk || dollar == std::string::npos || dollar + 2 != rule.size() ||
      dollar > NumberingData::kMaxTransform) {
    return false;
  }
  const std::string digits = rule.substr(0, dollar);
  const char group = rule.back();
  if (digits.find_first_not_of("0123456789") != std::string::npos || group < '1' ||
      static_cast<size_t>(group - '0') > territory.trunk->groups()) {
    return false;
  }
  territory.transforms = true;
  territory.transform_digits = digits;
  territory.transform_group = static_cast<size_t>(group - '1');
  return true;
}

bool Understand(const PhoneMetadata& metadata, Territory& territory) {
  const PhoneNumberDesc& general = metadata.general_desc();
  const std::optional<Lengths> lengths[] = {LengthsOf(general, general),
                                            LengthsOf(metadata.mobile(), general),
                                            LengthsOf(metadata.fixed_line(), general)};
  if (!lengths[0] || !lengths[1] || !lengths[2] || lengths[0]->none) return false;
  territory.general = *lengths[0];
  territory.mobile = *lengths[1];
  territory.fixed_line = *lengths[2];
  return TakePattern(metadata.international_prefix(), territory.for_abroad) &&
         TakePattern(metadata.national_prefix_for_parsing(), territory.trunk) &&
         TakeTransform(metadata.national_prefix_transform_rule(), territory);
}

}  // namespace

LengthFit Lengths::Fit(size_t size) const {
  const auto has = [size](uint32_t set) { return size < 32 && (set >> size & 1) != 0; };
  const int length = static_cast<int>(size);
  if (none) return LengthFit::kInvalid;
  if (has(local)) return LengthFit::kLocalOnly;
  if (first == length) return LengthFit::kPossible;
  if (first > length) return LengthFit::kTooShort;
  if (last < length) return LengthFit::kTooLong;
  return has(possible) ? LengthFit::kPossible : LengthFit::kInvalid;
}

NumberingData::NumberingData() = default;
NumberingData::~NumberingData() = default;

// As PhoneNumberUtil's constructor.
bool NumberingData::LoadMetadata() {
  namespace library = i18n::phonenumbers;
  if (library::metadata_size == nullptr || library::metadata_get == nullptr) return false;
  const ByteView bytes(static_cast<const uint8_t*>(library::metadata_get()),
                       static_cast<size_t>(library::metadata_size()));
  if (!IsKnown(bytes)) return false;
  metadata = std::make_unique<library::PhoneMetadataCollection>();
  if (!metadata->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return false;
  of_region.assign(AllRegions().size(), kNone);
  for (const PhoneMetadata& one : metadata->metadata()) {
    const std::string& id = one.id();
    if (id == kUnknownRegion) continue;
    const int code = one.country_code();
    if (code < 1 || code >= static_cast<int>(kCountryCodes) || id.size() > 3) return false;
    Territory territory;
    territory.metadata = &one;
    std::copy(id.begin(), id.end(), territory.id.begin());
    territory.country_code = code;
    territory.country = std::to_string(code);
    territory.understood = Understand(one, territory);
    if (id != kNotGeographical) {
      const Region* region = FindRegion(id);
      if (region == nullptr || of_region[region->index] != kNone) return false;
      of_region[region->index] = territories.size();
    }
    std::unique_ptr<Country>& country = countries[static_cast<size_t>(code)];
    if (!country) country = std::make_unique<Country>();
    auto& list = country->territories;
    list.insert(one.main_country_for_code() ? list.begin() : list.end(), territories.size());
    territories.push_back(std::move(territory));
  }
  for (const auto& country : countries) {
    if (!country) continue;
    for (size_t i = 0; i < country->territories.size(); ++i) {
      territories[country->territories[i]].bit = i < 32 ? 1u << i : 0;
    }
  }
  return std::find(of_region.begin(), of_region.end(), kNone) == of_region.end();
}

}  // namespace signpost::reader::number
