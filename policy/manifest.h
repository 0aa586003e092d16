// Reads and writes the manifest of one batch: the text that the planner signs and the approvers
// approve. Pure values and their exact text; signatures are crypto/note's business (the text is a
// C2SP signed note's). Format: policy/MANIFEST.md. One line a field, in this order, each "key
// value\n":
//
//   signpost-manifest/v1
//   batch <32 hex>
//   mode live|rehearsal
//   planner <name>
//   planned <instant>
//   basis <text, 1..200 printable>
//   dpia <text>
//   message <64 hex: SHA-256 of the text>
//   alphabet gsm7|ucs2|latin1
//   segments <n per message>
//   sender <source address>
//   gateway <name> <host> <port> <tls name or -> <pin: 64 hex, or ->   (1 to 8, preferred first)
//   kind <kind of gateway>             (absent: smpp)
//   profile <default alphabet> <latin1 or -> <payload or udh> <statuses or ->   (absent: the usual)
//   window <n>
//   pace <messages per second>
//   range <records>
//   records <n>
//   budget <n: the most segments that may be submitted>
//   hours <instant> <instant>          (1 or more, ascending, not overlapping)
//   expires <instant>
//   policy <64 hex>
//   file <64 hex: SHA-256 of the sealed batch file>
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/base/bytes.h"
#include "crypto/base/gateway_kind.h"
#include "crypto/base/mode.h"
#include "crypto/base/result.h"
#include "crypto/base/time.h"

namespace signpost::policy {

struct ManifestGateway {
  std::string name;
  std::string host;  // a name or an address; no blanks
  uint16_t port = 0;
  std::string tls_name;  // whom the certificate must name (IsTlsName); "-": no TLS
  std::string tls_pin;   // SHA-256 of the server's SubjectPublicKeyInfo, in hex; "-": none
  friend bool operator==(const ManifestGateway&, const ManifestGateway&) = default;
};

// A DNS name or an IP address, in lower case, without a wildcard, a leading dot or an empty label:
// what a certificate is compared with has one spelling and means one server.
bool IsTlsName(std::string_view text);
bool IsTlsPin(std::string_view text);  // 64 of 0-9a-f

// What the provider of an SMPP gateway takes. A wrong status in not_sent would text somebody twice,
// so all of this is approved with the rest.
struct SmppProfile {
  enum class Default : uint8_t { kGsm7 = 0, kGsm7Packed = 1, kLatin1 = 2 };  // of data_coding 0
  static constexpr size_t kMaxNotSent = 16;

  Default alphabet = Default::kGsm7;
  bool latin1 = false;  // takes data_coding 3; not beside kLatin1, which is Latin-1 already
  bool payload =
      false;  // a text of several segments goes as one message_payload, else with headers
  // SMPP command_status values that it proves to mean "not sent", besides 0x14 and 0x58: ascending,
  // each from 1 to 0xFFFF.
  std::vector<uint32_t> not_sent;

  bool WritesGsm() const { return alphabet != Default::kLatin1; }
  bool WritesLatin1() const { return latin1 || alphabet == Default::kLatin1; }
  bool IsUsual() const { return *this == SmppProfile(); }
  bool IsValid() const;  // what the comments above say; Parse accepts nothing else
  friend bool operator==(const SmppProfile&, const SmppProfile&) = default;
};
// "gsm7", "gsm7-packed", "latin1", in the manifest and in signpost.toml.
std::string_view DefaultAlphabetName(SmppProfile::Default alphabet);
std::optional<SmppProfile::Default> ParseDefaultAlphabet(std::string_view text);

enum class ManifestAlphabet : uint8_t { kGsm7 = 0, kUcs2 = 1, kLatin1 = 2 };

struct Manifest {
  BatchId batch;
  Mode mode = Mode::kLive;
  std::string planner;
  Instant planned;
  std::string basis = "-";
  std::string dpia = "-";
  Digest message_hash{};
  ManifestAlphabet alphabet = ManifestAlphabet::kGsm7;
  uint32_t segments = 1;
  std::string sender;
  ManifestGateway gateway;
  static constexpr size_t kMaxFailover = 7;
  std::vector<ManifestGateway> failover;  // other hosts of it: same name and TLS; tried in turn
  GatewayKind kind = GatewayKind::kSmpp;
  SmppProfile profile;  // of kind smpp
  uint32_t window = 10;
  uint32_t pace = 1;
  uint32_t range = 200;
  uint32_t records = 0;
  uint32_t budget = 0;
  std::vector<Interval> hours;
  Instant expires;
  Digest policy_hash{};
  Digest file_hash{};
  friend bool operator==(const Manifest&, const Manifest&) = default;

  std::string Encode() const;
  static Result<Manifest> Parse(std::string_view text);  // kInput; strict, Encode(Parse(t)) == t
};

}  // namespace signpost::policy
