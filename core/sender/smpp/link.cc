#include "core/sender/smpp/link.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace signpost::sender::smpp {

Result<Link> Link::Create(std::optional<TlsOptions> tls) {
  TRY_ASSIGN(memory::SecretBuffer in, memory::SecretBuffer::Create(kInBytes));
  TRY_ASSIGN(memory::SecretBuffer out, memory::SecretBuffer::Create(kOutBytes));
  return Link(std::move(in), std::move(out), std::move(tls));
}

Link::Link(memory::SecretBuffer in, memory::SecretBuffer out, std::optional<TlsOptions> tls)
    : in_(std::move(in)), out_(std::move(out)) {
  if (tls) tls_options_ = std::make_unique<const TlsOptions>(*std::move(tls));
}

void Link::Attach(OwnedFd connected) {
  Close();
  fd_ = std::move(connected);
  if (!tls_options_) return;
  tls_ = TlsStream::Begin(*tls_options_, fd_.get());
  tls_dry_ = true;
}

void Link::Close() {
  // Never after a record that has not left: it must not leave now.
  if (tls_ && tls_->established() && !broken_ && tls_->unsent().empty()) {
    tls_->SealGoodbye();
    SendSealed();
  }
  tls_.reset();
  sealed_ = 0;
  fd_ = OwnedFd();
  memory::Wipe(in_.Expose(memory::ExposeSecret{}));
  memory::Wipe(out_.Expose(memory::ExposeSecret{}));
  in_end_ = out_begin_ = out_end_ = 0;
  queued_total_ = written_total_;  // what was not written never will be
  broken_ = false;
}

Link::Read Link::ReadSome() {
  if (tls_options_) return ReadTls();
  const std::span<uint8_t> all = in_.Expose(memory::ExposeSecret{});
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

Link::Read Link::ReadTls() {
  if (!tls_) return Read::kEnd;  // it could not be begun
  const std::span<uint8_t> all = in_.Expose(memory::ExposeSecret{});
  tls_->NewTurn();
  tls_dry_ = false;
  TlsStream::Status status = tls_->Handshake();
  while (status == TlsStream::Status::kDone && in_end_ < all.size()) {
    size_t got = 0;
    status = tls_->Read(all.subspan(in_end_), got);
    if (status != TlsStream::Status::kDone) break;
    in_end_ += got;
    read_total_ += got;
  }
  if (status == TlsStream::Status::kEnd) {
    if (tls_->failed()) SendSealed();  // the alert that says why
    return Read::kEnd;
  }
  tls_dry_ = status == TlsStream::Status::kWait;
  return tls_dry_ ? Read::kDry : Read::kFull;
}

void Link::KeepInput(size_t bytes) {
  if (bytes < in_end_)
    memory::Wipe(in_.Expose(memory::ExposeSecret{}).subspan(bytes, in_end_ - bytes));
  in_end_ = std::min(bytes, in_end_);
}

std::span<uint8_t> Link::OutRoom() {
  const std::span<uint8_t> all = out_.Expose(memory::ExposeSecret{});
  if (out_begin_ > 0) {
    std::memmove(all.data(), all.data() + out_begin_, queued());
    out_end_ -= out_begin_;
    memory::Wipe(all.subspan(out_end_, out_begin_));
    out_begin_ = 0;
  }
  return all.subspan(out_end_);
}

void Link::Queue(size_t bytes) {
  out_end_ += bytes;
  queued_total_ += bytes;
}

std::optional<size_t> Link::Send(std::span<const uint8_t> bytes) {
  while (true) {
    iovec part{const_cast<uint8_t*>(bytes.data()), bytes.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    const ssize_t n = sendmsg(fd_.get(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n >= 0) return static_cast<size_t>(n);
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) broken_ = true;
    return std::nullopt;
  }
}

void Link::Forget(size_t bytes) {
  memory::Wipe(out_.Expose(memory::ExposeSecret{}).subspan(out_begin_, bytes));
  out_begin_ += bytes;
  if (queued() == 0) out_begin_ = out_end_ = 0;
}

void Link::Flush() {
  if (tls_options_) return FlushTls();
  const std::span<uint8_t> all = out_.Expose(memory::ExposeSecret{});
  while (queued() > 0 && !broken_ && open()) {
    const std::optional<size_t> sent = Send(all.subspan(out_begin_, queued()));
    if (!sent) return;
    Forget(*sent);
    written_total_ += *sent;
  }
}

void Link::FlushTls() {
  if (!tls_ || !open()) return;
  const std::span<uint8_t> all = out_.Expose(memory::ExposeSecret{});
  while (SendSealed() && tls_->established() && queued() > 0) {
    const size_t bytes = std::min(queued(), TlsStream::kRecordBytes);
    if (!tls_->Seal(all.subspan(out_begin_, bytes))) {
      broken_ = true;  // nothing that may have been made is sent
      return;
    }
    sealed_ = bytes;
    Forget(bytes);
  }
}

bool Link::SendSealed() {
  while (!broken_ && !tls_->unsent().empty()) {
    const std::optional<size_t> sent = Send(tls_->unsent());
    if (!sent) return false;
    if (*sent > 0) {
      written_total_ += sealed_;
      sealed_ = 0;
    }
    tls_->Sent(*sent);
  }
  return !broken_;
}

}  // namespace signpost::sender::smpp
