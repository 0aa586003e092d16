// Filters a stream of XML before its parser, so that the parser needs constant memory and forgives
// what real exports do. It knows just enough of XML 1.0 to tell text, tags, attribute
// values, CDATA, comments, instructions and document types apart, wherever the pieces are cut.
//
// - Comments and processing instructions are left out, and so is the XML declaration: the text is
//   UTF-8 by now, whatever it says.
// - A document type is left out; one with declarations in it refuses the file. So no entity can be
//   declared, none can be expanded, and no external one is ever asked for.
// - Characters that XML forbids, raw or as references (&#x0;), become a space; broken text becomes
//   U+FFFD.
// - Of an attribute value no more than kMaxValueBytes + 1 bytes are passed on: exports hold whole
//   pictures in one.
// Line ends are kept, so that line numbers stay true. Refused (kRowTooLong): a tag of more than
// kMaxRowBytes beside that. What is not well-formed otherwise is the parser's to say.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/shared/wire/reader_boundary.h"

namespace signpost::reader::extraction {

class XmlFilter {
 public:
  // Appends to `out` what the parser may see of `text`, which holds whole code points.
  wire::reader::FileRefusal Feed(std::string_view text, std::string& out);
  // The end: what was held back.
  void Finish(std::string& out);

 private:
  enum class In : uint8_t {
    kText,
    kCdata,
    kTag,
    kValue,
    kLongValue,
    kReference,
    kMarkup,
    kLeftOut
  };

  static size_t Usual(std::string_view rest);
  size_t Text(std::string_view rest, std::string& out);
  size_t Cdata(std::string_view rest, std::string& out);
  size_t Tag(std::string_view rest, std::string& out);
  size_t Value(std::string_view rest, std::string& out);
  size_t LongValue(std::string_view rest);
  size_t Reference(std::string_view rest, std::string& out);
  size_t Markup(std::string_view rest, std::string& out);
  size_t LeftOut(std::string_view rest, std::string& out);
  void EndTag(std::string& out);

  In in_ = In::kText;
  In after_reference_ = In::kText;
  wire::reader::FileRefusal refusal_ = wire::reader::FileRefusal::kNone;
  std::string held_;   // of markup or a reference whose kind is not known yet; short
  char quote_ = 0;     // of the value in hand
  char left_out_ = 0;  // what is: '-' a comment, '?' an instruction, 'D' a document type
  uint8_t run_ = 0;    // of ] in CDATA, of - or ? in what is left out
  size_t bytes_ = 0;   // of the value, or the document type
  size_t tag_bytes_ = 0;
  size_t owed_lines_ = 0;  // line ends left out of this tag, given back behind it
};

}  // namespace signpost::reader::extraction
