#include "tests/fuzz/extraction/extract_both_ways.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using signpost::formats::Format;
  signpost::ExtractBothWays({data, size}, Format::kCellebriteXml, signpost::Rows::kAnyOrder);
  signpost::ExtractBothWays({data, size}, Format::kAuto, signpost::Rows::kAnyOrder);
  return 0;
}
