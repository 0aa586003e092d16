// The first byte picks a boundary's table; the rest is what a peer that was taken over would send.
// Whatever is received must be what the table allows, byte for byte.
#include <sys/socket.h>

#include <algorithm>
#include <cstdlib>

#include "tests/core/shared/wire/tables.h"

using namespace signpost;

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

const wire::Rule* Find(std::span<const wire::Rule> rules, const wire::Frames& frames) {
  for (const wire::Rule& rule : rules) {
    if (rule.kind == frames.kind && rule.frame_bytes == frames.frame_bytes &&
        rule.fds == frames.fds.size()) {
      return &rule;
    }
  }
  return nullptr;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const auto& table = test::kTables[data[0] % std::size(test::kTables)];
  const ByteView input(data + 1, std::min<size_t>(size - 1, 65536));
  wire::SocketPair pair = wire::MakeSocketPair().value();
  wire::Channel channel(std::move(pair.ours), {}, table.rules, "peer");
  Require(send(pair.theirs.get(), input.data(), input.size(), MSG_NOSIGNAL) ==
          static_cast<ssize_t>(input.size()));
  pair.theirs = OwnedFd();
  size_t at = 0;
  for (;;) {
    const auto got = channel.Receive();
    if (!got) return 0;
    if (!*got) break;
    const wire::Frames& frames = **got;
    const wire::Rule* rule = Find(table.rules, frames);
    Require(rule != nullptr && frames.count <= rule->max_frames);
    Require(frames.bytes.size() == size_t{frames.count} * frames.frame_bytes);
    Require(rule->max_frames != 1 || frames.count == 1);
    at += 8;
    Require(at + frames.bytes.size() <= input.size());
    Require(std::equal(frames.bytes.begin(), frames.bytes.end(), input.begin() + at));
    at += frames.bytes.size();
  }
  Require(at == input.size());
  return 0;
}
