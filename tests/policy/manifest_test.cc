#include "policy/manifest.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "crypto/base/file.h"

namespace signpost::policy {
namespace {

Manifest Sample() {
  Manifest m;
  m.batch.bytes.fill(0x11);
  m.mode = Mode::kRehearsal;
  m.planner = "pat";
  m.planned = *Instant::Parse("2026-11-23T09:00:00Z");
  m.basis = "DPA 2018 s.35, prevention";
  m.dpia = "DPIA-7";
  m.message_hash = Sha256("text");
  m.sender = "SIGNPOST";
  m.gateway = {"carrier", "127.0.0.1", 2775, "-", "-"};
  m.window = 10;
  m.pace = 20;
  m.range = 50;
  m.records = 120;
  m.budget = 120;
  m.hours = {{*Instant::Parse("2026-11-23T09:00:00Z"), *Instant::Parse("2026-11-23T19:00:00Z")},
             {*Instant::Parse("2026-11-24T09:00:00Z"), *Instant::Parse("2026-11-24T19:00:00Z")}};
  m.expires = *Instant::Parse("2026-11-30T09:00:00Z");
  m.policy_hash = Sha256("policy");
  m.file_hash = Sha256("file");
  return m;
}

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(Manifest, RoundTrips) {
  const Manifest sample = Sample();
  const auto parsed = Manifest::Parse(sample.Encode());
  ASSERT_TRUE(parsed) << parsed.error().place;
  EXPECT_EQ(*parsed, sample);
}

Manifest WithProfile() {
  Manifest m = Sample();
  m.failover = {{"carrier", "::1", 2775, "-", "-"}, {"carrier", "127.0.0.1", 2776, "-", "-"}};
  m.alphabet = ManifestAlphabet::kLatin1;
  m.profile = {SmppProfile::Default::kGsm7Packed, true, true, {0x8, 0x400}};
  return m;
}
constexpr char kProfile[] = "profile gsm7-packed latin1 payload 0x8,0x400\n";

TEST(Manifest, ProfileAndFailoverRoundTrip) {
  const Manifest sample = WithProfile();
  const std::string text = sample.Encode();
  EXPECT_NE(
      text.find(std::string("gateway carrier 127.0.0.1 2775 - -\ngateway carrier ::1 2775 - -\n"
                            "gateway carrier 127.0.0.1 2776 - -\n") +
                kProfile),
      std::string::npos)
      << text;
  const auto parsed = Manifest::Parse(text);
  ASSERT_TRUE(parsed) << parsed.error().place;
  EXPECT_EQ(*parsed, sample);
}

TEST(Manifest, UsualProfileKeepsItsSpelling) {
  EXPECT_EQ(Sample().Encode().find("profile"), std::string::npos);
  const std::string text = Sample().Encode();
  EXPECT_FALSE(Manifest::Parse(Replaced(text, "window 10", "profile gsm7 - udh -\nwindow 10")));
  EXPECT_TRUE(Manifest::Parse(Replaced(text, "window 10", "profile gsm7 - udh 0x8\nwindow 10")));
}

TEST(Manifest, KindThatIsNotKnownIsNotTakenForSmpp) {
  const std::string text = WithProfile().Encode();  // without a kind, as before there were kinds
  EXPECT_EQ(Manifest::Parse(text)->kind, GatewayKind::kSmpp);
  for (const std::string line : {"kind smpp\n", "kind http\n", "kind \n", "kind\n"}) {
    EXPECT_FALSE(Manifest::Parse(Replaced(text, kProfile, line + kProfile))) << line;
    EXPECT_FALSE(Manifest::Parse(Replaced(text, kProfile, line))) << line;
  }
}

TEST(Manifest, ProfileHasOneSpellingAndIsBounded) {
  const std::string text = WithProfile().Encode();
  std::string many = "profile gsm7 latin1 udh 0x400";
  for (int i = 1; i < 16; ++i) many += fmt::format(",{:#x}", 0x400 + i);
  EXPECT_TRUE(Manifest::Parse(Replaced(text, kProfile, many + "\n")));
  for (const std::string& line :
       {many + ",0x500", std::string("profile gsm7-packed latin1 payload 0x8,0x400,"),
        std::string("profile gsm7-packed latin1 payload"),
        std::string("profile gsm7-packed latin1 payload -,0x8"),
        std::string("profile gsm7-packed latin1 payload 0x400,0x8"),
        std::string("profile gsm7-packed latin1 payload 0x8,0x8"),
        std::string("profile gsm7-packed latin1 payload 0x08"),
        std::string("profile gsm7-packed latin1 payload 0X8"),
        std::string("profile gsm7-packed latin1 payload 0xA0F"),
        std::string("profile gsm7-packed latin1 payload 8"),
        std::string("profile gsm7-packed latin1 payload 0x0"),
        std::string("profile gsm7-packed latin1 payload 0x14"),
        std::string("profile gsm7-packed latin1 payload 0x58"),
        std::string("profile gsm7-packed latin1 payload 0x10000"),
        std::string("profile gsm7-packed latin1 sar -"), std::string("profile latin1 latin1 udh -"),
        std::string("profile utf8 latin1 udh -"),
        std::string("profile gsm7-packed Latin1 udh -")}) {
    EXPECT_FALSE(Manifest::Parse(Replaced(text, kProfile, line + "\n"))) << line;
  }
  const std::string twice = std::string(kProfile) + kProfile;
  EXPECT_FALSE(Manifest::Parse(Replaced(text, kProfile, twice)));
}

TEST(Manifest, AlphabetThatTheProfileLacksIsRefused) {
  EXPECT_FALSE(Manifest::Parse(Replaced(Sample().Encode(), "alphabet gsm7", "alphabet latin1")));
  const std::string text = WithProfile().Encode();
  EXPECT_FALSE(Manifest::Parse(Replaced(text, kProfile, "")));
  const std::string latin1 = Replaced(text, kProfile, "profile latin1 - udh -\n");
  EXPECT_TRUE(Manifest::Parse(latin1));
  EXPECT_FALSE(Manifest::Parse(Replaced(latin1, "alphabet latin1", "alphabet gsm7")));
  EXPECT_TRUE(Manifest::Parse(Replaced(latin1, "alphabet latin1", "alphabet ucs2")));
}

TEST(Manifest, HostsOfAnotherGatewayAreRefused) {
  const std::string text = Sample().Encode();
  const std::string line = "gateway carrier 127.0.0.1 2775 - -\n";
  const auto with = [&](const std::string& more) {
    return Manifest::Parse(Replaced(text, line, line + more)).has_value();
  };
  EXPECT_TRUE(with("gateway carrier 127.0.0.1 2776 - -\n"));
  EXPECT_FALSE(with("gateway other 127.0.0.1 2776 - -\n"));
  EXPECT_FALSE(with("gateway carrier 127.0.0.1 2776 smsc -\n"));
  EXPECT_FALSE(with("gateway carrier 127.0.0.1 2776 - pin\n"));
  EXPECT_FALSE(with(line));
  std::string more;
  for (int i = 0; i < 7; ++i) more += fmt::format("gateway carrier 127.0.0.1 {} - -\n", 2776 + i);
  EXPECT_TRUE(with(more));
  EXPECT_FALSE(with(more + "gateway carrier 127.0.0.1 2790 - -\n"));
}

// The example in the format document is a real one.
TEST(Manifest, DocumentedExampleParses) {
  const std::string page =
      ReadFile(std::string(SIGNPOST_SOURCE_DIR) + "/policy/MANIFEST.md").value();
  const size_t begin = page.find("```manifest\n");
  ASSERT_NE(begin, std::string::npos);
  const size_t text = begin + 12;
  const std::string example = page.substr(text, page.find("```", text) - text);
  const auto parsed = Manifest::Parse(example);
  ASSERT_TRUE(parsed) << parsed.error().place << " " << parsed.error().message;
  EXPECT_EQ(*parsed, Sample());
  EXPECT_NE(page.find(ToHex(Sha256(example))), std::string::npos) << ToHex(Sha256(example));
}

// What stands in the gateway line behind the port.
bool TakesTls(const std::string& name_and_pin) {
  return Manifest::Parse(Replaced(Sample().Encode(), "2775 - -", "2775 " + name_and_pin))
      .has_value();
}

TEST(Manifest, TlsNameIsOneServerInOneSpelling) {
  for (const std::string name : {"smpp.carrier.example", "localhost", "127.0.0.1", "::1",
                                 "2001:db8::7", "a-1.example", "xn--bcher-kva.example"}) {
    EXPECT_TRUE(TakesTls(name + " -")) << name;
  }
  for (const std::string name :
       {"*.carrier.example", ".carrier.example", "carrier.example.", "carrier..example",
        "Carrier.example", "carrier_1.example", "-a.example", "a-.example", "carrier.example:3550",
        "carrier/example", "::g", "--", "carrier.example,other"}) {
    EXPECT_FALSE(TakesTls(name + " -")) << name;
  }
  EXPECT_FALSE(TakesTls(std::string(64, 'a') + " -"));
}

TEST(Manifest, PinIsSixtyFourHexadecimalDigitsAndNeedsAName) {
  const std::string pin(64, 'a');
  EXPECT_TRUE(TakesTls("carrier.example " + pin));
  EXPECT_FALSE(TakesTls("- " + pin)) << "without TLS there is nothing to pin";
  EXPECT_FALSE(TakesTls("carrier.example " + pin.substr(1)));
  EXPECT_FALSE(TakesTls("carrier.example " + pin + "a"));
  EXPECT_FALSE(TakesTls("carrier.example " + std::string(64, 'A')));
  EXPECT_FALSE(TakesTls("carrier.example " + std::string(64, 'g')));
  EXPECT_FALSE(TakesTls("carrier.example sha256:" + pin));
}

TEST(Manifest, EveryMissingLineIsRefusedWithItsPlace) {
  const std::string text = Sample().Encode();
  size_t at = 0;
  int lines = 0;
  while (at < text.size()) {
    const size_t end = text.find('\n', at) + 1;
    std::string without = text;
    without.erase(at, end - at);
    ++lines;
    // One of two `hours` may go: it is another manifest then, with another hash.
    if (text.compare(at, 6, "hours ") != 0) {
      const auto parsed = Manifest::Parse(without);
      ASSERT_FALSE(parsed) << "line " << lines;
      EXPECT_EQ(parsed.error().place, "manifest:" + std::to_string(lines));
    }
    at = end;
  }
  EXPECT_EQ(lines, 22);
}

TEST(Manifest, OneManifestHasOneSpelling) {
  const std::string text = Sample().Encode();
  const std::vector<std::pair<std::string, std::string>> changes = {
      {"records 120", "records 0120"},
      {"records 120", "records +120"},
      {"records 120", "records 120 "},
      {"records 120\n", "records 120\r\n"},
      {"records 120\n", "records 120\nrecords 120\n"},
      {"records 120", "records 0"},
      {"records 120", "records 4294967296"},
      {"mode rehearsal", "mode Rehearsal"},
      {"planned 2026-11-23T09:00:00Z", "planned 2026-11-23"},
      {"planned 2026-11-23T09:00:00Z", "planned 2026-02-30T09:00:00Z"},
      {"basis DPA", "basis  DPA"},
      {"prevention", "prevention\x1b[2J"},
      {"prevention", "pr\xc3\xa9vention"},
      {"alphabet gsm7", "alphabet gsm-7"},
      {"gateway carrier 127.0.0.1 2775 - -", "gateway carrier 127.0.0.1 2775 -"},
      {"gateway carrier 127.0.0.1 2775 - -", "gateway carrier 127.0.0.1 65536 - -"},
      {"planner pat", "planner pat bob"},
      {"planner pat", "planner "},
      {"batch 11", "batch 1"},
      {"policy ", "policy  "},
      {"hours 2026-11-24T09:00:00Z 2026-11-24T19:00:00Z",
       "hours 2026-11-23T18:00:00Z 2026-11-24T19:00:00Z"},
      {"hours 2026-11-24T09:00:00Z 2026-11-24T19:00:00Z",
       "hours 2026-11-24T19:00:00Z 2026-11-24T09:00:00Z"},
      {"expires ", "expiry "},
  };
  for (const auto& [from, to] : changes) {
    EXPECT_FALSE(Manifest::Parse(Replaced(text, from, to))) << from << " -> " << to;
  }
  EXPECT_FALSE(Manifest::Parse(text + "\n"));
  EXPECT_FALSE(Manifest::Parse(text + "extra 1\n"));
  EXPECT_FALSE(Manifest::Parse(""));
  const std::string upper = ToHex(Sha256("file"));
  std::string shouted = upper;
  for (char& c : shouted) c = static_cast<char>(std::toupper(c));
  EXPECT_FALSE(Manifest::Parse(Replaced(text, upper, shouted)));
}

TEST(Manifest, HoursThatTouchAreAllowed) {  // a rehearsal's days run from midnight to midnight
  Manifest m = Sample();
  m.hours[1].from = m.hours[0].until;
  EXPECT_TRUE(Manifest::Parse(m.Encode()));
}

TEST(Manifest, ErrorsHoldNoText) {
  const auto parsed = Manifest::Parse(Replaced(Sample().Encode(), "basis DPA", "basis \tSECRET"));
  ASSERT_FALSE(parsed);
  EXPECT_EQ(ErrorText("t", parsed.error()).find("SECRET"), std::string::npos);
}

TEST(Manifest, WhateverParsesEncodesToTheSameBytes) {
  EXPECT_TRUE(rc::check([](uint16_t position, uint8_t value) {
    std::string text = (position % 2 == 0 ? Sample() : WithProfile()).Encode();
    text[position % text.size()] = static_cast<char>(value);
    const auto parsed = Manifest::Parse(text);
    if (parsed) RC_ASSERT(parsed->Encode() == text);
  }));
}

}  // namespace
}  // namespace signpost::policy
