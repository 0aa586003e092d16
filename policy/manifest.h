// The manifest of one batch: the text that the planner signs and the approvers approve. Pure values
// and their exact text; signatures are crypto/note's business (the text is a C2SP signed note's).
// Format: policy/MANIFEST.md. One line a field, in this order, each "key value\n":
//
//   signpost-manifest/v1
//   batch <32 hex>
//   mode live|rehearsal
//   planner <name>
//   planned <instant>
//   basis <text, 1..200 printable>
//   dpia <text>
//   message <64 hex: SHA-256 of the text>
//   alphabet gsm7|ucs2
//   segments <n per message>
//   sender <source address>
//   gateway <name> <host> <port> <tls name or -> <pin: 64 hex, or ->
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

#include <string>
#include <string_view>
#include <vector>

#include "crypto/base/bytes.h"
#include "crypto/base/mode.h"
#include "crypto/base/result.h"
#include "crypto/base/time.h"

namespace signpost {

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

enum class ManifestAlphabet : uint8_t { kGsm7 = 0, kUcs2 = 1 };

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

}  // namespace signpost
