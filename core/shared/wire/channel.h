// Carries messages between two processes: bounded, of fixed-size frames, over a Unix stream socket.
// Each direction of each boundary has one constexpr table (reader_boundary.h and so on) that lists
// every message, when it is allowed and how often. Anything else is an error, on which a sealed
// process exits and `signpost` gives the job up.
//
// A message is kind (1), descriptors (1), zero (2), count (4, little-endian), then count frames.
// A rule for one frame means exactly one, a rule for more means none to max_frames: As(0) is safe
// on every message of a one-frame rule. Frames are trivially copyable structs without padding,
// little-endian as every Debian 12 release architecture that we build for. Receive buffers are
// wiped by WipeReceived, at the next call and on destruction; a rule that says so has its own in
// locked memory. Calls block until a whole message is through: poll fd() first where a process has
// several peers. How long each may take: timeouts.h. One thread.
// What was sent and not yet received is in the kernel, which frees it when both ends are gone: it
// is in no file, and nobody can open it.
#pragma once

#include <concepts>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "core/shared/wire/timeouts.h"
#include "crypto/base/bytes.h"
#include "crypto/base/fd.h"
#include "crypto/base/result.h"
#include "crypto/memory/secret.h"

namespace signpost::wire {

constexpr int kControlFd = 3;  // of every sealed process: its channel to signpost

struct Rule {
  uint8_t kind;
  uint8_t from_state;  // both ends begin a direction in state 0
  uint8_t to_state;
  uint32_t frame_bytes;  // the size of one frame
  uint32_t max_frames;   // in one message; 1: exactly one
  uint64_t at_most;      // messages by this rule in the life of the channel; 0: no limit
  uint8_t fds = 0;       // descriptors that travel with it (SCM_RIGHTS): exactly so many
  bool numbers = false;  // telephone numbers: received into locked memory
};

// Whether an enum has this value: from 0 to below its kCount, or from its kFirst (else 0) to its
// kLast.
template <class E>
constexpr bool IsValueOf(E value) {
  if constexpr (requires { E::kFirst; }) {
    return value >= E::kFirst && value <= E::kLast;
  } else if constexpr (requires { E::kLast; }) {
    return value <= E::kLast;
  } else {
    return value < E::kCount;
  }
}

// A frame with enums says whether each holds a value that is known. From a process that was taken
// over it may be any, so such a frame is taken by AsKnown and no other way. A frame without says
// that it has none: there is no frame of which nobody thought.
template <class T>
concept HasEnums = requires(const T& frame) {
  { frame.IsKnown() } -> std::same_as<bool>;
};
template <class T>
concept HasNoEnums = std::is_integral_v<T> || std::ranges::range<T> || T::kNoEnums;

// One received message. The view is valid until the next Receive or WipeReceived.
struct Frames {
  uint8_t kind = 0;
  uint32_t count = 0;
  uint32_t frame_bytes = 0;
  ByteView bytes;
  std::vector<OwnedFd> fds;

  // index < count and sizeof(T) == frame_bytes, else aborts
  template <class T>
  T As(size_t index = 0) const {
    static_assert(HasNoEnums<T>, "AsKnown checks what its enums hold");
    return Copy<T>(index);
  }
  // nullopt: an enum in it holds a value that nobody knows. Otherwise as As.
  template <class T>
  std::optional<T> AsKnown(size_t index = 0) const {
    const T frame = Copy<T>(index);
    if constexpr (HasEnums<T>) {
      if (!frame.IsKnown()) return std::nullopt;
    }
    return frame;
  }

 private:
  template <class T>
  T Copy(size_t index) const {
    static_assert(std::is_trivially_copyable_v<T> && std::has_unique_object_representations_v<T>);
    if (sizeof(T) != frame_bytes || index >= count) std::abort();
    T value;
    std::memcpy(&value, bytes.data() + index * sizeof(T), sizeof(T));
    return value;
  }
};

class Channel {
 public:
  // `peer` names the other process in errors.
  Channel(OwnedFd fd, std::span<const Rule> send, std::span<const Rule> receive, std::string peer);
  Channel(Channel&& other) noexcept;
  Channel& operator=(Channel&& other) noexcept;
  ~Channel();

