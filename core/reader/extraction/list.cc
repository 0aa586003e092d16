#include "core/reader/extraction/list.h"

#include "core/reader/extraction/value.h"

namespace signpost::reader::extraction {

std::string_view ListEntry(std::string_view line) {
  line = Trim(line);
  if (line.starts_with("#")) return {};
  for (size_t i = line.find('#'); i != std::string_view::npos; i = line.find('#', i + 1)) {
    const bool before = line[i - 1] == ' ' || line[i - 1] == '\t';
    const bool digit = i + 1 < line.size() && line[i + 1] >= '0' && line[i + 1] <= '9';
    if (before && !digit) return Trim(line.substr(0, i));  // " #12" is an extension
  }
  return line;
}

ListParser::ListParser(Sink& sink)
    : sink_(sink), lines_([this](uint64_t line, std::string_view text) {
        const std::string_view entry = ListEntry(text);
        if (entry.empty() || entry == "\x1a") return;
        ++rows_;
        TellValues(sink_, line, 0, entry);
      }) {}

wire::reader::FileRefusal ListParser::Finish() {
  lines_.Finish();
  return wire::reader::FileRefusal::kNone;
}

}  // namespace signpost::reader::extraction
