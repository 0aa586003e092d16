// Reads one file of an extraction as what its first bytes say: a database, a zip, or text. Its name
// says nothing. The sink hears of one source, or of several (a zip).
#pragma once

#include <cstdint>
#include <span>

#include "core/reader/extraction/parser.h"
#include "core/reader/extraction/source.h"

namespace signpost::reader {

struct ReadingEnd {
  // kNone: every source was ended. Else the file is refused, at `row`; where a source had begun it
  // was not ended: what the sink was told of it must not be used, or be called damaged.
  wire::reader::FileRefusal refusal = wire::reader::FileRefusal::kNone;
  uint64_t row = 0;
  uint64_t rows = 0;  // of the source that was refused
};

// `buffer`: where the bytes of text files lie between reading and parsing; wiped piece by piece.
ReadingEnd ReadExtractionFile(const extraction::ExtractionFile& file, formats::Format wanted,
                              std::span<uint8_t> buffer, extraction::Sink& sink);
// A pipe: text only, read once, forwards. Databases and zips are kNeedsFile.
ReadingEnd ReadExtractionPipe(int fd, formats::Format wanted, std::span<uint8_t> buffer,
                              extraction::Sink& sink);

}  // namespace signpost::reader
