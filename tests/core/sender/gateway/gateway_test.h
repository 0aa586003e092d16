// Drives an SMPP gateway by a clock that only the test moves, and keeps what it says.
#pragma once

#include <functional>

#include "core/sender/gateway/smpp_gateway.h"
#include "crypto/base/mode.h"
#include "tests/core/sender/smpp/peer.h"

namespace signpost::sender::gateway {

constexpr int64_t kBindHeldMs = 100000;

inline wire::sender::Session TestSession() {
  wire::sender::Session session{};
  session.window = 10;
  session.per_second = 1000;
  session.response_timeout_ms = 1000;
  session.smpp.enquire_link_ms = kBindHeldMs;
  session.smpp.source_ton = 3;
  session.want_receipts = 1;
  session.mode = Mode::kRehearsal;
  session.sender_bytes = 5;
  std::copy_n("60006", 5, session.sender);
  return session;
}

class DrivenGateway : public testing::Test {
 protected:
  void Create(const wire::sender::Session& session, std::string_view text,
              SmppGatewayOptions options = {}) {
    options.now_ms = [this] { return now_; };
    gateway_ =
        std::move(SmppGateway::Create(session, text, smpp::TestCredentials(), options)).value();
  }
  // Until nothing moves; `pump` is the other side, and says whether it did anything.
  void Turn(const std::function<bool()>& pump = [] { return false; }) {
    for (int i = 0; i < 10000; ++i) {
      const GatewayWish wish = gateway_->Wish();
      pollfd fd{wish.fd, wish.events, 0};
      if (wish.fd >= 0) poll(&fd, 1, 0);
      const bool due = fd.revents != 0 || wish.wake_ms <= now_;
      if (due) gateway_->Turn(fd.revents);
      bool more = due;
      while (auto next = gateway_->Next()) {
        more = true;
        Note(std::move(*next));
      }
      more |= pump();
      if (!more) return;
    }
    FAIL() << "the gateway never rests";
  }
  void Note(GatewayEvent event) {
    if (std::holds_alternative<GatewayNeedsSocket>(event)) ++needs_socket_;
    if (std::holds_alternative<GatewayReady>(event)) ++bound_;
    if (auto* s = std::get_if<wire::sender::Settled>(&event)) settled_.push_back(*s);
    if (auto* l = std::get_if<LateAnswer>(&event)) late_.push_back(l->settled);
    if (auto* r = std::get_if<wire::sender::Receipt>(&event)) receipts_.push_back(*r);
    if (auto* r = std::get_if<Reply>(&event)) replies_.push_back(std::move(*r));
    if (auto* e = std::get_if<GatewayEnded>(&event)) ended_.push_back(e->failed);
  }

  std::unique_ptr<SmppGateway> gateway_;
  int64_t now_ = 1000000;
  unsigned needs_socket_ = 0, bound_ = 0;
  std::vector<wire::sender::Settled> settled_, late_;
  std::vector<wire::sender::Receipt> receipts_;
  std::vector<Reply> replies_;
  std::vector<wire::sender::Failed> ended_;
};

}  // namespace signpost::sender::gateway
