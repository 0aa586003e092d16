// Takes one export from its bytes to its values: sniff, decode, parse. Fed in pieces of any size;
// the pieces make no difference to what comes out. Memory is constant: the sample, then one row.
// One thread; calls the sink from within Feed and Finish.
#pragma once

#include <memory>
#include <optional>

#include "core/reader/extraction/parser.h"
#include "core/reader/extraction/sniff.h"
#include "core/reader/text/decoder.h"
#include "crypto/memory/wiped.h"

namespace signpost::reader::extraction {

class Extractor {
 public:
  Extractor(formats::Format wanted, Sink& sink);
  Extractor(const Extractor&) = delete;
  Extractor& operator=(const Extractor&) = delete;

  // kNone, or why the whole file is refused; then nothing more may be fed, and what the sink was
  // told already must not be used.
  wire::reader::FileRefusal Feed(ByteView bytes);
  wire::reader::FileRefusal Finish();

  bool begun() const { return parser_ != nullptr; }  // its format is known
  uint64_t rows() const { return parser_ ? parser_->rows() : 0; }
  uint64_t line() const { return parser_ ? parser_->line() : 0; }
  uint32_t warnings() const { return parser_ ? parser_->warnings() : 0; }

 private:
  wire::reader::FileRefusal Begin(bool complete);
  wire::reader::FileRefusal Parse(ByteView bytes);

  formats::Format wanted_;
  Sink& sink_;
  memory::Wiped<Bytes> sample_;
  memory::Wiped<std::string> text_;
  std::optional<text::TextDecoder> decoder_;
  std::unique_ptr<Parser> parser_;
};

}  // namespace signpost::reader::extraction
