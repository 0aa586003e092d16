#include "core/reader/extraction/xml.h"

#include <new>

#include "crypto/memory/secret.h"

namespace signpost::reader::extraction {
namespace {

using wire::reader::FileRefusal;

constexpr size_t kXmlPieceBytes = 64u << 10;

}  // namespace

std::string_view XmlAttributes::Get(std::string_view name) const {
  for (const char* const* pair = pairs_; *pair != nullptr; pair += 2) {
    if (**pair == name[0] && name == *pair) return pair[1];
  }
  return {};
}

// expat's hash tables are salted with what it asks the kernel for, once; sealed processes may ask
// that. Its own guard against amplified entities stays on, though none can be declared.
XmlReader::XmlReader(XmlEvents& events) : events_(events), parser_(XML_ParserCreate("UTF-8")) {
  if (!parser_) throw std::bad_alloc();
  XML_SetUserData(parser_.get(), this);
  XML_SetElementHandler(parser_.get(), &OnOpen, &OnClose);
  filtered_.reserve(3 * kXmlPieceBytes + 64);
}

void XmlReader::OnOpen(void* self, const char* name, const char** attributes) {
  auto& reader = *static_cast<XmlReader*>(self);
  if (++reader.depth_ > kMaxDepth) return reader.Stop(FileRefusal::kTooDeep);
  if (!reader.stopped_) reader.events_.Open(name, XmlAttributes(attributes));
}

void XmlReader::OnClose(void* self, const char* name) {
  auto& reader = *static_cast<XmlReader*>(self);
  --reader.depth_;
  if (!reader.stopped_) reader.events_.Close(name);
}

void XmlReader::OnText(void* self, const char* text, int size) {
  auto& reader = *static_cast<XmlReader*>(self);
  if (!reader.stopped_) reader.events_.Text({text, static_cast<size_t>(size)});
}

void XmlReader::WantText(bool want) {
  XML_SetCharacterDataHandler(parser_.get(), want ? &OnText : nullptr);
}

void XmlReader::Stop(FileRefusal why) {
  if (stopped_) return;
  stopped_ = true;
  refusal_ = why;
  static_cast<void>(XML_StopParser(parser_.get(), XML_FALSE));
}

uint64_t XmlReader::line() const { return XML_GetCurrentLineNumber(parser_.get()); }

FileRefusal XmlReader::Parse(bool last) {
  const auto status = XML_Parse(parser_.get(), filtered_.data(), static_cast<int>(filtered_.size()),
                                last ? XML_TRUE : XML_FALSE);
  memory::WipeText(filtered_);
  if (!stopped_ && status != XML_STATUS_OK) {
    stopped_ = true;
    refusal_ = FileRefusal::kBroken;
  }
  return refusal_;
}

FileRefusal XmlReader::Feed(std::string_view text) {
  while (!text.empty() && !stopped_) {
    size_t size = std::min(text.size(), kXmlPieceBytes);
    while (size < text.size() && (text[size] & 0xc0) == 0x80) ++size;  // whole code points
    const FileRefusal filtered = filter_.Feed(text.substr(0, size), filtered_);
    text.remove_prefix(size);
    if (Parse(false) == FileRefusal::kNone && filtered != FileRefusal::kNone && !stopped_) {
      stopped_ = true;
      refusal_ = filtered;
    }
  }
  return refusal_;
}

FileRefusal XmlReader::Finish() {
  if (stopped_) return refusal_;
  filter_.Finish(filtered_);
  return Parse(true);
}

}  // namespace signpost::reader::extraction
