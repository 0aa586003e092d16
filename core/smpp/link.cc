#include "core/smpp/link.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace signpost::smpp {

Result<Link> Link::Create() {
  TRY_ASSIGN(SecretBuffer in, SecretBuffer::Create(kInBytes));
  TRY_ASSIGN(SecretBuffer out, SecretBuffer::Create(kOutBytes));
  return Link(std::move(in), std::move(out));
}

void Link::Attach(OwnedFd connected) {
  Close();
  fd_ = std::move(connected);
}

void Link::Close() {
  fd_ = OwnedFd();
  Wipe(in_.Expose(ExposeSecret{}));
  Wipe(out_.Expose(ExposeSecret{}));
  in_end_ = out_begin_ = out_end_ = 0;
  queued_total_ = written_total_;  // what was not written never will be
  broken_ = false;
}

Link::Read Link::ReadSome() {
  const std::span<uint8_t> all = in_.Expose(ExposeSecret{});
  while (in_end_ < all.size()) {
    iovec part{all.data() + in_end_, all.size() - in_end_};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    const ssize_t n = recvmsg(fd_.get(), &message, MSG_DONTWAIT);
    if (n < 0) {
      if (errno == EINTR) continue;
      return errno == EAGAIN || errno == EWOULDBLOCK ? Read::kDry : Read::kEnd;
    }
    if (n == 0) return Read::kEnd;
    in_end_ += static_cast<size_t>(n);
    read_total_ += static_cast<uint64_t>(n);
  }
  return Read::kFull;
}

void Link::KeepInput(size_t bytes) {
  if (bytes < in_end_) Wipe(in_.Expose(ExposeSecret{}).subspan(bytes, in_end_ - bytes));
  in_end_ = std::min(bytes, in_end_);
}

std::span<uint8_t> Link::OutRoom() {
  const std::span<uint8_t> all = out_.Expose(ExposeSecret{});
  if (out_begin_ > 0) {
    std::memmove(all.data(), all.data() + out_begin_, pending());
    out_end_ -= out_begin_;
    Wipe(all.subspan(out_end_, out_begin_));
    out_begin_ = 0;
  }
  return all.subspan(out_end_);
}

void Link::Queue(size_t bytes) {
  out_end_ += bytes;
  queued_total_ += bytes;
}

void Link::Flush() {
  const std::span<uint8_t> all = out_.Expose(ExposeSecret{});
  while (pending() > 0 && !broken_ && open()) {
    iovec part{all.data() + out_begin_, pending()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    const ssize_t n = sendmsg(fd_.get(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN && errno != EWOULDBLOCK) broken_ = true;
      return;
    }
    Wipe(all.subspan(out_begin_, static_cast<size_t>(n)));
    out_begin_ += static_cast<size_t>(n);
    written_total_ += static_cast<uint64_t>(n);
  }
  if (pending() == 0) out_begin_ = out_end_ = 0;
}

}  // namespace signpost::smpp
