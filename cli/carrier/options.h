// Lists what signpost-carrier can be asked to do. "Every N": each Nth text it takes; 0 is never.
#pragma once

#include <cstdint>
#include <string>

namespace signpost::carrier {

enum class Receipts : uint8_t { kDelivered, kNone, kMixed };  // mixed: each third is undeliverable

// What data_coding 0 means to it.
enum class DefaultAlphabet : uint8_t { kGsm7, kGsm7Packed, kLatin1 };

struct Options {
  uint16_t port = 2775;  // 0: any free one
  std::string system_id = "rehearsal";
  std::string password = "practice";  // SMPP allows eight characters
  DefaultAlphabet alphabet = DefaultAlphabet::kGsm7;
  bool takes_payload = true;  // else a text in message_payload is refused
  uint32_t hold_bind_ms = 0;  // a bind that was not unbound is held so long: others are refused
  Receipts receipts = Receipts::kDelivered;
  uint32_t receipt_delay_ms = 0;
  uint32_t latency_ms = 0;  // before each answer to a submit
  uint32_t late_every = 0;  // an answer that takes late_ms longer
  uint32_t late_ms = 2000;
  uint32_t stop_every = 0;  // a STOP from the same number after its text
  uint32_t throttle_every = 0;
  uint32_t refuse_every = 0;
  uint32_t refuse_status = 0x0B;
  uint32_t disconnect_after = 0;       // submits; once
  uint32_t disconnect_unanswered = 1;  // the last of them, taken but not answered
  uint32_t unbind_after = 0;           // submits; once
  bool once = false;                   // end when the first client has unbound
  bool quiet = false;
  std::string report;                    // path; empty: none
  std::string tls_certificate, tls_key;  // PEM files; both empty: no TLS
  bool tls_12_only = false;              // as an older message centre
};

}  // namespace signpost::carrier
