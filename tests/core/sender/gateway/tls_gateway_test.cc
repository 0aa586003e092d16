// When a TLS peer that does not fit ends a run, and when it is asked again.
#include "tests/core/sender/gateway/gateway_test.h"
#include "tests/core/sender/smpp/tls_peer.h"

namespace signpost::sender::gateway {
namespace {

using smpp::TlsServerPeer;
using wire::sender::TlsFault;

class TlsGateway : public DrivenGateway {
 protected:
  void Start(bool with_trust = true) {
    wire::sender::Session session = TestSession();
    const std::string_view name = "carrier.example";
    session.tls.name_bytes = static_cast<uint8_t>(name.size());
    std::copy(name.begin(), name.end(), session.tls.name);
    SmppGatewayOptions options;
    if (with_trust) {
      options.trust = smpp::TlsTrust::Create(AsBytes(authority_.self().Pem())).value();
    }
    Create(session, "Hi", std::move(options));
    Turn();
  }
  void Exchange(TlsServerPeer& server) {
    Turn([&] { return server.Pump(); });
  }
  void Connect(TlsServerPeer& server) {
    gateway_->Attach(server.Connect());
    Exchange(server);
  }
  void Bind(TlsServerPeer& server) {
    Connect(server);
    server.AcceptBind();
    Exchange(server);
    now_ += 100;
  }
  // The link goes, and the time to ask for another comes.
  void LoseLink(TlsServerPeer& server) {
    server.HangUp();
    Turn();
    now_ += 2000;
    Turn();
  }
  void ExpectEnded(TlsFault fault) {
    ASSERT_EQ(ended_.size(), 1u);
    EXPECT_EQ(ended_[0].failure, wire::sender::Failure::kTls);
    EXPECT_EQ(ended_[0].tls_fault, fault);
    const unsigned asked = needs_socket_;
    now_ += 1000000;
    Turn();
    EXPECT_EQ(needs_socket_, asked) << "it is asked again";
  }

  const smpp::Authority authority_;
  const smpp::Identity right_ = authority_.Issue(), wrong_ = smpp::Authority("somebody").Issue();
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
  Exchange(server);
  EXPECT_EQ(server.TakeOnly(smpp::Command::kSubmitSm).size(), 1u);
  LoseLink(server);
  EXPECT_EQ(needs_socket_, 2u);
  TlsServerPeer impostor(wrong_);
  Connect(impostor);
  ExpectEnded(TlsFault::kUntrusted);
  EXPECT_TRUE(impostor.Take().empty());
  ASSERT_EQ(settled_.size(), 1u);
  EXPECT_EQ(settled_[0].outcome, wire::sender::Outcome::kUnknown);
}

TEST_F(TlsGateway, StallAtTheFirstHandshakeEndsTheRun) {
  Start();
  TlsServerPeer server(right_);
  server.writing = false;
  Connect(server);
  EXPECT_TRUE(ended_.empty());
  now_ += 1000;
  Exchange(server);
  ExpectEnded(TlsFault::kHandshake);
}

TEST_F(TlsGateway, HandshakeThatBreaksAfterABindIsALostLinkAndEndsInTime) {
  Start();
  TlsServerPeer server(right_);
  Bind(server);
  for (int tries = 0; ended_.empty(); ++tries) {
    ASSERT_LT(tries, 20) << "asked for ever";
    server.HangUp();
    Turn();
    now_ += 100000;
    Turn();
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
  wire::sender::Session session = TestSession();
  EXPECT_TRUE(SmppGateway::Create(session, "Hi", smpp::TestCredentials()));
  session.tls.has_pin = 1;
  EXPECT_FALSE(SmppGateway::Create(session, "Hi", smpp::TestCredentials()));
  session.tls.name_bytes = 201;
  EXPECT_FALSE(SmppGateway::Create(session, "Hi", smpp::TestCredentials()));
}

}  // namespace
}  // namespace signpost::sender::gateway
