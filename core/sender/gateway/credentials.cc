#include "core/sender/gateway/credentials.h"

#include <algorithm>

namespace signpost::sender::gateway {
namespace {

constexpr size_t kSystemIdMax = 15;
constexpr size_t kPasswordMax = 8;

// Takes a line off the front, without its end (\n or \r\n).
ByteView TakeLine(ByteView& text) {
  const auto end = std::find(text.begin(), text.end(), uint8_t{'\n'});
  ByteView line = text.first(static_cast<size_t>(end - text.begin()));
  text = text.subspan(std::min(text.size(), line.size() + 1));
  if (!line.empty() && line.back() == '\r') line = line.first(line.size() - 1);
  return line;
}

}  // namespace

Result<smpp::Credentials> ParseCredentials(ByteView text) {
  const ByteView system_id = TakeLine(text);
  const ByteView password = TakeLine(text);
  const auto has_nul = [](ByteView line) {
    return std::find(line.begin(), line.end(), uint8_t{0}) != line.end();
  };
  if (system_id.empty() || system_id.size() > kSystemIdMax || password.size() > kPasswordMax ||
      !text.empty() || has_nul(system_id) || has_nul(password)) {
    return Fail(Code::kInput, "not two lines: system id, password", "credentials",
                "SMPP allows 15 characters for the first and 8 for the second");
  }
  TRY_ASSIGN(memory::SecretBuffer kept, memory::SecretBuffer::Create(kPasswordMax));
  std::copy(password.begin(), password.end(), kept.Expose(memory::ExposeSecret{}).begin());
  return smpp::Credentials{std::string(AsText(system_id)), std::move(kept), password.size()};
}

}  // namespace signpost::sender::gateway
