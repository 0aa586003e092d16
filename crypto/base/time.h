// Tells the time: one clock, UTC, whole seconds. Nothing else in Signpost asks the system for the
// time.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace signpost {

struct Day {  // days since 1970-01-01, UTC
  int32_t days = 0;
  friend auto operator<=>(const Day&, const Day&) = default;
  Day operator+(int n) const { return {days + n}; }
  std::string Text() const;  // "2026-11-23"
  static std::optional<Day> Parse(std::string_view text);
};

// Stands where a day could, in a field of fixed size, and is none.
constexpr int32_t kNoDay = INT32_MIN;

struct Instant {  // seconds since 1970-01-01T00:00:00Z
  int64_t seconds = 0;
  friend auto operator<=>(const Instant&, const Instant&) = default;
  Day day() const {
    return {static_cast<int32_t>(seconds >= 0 ? seconds / 86400 : (seconds - 86399) / 86400)};
  }
  Instant operator+(int64_t s) const { return {seconds + s}; }
  std::string Text() const;  // "2026-11-23T21:08:02Z"
  static std::optional<Instant> Parse(
      std::string_view text);  // exactly that form, or a day: its midnight
  static Instant StartOf(Day day) { return {static_cast<int64_t>(day.days) * 86400}; }
};

struct Interval {  // [from, until)
  Instant from, until;
  friend auto operator<=>(const Interval&, const Interval&) = default;
  bool Contains(Instant t) const { return from <= t && t < until; }
};

// The system clock, or in a rehearsal the system clock moved by a fixed number of seconds. In tests
// it can stand still, so that no second passes between two steps.
class Clock {
 public:
  Clock() = default;
  static Clock StartingAt(Instant start);  // --at TIME: runs on from there
  static Clock StandingAt(Instant instant) {
    Clock c;
    c.stands_at_ = instant;
    return c;
  }
  static Clock Shifted(int64_t seconds) {
    Clock c;
    c.shift_seconds_ = seconds;
    return c;
  }
  Instant Now() const;
  // What another process must move its clock by to say the same now; 0: the system's own.
  int64_t shift_seconds() const;

 private:
  int64_t shift_seconds_ = 0;
  std::optional<Instant> stands_at_;
};

int64_t MonotonicMillis();  // for time-outs and pacing only; never written down

}  // namespace signpost
