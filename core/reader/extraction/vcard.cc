#include "core/reader/extraction/vcard.h"

#include <algorithm>
#include <optional>

#include "core/reader/extraction/header.h"
#include "core/reader/extraction/value.h"
#include "core/reader/text/decoder.h"
#include "crypto/memory/secret.h"
#include "crypto/memory/wiped.h"

namespace signpost::reader::extraction {
namespace {

// Where the value begins: the first colon outside double quotes.
size_t FindColon(std::string_view property) {
  bool quoted = false;
  for (size_t i = 0; i < property.size(); ++i) {
    if (property[i] == '"') quoted = !quoted;
    if (property[i] == ':' && !quoted) return i;
  }
  return property.find(':');  // a quote that is never closed
}

// "item2.TEL;TYPE=cell" -> "tel".
std::string NameOf(std::string_view property) {
  std::string_view name = property.substr(0, property.find_first_of(";:"));
  if (const size_t group = name.rfind('.'); group != std::string_view::npos) {
    name.remove_prefix(group + 1);
  }
  return LowerAscii(Trim(name.substr(0, 32)));
}

bool IsBulk(std::string_view head) {
  const std::string name = NameOf(head);
  return name == "photo" || name == "logo" || name == "sound" || name == "key";
}

bool IsQuotedPrintable(std::string_view property) {
  property = property.substr(0, 1024);  // names and parameters are short; hostile lines need not be
  const size_t colon = FindColon(property);
  if (colon == std::string_view::npos) return false;
  return LowerAscii(property.substr(0, colon)).find("quoted-printable") != std::string::npos;
}

// Does any word of the parameters say so: TYPE=fax, ;FAX, TYPE="work,fax".
bool HasType(std::string_view parameters, std::initializer_list<std::string_view> types) {
  const std::string lower = LowerAscii(parameters);
  std::string_view rest = lower;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find_first_of(";,=\" \t"), rest.size());
    const std::string_view word = rest.substr(0, end);
    if (std::find(types.begin(), types.end(), word) != types.end()) return true;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

std::optional<uint8_t> HexValue(char c) {
  if (c >= '0' && c <= '9') return static_cast<uint8_t>(c - '0');
  if (c >= 'A' && c <= 'F') return static_cast<uint8_t>(c - 'A' + 10);
  if (c >= 'a' && c <= 'f') return static_cast<uint8_t>(c - 'a' + 10);
  return std::nullopt;
}

std::string DecodeQuotedPrintable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '=' && i + 2 < text.size()) {
      const auto high = HexValue(text[i + 1]), low = HexValue(text[i + 2]);
      if (high && low) {
        out += static_cast<char>(*high << 4 | *low);
        i += 2;
        continue;
      }
    }
    out += text[i];
  }
  return out;
}

// RFC 6350 3.4, and what others escape as well.
std::string Unescape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    const char next = text[++i];
    out += next == 'n' || next == 'N' ? '\n' : next;
  }
  return out;
}

}  // namespace

bool BeginsVcard(std::string_view line) {
  const std::string lower = LowerAscii(Trim(line.substr(0, 64)));
  const size_t colon = lower.find(':');
  return colon != std::string::npos && Trim(std::string_view(lower).substr(0, colon)) == "begin" &&
         Trim(std::string_view(lower).substr(colon + 1)) == "vcard";
}

VcardParser::VcardParser(Sink& sink)
    : sink_(sink),
      lines_(
          [this](uint64_t line, std::string_view text) { Line(line, text); },
          [this](std::string_view head) { return GoesOn(head) ? stepping_over_ : IsBulk(head); }) {
  property_.reserve(kMaxRowBytes + 1);
}

bool VcardParser::GoesOn(std::string_view line) const {
  if (soft_break_) return true;
  if (line.empty()) return false;
  // Version 2.1 writes base64 without indent; it has no colon in it.
  return line[0] == ' ' || line[0] == '\t' ||
         (stepping_over_ && line.find(':') == std::string_view::npos);
}

void VcardParser::Line(uint64_t line, std::string_view text) {
  if (!GoesOn(text)) {
    EndProperty();
    if (IsBlank(text)) return;
    if (BeginsVcard(text)) {
      ++cards_;
      card_bytes_ = 0;
      return;
    }
    property_line_ = line;
    stepping_over_ = IsBulk(text);
  } else if (!soft_break_ && (text[0] == ' ' || text[0] == '\t')) {
    text.remove_prefix(1);
  }
  if (stepping_over_) return;
  card_bytes_ += text.size();
  if (card_bytes_ > kMaxRowBytes) {
    too_long_ = true;
    return;
  }
  property_ += text;
  // Quoted-printable goes on in the next line where this one ends in "=".
  soft_break_ = property_.ends_with('=') && IsQuotedPrintable(property_);
  if (soft_break_) property_.pop_back();
}

void VcardParser::EndProperty() {
  if (!property_.empty() && NameOf(property_) == "tel") {
    const size_t colon = FindColon(property_);
    if (colon == std::string::npos) {
      sink_.Bad(property_line_, 0, wire::reader::Reason::kBadRow);
    } else {
      Tel(std::string_view(property_).substr(0, colon),
          std::string_view(property_).substr(colon + 1));
    }
  }
  memory::WipeText(property_);
  stepping_over_ = soft_break_ = false;
}

void VcardParser::Tel(std::string_view name_and_types, std::string_view value) {
  const bool fax = HasType(name_and_types, {"fax", "pager", "modem", "bbs", "homefax", "workfax"});
  if (fax && !HasType(name_and_types, {"cell", "voice", "text", "msg", "iphone"})) {
    return sink_.Bad(property_line_, 0, wire::reader::Reason::kNoHandset);
  }
  const bool encoded = LowerAscii(name_and_types).find("quoted-printable") != std::string::npos;
  const memory::Wiped<std::string> decoded{encoded ? DecodeQuotedPrintable(value) : std::string()};
  const memory::Wiped<std::string> utf8{encoded ? text::ToUtf8(decoded) : std::string()};
  const memory::Wiped<std::string> plain{Unescape(encoded ? std::string_view(utf8) : value)};
  TellValues(sink_, property_line_, 0, plain);
}

wire::reader::FileRefusal VcardParser::Feed(std::string_view text) {
  const wire::reader::FileRefusal refusal = lines_.Feed(text);
  return too_long_ ? wire::reader::FileRefusal::kRowTooLong : refusal;
}

wire::reader::FileRefusal VcardParser::Finish() {
  lines_.Finish();
  EndProperty();
  return too_long_ ? wire::reader::FileRefusal::kRowTooLong : wire::reader::FileRefusal::kNone;
}

}  // namespace signpost::reader::extraction
