#include "tests/core/reader/number/generated_numbers.h"

#include <phonenumbers/phonemetadata.pb.h>
#include <phonenumbers/phonenumberutil.h>

#include <algorithm>

namespace i18n::phonenumbers {
int metadata_size();
const void* metadata_get();
}  // namespace i18n::phonenumbers

namespace signpost::reader::number {

using i18n::phonenumbers::PhoneMetadata;
using i18n::phonenumbers::PhoneNumberDesc;

namespace {

void Keep(const std::string& text, std::vector<Pattern>& to) {
  if (text.empty()) return;
  if (std::optional<Pattern> pattern = Pattern::Parse(text)) to.push_back(*std::move(pattern));
}

std::string Utf8(uint32_t point) {
  std::string out;
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xc0 | point >> 6);
    out += static_cast<char>(0x80 | (point & 0x3f));
  } else {
    out += static_cast<char>(0xe0 | point >> 12);
    out += static_cast<char>(0x80 | (point >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (point & 0x3f));
  }
  return out;
}

}  // namespace

GeneratedNumbers::GeneratedNumbers(uint64_t seed) : random_(seed) {
  i18n::phonenumbers::PhoneMetadataCollection all;
  if (!all.ParseFromArray(i18n::phonenumbers::metadata_get(),
                          i18n::phonenumbers::metadata_size())) {
    std::abort();
  }
  for (const PhoneMetadata& one : all.metadata()) {
    Land land;
    land.country = std::to_string(one.country_code());
    for (const PhoneNumberDesc* desc :
         {&one.general_desc(), &one.fixed_line(), &one.mobile(), &one.toll_free(),
          &one.premium_rate(), &one.shared_cost(), &one.personal_number(), &one.voip(),
          &one.pager(), &one.uan(), &one.voicemail()}) {
      Keep(desc->national_number_pattern(), land.patterns);
      if (!desc->example_number().empty()) land.examples.push_back(desc->example_number());
    }
    Keep(one.leading_digits(), land.patterns);
    Keep(one.national_prefix_for_parsing(), land.trunks);
    Keep(one.international_prefix(), land.abroad);
    lands_.push_back(std::move(land));
  }
}

std::string GeneratedNumbers::RandomDigits(size_t size) {
  std::string digits;
  while (digits.size() < size) digits += static_cast<char>('0' + Below(10));
  return digits;
}

// A text that the pattern matches.
std::string GeneratedNumbers::Drawn(const PatternNode& node) {
  std::string text;
  switch (node.kind) {
    case PatternNode::Kind::kDigit:
      for (size_t digit = Below(10);; digit = (digit + 1) % 10) {
        if ((node.digits >> digit & 1) != 0) return std::string(1, static_cast<char>('0' + digit));
      }
    case PatternNode::Kind::kChoice:
      return Drawn(node.parts[Below(node.parts.size())]);
    case PatternNode::Kind::kRepeat: {
      const auto range = static_cast<size_t>(node.most - node.least) + 1;
      for (size_t i = Below(range) + static_cast<size_t>(node.least); i > 0; --i) {
        text += Drawn(node.parts[0]);
      }
      return text;
    }
    default:
      for (const PatternNode& part : node.parts) text += Drawn(part);
      return text;
  }
}

// One digit more, less or another; the neighbours; an end cut off or put on.
std::string GeneratedNumbers::Changed(std::string national) {
  if (national.empty()) return RandomDigits(8);
  const size_t at = Below(national.size());
  switch (Below(8)) {
    case 0:
      national.back() = national.back() == '9' ? '8' : static_cast<char>(national.back() + 1);
      return national;
    case 1:
      national.back() = national.back() == '0' ? '1' : static_cast<char>(national.back() - 1);
      return national;
    case 2:
      return national.substr(0, national.size() - 1 - Below(std::min<size_t>(national.size(), 3)));
    case 3:
      return national + RandomDigits(1 + Below(3));
    case 4:
      return national.insert(at, RandomDigits(1));
    case 5:
      return national.erase(at, 1);
    case 6:
      return std::string(1 + Below(2), '0') + national;
    default:
      national[at] = static_cast<char>('0' + Below(10));
      return national;
  }
}

std::string GeneratedNumbers::National(const Land& land) {
  std::string national;
  switch (Below(6)) {
    case 0:
    case 1:
      if (!land.examples.empty()) national = land.examples[Below(land.examples.size())];
      break;
    case 2:
      if (!land.examples.empty()) {  // a plausible beginning
        const std::string& example = land.examples[Below(land.examples.size())];
        national = example.substr(0, 1 + Below(example.size()));
      }
      national += RandomDigits(Below(10));
      break;
    case 3:
      return RandomDigits(1 + Below(17));
    default:
      if (!land.patterns.empty()) {
        national = Drawn(land.patterns[Below(land.patterns.size())].root());
      }
  }
  return OneIn(3) ? Changed(std::move(national)) : national;
}

