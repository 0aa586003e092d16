// What the micro-benchmarks of one stage share. Each times one step of a dispatch on one core,
// alone and with warm caches, and reports CPU seconds for each message (of the timing thread): the
// sum over the stages is the floor for CPU, and what the whole run needs beyond it is waiting,
// copying and the kernel. The column "Time" has the waiting for the disk in it.
#pragma once

#include <benchmark/benchmark.h>

#include <cstdint>
#include <vector>

#include "crypto/number/phone_number.h"

namespace signpost::bench {

// Shown as "each=1.2u": 1.2 us for each message.
inline void EachOf(benchmark::State& state, size_t messages) {
  const auto all = static_cast<double>(state.iterations()) * static_cast<double>(messages);
  state.counters["each"] =
      benchmark::Counter(all, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

// The journal ranges and SMPP windows that the whole-process benchmark uses.
inline void Ranges(benchmark::internal::Benchmark* b) {
  b->ArgName("range")->Arg(50)->Arg(200)->Arg(1000);
}
inline void Windows(benchmark::internal::Benchmark* b) {
  b->ArgName("window")->Arg(10)->Arg(50)->Arg(500);
}

// Fictional: 07700 900000 and the 999 behind it.
inline number::PhoneNumber NumberOf(size_t which) {
  std::string text = "+447700900000";
  std::string digits = std::to_string(which % 1000);
  text.replace(text.size() - digits.size(), digits.size(), digits);
  return *number::PhoneNumber::FromE164(text);
}

}  // namespace signpost::bench
