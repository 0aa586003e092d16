#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "crypto/note/note.h"
#include "crypto/note/utf8.h"

namespace signpost::note {
namespace {

// Up to the next '\n', which is taken too; nothing when there is none.
std::optional<std::string_view> TakeLine(std::string_view& text) {
  const size_t end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

std::optional<uint64_t> ParseSize(std::string_view text) {
  if (text.empty() || (text[0] == '0' && text.size() > 1)) return std::nullopt;
  uint64_t size = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return size;
}

}  // namespace

std::string Checkpoint::Text() const {
  return fmt::format("{}\n{}\n{}\n", origin, size, ToBase64(root));
}

Result<Checkpoint> Checkpoint::Parse(std::string_view text) {
  const auto origin = TakeLine(text);
  const auto size = TakeLine(text);
  const auto root = TakeLine(text);
  if (!root || !text.empty()) return Fail(Code::kInput, "a checkpoint has three lines");
  if (origin->empty() || !IsNoteText(*origin)) {
    return Fail(Code::kInput, "the checkpoint's origin is not a line of text");
  }
  const auto parsed_size = ParseSize(*size);
  if (!parsed_size) return Fail(Code::kInput, "the checkpoint's size is not a decimal number");
  const auto hash = FromBase64(*root);
  if (!hash || hash->size() != sizeof(Digest)) {
    return Fail(Code::kInput, "the checkpoint's root is not 32 bytes in base64");
  }
  Checkpoint checkpoint{std::string(*origin), *parsed_size, {}};
  std::copy(hash->begin(), hash->end(), checkpoint.root.begin());
  return checkpoint;
}

}  // namespace signpost::note
