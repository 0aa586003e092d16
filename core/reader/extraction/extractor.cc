#include "core/reader/extraction/extractor.h"

#include "core/reader/extraction/csv.h"
#include "core/reader/extraction/list.h"
#include "core/reader/extraction/report_formats.h"
#include "core/reader/extraction/vcard.h"
#include "crypto/memory/secret.h"

namespace signpost::reader::extraction {
namespace {

using wire::reader::FileRefusal;

constexpr size_t kTextPieceBytes = 16u << 10;

std::unique_ptr<Parser> MakeParser(const Layout& layout, Sink& sink) {
  if (std::unique_ptr<Parser> parser = MakeReportParser(layout.format, sink)) return parser;
  if (layout.format == formats::Format::kVcard) return std::make_unique<VcardParser>(sink);
  if (layout.format == formats::Format::kList) return std::make_unique<ListParser>(sink);
  return std::make_unique<CsvParser>(layout, sink);
}

}  // namespace

Extractor::Extractor(formats::Format wanted, Sink& sink) : wanted_(wanted), sink_(sink) {
  sample_.reserve(kSampleBytes);
  text_.reserve(3 * kTextPieceBytes + 8);
}

FileRefusal Extractor::Feed(ByteView bytes) {
  if (!parser_) {
    const ByteView head = bytes.first(std::min(bytes.size(), kSampleBytes - sample_.size()));
    sample_.insert(sample_.end(), head.begin(), head.end());
    bytes = bytes.subspan(head.size());
    if (sample_.size() < kSampleBytes) return FileRefusal::kNone;
    if (const FileRefusal refusal = Begin(false); refusal != FileRefusal::kNone) return refusal;
  }
  return Parse(bytes);
}

FileRefusal Extractor::Begin(bool complete) {
  const Sniffed sniffed = Sniff(sample_, complete, wanted_);
  if (sniffed.refusal != FileRefusal::kNone) return sniffed.refusal;
  sink_.Found(sniffed.layout);
  decoder_.emplace(sniffed.layout.encoding);
  parser_ = MakeParser(sniffed.layout, sink_);
  const FileRefusal refusal = Parse(sample_);
  memory::Wipe(sample_);
  sample_.clear();
  return refusal;
}

FileRefusal Extractor::Parse(ByteView bytes) {
  FileRefusal refusal = FileRefusal::kNone;
  while (!bytes.empty() && refusal == FileRefusal::kNone) {
    const ByteView piece = bytes.first(std::min(bytes.size(), kTextPieceBytes));
    bytes = bytes.subspan(piece.size());
    decoder_->Feed(piece, text_);
    refusal = text_.find('\0') != std::string::npos ? FileRefusal::kBinary : parser_->Feed(text_);
    memory::WipeText(text_);
  }
  return refusal;
}

FileRefusal Extractor::Finish() {
  if (!parser_) {
    if (const FileRefusal refusal = Begin(true); refusal != FileRefusal::kNone) return refusal;
  }
  decoder_->Finish(text_);
  FileRefusal refusal = text_.empty() ? FileRefusal::kNone : parser_->Feed(text_);
  memory::WipeText(text_);
  return refusal == FileRefusal::kNone ? parser_->Finish() : refusal;
}

}  // namespace signpost::reader::extraction
