// Both ends of each boundary at once. What an honest end's table lets it send, the other end must
// take, byte for byte; what it does not let it send, the other end must refuse when a peer that was
// taken over sends it all the same.
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "tests/core/shared/wire/tables.h"

using namespace signpost;

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

// The fuzzer's bytes, one after the other; zeros behind their end.
class Input {
 public:
  Input(const uint8_t* data, size_t size) : data_(data), size_(size) {}
  uint8_t Take() { return at_ < size_ ? data_[at_++] : 0; }
  bool empty() const { return at_ >= size_; }

 private:
  const uint8_t* data_;
  size_t size_, at_ = 0;
};

struct Message {
  uint8_t kind = 0;
  uint32_t count = 0;
  size_t fds = 0;
  Bytes payload;
};

// Mostly one of the table's messages, with mostly a count that it allows.
Message Make(const test::Table& table, Input& input) {
  Message message;
  const wire::Rule& rule = table.rules[input.Take() % table.rules.size()];
  const uint8_t twist = input.Take();
  message.kind = twist == 1 ? input.Take() : rule.kind;
  message.count = rule.max_frames == 0 ? 0 : 1 + input.Take() % std::min(rule.max_frames, 32u);
  if (rule.max_frames == 1) message.count = 1;
  if (twist == 2) message.count = rule.max_frames + 1;
  if (twist == 3) message.count = UINT32_MAX;
  message.fds = twist == 4 ? 1 - rule.fds : rule.fds;
  const size_t bytes = std::min<size_t>(size_t{message.count} * rule.frame_bytes, 1 << 15);
  message.payload.resize(bytes, input.Take());
  return message;
}

void SendRaw(int fd, const Message& message) {
  Bytes bytes(8);
  bytes[0] = message.kind;
  bytes[1] = static_cast<uint8_t>(message.fds);
  PutLe<uint32_t>(std::span(bytes).subspan<4, 4>(), message.count);
  bytes.insert(bytes.end(), message.payload.begin(), message.payload.end());
  (void)send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const test::Table& table = test::kTables[data[0] % std::size(test::kTables)];
  Input input(data + 1, size - 1);
  wire::SocketPair pair = wire::MakeSocketPair().value();
  const OwnedFd raw(dup(pair.theirs.get()));
  wire::Channel honest(std::move(pair.theirs), table.rules, {}, "right");
  wire::Channel other(std::move(pair.ours), {}, table.rules, "left");
  for (int i = 0; i < 64 && !input.empty(); ++i) {
    const Message message = Make(table, input);
    const std::vector<int> fds(message.fds, raw.get());
    if (honest.SendBytes(message.kind, message.payload, message.count, fds)) {
      const auto got = other.Receive();
      Require(got.has_value() && got->has_value());
      Require((*got)->kind == message.kind && (*got)->count == message.count);
      Require((*got)->fds.size() == message.fds);
      Require(std::ranges::equal((*got)->bytes, message.payload));
      continue;
    }
    if (message.payload.size() == 1 << 15) return 0;  // was cut here, not refused by the table
    SendRaw(raw.get(), message);
    honest.Close();
    Require(!other.Receive().has_value());
    return 0;
  }
  return 0;
}
