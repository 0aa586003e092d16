// Recognises what a file is, from its first 64 KiB: encoding, format, delimiter, header, number
// columns. Pure; what it copied of the sample is wiped.
#pragma once

#include "core/reader/extraction/layout.h"
#include "crypto/base/bytes.h"

namespace signpost::reader::extraction {

constexpr size_t kSampleBytes = 64u << 10;

struct Sniffed {
  Layout layout;
  wire::reader::FileRefusal refusal =
      wire::reader::FileRefusal::kNone;  // else layout means nothing
};

// `complete`: the sample is the whole file. `wanted`: what the operator said; a file that is
// plainly another is refused (kWrongFormat), and kAuto refuses what is none of them.
Sniffed Sniff(ByteView sample, bool complete, formats::Format wanted);

}  // namespace signpost::reader::extraction
