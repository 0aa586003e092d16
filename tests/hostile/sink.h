// Takes every text and looks at none, as fast as it can, so that a benchmark's figure is the
// client's: an ordinary conversation but for submits. Each is answered with an id that counts up,
// after `latency_ms`, and with `receipts` by a deliver_sm that says DELIVRD.
#pragma once

#include <chrono>

#include "tests/hostile/centre.h"

namespace signpost::hostile {

struct SinkOptions {
  int64_t latency_ms = 0;
  bool receipts = false;
};

struct SinkTally {  // over all links
  uint64_t submits = 0;
  std::chrono::steady_clock::time_point first,
      last;  // submit that was read, answer that was written
};

class Sink : public Conversation {
 public:
  Sink(Centre& centre, const SinkOptions& options, SinkTally& tally, int64_t now_ms)
      : Conversation(centre, now_ms), options_(options), tally_(tally) {}

  void Advance(int64_t now_ms) override;
  void Written(size_t bytes) override;
  int64_t wake_ms() const override { return late_.empty() ? INT64_MAX : late_.front().due_ms; }

 private:
  struct Late {
    int64_t due_ms;
    uint32_t sequence;
    uint64_t id;
  };
  void Serve(std::string_view pdu) override;
  void Answer(uint32_t sequence, uint64_t id);

  const SinkOptions& options_;
  SinkTally& tally_;
  std::deque<Late> late_;
};

}  // namespace signpost::hostile
