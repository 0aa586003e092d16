// Serves one connection to the rehearsal's message centre: reads PDUs, answers them, and misbehaves
// as it was asked to. Counters that many connections share ("each Nth text") are in Shared.
#pragma once

#include <map>
#include <string>

#include "cli/carrier/options.h"
#include "cli/carrier/tally.h"
#include "cli/carrier/tls.h"
#include "core/sender/smpp/pdu/pdu.h"
#include "crypto/base/fd.h"

namespace signpost::carrier {

struct Shared {
  const Options& options;
  Tally tally;
  TlsServer tls;         // null: none
  uint64_t submits = 0;  // that were asked for, by whomever
  uint64_t texts = 0;    // that were taken
  uint64_t shown = 0;
  bool disconnected = false, unbound = false;  // done once
  bool client_left = false;                    // somebody unbound in order
  int64_t held_until_ms = 0;                   // a bind whose link was lost
};

class Client {
 public:
  Client(OwnedFd fd, Shared& shared)
      : fd_(std::move(fd)), wire_(fd_.get(), shared.tls.get()), shared_(shared) {}

  int fd() const { return fd_.get(); }
  bool open() const { return static_cast<bool>(fd_); }
  short Events() const;
  int64_t wake_ms() const;  // of the next delayed PDU; INT64_MAX: none
  void Turn(short revents, int64_t now_ms);

 private:
  void Read();
  void Serve(const sender::smpp::Pdu& pdu);
  void ServeBind(const sender::smpp::Pdu& pdu);
  void ServeSubmit(const sender::smpp::Pdu& pdu);
  void Accept(const sender::smpp::Message& message, uint32_t sequence);
  void SendReceipt(const sender::smpp::Message& message, const std::string& id);
  void SendStop(const sender::smpp::Message& message);
  void Show(const sender::smpp::Message& message);
  std::string TextOf(const sender::smpp::Message& message) const;
  void Drop();  // the link, without an unbind
  void Later(uint32_t delay_ms, std::span<const uint8_t> bytes);
  void Empty(sender::smpp::Command command, sender::smpp::Status status, uint32_t sequence);
  void Flush();
  uint32_t NextSequence() {
    return sequence_ = sequence_ >= sender::smpp::kMaxSequence ? 1 : sequence_ + 1;
  }

  OwnedFd fd_;
  Wire wire_;
  Shared& shared_;
  std::string in_, out_;
  std::multimap<int64_t, std::string> later_;
  std::map<uint32_t, bool> stops_;  // deliver_sm sequence of each STOP that is not answered
  int64_t now_ms_ = 0;
  uint32_t sequence_ = 0;
  bool bound_ = false;
  bool leaving_ = false;  // closes when everything is written
  bool deaf_ = false;     // has dropped the link
};

}  // namespace signpost::carrier
