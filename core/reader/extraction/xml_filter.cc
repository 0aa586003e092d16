#include "core/reader/extraction/xml_filter.h"

#include <algorithm>
#include <array>

#include "core/reader/extraction/parser.h"
#include "core/reader/text/decoder.h"

namespace signpost::reader::extraction {
namespace {

using wire::reader::FileRefusal;

constexpr size_t kMaxReference = 16;
constexpr size_t kMaxDoctype = 4096;
constexpr size_t kMaxOwedLines = 1u << 16;
constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

// Which states must look at a byte; in the others it is one of a run.
enum : uint8_t { kInText = 1, kInCdata = 2, kInTag = 4, kInValue = 8, kForbidden = 16 };
constexpr std::array<uint8_t, 256> kLook = [] {
  std::array<uint8_t, 256> look{};
  for (size_t c = 0; c < 0x20; ++c) look[c] = 31;
  look['\t'] = look['\n'] = look['\r'] = 0;
  look[0xff] = look[0xef] = 31;  // no text; perhaps U+FFFE or U+FFFF
  look['<'] = kInText;
  look['&'] = kInText | kInValue;
  look[']'] = kInCdata;
  look['>'] = kInTag;
  look['"'] = look['\''] = kInTag | kInValue;
  return look;
}();

size_t Run(std::string_view rest, uint8_t state) {
  size_t n = 0;
  while (n < rest.size() && (kLook[static_cast<uint8_t>(rest[n])] & state) == 0) ++n;
  return n;
}

// A byte that XML forbids, or the begin of a code point that it may forbid: how many bytes it is.
size_t PutForbidden(std::string_view rest, std::string& out) {
  if (rest[0] == text::TextDecoder::kBroken) {
    out += kReplacement;
    return 1;
  }
  if (rest[0] != '\xef') {
    out += ' ';
    return 1;
  }
  const std::string_view point = rest.substr(0, 3);
  const bool forbidden = point == "\xef\xbf\xbe" || point == "\xef\xbf\xbf";
  out += forbidden ? kReplacement : point;
  return point.size();
}

bool IsForbidden(char c) { return (kLook[static_cast<uint8_t>(c)] & kForbidden) != 0; }

// "&#x0;" and its kin; names are not looked at.
bool RefersToForbidden(std::string_view reference) {
  if (!reference.starts_with("&#")) return false;
  reference.remove_prefix(2);
  const bool hex = reference.starts_with("x");
  if (hex) reference.remove_prefix(1);
  uint32_t point = 0;
  for (const char c : reference.substr(0, reference.size() - 1)) {
    const bool digit = c >= '0' && c <= '9';
    const char lower = static_cast<char>(c | 0x20);
    if (!digit && !(hex && lower >= 'a' && lower <= 'f')) return false;  // the parser will say
    point =
        std::min<uint32_t>(0x110000, point * (hex ? 16 : 10) +
                                         static_cast<uint32_t>(digit ? c - '0' : lower - 'a' + 10));
  }
  if (point < 0x20) return point != '\t' && point != '\n' && point != '\r';
  return (point >= 0xd800 && point <= 0xdfff) || point == 0xfffe || point == 0xffff ||
         point > 0x10ffff;
}

}  // namespace

FileRefusal XmlFilter::Feed(std::string_view text, std::string& out) {
  while (!text.empty() && refusal_ == FileRefusal::kNone) {
    size_t used = 0;
    switch (in_) {
      case In::kText:
        used = Text(text, out);
        break;
      case In::kCdata:
        used = Cdata(text, out);
        break;
      case In::kTag:
        used = Tag(text, out);
        break;
      case In::kValue:
        used = Value(text, out);
        break;
      case In::kLongValue:
        used = LongValue(text);
        break;
      case In::kReference:
        used = Reference(text, out);
        break;
      case In::kMarkup:
        used = Markup(text, out);
        break;
      case In::kLeftOut:
        used = LeftOut(text, out);
        break;
    }
    text.remove_prefix(used);
  }
  return refusal_;
}

void XmlFilter::Finish(std::string& out) {
  out += held_;
  // An end inside what is left out would else go unseen.
  if (in_ == In::kLeftOut) out += '<';
  held_.clear();
}

// How much of `rest`, from text on and up to text again, can be passed on as it is: whole tags,
// whole CDATA, nothing forbidden, no reference, no long value. What stops it is for the states to
// look at.
size_t XmlFilter::Usual(std::string_view rest) {
  const auto run = [rest](size_t from, uint8_t state) {
    return from + Run(rest.substr(from), state);
  };
  size_t good = 0;
  while (true) {
    good = run(good, kInText);
    if (good + 1 >= rest.size() || rest[good] != '<' || rest[good + 1] == '?') return good;
    size_t at = good + 1;
    if (rest[at] == '!') {
      if (!rest.substr(good).starts_with("<![CDATA[")) return good;
      at = run(good + 9, kInCdata);
      while (at < rest.size() && rest[at] == ']' && !rest.substr(at).starts_with("]]>")) {
        at = run(at + 1, kInCdata);
      }
      if (at >= rest.size() || rest[at] != ']') return good;
      good = at + 3;
      continue;
    }
    for (at = run(at, kInTag); at < rest.size() && (rest[at] == '"' || rest[at] == '\'');) {
      const char quote = rest[at];
      const size_t value = at + 1;
      at = run(value, kInValue);
      while (at < rest.size() && rest[at] != quote && (rest[at] == '"' || rest[at] == '\'')) {
        at = run(at + 1, kInValue);
      }
      if (at >= rest.size() || rest[at] != quote || at - value > kMaxValueBytes) return good;
      at = run(at + 1, kInTag);
    }
    if (at >= rest.size() || rest[at] != '>') return good;
    good = at + 1;
  }
}

size_t XmlFilter::Text(std::string_view rest, std::string& out) {
  const size_t usual = Usual(rest);
  if (usual > 0) {
    out += rest.substr(0, usual);
    return usual;
  }
  const size_t n = Run(rest, kInText);
  out += rest.substr(0, n);
  if (n == rest.size()) return n;
  if (IsForbidden(rest[n])) return n + PutForbidden(rest.substr(n), out);
  held_ = rest[n];
  after_reference_ = In::kText;
  in_ = rest[n] == '<' ? In::kMarkup : In::kReference;
  return n + 1;
}

size_t XmlFilter::Cdata(std::string_view rest, std::string& out) {
  if (run_ > 0) {
    const bool end = rest[0] == '>' && run_ >= 2;
    if (end || rest[0] == ']') {
      out += rest[0];
      run_ = end ? 0 : 2;
      if (end) in_ = In::kText;
      return 1;
    }
    run_ = 0;
  }
  const size_t n = Run(rest, kInCdata);
  out += rest.substr(0, n);
  if (n == rest.size()) return n;
  if (IsForbidden(rest[n])) return n + PutForbidden(rest.substr(n), out);
  out += ']';
  run_ = 1;
  return n + 1;
}

size_t XmlFilter::Tag(std::string_view rest, std::string& out) {
  const size_t n = Run(rest, kInTag);
  out += rest.substr(0, n);
  tag_bytes_ += n + 1;
  if (tag_bytes_ > kMaxRowBytes) refusal_ = FileRefusal::kRowTooLong;
  if (n == rest.size()) return n;
  if (IsForbidden(rest[n])) return n + PutForbidden(rest.substr(n), out);
  out += rest[n];
  if (rest[n] == '>') {
    EndTag(out);
  } else {
    in_ = In::kValue;
    quote_ = rest[n];
    bytes_ = 0;
  }
  return n + 1;
}

void XmlFilter::EndTag(std::string& out) {
  in_ = In::kText;
  out.append(owed_lines_, '\n');
  owed_lines_ = tag_bytes_ = 0;
}

size_t XmlFilter::Value(std::string_view rest, std::string& out) {
  size_t n = Run(rest, kInValue);
  const size_t room = kMaxValueBytes + 1 - std::min(bytes_, kMaxValueBytes + 1);
  if (n > room) {
    // Cut between two code points.
    n = room;
    while (n < rest.size() && (rest[n] & 0xc0) == 0x80) ++n;
    out += rest.substr(0, n);
    in_ = In::kLongValue;
    return n;
  }
  out += rest.substr(0, n);
  bytes_ += n;
  tag_bytes_ += n;
  if (tag_bytes_ > kMaxRowBytes) refusal_ = FileRefusal::kRowTooLong;
  if (n == rest.size()) return n;
  if (IsForbidden(rest[n])) {
    ++bytes_;
    return n + PutForbidden(rest.substr(n), out);
  }
  if (rest[n] == '&') {
    held_ = '&';
    after_reference_ = In::kValue;
    in_ = bytes_ > kMaxValueBytes ? In::kLongValue : In::kReference;
    if (in_ == In::kLongValue) held_.clear();
    return n + 1;
  }
  out += rest[n];
  ++bytes_;
  if (rest[n] == quote_) in_ = In::kTag;
  return n + 1;
}

size_t XmlFilter::LongValue(std::string_view rest) {
  const size_t n = std::min(rest.find(quote_), rest.size());
  const auto lines =
      static_cast<size_t>(std::count(rest.begin(), rest.begin() + static_cast<ptrdiff_t>(n), '\n'));
  owed_lines_ = std::min(owed_lines_ + lines, kMaxOwedLines);
  if (n == rest.size()) return n;
  in_ = In::kValue;  // which ends with this quote
  return n;
}

size_t XmlFilter::Reference(std::string_view rest, std::string& out) {
  const char c = rest[0];
  const bool inside = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                      (c == '#' && held_.size() == 1);
  if (inside && held_.size() < kMaxReference) {
    held_ += c;
    return 1;
  }
  const bool whole = c == ';';
  if (whole) held_ += c;
  if (whole && RefersToForbidden(held_)) held_ = " ";
  out += held_;
  bytes_ += held_.size();
  tag_bytes_ += held_.size();
  held_.clear();
  in_ = after_reference_;
  return whole ? 1 : 0;
}

size_t XmlFilter::Markup(std::string_view rest, std::string& out) {
  static constexpr std::string_view kKinds[] = {"<!--", "<![CDATA[", "<!DOCTYPE", "<?"};
  held_ += rest[0];
  bool may_be = false;
  for (const std::string_view kind : kKinds) {
    if (!kind.starts_with(held_)) continue;
    may_be = true;
    if (kind != held_) continue;
    if (kind == "<![CDATA[") {
      out += held_;
      in_ = In::kCdata;
    } else {
      left_out_ = kind == "<!DOCTYPE" ? 'D' : kind.back();
      in_ = In::kLeftOut;
    }
    run_ = 0;
    quote_ = 0;
    bytes_ = 0;
    held_.clear();
    return 1;
  }
  if (may_be) return 1;
  if (held_.starts_with("<!")) {
    refusal_ = FileRefusal::kBroken;
    return 1;
  }
  out += '<';
  held_.clear();
  in_ = In::kTag;
  tag_bytes_ = 1;
  return 0;
}

size_t XmlFilter::LeftOut(std::string_view rest, std::string& out) {
  for (size_t i = 0; i < rest.size(); ++i) {
    const char c = rest[i];
    if (c == '\n') out += c;
    if (left_out_ == 'D') {
      if (++bytes_ > kMaxDoctype || (c == '[' && quote_ == 0)) {
        refusal_ = FileRefusal::kBroken;
        return i + 1;
      }
      if (quote_ != 0) {
        if (c == quote_) quote_ = 0;
      } else if (c == '"' || c == '\'') {
        quote_ = c;
      } else if (c == '>') {
        in_ = In::kText;
        return i + 1;
      }
      continue;
    }
    const uint8_t needed = left_out_ == '-' ? 2 : 1;
    if (c == '>' && run_ >= needed) {
      in_ = In::kText;
      run_ = 0;
      return i + 1;
    }
    run_ = c == left_out_ ? static_cast<uint8_t>(std::min(run_ + 1, 2)) : 0;
  }
  return rest.size();
}

}  // namespace signpost::reader::extraction
