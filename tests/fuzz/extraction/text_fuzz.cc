// The first byte names the encoding, so that each is reached; the rest is the text.
#include <cstdlib>

#include "core/reader/text/decoder.h"
#include "core/reader/text/detect.h"

namespace {

using signpost::ByteView;
using signpost::reader::text::TextDecoder;
using signpost::wire::reader::Encoding;

std::string Decode(ByteView bytes, Encoding encoding, size_t piece) {
  std::string out;
  TextDecoder decoder(encoding);
  while (!bytes.empty()) {
    const ByteView head = bytes.first(std::min(piece, bytes.size()));
    decoder.Feed(head, out);
    bytes = bytes.subspan(head.size());
  }
  decoder.Finish(out);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static_cast<void>(signpost::reader::text::DetectEncoding({data, size}, true));
  static_cast<void>(signpost::reader::text::DetectEncoding({data, size}, false));
  if (size == 0) return 0;
  const auto encoding = static_cast<Encoding>(data[0] % 5);
  const ByteView bytes(data + 1, size - 1);
  const std::string text = Decode(bytes, encoding, bytes.size() + 1);
  if (text != Decode(bytes, encoding, 1)) std::abort();
  if (text.size() > 3 * bytes.size() + 4) std::abort();
  // What is not broken is UTF-8, which decodes to itself.
  std::string good = "x";
  for (const char c : text) {
    if (c != TextDecoder::kBroken) good += c;
  }
  if (Decode(signpost::AsBytes(good), Encoding::kUtf8, good.size()) != good) std::abort();
  return 0;
}
