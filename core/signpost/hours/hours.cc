#include "core/signpost/hours/hours.h"

#include <date/tz.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>

namespace signpost::hours {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

enum class Edge { kBegin, kEnd };

// The instant of a local time, as the header says for times that a change skips or repeats.
Instant ToInstant(const date::time_zone& zone, date::local_seconds local, Edge edge) {
  const date::local_info info = zone.get_info(local);
  switch (info.result) {
    case date::local_info::nonexistent:
      return {info.first.end.time_since_epoch().count()};
    case date::local_info::ambiguous: {
      const auto& side = edge == Edge::kBegin ? info.first : info.second;
      return {(local.time_since_epoch() - side.offset).count()};
    }
    default:
      return {(local.time_since_epoch() - info.first.offset).count()};
  }
}

date::local_days LocalDay(const date::time_zone& zone, Instant instant) {
  const date::sys_seconds at{seconds(instant.seconds)};
  return date::floor<date::days>(zone.to_local(at));
}

std::vector<Interval> Evaluate(const date::time_zone& zone, const policy::SendingRules& rules,
                               Instant from, Instant until) {
  std::vector<Interval> hours;
  // A day on either side, for local days that begin before `from` does.
  const date::local_days last = LocalDay(zone, until) + date::days(1);
  for (date::local_days day = LocalDay(zone, from) - date::days(1); day <= last;
       day += date::days(1)) {
    const unsigned monday_first = date::weekday(day).iso_encoding() - 1;
    if (!rules.days.at(monday_first)) continue;
    Interval interval{ToInstant(zone, day + minutes(rules.from_minute), Edge::kBegin),
                      ToInstant(zone, day + minutes(rules.to_minute), Edge::kEnd)};
    interval.from = std::max(interval.from, from);
    interval.until = std::min(interval.until, until);
    if (interval.from >= interval.until) continue;
    if (!hours.empty() && interval.from <= hours.back().until) {
      hours.back().until = std::max(hours.back().until, interval.until);
    } else {
      hours.push_back(interval);
    }
  }
  return hours;
}

// The library reports by throwing; two things can be wrong, and each needs another fix.
Result<const date::time_zone*> FindZone(const std::string& name) {
  try {
    date::get_tzdb();
  } catch (const std::exception&) {
    return Fail(Code::kNotFound, "the system has no time zone data", "time zone",
                "install the package tzdata");
  }
  try {
    return date::locate_zone(name);
  } catch (const std::exception&) {
    return Fail(Code::kInput, "the policy names a time zone that this system does not know",
                "sending.zone", "use an IANA name such as Europe/London, or install tzdata");
  }
}

}  // namespace

Result<std::vector<Interval>> SendingHours(const policy::SendingRules& rules, Instant from,
                                           Instant until) {
  TRY_ASSIGN(const date::time_zone* const zone, FindZone(rules.zone));
  try {
    return Evaluate(*zone, rules, from, until);
  } catch (const std::exception&) {  // its rules are read when they are first used
    return Fail(Code::kInput, "the system's rules of this time zone cannot be read", "sending.zone",
                "install the package tzdata again");
  }
}

Result<void> CheckZone(const std::string& zone) {
  TRY(FindZone(zone));
  return {};
}

}  // namespace signpost::hours
