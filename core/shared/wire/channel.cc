#include "core/shared/wire/channel.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "crypto/base/time.h"

namespace signpost::wire {
namespace {

[[gnu::used]] constexpr char kBoundaries[] = "signpost-boundaries:" SIGNPOST_BOUNDARIES;
constexpr size_t kHeaderBytes = 8;
constexpr size_t kMaxFds = 8;

void EncodeHead(std::span<uint8_t, kHeaderBytes> head, uint8_t kind, size_t fds, uint32_t count) {
  head[0] = kind;
  head[1] = static_cast<uint8_t>(fds);
  head[2] = 0;
  head[3] = 0;
  PutLe<uint32_t>(head.last<4>(), count);
}

// One message's time.
struct Patience {
  int64_t begin_by = INT64_MAX;
  int64_t message_ms = 0;
  int64_t through_by = 0;  // 0: it has not begun

  // Bytes came, or none did for a while: is there still time?
  Result<void> Check(bool came, const std::string& peer) {
    const int64_t now = MonotonicMillis();
    if (came && through_by == 0) through_by = now + message_ms;
    if (through_by == 0 && now >= begin_by) {
      return Fail(Code::kInternal, "did not answer in time", peer);
    }
    if (through_by != 0 && now >= through_by) {
      return Fail(Code::kCorrupt, "stalled in the middle of a message", peer);
    }
    return {};
  }
};

// Reads exactly `out`, collecting descriptors that arrive with it. Returns the bytes read before an
// end of stream.
Result<size_t> ReadWithFds(int fd, std::span<uint8_t> out, std::vector<OwnedFd>& fds,
                           const std::string& peer, Patience& patience) {
  size_t done = 0;
  while (done < out.size()) {
    iovec part{out.data() + done, out.size() - done};
    alignas(cmsghdr) char control[CMSG_SPACE(kMaxFds * sizeof(int))];
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    const ssize_t n = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
    if (n < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN) {
        TRY(patience.Check(false, peer));
        continue;
      }
      if (errno == ECONNRESET) break;
      return FailErrno("recvmsg", peer);
    }
    for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
      if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
      const size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
      for (size_t i = 0; i < count; ++i) {
        int received = -1;
        std::memcpy(&received, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
        fds.emplace_back(received);
      }
    }
    if ((message.msg_flags & MSG_CTRUNC) != 0) {
      return Fail(Code::kCorrupt, "more descriptors than a message may carry", peer);
    }
    if (fds.size() > kMaxFds) return Fail(Code::kCorrupt, "sent too many descriptors", peer);
    if (n == 0) break;
    done += static_cast<size_t>(n);
    TRY(patience.Check(true, peer));
  }
  return done;
}

}  // namespace

Channel::Channel(OwnedFd fd, std::span<const Rule> send, std::span<const Rule> receive,
                 std::string peer)
    : fd_(std::move(fd)), peer_(std::move(peer)) {
  send_ = {send, std::vector<uint64_t>(send.size()), 0};
  receive_ = {receive, std::vector<uint64_t>(receive.size()), 0};
}

Channel::Channel(Channel&& other) noexcept
    : fd_(std::move(other.fd_)),
      send_(std::move(other.send_)),
      receive_(std::move(other.receive_)),
      peer_(std::move(other.peer_)),
      peer_gone_(other.peer_gone_),
      buffer_(std::move(other.buffer_)),
      locked_(std::move(other.locked_)),
      filled_(std::exchange(other.filled_, {})) {}

Channel::~Channel() { WipeReceived(); }

Channel& Channel::operator=(Channel&& other) noexcept {
  if (this == &other) return *this;
  WipeReceived();  // before its memory goes back to the allocator
  fd_ = std::move(other.fd_);
  send_ = std::move(other.send_);
  receive_ = std::move(other.receive_);
  peer_ = std::move(other.peer_);
  peer_gone_ = other.peer_gone_;
  buffer_ = std::move(other.buffer_);
  locked_ = std::move(other.locked_);
  filled_ = std::exchange(other.filled_, {});
  return *this;
}

void Channel::WipeReceived() { memory::Wipe(std::exchange(filled_, {})); }

Result<std::span<uint8_t>> Channel::Buffer(const Rule& rule, size_t bytes) {
  if (!rule.numbers) {
    if (buffer_.size() < bytes) buffer_.resize(bytes);  // was wiped: nothing to leave behind
    return std::span(buffer_).first(bytes);
  }
  if (!locked_) {
    size_t most = 0;
    for (const Rule& r : receive_.rules) {
      if (r.numbers) most = std::max(most, size_t{r.max_frames} * r.frame_bytes);
    }
    TRY_ASSIGN(locked_, memory::SecretBuffer::Create(most));
  }
  return locked_->Expose(memory::ExposeSecret{}).first(bytes);
}

const Rule* Channel::Direction::Take(uint8_t kind, uint32_t count, size_t fds) {
  for (size_t i = 0; i < rules.size(); ++i) {
    const Rule& rule = rules[i];
    if (rule.kind != kind || rule.from_state != state) continue;
    if (count > rule.max_frames || (rule.frame_bytes == 0 && count != 0)) return nullptr;
    if (rule.max_frames == 1 && count != 1) return nullptr;
    if (rule.fds != fds) return nullptr;
    if (rule.at_most != 0 && used[i] >= rule.at_most) return nullptr;
    ++used[i];
    state = rule.to_state;
    return &rule;
  }
  return nullptr;
}

