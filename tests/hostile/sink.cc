#include "tests/hostile/sink.h"

#include "tests/hostile/wire.h"

namespace signpost::hostile {

void Sink::Advance(int64_t now_ms) {
  Conversation::Advance(now_ms);
  for (; !late_.empty() && late_.front().due_ms <= now_ms; late_.pop_front()) {
    Answer(late_.front().sequence, late_.front().id);
  }
}

void Sink::Written(size_t bytes) {
  Conversation::Written(bytes);
  tally_.last = std::chrono::steady_clock::now();
}

void Sink::Serve(std::string_view pdu) {
  if (Get32(pdu, 4) != kSubmit) return Conversation::Serve(pdu);
  if (tally_.submits == 0) tally_.first = std::chrono::steady_clock::now();
  const uint64_t id = ++tally_.submits;
  if (options_.latency_ms == 0) return Answer(Get32(pdu, 12), id);
  late_.push_back({now_ms() + options_.latency_ms, Get32(pdu, 12), id});
}

// The receipt is from nobody: the client matches by the id alone.
void Sink::Answer(uint32_t sequence, uint64_t id) {
  const std::string text = std::to_string(id);
  Put(Pdu(kSubmit | kResponse, 0, sequence, {text.c_str(), text.size() + 1}));
  if (!options_.receipts) return;
  Put(TextReceipt("", "id:" + text + " stat:DELIVRD err:000", static_cast<uint32_t>(id)));
}

}  // namespace signpost::hostile
