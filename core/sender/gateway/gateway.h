// Defines what the sender needs of a gateway, of whatever kind (crypto/base/gateway_kind.h; make.h
// makes one): driven by poll(2) in one thread, over sockets that it is handed, never dialling.
//
// A record that is submitted is settled exactly once, and at most one copy of it is ever accepted
// as far as this side can know: what is uncertain settles as unknown and is not tried again.
// Numbers go in and are wiped; what comes out is positions, outcomes and hashes, and the number of
// a person who asks for no more texts (Reply), for the sealer alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <tl/expected.hpp>
#include <variant>

#include "core/shared/wire/sender_boundary.h"
#include "crypto/base/fd.h"
#include "crypto/number/phone_number.h"

namespace signpost::sender::gateway {

struct NumberedRecord {
  uint32_t position;
  number::PhoneNumber number;
};

// Somebody wrote back. With opt_out and a number: Answer(handle) once the opt-out is durable, and
// not before. Without a number (an alphanumeric or national source) it cannot be recorded, and the
// carrier has been told so. Other replies are answered already.
struct Reply {
  uint64_t handle = 0;
  bool opt_out = false;
  std::optional<number::PhoneNumber> from;
};
// The answer to a text whose record was settled as unknown came after all.
struct LateAnswer {
  wire::sender::Settled settled{};
};
struct GatewayReady {};  // it knows us, and takes texts
struct GatewayNeedsSocket {};
// Everything is settled and no socket is used any more; `failed` says why, kNone for Close().
struct GatewayEnded {
  wire::sender::Failed failed{};
};
using GatewayEvent = std::variant<GatewayReady, GatewayNeedsSocket, wire::sender::Settled,
                                  LateAnswer, wire::sender::Receipt, Reply, GatewayEnded>;

struct GatewayWish {
  int fd = -1;  // -1: none
  short events = 0;
  int64_t wake_ms = INT64_MAX;  // absolute, of MonotonicMillis
};

class Gateway {
 public:
  virtual ~Gateway() = default;
  // The answer to GatewayNeedsSocket: a connected socket, or none this time.
  virtual void Attach(OwnedFd connected) = 0;
  virtual void NoSocket() = 0;

  virtual size_t Room() = 0;  // records that Submit takes now: window and pace
  virtual void Submit(std::span<NumberedRecord> records) = 0;  // at most Room()
  virtual bool Idle() const = 0;                               // every record is settled
  virtual void Answer(uint64_t handle) = 0;                    // of a Reply that is recorded
  virtual size_t OpenReplies() const = 0;                      // not answered yet

  virtual void Drain() = 0;  // submit nothing new; what was not submitted settles as such
  virtual void Abort() = 0;  // settle everything now; what has no answer is unknown
  virtual void Close() = 0;  // when idle: leave in order; ends in GatewayEnded

  virtual GatewayWish Wish() = 0;
  virtual void Turn(short revents) = 0;  // after every poll, with what it said or 0
  virtual std::optional<GatewayEvent> Next() = 0;
};
using MadeGateway = tl::expected<std::unique_ptr<Gateway>, wire::sender::Failure>;

}  // namespace signpost::sender::gateway
