// Speaks SMPP 3.4 to a carrier: a Session (core/sender/smpp/session.h), and the judgement around
// it: when to ask for another socket and when to stop asking, which bind refusals are final, what a
// reply says, how a message id is hashed.
//
// A lost link is asked for again after 1 s, doubling to 60 s, each time moved at random by up to
// half. One that fell silent, or a carrier that says "already bound", may still hold the bind: then
// nothing is asked for within an enquire_link interval, which is what such a carrier waits at least
// before it gives the bind up. After `tries` losses without an answer to any submit in between it
// gives up: what was not submitted settles as such. A wrong password or system id ends at once:
// asking again would lock the account. So does a peer whose certificate does not fit, at any link
// of a run: that is somebody else, and no wait makes him the one who was approved. One that has no
// TLS at all ends a run that was never bound; after a bind it is asked again, as a link that was
// lost.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string_view>

#include "core/sender/gateway/gateway.h"
#include "core/sender/smpp/session.h"

namespace signpost::sender::gateway {

struct SmppGatewayOptions {
  // Needed when the session asks for TLS: without it the gateway ends before its first socket.
  std::shared_ptr<const smpp::TlsTrust> trust;
  std::function<int64_t()> now_ms;  // MonotonicMillis unless a test says otherwise
  uint32_t reconnect_first_ms = 1000;
  uint32_t reconnect_max_ms = 60000;
  unsigned tries = 6;
};

class SmppGateway : public Gateway, private smpp::SessionEvents {
 public:
  // kInput when the session or the text is out of range. Asks for its first socket at once.
  static Result<std::unique_ptr<SmppGateway>> Create(const wire::sender::Session& session,
                                                     std::string_view text,
                                                     smpp::Credentials credentials,
                                                     SmppGatewayOptions options = {});

  void Attach(OwnedFd connected) override;
  void NoSocket() override;
  size_t Room() override;
  void Submit(std::span<NumberedRecord> records) override;
  bool Idle() const override { return session_->held() == 0; }
  void Answer(uint64_t handle) override;
  size_t OpenReplies() const override { return open_replies_.size(); }
  void Drain() override;
  void Abort() override;
  void Close() override;
  GatewayWish Wish() override;
  void Turn(short revents) override;
  std::optional<GatewayEvent> Next() override;

 private:
  struct OpenReply {
    uint64_t handle;
    smpp::ReplyHandle session;
  };

  explicit SmppGateway(SmppGatewayOptions options);
  void OnBound() override;
  void OnSettled(const smpp::Settlement& settlement) override;
  void OnLate(const smpp::Settlement& settlement) override;
  void OnReceipt(const smpp::Receipt& receipt) override;
  smpp::ReplyAnswer OnReply(const smpp::Message& message, const smpp::ReplyHandle& handle) override;
  void OnLost(smpp::LinkEnd end, uint32_t status) override;

  void Act();  // on what OnLost noted, outside the session's functions
  void RetryLater(wire::sender::Failed failed, int64_t at_least_ms = 0);
  void End(wire::sender::Failed failed);

  SmppGatewayOptions options_;
  int64_t bind_held_ms_ = 0;  // how long a carrier may keep a bind that fell silent
  std::unique_ptr<smpp::Session> session_;
  std::deque<GatewayEvent> events_;
  std::vector<OpenReply> open_replies_;
  uint64_t next_handle_ = 1;

  struct Loss {
    smpp::LinkEnd end;
    uint32_t status;
  };
  std::optional<Loss> loss_;
  bool rehearsal_ = false;  // replies are of fictional numbers, else of none
  bool keeps_ids_ = true;   // hashed, for receipts
  bool ever_bound_ = false;
  bool unanswered_ = false;  // some text of the bind that is there, or was last
  bool asked_ = false;       // for a socket
  bool closing_ = false, ended_ = false;
  unsigned failures_ = 0;  // in a row
  int64_t bound_at_ms_ = 0;
  int64_t ask_at_ms_ = 0;
};

}  // namespace signpost::sender::gateway
