// The processes themselves, as functions, with a peer that was taken over: messages that the table
// would let through, in any order and with any content, and bytes that are none. Each must end, by
// itself, and send nothing but what its own table allows.
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "core/opener/opener.h"
#include "core/sealer/sealer.h"
#include "core/sender/relay.h"
#include "core/shared/wire/opener_boundary.h"
#include "core/shared/wire/reader_boundary.h"
#include "core/shared/wire/sealer_boundary.h"
#include "core/shared/wire/sender_boundary.h"

using namespace signpost;

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

OwnedFd FileOf(std::string_view text, size_t size) {
  OwnedFd fd(memfd_create("fuzz", MFD_CLOEXEC));
  Require(ftruncate(fd.get(), static_cast<off_t>(size)) == 0);
  Require(pwrite(fd.get(), text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
  return fd;
}

// Each message: a byte for the rule, one for the count, one for the bytes that follow as content. A
// rule byte of 255 stands for bytes that are no message.
void Speak(int fd, std::span<const wire::Rule> rules, ByteView script) {
  Bytes out;
  size_t at = 0;
  const auto take = [&] { return at < script.size() ? script[at++] : uint8_t{0}; };
  while (at < script.size() && out.size() < 16384) {
    const uint8_t which = take();
    if (which == 255) {
      out.insert(out.end(), take(), take());
      continue;
    }
    const wire::Rule& rule = rules[which % rules.size()];
    uint32_t count = rule.max_frames == 0 ? 0 : take() % (std::min(rule.max_frames, 64u) + 1);
    if (rule.max_frames == 1) count = 1;
    const size_t own = std::min<size_t>(take(), size_t{count} * rule.frame_bytes);
    Bytes head(8);
    head[0] = rule.kind;
    head[1] = rule.fds;
    PutLe<uint32_t>(std::span(head).subspan<4, 4>(), count);
    out.insert(out.end(), head.begin(), head.end());
    for (size_t i = 0; i < own; ++i) out.push_back(take());
    out.resize(out.size() + size_t{count} * rule.frame_bytes - own);
  }
  const size_t bytes = std::min<size_t>(out.size(), 65536);
  (void)send(fd, out.data(), bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
  shutdown(fd, SHUT_WR);
}

void RequireOnly(OwnedFd fd, std::span<const wire::Rule> rules) {
  wire::Channel heard(std::move(fd), {}, rules, "end");
  for (;;) {
    const auto got = heard.Receive();
    Require(got.has_value());
    if (!*got) return;
  }
}

struct Pair {
  wire::SocketPair pair = wire::MakeSocketPair().value();
  OwnedFd Theirs() { return std::move(pair.theirs); }
  int ours() const { return pair.ours.get(); }
};

void Opener(ByteView script) {
  Pair control, sender;
  Speak(control.ours(), wire::opener::kToOpener, script);
  opener::OpenerFds fds;
  fds.control = control.Theirs();
  fds.senders.push_back(sender.Theirs());
  fds.passphrase = FileOf("passphrase\n", 11);
  fds.state = FileOf("", wire::opener::kStateBytes);
  (void)opener::RunOpener(std::move(fds)).has_value();
  RequireOnly(std::move(control.pair.ours), wire::opener::kFromOpener);
  RequireOnly(std::move(sender.pair.ours), wire::sender::kOpenerToSender);
}

void Sealer(ByteView script, ByteView numbers_script) {
  Pair control, numbers;
  Speak(control.ours(), wire::sealer::kToSealer, script);
  Speak(numbers.ours(), wire::reader::kNumbersToSealer, numbers_script);
  sealer::RunSealer(control.Theirs(), numbers.Theirs(), FileOf("passphrase\n", 11));
  RequireOnly(std::move(control.pair.ours), wire::sealer::kFromSealer);
}

void Sender(ByteView script, ByteView opener_script) {
  Pair control, from_opener, replies;
  Speak(control.ours(), wire::sender::kToSender, script);
  Speak(from_opener.ours(), wire::sender::kOpenerToSender, opener_script);
  const sender::MakeGateway none = [](const wire::sender::Session&,
                                      std::string_view) -> sender::gateway::MadeGateway {
    return tl::unexpected(wire::sender::Failure::kOpener);
  };
  sender::RunRelay({control.Theirs(), from_opener.Theirs(), replies.Theirs()}, none);
  RequireOnly(std::move(control.pair.ours), wire::sender::kFromSender);
  RequireOnly(std::move(replies.pair.ours), wire::sealer::kRepliesToSealer);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 3) return 0;
  const ByteView all(data + 2, size - 2);
  const size_t cut = std::min<size_t>(data[1], all.size());
  switch (data[0] % 3) {
    case 0:
      Opener(all);
      break;
    case 1:
      Sealer(all.first(cut), all.subspan(cut));
      break;
    default:
      Sender(all.first(cut), all.subspan(cut));
      break;
  }
  return 0;
}
