#include "core/reader/extraction/extractor.h"

#include "core/reader/extraction/cellebrite_xml.h"
#include "core/reader/extraction/csv.h"
#include "core/reader/extraction/list.h"
#include "core/reader/extraction/sms_backup.h"
#include "core/reader/extraction/vcard.h"
#include "core/reader/extraction/xry.h"
#include "crypto/memory/secret.h"

namespace signpost::reader::extraction {
namespace {

using wire::reader::FileRefusal;

constexpr size_t kTextPieceBytes = 16u << 10;

std::unique_ptr<Parser> MakeParser(const Layout& layout, Sink& sink) {
  switch (layout.format) {
    case wire::reader::Format::kVcard:
      return std::make_unique<VcardParser>(sink);
    case wire::reader::Format::kList:
      return std::make_unique<ListParser>(sink);
    case wire::reader::Format::kCellebriteXml:
      return std::make_unique<CellebriteXmlParser>(sink);
    case wire::reader::Format::kSmsBackupXml:
      return std::make_unique<SmsBackupParser>(sink);
    case wire::reader::Format::kXryText:
      return std::make_unique<XryParser>(sink);
    default:
      break;
  }
  return std::make_unique<CsvParser>(layout, sink);
}

}  // namespace

Extractor::Extractor(wire::reader::Format wanted, Sink& sink) : wanted_(wanted), sink_(sink) {
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
