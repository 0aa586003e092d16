// Moves bytes between one connected socket and two buffers; it knows no PDU. Both buffers are of
// fixed size, in locked memory, and wiped as they are used up: they are where numbers stand in the
// clear. Never blocks, whatever mode the socket is in; never dials. One thread.
//
// With TLS (tls.h) the bytes are the same, and written_total() means the same: a byte counts when
// it may have left. Records are sealed one at a time, when the one before is with the kernel, and a
// record's bytes count, all of them, when the first octet of its ciphertext is. What is queued
// before the peer is believed waits here; a link that was made for TLS never writes in the clear.
#pragma once

#include <memory>
#include <optional>
#include <span>

#include "core/sender/smpp/tls/tls.h"
#include "crypto/base/fd.h"
#include "crypto/memory/secret.h"

namespace signpost::sender::smpp {

class Link {
 public:
  static constexpr size_t kInBytes = 128u << 10;
  static constexpr size_t kOutBytes = 32u << 10;

  // Not connected. kStorage when memory cannot be locked.
  static Result<Link> Create(std::optional<TlsOptions> tls = std::nullopt);

  void Attach(OwnedFd connected);
  void Close();  // and wipes what was not read or written; says so first, where TLS can
  bool open() const { return static_cast<bool>(fd_); }
  int fd() const { return fd_.get(); }

  enum class Read { kDry, kFull, kEnd };
  // Until the socket has no more, the buffer has no room, or the peer has ended.
  Read ReadSome();
  bool CanRead() const { return in_end_ < kInBytes; }
  // ReadSome would find something although poll has nothing to report.
  bool unread() const { return tls_options_ && (!tls_ || !tls_dry_ || tls_->failed()); }
  // Why the peer was not believed, after kEnd; kNone: it was, or the link has no TLS.
  TlsFault fault() const { return tls_ ? tls_->fault() : TlsFault::kNone; }
  bool securing() const { return tls_ && !tls_->established(); }  // in the handshake
  std::span<uint8_t> input() { return in_.Expose(memory::ExposeSecret{}).first(in_end_); }
  // The caller has moved what it has not used to the front of input(): `bytes` of it.
  void KeepInput(size_t bytes);
  uint64_t read_total() const { return read_total_; }  // over all sockets, as the next two

  std::span<uint8_t> OutRoom();
  void Queue(size_t bytes);  // written to the front of OutRoom()
  void Flush();              // as much as the socket takes; a write error shows in broken()
  size_t pending() const { return queued() + (tls_ ? tls_->unsent().size() : 0); }
  bool WantsToWrite() const {
    return !broken_ && ((!securing() && queued() > 0) || (tls_ && !tls_->unsent().empty()));
  }
  bool broken() const { return broken_; }  // cannot write; what the peer sent can still be read
  uint64_t queued_total() const { return queued_total_; }
  uint64_t written_total() const { return written_total_; }

 private:
  Link(memory::SecretBuffer in, memory::SecretBuffer out, std::optional<TlsOptions> tls);
  Read ReadTls();
  void FlushTls();
  bool SendSealed();  // false: the socket takes no more
  // What the socket took; nullopt: nothing, now (or ever, see broken_).
  std::optional<size_t> Send(std::span<const uint8_t> bytes);
  size_t queued() const { return out_end_ - out_begin_; }
  void Forget(size_t bytes);  // of the front of what is queued

  OwnedFd fd_;
  memory::SecretBuffer in_, out_;
  size_t in_end_ = 0;
  size_t out_begin_ = 0, out_end_ = 0;
  uint64_t read_total_ = 0, queued_total_ = 0, written_total_ = 0;
  bool broken_ = false;

  std::unique_ptr<const TlsOptions> tls_options_;  // null: no TLS
  std::unique_ptr<TlsStream> tls_;
  size_t sealed_ = 0;  // bytes of the record that waits in tls_, not one octet of it sent
  bool tls_dry_ = true;
};

}  // namespace signpost::sender::smpp
