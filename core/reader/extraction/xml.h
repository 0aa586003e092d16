// Parses XML in pieces, by expat behind XmlFilter: elements with their attributes, and text only
// while somebody wants it. No entity but XML's own five is ever expanded, nothing outside the file
// is asked for, and nesting is bounded (kMaxDepth). One thread; the events come from within Feed.
#pragma once

#include <expat.h>

#include <memory>
#include <string>
#include <string_view>

#include "core/reader/extraction/xml_filter.h"
#include "crypto/memory/wiped.h"

namespace signpost::reader::extraction {

class XmlAttributes {
 public:
  explicit XmlAttributes(const char* const* pairs) : pairs_(pairs) {}
  // Empty: there is none. Cut at kMaxValueBytes + 1.
  std::string_view Get(std::string_view name) const;

 private:
  const char* const* pairs_;
};

class XmlEvents {
 public:
  virtual ~XmlEvents() = default;
  virtual void Open(std::string_view name, const XmlAttributes& attributes) = 0;
  virtual void Close(std::string_view name) = 0;
  virtual void Text(std::string_view text) = 0;  // a piece of it; only while WantText(true)
};

class XmlReader {
 public:
  static constexpr uint32_t kMaxDepth = 256;

  explicit XmlReader(XmlEvents& events);
  XmlReader(const XmlReader&) = delete;
  XmlReader& operator=(const XmlReader&) = delete;

  // `text`: UTF-8 as TextDecoder gives it. kBroken: not well-formed, or with declarations of its
  // own; kTooDeep; kRowTooLong.
  wire::reader::FileRefusal Feed(std::string_view text);
  wire::reader::FileRefusal Finish();  // kBroken when the root element has not ended
  uint64_t line() const;               // of the event in hand
  void WantText(bool want);
  // From within an event: no more of them; Feed returns `why` (kNone: all is well, and over).
  void Stop(wire::reader::FileRefusal why);
  bool stopped() const { return stopped_; }

 private:
  static void OnOpen(void* self, const char* name, const char** attributes);
  static void OnClose(void* self, const char* name);
  static void OnText(void* self, const char* text, int size);
  wire::reader::FileRefusal Parse(bool last);

  struct Free {
    void operator()(XML_ParserStruct* parser) const { XML_ParserFree(parser); }
  };
  XmlEvents& events_;
  std::unique_ptr<XML_ParserStruct, Free> parser_;
  XmlFilter filter_;
  memory::Wiped<std::string> filtered_;
  uint32_t depth_ = 0;
  bool stopped_ = false;
  wire::reader::FileRefusal refusal_ = wire::reader::FileRefusal::kNone;
};

}  // namespace signpost::reader::extraction
