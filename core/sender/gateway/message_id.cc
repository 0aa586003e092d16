#include "core/sender/gateway/message_id.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

namespace signpost::sender::gateway {
namespace {

constexpr std::string_view kDomain = "signpost/message-id/v1";

bool AllOf(std::string_view text, std::string_view set) {
  return !text.empty() && text.find_first_not_of(set) == std::string_view::npos;
}
bool IsDecimal(std::string_view id) { return AllOf(id, "0123456789"); }
bool IsHex(std::string_view id) { return AllOf(id, "0123456789abcdefABCDEF"); }

std::string Canonical(std::string_view id) {
  std::string text(id);
  if (!IsHex(id)) return text;
  for (char& c : text) c = c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c;
  const size_t digits = std::min(text.find_first_not_of('0'), text.size() - 1);
  return text.substr(digits);
}

std::optional<std::string> Rebase(std::string_view id, int from, int to) {
  uint64_t value = 0;
  const auto read = std::from_chars(id.data(), id.data() + id.size(), value, from);
  if (read.ec != std::errc() || read.ptr != id.data() + id.size()) return std::nullopt;
  std::array<char, 24> out;
  const auto written = std::to_chars(out.data(), out.data() + out.size(), value, to);
  return std::string(out.data(), written.ptr);
}

}  // namespace

MessageIdHash HashMessageId(std::string_view id) {
  MessageIdHash hash{};
  if (id.empty()) return hash;
  const Digest digest = Sha256(std::string(kDomain) + Canonical(id));
  std::copy_n(digest.begin(), hash.size(), hash.begin());
  return hash;
}

std::array<MessageIdHash, 3> HashReceiptId(std::string_view id) {
  std::array<MessageIdHash, 3> hashes{};
  hashes[0] = HashMessageId(id);
  if (IsHex(id)) {
    if (const auto decimal = Rebase(id, 16, 10)) hashes[1] = HashMessageId(*decimal);
  }
  if (IsDecimal(id)) {
    if (const auto hex = Rebase(id, 10, 16)) hashes[2] = HashMessageId(*hex);
  }
  return hashes;
}

void PrepareMessageIds() { (void)HashMessageId("0"); }

}  // namespace signpost::sender::gateway