const Region& GeneratedNumbers::NextRegion() {
  static constexpr const char* kOften[] = {"GB", "US", "IT", "NL", "DE", "FR", "ES", "BR", "IN",
                                           "NG", "JE", "MX", "AR", "CN", "AU", "KZ", "FI", "SM"};
  if (OneIn(3)) return AllRegions()[Below(AllRegions().size())];
  return *FindRegion(kOften[Below(std::size(kOften))]);
}

// The first of that country code from `from` on.
size_t GeneratedNumbers::IndexOf(const std::string& country, size_t from) const {
  while (lands_[from].country != country) from = (from + 1) % lands_.size();
  return from;
}

GeneratedNumbers::Dialled GeneratedNumbers::NextDigits() {
  Dialled dialled;
  dialled.region = &NextRegion();
  // Somewhere, or where it is dialled.
  size_t land = Below(lands_.size());
  if (OneIn(2)) {
    land = IndexOf(dialled.region->country, land);
  }
  std::string digits = National(lands_[land]);
  const Land& home = lands_[land];
  switch (Below(8)) {
    case 0:
      break;
    case 1:
      digits = "0" + digits;
      break;
    case 2:
    case 3:
      if (!home.trunks.empty()) digits = Drawn(home.trunks[0].root()) + digits;
      break;
    case 4:
      digits = home.country + digits;
      break;
    case 5:
      if (!home.trunks.empty()) digits = Drawn(home.trunks[0].root()) + digits;
      digits = home.country + digits;
      break;
    case 6: {
      size_t at = Below(lands_.size());  // where it is dialled, or anywhere
      if (OneIn(2)) at = IndexOf(dialled.region->country, at);
      const Land& from = lands_[at];
      digits = home.country + digits;
      digits = (from.abroad.empty() ? "00" : Drawn(from.abroad[0].root())) + digits;
      break;
    }
    default:
      digits = RandomDigits(1 + Below(3)) + digits;
  }
  dialled.plus = OneIn(3);
  if (dialled.plus && OneIn(2)) digits = home.country + digits;
  if (digits.size() < 3) digits += RandomDigits(3);
  dialled.digits = digits.substr(0, 20);
  return dialled;
}

std::string GeneratedNumbers::Spelt(const std::string& digits) {
  static constexpr const char* kBetween[] = {
      "", "", "", " ", "-", ".", "/", " - ", "(", ")", "\xc2\xa0", "\xe2\x80\x91", "\xe2\x80\x8b",
      ","};
  static constexpr uint32_t kZeros[] = {'0', '0', '0', '0', 0x660, 0x6f0, 0x966, 0xff10};
  static constexpr const char* kAround[][2] = {{"", ""},
                                               {"", ""},
                                               {"", ""},
                                               {" ", " "},
                                               {"'", ""},
                                               {"=\"", "\""},
                                               {"tel:", ""},
                                               {"Mobile: ", ""},
                                               {"", " (work)"},
                                               {"", ".0"},
                                               {"", " ext 12"},
                                               {"\xe2\x80\xaa", "\xe2\x80\xac"},
                                               {"", "@s.whatsapp.net"},
                                               {"", ";ext=3"},
                                               {"p:", ""},
                                               {"", ",,5"}};
  const char* const* around = kAround[Below(std::size(kAround))];
  const uint32_t zero = kZeros[Below(std::size(kZeros))];
  const bool grouped = OneIn(2);
  std::string cell = around[0];
  for (const char c : digits) {
    cell += c >= '0' && c <= '9' ? Utf8(zero + static_cast<uint32_t>(c - '0')) : std::string(1, c);
    if (grouped && OneIn(4)) cell += kBetween[Below(std::size(kBetween))];
  }
  return cell + around[1];
}

std::string GeneratedNumbers::Garbage() {
  static constexpr std::string_view kLikely = "0123456789+ ()-/.,;x:eE@='\"#*&_~";
  std::string cell;
  for (size_t size = Below(24); cell.size() < size;) {
    cell += OneIn(20) ? static_cast<char>(Below(256)) : kLikely[Below(kLikely.size())];
  }
  return cell;
}

std::string GeneratedNumbers::NextCell() {
  if (OneIn(12)) return Garbage();
  if (OneIn(8)) {  // fictional
    std::string last = std::to_string(Below(1000));
    last.insert(0, 3 - last.size(), '0');
    std::string national = "7700" + ("900" + last);
    if (OneIn(4)) national = Changed(national);
    static constexpr const char* kFronts[] = {"0",  "+44", "0044", "+44 (0)",
                                              "44", "",    "044",  "1410"};
    return Spelt(kFronts[Below(std::size(kFronts))] + national);
  }
  const Dialled dialled = NextDigits();
  static constexpr const char* kPluses[] = {"+", "+", "+", "00", "0+", "", "++"};
  return Spelt((dialled.plus ? kPluses[Below(std::size(kPluses))] : "") + dialled.digits);
}

}  // namespace signpost::reader::number
