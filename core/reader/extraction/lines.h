// Cuts a stream of text into physical lines: LF, CRLF and CR, in any mix. Each line is given in one
// piece up to kMaxRowBytes. Wiped as it is consumed.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "core/shared/wire/reader_boundary.h"
#include "crypto/memory/wiped.h"

namespace signpost::reader::extraction {

class Lines {
 public:
  using LineFunction = std::function<void(uint64_t line, std::string_view text)>;
  // Of a line's first kPeekBytes: true when nobody needs the rest of it, however long. The line is
  // then given as those bytes alone.
  using PeekFunction = std::function<bool(std::string_view head)>;
  static constexpr size_t kPeekBytes = 256;

  explicit Lines(LineFunction line, PeekFunction peek = {});
  Lines(const Lines&) = delete;
  Lines& operator=(const Lines&) = delete;

  wire::reader::FileRefusal Feed(std::string_view text);
  void Finish();  // what follows the last line end is a line, too
  uint64_t line() const { return line_; }

 private:
  bool Append(std::string_view text);
  void End();

  LineFunction give_;
  PeekFunction peek_;
  memory::Wiped<std::string> buffer_;
  uint64_t line_ = 1;
  bool after_cr_ = false, peeked_ = false, skipping_ = false;
};

}  // namespace signpost::reader::extraction
