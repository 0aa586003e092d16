// Writing what no honest Channel would: raw bytes and descriptors into one end of a socket pair.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <cstring>
#include <vector>

#include "core/shared/wire/channel.h"
#include "crypto/base/fd.h"

namespace signpost::test {

struct RawMessage {
  uint8_t kind = 0;
  uint8_t fds_claimed = 0;
  uint8_t zero = 0;
  uint8_t zero2 = 0;
  uint32_t count = 0;
  Bytes payload = {};

  Bytes Encode() const {
    Bytes out(8);
    out[0] = kind;
    out[1] = fds_claimed;
    out[2] = zero;
    out[3] = zero2;
    PutLe<uint32_t>(std::span(out).subspan<4, 4>(), count);
    out.insert(out.end(), payload.begin(), payload.end());
    return out;
  }
};

inline void SendRaw(int fd, ByteView bytes, size_t descriptors = 0) {
  iovec part{const_cast<uint8_t*>(bytes.data()), bytes.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  std::vector<int> fds(descriptors, 0);
  for (int& raw : fds) raw = fd;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(64 * sizeof(int))> control{};
  if (descriptors > 0) {
    message.msg_control = control.data();
    message.msg_controllen = CMSG_SPACE(descriptors * sizeof(int));
    cmsghdr* c = CMSG_FIRSTHDR(&message);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(descriptors * sizeof(int));
    std::memcpy(CMSG_DATA(c), fds.data(), descriptors * sizeof(int));
  }
  ASSERT_EQ(sendmsg(fd, &message, MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
}

// A channel under `receive`, and the raw other end.
struct Victim {
  explicit Victim(std::span<const wire::Rule> receive, std::span<const wire::Rule> send = {})
      : pair(wire::MakeSocketPair().value()),
        channel(std::move(pair.ours), send, receive, "peer"),
        raw(std::move(pair.theirs)) {}
  void Send(const RawMessage& message, size_t descriptors = 0) {
    SendRaw(raw.get(), message.Encode(), descriptors);
  }
  void Hangup() { raw = OwnedFd(); }

  wire::SocketPair pair;
  wire::Channel channel;
  OwnedFd raw;
};

}  // namespace signpost::test
