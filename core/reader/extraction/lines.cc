#include "core/reader/extraction/lines.h"

#include "core/reader/extraction/parser.h"
#include "crypto/memory/secret.h"

namespace signpost::reader::extraction {

Lines::Lines(LineFunction line, PeekFunction peek)
    : give_(std::move(line)), peek_(std::move(peek)) {
  buffer_.reserve(kMaxRowBytes);  // never reallocated, so that no unwiped copy is left behind
}

bool Lines::Append(std::string_view text) {
  if (peek_ && !peeked_ && !skipping_) {
    const size_t missing = kPeekBytes - buffer_.size();
    buffer_ += text.substr(0, missing);
    if (text.size() < missing) return true;
    text.remove_prefix(missing);
    peeked_ = true;
    skipping_ = peek_(buffer_);
  }
  if (skipping_) return true;
  if (buffer_.size() + text.size() > kMaxRowBytes) return false;
  buffer_ += text;
  return true;
}

void Lines::End() {
  give_(line_, buffer_);
  memory::WipeText(buffer_);
  peeked_ = skipping_ = false;
  ++line_;
}

wire::reader::FileRefusal Lines::Feed(std::string_view text) {
  while (!text.empty()) {
    if (after_cr_ && text[0] == '\n') text.remove_prefix(1);
    after_cr_ = false;
    const size_t end = text.find_first_of("\r\n");
    if (!Append(text.substr(0, end))) return wire::reader::FileRefusal::kRowTooLong;
    if (end == std::string_view::npos) break;
    after_cr_ = text[end] == '\r';
    End();
    text.remove_prefix(end + 1);
  }
  return wire::reader::FileRefusal::kNone;
}

void Lines::Finish() {
  if (!buffer_.empty()) End();
}

}  // namespace signpost::reader::extraction
