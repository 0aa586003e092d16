// Whom a session believes, and that nothing is said to anybody else.
#include "tests/core/sender/smpp/tls_test.h"

namespace signpost::sender::smpp {
namespace {

Wanted Named(std::string names, std::string common_name = "test") {
  Wanted wanted;
  wanted.names = std::move(names);
  wanted.common_name = std::move(common_name);
  return wanted;
}

TEST_F(TlsTest, ServerOfAnotherNameIsNotBelieved) {
  const Identity other = Trusted().Issue(Named("DNS:other.example"));
  EXPECT_EQ(EndWith(other), Fault(TlsFault::kName));
  EXPECT_EQ(EndWith(Trusted().Issue(Named("DNS:carrier.example.org"))), Fault(TlsFault::kName));
  EXPECT_EQ(EndWith(Trusted().Issue(Named("DNS:sub.carrier.example"))), Fault(TlsFault::kName));
  EXPECT_EQ(EndWith(Trusted().Issue(Named("IP:127.0.0.1"))), Fault(TlsFault::kName));
}

TEST_F(TlsTest, CommonNameIsNoName) {
  EXPECT_EQ(EndWith(Trusted().Issue(Named("", "carrier.example"))), Fault(TlsFault::kName));
}

TEST_F(TlsTest, WildcardStandsForOneWholeLabelOnly) {
  const auto fits = [&](const std::string& pattern, const std::string& name) {
    return IsBelieved(Trusted().Issue(Named("DNS:" + pattern)), Expecting(name));
  };
  EXPECT_TRUE(fits("*.carrier.example", "smpp.carrier.example"));
  EXPECT_EQ(EndWith(Trusted().Issue(Named("DNS:c*.example.org")), Expecting("carrier.example.org")),
            Fault(TlsFault::kName));
  EXPECT_EQ(EndWith(Trusted().Issue(Named("DNS:*.example.org")), Expecting("a.b.example.org")),
            Fault(TlsFault::kName));
}

TEST_F(TlsTest, AddressIsComparedWithAddressesOnly) {
  EXPECT_TRUE(IsBelieved(Trusted().Issue(Named("IP:192.0.2.7")), Expecting("192.0.2.7")));
  EXPECT_TRUE(IsBelieved(Trusted().Issue(Named("IP:2001:db8::7")), Expecting("2001:db8::7")));
  EXPECT_EQ(EndWith(Trusted().Issue(Named("DNS:192.0.2.7")), Expecting("192.0.2.7")),
            Fault(TlsFault::kName));
  EXPECT_EQ(EndWith(Trusted().Issue(Named("IP:192.0.2.8")), Expecting("192.0.2.7")),
            Fault(TlsFault::kName));
}

TEST_F(TlsTest, ServerOfAnotherAuthorityIsNotBelieved) {
  const Authority other("test authority");  // the same name, another key
  EXPECT_EQ(EndWith(other.Issue()), Fault(TlsFault::kUntrusted));
  const Authority stranger("somebody");
  EXPECT_EQ(EndWith(stranger.Issue()), Fault(TlsFault::kUntrusted));
}

TEST_F(TlsTest, SelfMadeCertificateIsBelievedOnlyWhenTheSiteTrustsIt) {
  // An authority that names itself: what one openssl command makes for a rehearsal.
  const Identity self = Authority().Issue();
  EXPECT_EQ(EndWith(self), Fault(TlsFault::kUntrusted));
}

TEST_F(TlsTest, CertificateOutOfItsTimeIsNotBelieved) {
  Wanted past, future;
  past.from_seconds = -7200;
  past.until_seconds = -60;
  future.from_seconds = 3600;
  EXPECT_EQ(EndWith(Trusted().Issue(past)), Fault(TlsFault::kExpired));
  EXPECT_EQ(EndWith(Trusted().Issue(future)), Fault(TlsFault::kExpired));
}

TEST_F(TlsTest, PinNarrowsAndReplacesNothing) {
  const Identity right = Trusted().Issue(), renewed = Trusted().Issue();
  EXPECT_TRUE(IsBelieved(right, Expecting("carrier.example", right.Pin())));
  EXPECT_EQ(EndWith(renewed, Expecting("carrier.example", right.Pin())), Fault(TlsFault::kPin));
  // The right key does not make up for a wrong name, nor for nobody who vouches for it.
  const Identity misnamed = Trusted().Issue(Named("DNS:other.example"));
  EXPECT_EQ(EndWith(misnamed, Expecting("carrier.example", misnamed.Pin())),
            Fault(TlsFault::kName));
  const Identity unknown = Authority("somebody").Issue();
  EXPECT_EQ(EndWith(unknown, Expecting("carrier.example", unknown.Pin())),
            Fault(TlsFault::kUntrusted));
}

TEST_F(TlsTest, OldVersionsAreRefused) {
  const Identity identity = Trusted().Issue();
  EXPECT_EQ(EndWith(identity, Expecting(), TLS1_1_VERSION), Fault(TlsFault::kHandshake));
  EXPECT_EQ(EndWith(identity, Expecting(), TLS1_VERSION), Fault(TlsFault::kHandshake));
}

TEST_F(TlsTest, ServerIsAskedForByItsName) {
  StartTls(Trusted().Issue());
  Meet();
  EXPECT_STREQ(SSL_get_servername(server_->ssl(), TLSEXT_NAMETYPE_host_name), "carrier.example");
}

TEST_F(TlsTest, PlainServerHearsNothingInTheClear) {
  SessionOptions options = Fast();
  options.tls = Expecting();
  Start(std::move(options));
  session_->Attach(peer_.Connect(), now_);
  Turn();
  peer_.Send(Command::kGenericNack, Status::kInvalidCommandId, 0);
  Turn();
  ASSERT_EQ(lost_.size(), 1u);
  EXPECT_EQ(lost_.front(), Fault(TlsFault::kHandshake));
  EXPECT_TRUE(settled_.empty());
}

// What a peer without TLS gets to see, octet by octet.
TEST_F(TlsTest, PasswordDoesNotLeaveBeforeTheHandshakeEnds) {
  StartTls(Trusted().Issue(Named("DNS:other.example")));
  Meet();
  EXPECT_EQ(server_->arrived.substr(0, 2), std::string("\x16\x03")) << "not a TLS handshake";
  EXPECT_EQ(server_->arrived.find("word"), std::string::npos);
  EXPECT_EQ(server_->arrived.find("user"), std::string::npos);
}

TEST_F(TlsTest, LinkThatIsLostInTheHandshakeIsSaidToBeThat) {
  StartTls(Trusted().Issue());
  session_->Attach(server_->Connect(), now_);
  server_->HangUp();
  Turn();
  ASSERT_EQ(lost_.size(), 1u);
  EXPECT_EQ(lost_.front(), Fault(TlsFault::kHandshake));
}

TEST_F(TlsTest, StalledHandshakeEndsWithTheBindTimeOut) {
  StartTls(Trusted().Issue());
  server_->writing = false;
  Meet();
  Pass(999);
  EXPECT_TRUE(lost_.empty());
  Pass(1);
  ASSERT_EQ(lost_.size(), 1u);
  EXPECT_EQ(lost_.front(), Fault(TlsFault::kHandshake));
}

TEST(TlsTrust, WhatHoldsNoCertificateIsRefused) {
  const std::string good = Authority().self().Pem();
  EXPECT_TRUE(TlsTrust::Create(AsBytes("# a comment\n" + good + "\n" + good)));
  EXPECT_FALSE(TlsTrust::Create({}));
  EXPECT_FALSE(TlsTrust::Create(AsBytes("not PEM")));
  EXPECT_FALSE(TlsTrust::Create(AsBytes(Authority().self().KeyPem())));
  std::string broken = good;
  broken[broken.size() / 2] = '!';
  EXPECT_FALSE(TlsTrust::Create(AsBytes(broken)));
  EXPECT_FALSE(TlsTrust::Create(AsBytes(good + broken))) << "half a bundle is no bundle";
}

TEST_F(TlsTest, NameThatWouldMeanAnyNameIsRefused) {
  const Identity identity = Trusted().Issue();
  for (const std::string name : {"", ".example", "."}) {
    StartTls(identity, Expecting(name));
    Meet();
    EXPECT_FALSE(session_->connected()) << name;
    EXPECT_TRUE(server_->arrived.empty()) << name;
  }
}

TEST(SessionOptionsOverTls, WithoutTrustThereIsNoSession) {
  SessionOptions options;
  options.parts = {Bytes{'x'}};
  options.source = "60006";
  options.tls = TlsOptions{nullptr, "carrier.example", std::nullopt};
  struct Deaf : SessionEvents {
    void OnBound() override {}
    void OnSettled(const Settlement&) override {}
    void OnReceipt(const Receipt&) override {}
    ReplyAnswer OnReply(const Message&, const ReplyHandle&) override { return ReplyAnswer::kNow; }
    void OnLost(LinkEnd, uint32_t) override {}
  } events;
  EXPECT_FALSE(Session::Create(std::move(options), TestCredentials(), &events));
}

}  // namespace
}  // namespace signpost::sender::smpp
