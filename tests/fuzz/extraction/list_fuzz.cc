#include "tests/fuzz/extraction/extract_both_ways.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  signpost::ExtractBothWays({data, size}, signpost::formats::Format::kList);
  signpost::ExtractBothWays({data, size}, signpost::formats::Format::kAuto);
  return 0;
}
