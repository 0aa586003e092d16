// Manifest::Parse: what it accepts has one spelling.
#include <cstdlib>

#include "policy/manifest.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace signpost;
  const auto text = AsText({data, size});
  const auto manifest = policy::Manifest::Parse(text);
  if (manifest && manifest->Encode() != text) std::abort();
  if (manifest && (manifest->hours.empty() || manifest->records == 0)) std::abort();
  return 0;
}