Result<void> Channel::SendBytes(uint8_t kind, ByteView payload, uint32_t count,
                                std::span<const int> fds) {
  const Rule* rule = send_.Take(kind, count, fds.size());
  if (rule == nullptr || payload.size() != size_t{count} * rule->frame_bytes ||
      fds.size() > kMaxFds) {
    return Fail(Code::kInternal, "the boundary's table does not allow this message now", peer_);
  }
  std::array<uint8_t, kHeaderBytes> head;
  EncodeHead(head, kind, fds.size(), count);
  iovec parts[2] = {{head.data(), head.size()},
                    {const_cast<uint8_t*>(payload.data()), payload.size()}};
  alignas(cmsghdr) char control[CMSG_SPACE(kMaxFds * sizeof(int))] = {};
  bool with_fds = !fds.empty();
  while (parts[0].iov_len + parts[1].iov_len > 0) {
    msghdr message{};
    message.msg_iov = parts;
    message.msg_iovlen = 2;
    if (with_fds) {
      message.msg_control = control;
      message.msg_controllen = CMSG_SPACE(fds.size_bytes());
      cmsghdr* c = CMSG_FIRSTHDR(&message);
      c->cmsg_level = SOL_SOCKET;
      c->cmsg_type = SCM_RIGHTS;
      c->cmsg_len = CMSG_LEN(fds.size_bytes());
      std::memcpy(CMSG_DATA(c), fds.data(), fds.size_bytes());
    }
    const ssize_t n = sendmsg(fd_.get(), &message, MSG_NOSIGNAL);
    if (n < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN) return Fail(Code::kInternal, "does not read what it is sent", peer_);
      if (errno == EPIPE || errno == ECONNRESET) {
        peer_gone_ = true;
        return Fail(Code::kInternal, "the other process is gone", peer_);
      }
      return FailErrno("sendmsg", peer_);
    }
    with_fds = false;
    auto left = static_cast<size_t>(n);
    for (iovec& part : parts) {
      const size_t taken = std::min(left, part.iov_len);
      part.iov_base = static_cast<uint8_t*>(part.iov_base) + taken;
      part.iov_len -= taken;
      left -= taken;
    }
  }
  return {};
}

Result<std::optional<Frames>> Channel::Receive() {
  WipeReceived();
  std::array<uint8_t, kHeaderBytes> head;
  Frames frames;
  Patience patience;
  if (receive_.begin_ms > 0) patience.begin_by = MonotonicMillis() + receive_.begin_ms;
  patience.message_ms = receive_.message_ms;
  TRY_ASSIGN(const size_t n, ReadWithFds(fd_.get(), head, frames.fds, peer_, patience));
  if (n == 0) return std::optional<Frames>();
  if (n < head.size()) return Fail(Code::kCorrupt, "a message was cut off", peer_);
  frames.kind = head[0];
  frames.count = GetLe<uint32_t>(std::span<const uint8_t, kHeaderBytes>(head).last<4>());
  const Rule* rule = receive_.Take(frames.kind, frames.count, frames.fds.size());
  if (rule == nullptr || head[1] != frames.fds.size() || head[2] != 0 || head[3] != 0) {
    return Fail(Code::kCorrupt, "sent a message that the boundary's table does not allow", peer_);
  }
  frames.frame_bytes = rule->frame_bytes;
  const size_t bytes = size_t{frames.count} * rule->frame_bytes;
  TRY_ASSIGN(filled_, Buffer(*rule, bytes));
  std::vector<OwnedFd> none;
  TRY_ASSIGN(const size_t got, ReadWithFds(fd_.get(), filled_, none, peer_, patience));
  if (got < bytes) return Fail(Code::kCorrupt, "a message was cut off", peer_);
  if (!none.empty()) return Fail(Code::kCorrupt, "sent a descriptor inside a message", peer_);
  frames.bytes = filled_;
  return std::optional<Frames>(std::move(frames));
}

Result<Frames> Channel::Expect(uint8_t kind) {
  TRY_ASSIGN(std::optional<Frames> frames, Receive());
  if (!frames) return Fail(Code::kInternal, "the other process is gone", peer_);
  if (frames->kind != kind) return Fail(Code::kCorrupt, "sent another message than due", peer_);
  return *std::move(frames);
}

std::string_view BoundariesId() { return kBoundaries; }

Result<SocketPair> MakeSocketPair(PeerReads reads) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return FailErrno("socketpair");
  SocketPair pair{OwnedFd(ends[0]), OwnedFd(ends[1])};
  const timeval tick{kTickSeconds, 0};
  const timeval stall{reads == PeerReads::kAtItsPace ? 0 : kMessageSeconds, 0};  // 0: for ever
  for (const int end : ends) {
    if (setsockopt(end, SOL_SOCKET, SO_RCVTIMEO, &tick, sizeof tick) != 0 ||
        setsockopt(end, SOL_SOCKET, SO_SNDTIMEO, &stall, sizeof stall) != 0) {
      return FailErrno("setsockopt");
    }
  }
  return pair;
}

}  // namespace signpost::wire
