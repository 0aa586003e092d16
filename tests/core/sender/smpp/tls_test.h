// A session over TLS with its message centre, both driven by hand.
#pragma once

#include "tests/core/sender/smpp/tls_peer.h"

namespace signpost::sender::smpp {

class TlsTest : public SessionTest {
 protected:
  static const Authority& Trusted() {
    static const Authority authority;
    return authority;
  }
  static TlsOptions Expecting(std::string name = "carrier.example",
                              std::optional<Digest> pin = std::nullopt) {
    return {TlsTrust::Create(AsBytes(Trusted().self().Pem())).value(), std::move(name), pin};
  }
  void StartTls(const Identity& identity, TlsOptions tls = Expecting(), int version = 0,
                uint32_t window = 10) {
    server_ = std::make_unique<TlsServerPeer>(identity, version);
    SessionOptions options = Fast();
    options.window = window;
    options.tls = std::move(tls);
    Start(std::move(options));
  }
  // Both ends, until neither has anything to do at this moment.
  void Exchange() {
    for (int i = 0; i < 200000; ++i) {
      Turn();
      if (!server_->Pump()) return;
    }
    FAIL() << "the two never rest";
  }
  void Meet() {
    session_->Attach(server_->Connect(), now_);
    Exchange();
  }
  void BindTls() {
    Meet();
    server_->AcceptBind();
    Exchange();
    ASSERT_TRUE(session_->bound());
    now_ += 50;
  }
  // Accepts all that has arrived; returns how many there were.
  size_t AcceptAll() {
    const auto submits = server_->TakeOnly(Command::kSubmitSm);
    for (const Pdu& submit : submits) server_->Accept(submit, "id");
    return submits.size();
  }
  // How the session ends with a server of this identity.
  std::pair<LinkEnd, uint32_t> EndWith(const Identity& identity, TlsOptions tls = Expecting(),
                                       int version = 0) {
    lost_.clear();
    StartTls(identity, std::move(tls), version);
    Meet();
    EXPECT_FALSE(session_->bound());
    EXPECT_TRUE(server_->Take().empty()) << "something was said to a peer that is not believed";
    return lost_.empty() ? std::pair(LinkEnd::kUnbound, 0u) : lost_.front();
  }
  static std::pair<LinkEnd, uint32_t> Fault(TlsFault fault) {
    return {LinkEnd::kTls, static_cast<uint32_t>(fault)};
  }
  // As EndWith, where the bind is to arrive.
  bool IsBelieved(const Identity& identity, TlsOptions tls) {
    StartTls(identity, std::move(tls));
    Meet();
    return server_->TakeOnly(Command::kBindTransceiver).size() == 1 && lost_.empty();
  }

  std::unique_ptr<TlsServerPeer> server_;
};

}  // namespace signpost::sender::smpp
