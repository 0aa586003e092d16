// Makes what the sealer and the opener must agree on: the nonce and the associated data of one
// record. Internal to crypto/seal.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "crypto/seal/format/sealed_file.h"

namespace signpost::seal {

// The record id and eight zero bytes. Ids are random and a file key lives for one import, so a
// nonce repeats under a key only if two of its ids collide (2^-128 a pair).
inline std::array<uint8_t, 24> RecordNonce(const RecordId& record) {
  std::array<uint8_t, 24> nonce{};
  std::copy(record.bytes.begin(), record.bytes.end(), nonce.begin());
  return nonce;
}

inline std::array<uint8_t, 48> RecordContext(const SectionHeader& section, const RecordId& record) {
  std::array<uint8_t, 48> context;
  auto at = std::copy(section.section.bytes.begin(), section.section.bytes.end(), context.begin());
  at = std::copy(record.bytes.begin(), record.bytes.end(), at);
  std::copy(section.epoch.bytes.begin(), section.epoch.bytes.end(), at);
  return context;
}

}  // namespace signpost::seal