  // kInternal when the table does not allow it now; kInternal "... is gone" when the peer closed.
  Result<void> SendBytes(uint8_t kind, ByteView payload, uint32_t count,
                         std::span<const int> fds = {});
  template <class T>
  Result<void> Send(uint8_t kind, std::span<const T> frames, std::span<const int> fds = {}) {
    static_assert(std::is_trivially_copyable_v<T> && std::has_unique_object_representations_v<T>);
    return SendBytes(kind, {reinterpret_cast<const uint8_t*>(frames.data()), frames.size_bytes()},
                     static_cast<uint32_t>(frames.size()), fds);
  }
  template <class T>
  Result<void> SendOne(uint8_t kind, const T& frame, std::span<const int> fds = {}) {
    return Send(kind, std::span<const T>(&frame, 1), fds);
  }
  Result<void> SendEmpty(uint8_t kind, std::span<const int> fds = {}) {
    return SendBytes(kind, {}, 0, fds);
  }
  Result<void> SendText(uint8_t kind, std::string_view text) {  // a rule with frame_bytes 1
    return SendBytes(kind, AsBytes(text), static_cast<uint32_t>(text.size()));
  }

  // Success also where `sent` failed because the peer is gone: what it said before it went is read
  // next, and says why. Any other failure stays one, so that nobody waits for the answer to a
  // message that was never sent.
  Result<void> UnlessGone(Result<void> sent) const { return peer_gone_ ? Result<void>() : sent; }

  // The next message; nullopt at an orderly end (the peer closed between two messages).
  // kCorrupt when the table does not allow it, or it stalls: whoever gets that must stop. kInternal
  // "did not answer in time". kStorage when memory for numbers cannot be locked.
  Result<std::optional<Frames>> Receive();
  // As Receive, but the end is an error, and so is another kind.
  Result<Frames> Expect(uint8_t kind);

  // The last message is done with. Numbers should not wait for the next one to come.
  void WipeReceived();
  // How long Receive waits for a message to begin (0: for ever), and from there to its end. Both
  // need a socket that wakes up: MakeSocketPair's do.
  void SetLimits(int64_t begin_ms, int64_t message_ms = int64_t{kMessageSeconds} * 1000) {
    receive_.begin_ms = begin_ms;
    receive_.message_ms = message_ms;
  }

  int fd() const { return fd_.get(); }
  const std::string& peer() const { return peer_; }
  void Close() { fd_ = OwnedFd(); }

 private:
  struct Direction {
    std::span<const Rule> rules;
    std::vector<uint64_t> used;
    uint8_t state = 0;
    int64_t begin_ms = 0;
    int64_t message_ms = int64_t{kMessageSeconds} * 1000;
    const Rule* Take(uint8_t kind, uint32_t count, size_t fds);  // null: not allowed
  };
  Result<std::span<uint8_t>> Buffer(const Rule& rule, size_t bytes);

  OwnedFd fd_;
  Direction send_, receive_;
  std::string peer_;
  bool peer_gone_ = false;  // it closed its end, as a send found
  Bytes buffer_;
  // For the largest message of numbers; made by the first.
  std::optional<memory::SecretBuffer> locked_;
  std::span<uint8_t> filled_;  // what the last message may have touched
};

// Names the tables that this was built with. The same text stands in every binary that has a
// boundary, so that `signpost doctor` can tell binaries of different builds apart.
std::string_view BoundariesId();

// Two connected ends (SOCK_STREAM, close-on-exec), whose waits wake up so that the limits hold.
// They are set here, by whoever makes the pair: a sealed process may not change a socket.
struct SocketPair {
  OwnedFd ours, theirs;
};
enum class PeerReads {
  kAtOnce,
  kAtItsPace,  // may leave what it is sent unread for hours
};
Result<SocketPair> MakeSocketPair(PeerReads reads = PeerReads::kAtOnce);

}  // namespace signpost::wire
