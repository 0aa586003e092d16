// One connected socket and its two buffers: bytes in and out, no PDU. Both buffers are of fixed
// size, in locked memory, and wiped as they are used up: they are where numbers stand in the clear.
// Never blocks, whatever mode the socket is in; never dials. TLS, when it comes, goes in here.
// One thread.
#pragma once

#include <span>

#include "crypto/base/fd.h"
#include "crypto/memory/secret.h"

namespace signpost::smpp {

class Link {
 public:
  static constexpr size_t kInBytes = 128u << 10;
  static constexpr size_t kOutBytes = 32u << 10;

  static Result<Link> Create();  // not connected; kStorage when memory cannot be locked

  void Attach(OwnedFd connected);
  void Close();  // and wipes what was not read or written
  bool open() const { return static_cast<bool>(fd_); }
  int fd() const { return fd_.get(); }

  enum class Read { kDry, kFull, kEnd };
  // Until the socket has no more, the buffer has no room, or the peer has ended.
  Read ReadSome();
  bool CanRead() const { return in_end_ < kInBytes; }
  std::span<uint8_t> input() { return in_.Expose(ExposeSecret{}).first(in_end_); }
  // The caller has moved what it has not used to the front of input(): `bytes` of it.
  void KeepInput(size_t bytes);
  uint64_t read_total() const { return read_total_; }  // over all sockets, as the next two

  std::span<uint8_t> OutRoom();
  void Queue(size_t bytes);  // written to the front of OutRoom()
  void Flush();              // as much as the socket takes; a write error shows in broken()
  size_t pending() const { return out_end_ - out_begin_; }
  bool broken() const { return broken_; }  // cannot write; what the peer sent can still be read
  uint64_t queued_total() const { return queued_total_; }
  uint64_t written_total() const { return written_total_; }

 private:
  Link(SecretBuffer in, SecretBuffer out) : in_(std::move(in)), out_(std::move(out)) {}
  OwnedFd fd_;
  SecretBuffer in_, out_;
  size_t in_end_ = 0;
  size_t out_begin_ = 0, out_end_ = 0;
  uint64_t read_total_ = 0, queued_total_ = 0, written_total_ = 0;
  bool broken_ = false;
};

}  // namespace signpost::smpp
