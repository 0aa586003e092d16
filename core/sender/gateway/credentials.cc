#include "core/sender/gateway/credentials.h"

#include <algorithm>

#include "crypto/base/fd.h"

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

Result<smpp::Credentials> ReadCredentials(int fd) {
  TRY_ASSIGN(memory::SecretBuffer buffer, memory::SecretBuffer::Create(256));
  const std::span<uint8_t> raw = buffer.Expose(memory::ExposeSecret{});
  TRY_ASSIGN(const size_t size, ReadUpTo(fd, raw, "credentials"));
  ByteView rest = raw.first(size);
  const ByteView system_id = TakeLine(rest);
  const ByteView password = TakeLine(rest);
  const auto has_nul = [](ByteView text) {
    return std::find(text.begin(), text.end(), uint8_t{0}) != text.end();
  };
  if (system_id.empty() || system_id.size() > kSystemIdMax || password.size() > kPasswordMax ||
      !rest.empty() || has_nul(system_id) || has_nul(password)) {
    return Fail(Code::kInput, "not two lines: system id, password", "credentials",
                "SMPP allows 15 characters for the first and 8 for the second");
  }
  TRY_ASSIGN(memory::SecretBuffer kept, memory::SecretBuffer::Create(kPasswordMax));
  std::copy(password.begin(), password.end(), kept.Expose(memory::ExposeSecret{}).begin());
  return smpp::Credentials{std::string(AsText(system_id)), std::move(kept), password.size()};
}

}  // namespace signpost::sender::gateway
