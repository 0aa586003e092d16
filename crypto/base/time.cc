#include "crypto/base/time.h"

#include <fmt/format.h>

#include <chrono>
#include <ctime>

namespace signpost {
namespace {

std::optional<int> Digits(std::string_view text, size_t at, size_t count) {
  int value = 0;
  for (size_t i = at; i < at + count; ++i) {
    if (i >= text.size() || text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

}  // namespace

std::string Day::Text() const {
  const std::chrono::year_month_day ymd{std::chrono::sys_days{std::chrono::days{days}}};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(ymd.year()),
                     static_cast<unsigned>(ymd.month()), static_cast<unsigned>(ymd.day()));
}

std::optional<Day> Day::Parse(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto y = Digits(text, 0, 4);
  const auto m = Digits(text, 5, 2);
  const auto d = Digits(text, 8, 2);
  if (!y || !m || !d) return std::nullopt;
  const std::chrono::year_month_day ymd{std::chrono::year{*y},
                                        std::chrono::month{static_cast<unsigned>(*m)},
                                        std::chrono::day{static_cast<unsigned>(*d)}};
  if (!ymd.ok()) return std::nullopt;
  return Day{static_cast<int32_t>(std::chrono::sys_days{ymd}.time_since_epoch().count())};
}

std::string Instant::Text() const {
  const Day d = day();
  const int64_t rest = seconds - StartOf(d).seconds;
  return fmt::format("{}T{:02}:{:02}:{:02}Z", d.Text(), rest / 3600, rest / 60 % 60, rest % 60);
}

std::optional<Instant> Instant::Parse(std::string_view text) {
  const auto d = Day::Parse(text.substr(0, 10));
  if (!d) return std::nullopt;
  if (text.size() == 10) return StartOf(*d);
  if (text.size() != 20 || text[10] != 'T' || text[13] != ':' || text[16] != ':' ||
      text[19] != 'Z') {
    return std::nullopt;
  }
  const auto h = Digits(text, 11, 2);
  const auto m = Digits(text, 14, 2);
  const auto s = Digits(text, 17, 2);
  if (!h || !m || !s || *h > 23 || *m > 59 || *s > 59) return std::nullopt;
  return StartOf(*d) + (*h * 3600 + *m * 60 + *s);
}

Clock Clock::StartingAt(Instant start) {
  return Shifted(start.seconds - static_cast<int64_t>(std::time(nullptr)));
}

Instant Clock::Now() const {
  return stands_at_.value_or(Instant{static_cast<int64_t>(std::time(nullptr)) + shift_seconds_});
}

int64_t Clock::shift_seconds() const {
  return stands_at_ ? StartingAt(*stands_at_).shift_seconds_ : shift_seconds_;
}

int64_t MonotonicMillis() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace signpost
