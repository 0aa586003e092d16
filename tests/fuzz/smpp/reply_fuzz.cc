// The input is a short message: esm_class, data_coding, octets. A STOP in front of any UTF-8 text,
// with a blank between them, is a STOP.
#include <cstdlib>
#include <string>

#include "core/sender/reply/character_folding.h"
#include "core/sender/reply/reply.h"
#include "core/shared/sms/alphabet.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace signpost;
  if (size < 2) return 0;
  const ByteView octets(data + 2, size - 2);
  const bool has_header = (data[0] & 0x40) != 0;
  (void)sender::reply::SaysStop(octets, data[1], has_header);
  const std::string shown = sender::reply::Decode(octets, data[1], has_header);
  std::string_view rest = shown;
  while (!rest.empty()) {
    if (!sms::TakeCodePoint(rest)) std::abort();  // always UTF-8
  }
  if (!sender::reply::SaysStop("stop " + shown)) std::abort();
  const std::string folded = sender::reply::Fold(shown);
  if (sender::reply::Fold(folded).size() > folded.size()) std::abort();
  return 0;
}
