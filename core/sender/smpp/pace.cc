#include "core/sender/smpp/pace.h"

#include <algorithm>

namespace signpost::sender::smpp {
namespace {
constexpr int64_t kOne = 1000;
constexpr int64_t kRaiseMs = 1000;
}  // namespace

void Pace::Refill(int64_t now_ms) {
  if (at_ms_ < 0) {
    at_ms_ = now_ms;
    credit_ = kOne;
  }
  while (rate_ < full_ && now_ms >= raise_at_ms_) {
    rate_ = std::min(full_, rate_ + std::max(1u, full_ / 10));
    raise_at_ms_ += kRaiseMs;
  }
  const int64_t cap = std::max(kOne, int64_t{rate_} * 100);
  const int64_t elapsed = std::clamp<int64_t>(now_ms - at_ms_, 0, 60000);
  credit_ = std::min(cap, credit_ + elapsed * rate_);
  at_ms_ = std::max(at_ms_, now_ms);
}

uint32_t Pace::Available(int64_t now_ms) {
  Refill(now_ms);
  return static_cast<uint32_t>(credit_ / kOne);
}

void Pace::Take() { credit_ -= kOne; }

void Pace::Halve(int64_t now_ms) {
  Refill(now_ms);
  credit_ = 0;
  if (halved_at_ms_ >= 0 && now_ms - halved_at_ms_ < kRaiseMs)
    return;  // a window is refused at once
  halved_at_ms_ = now_ms;
  rate_ = std::max(1u, rate_ / 2);
  raise_at_ms_ = now_ms + kRaiseMs;
}

int64_t Pace::NextAt(int64_t now_ms) {
  Refill(now_ms);
  if (credit_ >= kOne) return now_ms;
  return now_ms + (kOne - credit_ + rate_ - 1) / rate_;
}

}  // namespace signpost::sender::smpp
