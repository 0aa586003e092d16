// Converts times as phones write them to days, and keeps the latest day for each of a bounded
// number of ids.
// Pure, but for the memory of LatestDays. One thread.
#pragma once

#include <map>
#include <optional>
#include <string_view>

#include "crypto/base/time.h"

namespace signpost::reader::database {

enum class Epoch {
  kUnix,   // 1970: Android, and iOS until 5
  kCocoa,  // 2001: iOS
};

// Seconds, milli-, micro- or nanoseconds: by magnitude, since versions differ. In a Cocoa column
// what would lie beyond 2039 is taken for Unix time. nullopt: before 1995 or after 2099, which no
// phone's clock can have meant.
std::optional<Day> DayFromTime(double time, Epoch epoch);

// ISO 3166 region of a mobile country code (ITU-T E.212), for Europe and some more; empty: not one
// of these. iOS until 7 wrote these beside a call.
std::string_view RegionOfMobileCountryCode(int code);

// Which ids were seen, and when last. Bounded: ids beyond kMaxIds are not remembered (full()).
class LatestDays {
 public:
  static constexpr size_t kMaxIds = 1u << 18;

  void Note(int64_t id, std::optional<Day> day);
  bool Has(int64_t id) const { return days_.contains(id); }
  std::optional<Day> Of(int64_t id) const;
  bool full() const { return full_; }

 private:
  std::map<int64_t, std::optional<Day>> days_;  // a tree: hostile ids cannot make it slow
  bool full_ = false;
};

}  // namespace signpost::reader::database
