// Says how many messages may be written now: a token bucket. It holds at most a tenth of a second's
// worth, so that a pause is not made up for in a burst; a carrier that says "throttled" halves it,
// and each quiet second gives a tenth of the full pace back.
//
// Times are milliseconds of one monotonic clock, and are arguments. One thread.
#pragma once

#include <cstdint>

namespace signpost::sender::smpp {

class Pace {
 public:
  explicit Pace(uint32_t per_second) : full_(per_second), rate_(per_second) {}
  uint32_t Available(int64_t now_ms);
  void Take();  // one, after Available said there is one
  void Halve(int64_t now_ms);
  int64_t NextAt(int64_t now_ms);  // when at least one is there; now_ms when one is
  uint32_t per_second() const { return rate_; }

 private:
  void Refill(int64_t now_ms);
  uint32_t full_, rate_;
  int64_t credit_ = 0;  // thousandths of a message
  int64_t at_ms_ = -1;
  int64_t raise_at_ms_ = 0;
  int64_t halved_at_ms_ = -1;
};

}  // namespace signpost::sender::smpp
