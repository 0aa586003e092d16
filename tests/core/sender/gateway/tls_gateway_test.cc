// When a TLS peer that does not fit ends a run, and when it is asked again.
#include "core/sender/gateway/smpp_gateway.h"
#include "tests/core/sender/smpp/tls_peer.h"

namespace signpost::sender::gateway {
namespace {

using smpp::TlsServerPeer;
using wire::sender::TlsFault;

class TlsGateway : public testing::Test {
 protected:
  void Start(bool with_trust = true) {
    wire::sender::Session session{};
    session.window = 10;
    session.per_second = 1000;
    session.response_timeout_ms = 1000;
    session.smpp.enquire_link_ms = 100000;
    session.sender_bytes = 5;
    std::copy_n("60006", 5, session.sender);
    const std::string_view name = "carrier.example";
    session.tls.name_bytes = static_cast<uint8_t>(name.size());
    std::copy(name.begin(), name.end(), session.tls.name);
    SmppGatewayOptions options;
    options.now_ms = [this] { return now_; };
    if (with_trust) {
      options.trust = smpp::TlsTrust::Create(AsBytes(authority_.self().Pem())).value();
    }
    gateway_ =
        std::move(SmppGateway::Create(session, "Hi", smpp::TestCredentials(), options)).value();
    Exchange(nullptr);
  }
  void Exchange(TlsServerPeer* server) {
    for (int i = 0; i < 10000; ++i) {
      const GatewayWish wish = gateway_->Wish();
      pollfd fd{wish.fd, wish.events, 0};
      if (wish.fd >= 0) poll(&fd, 1, 0);
      const bool due = fd.revents != 0 || wish.wake_ms <= now_;
      if (due) gateway_->Turn(fd.revents);
      bool more = due;
      while (auto event = gateway_->Next()) {
        more = true;
        if (std::holds_alternative<GatewayNeedsSocket>(*event)) ++needs_socket_;
        if (std::holds_alternative<GatewayReady>(*event)) ++bound_;
        if (auto* s = std::get_if<wire::sender::Settled>(&*event)) settled_.push_back(*s);
        if (auto* e = std::get_if<GatewayEnded>(&*event)) ended_.push_back(e->failed);
      }
      if (server != nullptr) more = server->Pump() || more;
      if (!more) return;
    }
    FAIL() << "the gateway never rests";
  }
  void Connect(TlsServerPeer& server) {
    gateway_->Attach(server.Connect());
    Exchange(&server);
  }
  void Bind(TlsServerPeer& server) {
    Connect(server);
    server.AcceptBind();
    Exchange(&server);
    now_ += 100;
  }
  // The link goes, and the time to ask for another comes.
  void LoseLink(TlsServerPeer& server) {
    server.HangUp();
    Exchange(nullptr);
    now_ += 2000;
    Exchange(nullptr);
  }
  void ExpectEnded(TlsFault fault) {
    ASSERT_EQ(ended_.size(), 1u);
    EXPECT_EQ(ended_[0].failure, static_cast<uint32_t>(wire::sender::Failure::kTls));
    EXPECT_EQ(ended_[0].status, static_cast<uint32_t>(fault));
    const unsigned asked = needs_socket_;
    now_ += 1000000;
    Exchange(nullptr);
    EXPECT_EQ(needs_socket_, asked) << "it is asked again";
  }

  const smpp::Authority authority_;
  const smpp::Identity right_ = authority_.Issue(), wrong_ = smpp::Authority("somebody").Issue();
  std::unique_ptr<SmppGateway> gateway_;
  int64_t now_ = 1000000;
  unsigned needs_socket_ = 0, bound_ = 0;
  std::vector<wire::sender::Settled> settled_;
  std::vector<wire::sender::Failed> ended_;
};

TEST_F(TlsGateway, ImpostorAtTheFirstLinkEndsTheRun) {
  Start();
  TlsServerPeer server(wrong_);
  Connect(server);
  ExpectEnded(TlsFault::kUntrusted);
  EXPECT_EQ(bound_, 0u);
}

TEST_F(TlsGateway, ImpostorAtALaterLinkEndsTheRunAndHearsNothing) {
  Start();
  TlsServerPeer server(right_);
  Bind(server);
  EXPECT_EQ(bound_, 1u);
  NumberedRecord record{7, smpp::Fictional(7)};
  gateway_->Submit(std::span(&record, 1));
  Exchange(&server);
  EXPECT_EQ(server.TakeOnly(smpp::Command::kSubmitSm).size(), 1u);
  LoseLink(server);
  EXPECT_EQ(needs_socket_, 2u);
  TlsServerPeer impostor(wrong_);
  Connect(impostor);
  ExpectEnded(TlsFault::kUntrusted);
  EXPECT_TRUE(impostor.Take().empty());
  ASSERT_EQ(settled_.size(), 1u);
  EXPECT_EQ(settled_[0].outcome, static_cast<uint8_t>(wire::sender::Outcome::kUnknown));
}

TEST_F(TlsGateway, StallAtTheFirstHandshakeEndsTheRun) {
  Start();
  TlsServerPeer server(right_);
  server.writing = false;
  Connect(server);
  EXPECT_TRUE(ended_.empty());
  now_ += 1000;
  Exchange(&server);
  ExpectEnded(TlsFault::kHandshake);
}

TEST_F(TlsGateway, HandshakeThatBreaksAfterABindIsALostLinkAndEndsInTime) {
  Start();
  TlsServerPeer server(right_);
  Bind(server);
  for (int tries = 0; ended_.empty(); ++tries) {
    ASSERT_LT(tries, 20) << "asked for ever";
    server.HangUp();
    Exchange(nullptr);
    now_ += 100000;
    Exchange(nullptr);
    if (!ended_.empty()) break;
    gateway_->Attach(server.Connect());
  }
  ExpectEnded(TlsFault::kHandshake);
  EXPECT_GT(needs_socket_, 3u);
}

TEST_F(TlsGateway, WithoutTrustNoSocketIsAskedFor) {
  Start(false);
  ExpectEnded(TlsFault::kTrust);
  EXPECT_EQ(needs_socket_, 0u);
}

TEST_F(TlsGateway, PinWithoutANameIsNoSession) {
  wire::sender::Session session{};
  session.window = 10;
  session.per_second = session.response_timeout_ms = session.smpp.enquire_link_ms = 1000;
  session.sender_bytes = 1;
  session.sender[0] = '6';
  EXPECT_TRUE(SmppGateway::Create(session, "Hi", smpp::TestCredentials()));
  session.tls.has_pin = 1;
  EXPECT_FALSE(SmppGateway::Create(session, "Hi", smpp::TestCredentials()));
  session.tls.name_bytes = 201;
  EXPECT_FALSE(SmppGateway::Create(session, "Hi", smpp::TestCredentials()));
}

}  // namespace
}  // namespace signpost::sender::gateway
