// The key file header that the custody tests and FORMAT.md share.
#pragma once

#include <cstdint>

#include "crypto/custody/header/key_file_header.h"

namespace signpost::custody {

inline KeyFileHeader SampleHeader(KeyPurpose purpose) {
  KeyFileHeader header;
  header.purpose = purpose;
  header.trust.mode = Mode::kRehearsal;
  header.trust.genesis_policy.fill(0xab);
  header.trust.ledger_vkey = "site+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
  header.trust.witness_vkeys = {"witness+0a1b2c3d+AWpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"};
  header.generation = 1;
  if (purpose == KeyPurpose::kEpoch) {
    EpochFacts facts;
    facts.epoch.bytes.fill(0x0e);
    facts.public_key.fill(0xc0);
    facts.from = *Day::Parse("2026-11-23");
    facts.deadline = *Day::Parse("2027-01-05");
    header.epoch = facts;
  }
  return header;
}

}  // namespace signpost::custody
