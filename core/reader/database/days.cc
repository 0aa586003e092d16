#include "core/reader/database/days.h"

#include <cmath>

namespace signpost::reader::database {
namespace {

constexpr double kCocoaEpoch = 978307200;  // 2001-01-01 in Unix seconds
constexpr double kLastCocoa = 1.2e9;       // January 2039
constexpr double kEarliest = 788918400;    // 1995-01-01
constexpr double kLatest = 4102444800;     // 2100-01-01

struct Country {
  int code;
  std::string_view region;
};
// ITU Operational Bulletin, mobile country codes by geographic area.
constexpr Country kCountries[] = {
    {202, "GR"}, {204, "NL"}, {206, "BE"}, {208, "FR"}, {214, "ES"}, {216, "HU"}, {218, "BA"},
    {219, "HR"}, {220, "RS"}, {222, "IT"}, {226, "RO"}, {228, "CH"}, {230, "CZ"}, {231, "SK"},
    {232, "AT"}, {234, "GB"}, {235, "GB"}, {238, "DK"}, {240, "SE"}, {242, "NO"}, {244, "FI"},
    {246, "LT"}, {247, "LV"}, {248, "EE"}, {250, "RU"}, {255, "UA"}, {257, "BY"}, {260, "PL"},
    {262, "DE"}, {266, "GI"}, {268, "PT"}, {270, "LU"}, {272, "IE"}, {274, "IS"}, {276, "AL"},
    {278, "MT"}, {280, "CY"}, {284, "BG"}, {286, "TR"}, {293, "SI"}, {294, "MK"}, {302, "CA"},
    {310, "US"}, {311, "US"}, {404, "IN"}, {405, "IN"}, {410, "PK"}, {505, "AU"}, {530, "NZ"},
};

}  // namespace

std::optional<Day> DayFromTime(double time, Epoch epoch) {
  if (!std::isfinite(time) || time <= 0) return std::nullopt;
  double seconds = time;
  if (time >= 1e17) {
    seconds = time / 1e9;
  } else if (time >= 1e14) {
    seconds = time / 1e6;
  } else if (time >= 1e11) {
    seconds = time / 1e3;
  }
  if (epoch == Epoch::kCocoa && seconds < kLastCocoa) seconds += kCocoaEpoch;
  if (seconds < kEarliest || seconds >= kLatest) return std::nullopt;
  return Instant{static_cast<int64_t>(seconds)}.day();
}

std::string_view RegionOfMobileCountryCode(int code) {
  for (const Country& country : kCountries) {
    if (country.code == code) return country.region;
  }
  return {};
}

void LatestDays::Note(int64_t id, std::optional<Day> day) {
  const auto known = days_.find(id);
  if (known != days_.end()) {
    if (day && (!known->second || *known->second < *day)) known->second = day;
  } else if (days_.size() < kMaxIds) {
    days_.emplace(id, day);
  } else {
    full_ = true;
  }
}

std::optional<Day> LatestDays::Of(int64_t id) const {
  const auto known = days_.find(id);
  return known == days_.end() ? std::nullopt : known->second;
}

}  // namespace signpost::reader::database
