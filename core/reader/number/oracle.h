// Asks libphonenumber itself, which decides where numbering.h does not know, and which that is
// tested against. 20 to 100 us a reading.
//
// Not protected: the copies that libphonenumber and ICU leave on the heap; the process exits after
// its file. One thread. Its log is silenced, because it could print what it parses.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/reader/number/reading.h"

namespace signpost::reader::number {

// A region in which numbers are dialled.
struct Region {
  std::string code;  // "GB"
  int country_code = 0;
  std::string country;             // the same, as digits
  bool needs_trunk_prefix = true;  // national numbers begin with 0 (06, 8) there
  size_t index = 0;                // in AllRegions()
};

// Every region that libphonenumber knows, in the order of their codes.
std::span<const Region> AllRegions();
// Null when there is no such region. Small letters will do.
const Region* FindRegion(std::string_view code);

// `digits` (ASCII) as dialled in `region`, or behind a plus.
void ReadByOracle(bool plus, std::string_view digits, const Region& region, Reading& out);

// Loads whatever libphonenumber and ICU load at their first use.
void PrepareOracle();

}  // namespace signpost::reader::number
