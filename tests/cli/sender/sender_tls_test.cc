// The sealed sender over TLS, under its sandbox: what OpenSSL would open or ask for late kills it.
#include "tests/cli/carrier/tls_files.h"
#include "tests/cli/sender/sender_process.h"

namespace signpost::sender {
namespace {

using wire::sender::Outcome;
using wire::sender::TlsFault;

wire::sender::Session TlsSession(const std::string& name = "carrier.example",
                                 std::optional<Digest> pin = std::nullopt) {
  wire::sender::Session session = TestSession();
  session.tls.name_bytes = static_cast<uint8_t>(name.size());
  std::copy(name.begin(), name.end(), session.tls.name);
  session.tls.has_pin = pin ? 1 : 0;
  if (pin) std::copy(pin->begin(), pin->end(), session.tls.pin);
  return session;
}

const smpp::Authority& Trusted() {
  static const smpp::Authority authority;
  return authority;
}

class SenderOverTls : public testing::TestWithParam<bool> {
 protected:
  std::vector<std::string> Version(const std::vector<std::string>& others) const {
    std::vector<std::string> options = files_.Options(others);
    options.push_back("--quiet");
    if (GetParam()) options.push_back("--tls-12");
    return options;
  }
  const smpp::Identity identity_ = Trusted().Issue();
  const carrier::TlsFiles files_{identity_};
};
INSTANTIATE_TEST_SUITE_P(Both, SenderOverTls, testing::Bool(),
                         [](const auto& v) { return v.param ? "Tls12" : "Tls13"; });

TEST_P(SenderOverTls, EveryNumberHasOneOutcomeAndOneCopy) {
  carrier::CarrierProcess carrier(Version({"--stop", "50"}));
  SenderProcess sender(carrier, kCredentials, Trusted().self().Pem());
  sender.Open(TlsSession("carrier.example", identity_.Pin()));
  sender.Numbers(0, 600);
  sender.Serve([&] { return sender.receipts.size() == 600 && sender.stops.size() == 12; });
  sender.End();
  sender.Serve();
  EXPECT_TRUE(sender.finished);
  EXPECT_TRUE(sender.Wait());
  EXPECT_EQ(sender.Count(Outcome::kSent), 600u);
  EXPECT_EQ(sender.receipts.size(), 600u);
  EXPECT_EQ(sender.stops.size(), 12u);
  carrier.Stop();
  EXPECT_EQ(carrier.Count("messages"), 600);
  EXPECT_EQ(carrier.Count("people_with_more_than_one"), 0);
  EXPECT_EQ(carrier.Count("stops_accepted"), 12);
  EXPECT_EQ(carrier.Count("unbinds"), 1);
}

TEST_P(SenderOverTls, DroppedLinkTextsNobodyTwice) {
  carrier::CarrierProcess carrier(
      Version({"--disconnect-after", "60", "--disconnect-unanswered", "9"}));
  SenderProcess sender(carrier, kCredentials, Trusted().self().Pem());
  sender.Open(TlsSession());
  sender.Numbers(0, 200);
  sender.End();
  sender.Serve();
  EXPECT_TRUE(sender.finished);
  EXPECT_EQ(sender.sockets, 2u);
  EXPECT_EQ(sender.settled.size(), 200u);
  EXPECT_GE(sender.Count(Outcome::kUnknown), 9u);
  EXPECT_LE(sender.Count(Outcome::kUnknown), 29u);
  EXPECT_EQ(sender.Count(Outcome::kUnknown) + sender.Count(Outcome::kSent), 200u);
  carrier.Stop();
  EXPECT_EQ(carrier.Count("people_with_more_than_one"), 0);
  EXPECT_EQ(carrier.Count("binds"), 2);
}

// A carrier, a session and a bundle that do not belong together; what the sender says of it.
void ExpectNobodyTexted(const std::vector<std::string>& carrier_options,
                        const wire::sender::Session& session, std::string_view trust,
                        TlsFault fault, unsigned sockets = 1) {
  carrier::CarrierProcess carrier(carrier_options);
  SenderProcess sender(carrier, kCredentials, trust);
  sender.Open(session);
  sender.Numbers(0, 20);
  sender.Serve();
  EXPECT_FALSE(sender.bound);
  EXPECT_EQ(sender.failed.failure, wire::sender::Failure::kTls);
  EXPECT_EQ(sender.failed.tls_fault, fault);
  EXPECT_EQ(sender.Count(Outcome::kNotSubmitted), 20u);
  EXPECT_EQ(sender.settled.size(), 20u);
  EXPECT_EQ(sender.sockets, sockets) << "asked again, or too early";
  EXPECT_FALSE(sender.Wait());
  carrier.Stop();
  EXPECT_EQ(carrier.Count("binds"), 0);
  EXPECT_EQ(carrier.Count("messages"), 0);
}

TEST(SenderTls, ImpostorIsToldNothingAndNotAskedAgain) {
  const std::string trust = Trusted().self().Pem();
  const smpp::Identity right = Trusted().Issue();
  smpp::Wanted misnamed;
  misnamed.names = "DNS:other.example";
  const carrier::TlsFiles named(Trusted().Issue(misnamed)),
      stranger(smpp::Authority("somebody").Issue()), good(right);
  ExpectNobodyTexted(named.Options({"--quiet"}), TlsSession(), trust, TlsFault::kName);
  ExpectNobodyTexted(stranger.Options({"--quiet"}), TlsSession(), trust, TlsFault::kUntrusted);
  ExpectNobodyTexted(good.Options({"--quiet"}), TlsSession("carrier.example", Digest{}), trust,
                     TlsFault::kPin);
}

TEST(SenderTls, PlainCarrierIsNeverSpokenToInTheClear) {
  ExpectNobodyTexted({"--quiet"}, TlsSession(), Trusted().self().Pem(), TlsFault::kHandshake);
}

TEST(SenderTls, WithoutUsableTrustNoSocketIsAskedFor) {
  const carrier::TlsFiles good(Trusted().Issue());
  const auto options = good.Options({"--quiet"});
  ExpectNobodyTexted(options, TlsSession(), {}, TlsFault::kTrust, 0);
  ExpectNobodyTexted(options, TlsSession(), "no certificate", TlsFault::kTrust, 0);
  std::string much = Trusted().self().Pem();
  much.resize(wire::sender::kTrustMax + 1, '\n');
  ExpectNobodyTexted(options, TlsSession(), much, TlsFault::kTrust, 0);
}

// What a site trusts is the distribution's bundle: a hundred and more certificates.
TEST(SenderTls, LargeBundleIsReadBehindShutDoors) {
  const smpp::Identity identity = Trusted().Issue();
  const carrier::TlsFiles files(identity);
  carrier::CarrierProcess carrier(files.Options({"--quiet"}));
  std::string bundle;
  while (bundle.size() < 200'000) bundle += smpp::Authority("padding").self().Pem();
  bundle += Trusted().self().Pem();
  SenderProcess sender(carrier, kCredentials, bundle);
  sender.Open(TlsSession());
  sender.Numbers(0, 10);
  sender.End();
  sender.Serve();
  EXPECT_EQ(sender.Count(Outcome::kSent), 10u);
}

}  // namespace
}  // namespace signpost::sender
