#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "core/signpost/home/home.h"

namespace signpost::home {
namespace {

const std::string kSite = R"(mode = "rehearsal"
origin = "signpost-1f2e3d4c"
operator = "pat"
passphrase_file = "keys/passphrase"
default_gateway = "main"

[gateway.main]
host = "127.0.0.1"
port = 2775
sender = "SIGNPOST"
credentials_file = "keys/gateway"
)";

std::string Replace(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

// Where and why `text` is refused: "site:LINE message".
std::string Fault(const std::string& text) {
  const Result<SiteConfig> site = SiteConfig::Parse(text, "site");
  if (site) return "taken";
  EXPECT_EQ(site.error().code, Code::kInput);
  return site.error().place + " " + site.error().message;
}
std::string FaultWith(const std::string& from, const std::string& to) {
  return Fault(Replace(kSite, from, to));
}

TEST(SiteConfig, ReadsWhatItSays) {
  const SiteConfig site = SiteConfig::Parse(kSite, "site").value();
  EXPECT_EQ(site.mode, Mode::kRehearsal);
  EXPECT_EQ(site.origin, "signpost-1f2e3d4c");
  EXPECT_EQ(site.operator_name, "pat");
  EXPECT_EQ(site.passphrase_file, "keys/passphrase");
  ASSERT_EQ(site.gateways.size(), 1u);
  EXPECT_EQ(site.gateways[0].name, "main");
  EXPECT_EQ(site.gateways[0].port, 2775);
  EXPECT_EQ(site.gateways[0].window, 10u);
  EXPECT_TRUE(site.gateways[0].receipts);
}

TEST(SiteConfig, UnknownKeysAreRefusedWithTheirLine) {
  EXPECT_EQ(FaultWith("default_gateway", "defalt_gateway"),
            "site:5 unknown key or section at the top level");
  EXPECT_EQ(Fault(kSite + "tls = true\n"), "site:12 unknown key in [gateway.main]");
  EXPECT_EQ(Fault(kSite + "[retention]\ndays = 1\n"),
            "site:12 unknown key or section at the top level");
}

TEST(SiteConfig, MissingKeysAreNamed) {
  EXPECT_EQ(FaultWith("origin = \"signpost-1f2e3d4c\"\n", ""), "site:1 \"origin\" is missing");
  EXPECT_EQ(FaultWith("port = 2775\n", ""), "site:7 \"port\" is missing");
  EXPECT_NE(Fault(""), "taken");
}

TEST(SiteConfig, WrongTypesAndRangesAreRefusedWithTheirLine) {
  EXPECT_EQ(FaultWith("2775", "\"2775\""),
            "site:9 \"port\" must be a whole number from 1 to 65535");
  EXPECT_EQ(FaultWith("2775", "65536"), "site:9 \"port\" must be a whole number from 1 to 65535");
  EXPECT_EQ(FaultWith("2775", "0"), "site:9 \"port\" must be a whole number from 1 to 65535");
  EXPECT_EQ(FaultWith("\"pat\"", "7"), "site:3 \"operator\" must be one word");
  EXPECT_EQ(FaultWith("\"pat\"", "\"pat\\nx\""), "site:3 \"operator\" must be one word");
  EXPECT_EQ(FaultWith("\"main\"", "\"ma\\nin\""),
            "site:5 \"default_gateway\" must be a text of one line");
  EXPECT_EQ(FaultWith("\"rehearsal\"", "\"trial\""),
            "site:1 \"mode\" must be \"live\" or \"rehearsal\"");
  EXPECT_EQ(Fault(kSite + "receipts = 1\n"), "site:12 \"receipts\" must be true or false");
  EXPECT_EQ(Fault(kSite + "window = 0\n"),
            "site:12 \"window\" must be a whole number from 1 to 1000");
  EXPECT_EQ(Fault("gateway = 1\n" + Replace(kSite, "[gateway.main]", "[other]")),
            "site:1 \"gateway\" must be sections, each [gateway.NAME]");
}

TEST(SiteConfig, KindThatNobodySpeaksIsRefused) {
  EXPECT_EQ(Fault(kSite + "kind = \"smpp\"\n"), "taken");
  EXPECT_EQ(Fault(kSite + "kind = \"http\"\n"), "site:12 \"kind\" must be \"smpp\"");
}

TEST(SiteConfig, WhatAManifestCannotSayIsRefusedHere) {
  EXPECT_EQ(FaultWith("127.0.0.1", "a host"), "site:8 \"host\" must be a host name or an address");
  EXPECT_EQ(FaultWith("\"SIGNPOST\"", "\"SIGN POST\"").substr(0, 24), "site:10 \"sender\" must be");
  EXPECT_EQ(FaultWith("\"SIGNPOST\"", "\"TWELVE-CHARS\"").substr(0, 24),
            "site:10 \"sender\" must be");
  EXPECT_EQ(FaultWith("\"SIGNPOST\"", "\"60006\""), "taken");
  EXPECT_NE(FaultWith("[gateway.main]", "[gateway.\"ma in\"]"), "taken");
}

TEST(SiteConfig, TlsNameAndPinAreCheckedWhereTheyAreWritten) {
  const auto fault = [](const std::string& lines) { return Fault(kSite + lines); };
  const std::string pin(64, '7');
  EXPECT_EQ(fault("tls_name = \"carrier.example\"\ntls_pin = \"" + pin + "\"\n"), "taken");
  EXPECT_EQ(fault("tls_name = \"127.0.0.1\"\n"), "taken");
  EXPECT_EQ(fault("tls_name = \"*.example\"\n"),
            "site:12 \"tls_name\" must be a host name in lower case, or an address");
  EXPECT_NE(fault("tls_name = \"\"\n"), "taken") << "an empty name is not no name";
  EXPECT_EQ(fault("tls_name = \"carrier.example\"\ntls_pin = \"77\"\n"),
            "site:13 \"tls_pin\" must be the SHA-256 of a public key: 64 of 0-9, a-f");
  EXPECT_EQ(fault("tls_pin = \"" + pin + "\"\n"), "site:7 \"tls_pin\" needs a \"tls_name\"");
  EXPECT_NE(FaultWith("operator =", "ca_file = \"\"\noperator ="), "taken");
}

TEST(SiteConfig, WhatAProviderTakesIsReadAndUsualWhenItIsNotSaid) {
  const GatewayConfig usual = SiteConfig::Parse(kSite, "site")->gateways.at(0);
  EXPECT_TRUE(usual.profile.IsUsual());
  EXPECT_TRUE(usual.hosts.empty());
  const auto site = SiteConfig::Parse(kSite +
                                          "hosts = [\"127.0.0.2:2776\", \"[::1]:2775\"]\n"
                                          "alphabet = \"gsm7-packed\"\nlatin1 = true\n"
                                          "long_messages = \"payload\"\n"
                                          "not_sent_statuses = [0x400, 0x08]\n",
                                      "site");
  ASSERT_TRUE(site) << site.error().message;
  const GatewayConfig& g = site->gateways.at(0);
  EXPECT_EQ(g.hosts, (std::vector<GatewayConfig::Address>{{"127.0.0.2", 2776}, {"::1", 2775}}));
  EXPECT_EQ(g.profile, (policy::SmppProfile{
                           policy::SmppProfile::Default::kGsm7Packed, true, true, {0x8, 0x400}}));
}

TEST(SiteConfig, ProviderThatAManifestCannotDescribeIsRefused) {
  const auto taken = [](const std::string& line) { return Fault(kSite + line + "\n"); };
  EXPECT_EQ(taken("alphabet = \"ascii\""),
            "site:12 \"alphabet\" must be \"gsm7\", \"gsm7-packed\" or \"latin1\"");
  EXPECT_EQ(taken("long_messages = \"sar\""),
            "site:12 \"long_messages\" must be \"udh\" or \"payload\"");
  for (const std::string list :
       {"[0]", "[0x14]", "[0x58]", "[8, 8]", "[0x10000]", "[-1]", "[\"8\"]", "8",
        "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 16, 17, 18]"}) {
    EXPECT_EQ(taken("not_sent_statuses = " + list).substr(0, 27), "site:12 \"not_sent_statuses\"")
        << list;
  }
  for (const std::string list :
       {"[\"127.0.0.2\"]", "[\"127.0.0.2:0\"]", "[\"127.0.0.2:65536\"]", "[\"::1:2775\"]",
        "[\"[::1:2775\"]", "[\"a b:1\"]", "[\":1\"]", "[\"[]:1\"]", "[\"127.0.0.1:2775\"]",
        "[\"h:1\", \"h:1\"]", "[\"h:1 \"]", "\"h:1\"", "[1]",
        "[\"h:1\", \"h:2\", \"h:3\", \"h:4\", \"h:5\", \"h:6\", \"h:7\", \"h:8\"]"}) {
    EXPECT_EQ(taken("hosts = " + list).substr(0, 15), "site:12 \"hosts\"") << list;
  }
  EXPECT_EQ(taken("hosts = [\"h:1\", \"h:2\", \"h:3\", \"h:4\", \"h:5\", \"h:6\", \"h:7\"]"),
            "taken");
}

TEST(SiteConfig, DefaultGatewayMustBeThere) {
  EXPECT_EQ(FaultWith("\"main\"", "\"mian\""),
            "site:5 \"default_gateway\" names no [gateway.NAME] of this file");
}

TEST(SiteConfig, BrokenTomlIsRefusedWithItsLine) {
  EXPECT_EQ(FaultWith("\"pat\"", "\"pat").substr(0, 7), "site:3 ");
  EXPECT_EQ(Fault(kSite + "port = 1\n").substr(0, 8), "site:12 ") << "twice";
}

TEST(SiteConfig, WhatIsWrittenIsReadBack) {
  EXPECT_TRUE(rc::check([] {
    const auto word = [](size_t most) {
      return *rc::gen::suchThat(
          rc::gen::container<std::string>(rc::gen::inRange<char>(0x21, 0x7f)),
          [most](const std::string& s) { return !s.empty() && s.size() <= most; });
    };
    SiteConfig site;
    site.mode = *rc::gen::element(Mode::kLive, Mode::kRehearsal);
    site.origin = word(40);
    site.operator_name = word(40);
    if (*rc::gen::arbitrary<bool>()) site.ca_file = word(40);
    site.passphrase_file = "a \"quoted\\ \xc3\xa9" + word(40);
    const int n = *rc::gen::inRange(0, 3);
    for (int i = 0; i < n; ++i) {
      GatewayConfig g;
      g.name = "g" + std::to_string(i);
      g.host = word(40);
      g.port = *rc::gen::inRange<uint16_t>(1, 65535);
      g.sender = word(11);
      g.credentials_file = word(40);
      g.window = *rc::gen::inRange(1u, 1001u);
      g.response_timeout_seconds = *rc::gen::inRange(1u, 601u);
      g.enquire_link_seconds = *rc::gen::inRange(1u, 601u);
      g.receipt_wait_seconds = *rc::gen::inRange(0u, 3601u);
      g.receipts = *rc::gen::arbitrary<bool>();
      if (*rc::gen::arbitrary<bool>()) g.tls_name = "carrier.example";
      if (!g.tls_name.empty() && *rc::gen::arbitrary<bool>()) g.tls_pin = std::string(64, 'b');
      g.profile.alphabet = static_cast<policy::SmppProfile::Default>(*rc::gen::inRange(0, 3));
      g.profile.latin1 = g.profile.WritesGsm() && *rc::gen::arbitrary<bool>();
      g.profile.payload = *rc::gen::arbitrary<bool>();
      if (*rc::gen::arbitrary<bool>()) g.profile.not_sent = {0x8, 0x400};
      if (*rc::gen::arbitrary<bool>()) g.hosts = {{"other.example", 2775}, {"2001:db8::1", 1}};
      site.gateways.push_back(g);
    }
    if (n > 0) site.default_gateway = "g0";
    const Result<SiteConfig> again = SiteConfig::Parse(site.Encode(), "site");
    RC_ASSERT(again.has_value());
    RC_ASSERT(again->Encode() == site.Encode());
    RC_ASSERT(again->passphrase_file == site.passphrase_file);
    RC_ASSERT(again->ca_file == site.ca_file);
    RC_ASSERT(again->gateways.size() == site.gateways.size());
    for (size_t i = 0; i < site.gateways.size(); ++i) {  // in the order of their names
      RC_ASSERT(again->gateways[i].profile == site.gateways[i].profile);
      RC_ASSERT(again->gateways[i].hosts == site.gateways[i].hosts);
    }
  }));
}

}  // namespace
}  // namespace signpost::home
