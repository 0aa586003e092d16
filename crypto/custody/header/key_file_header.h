// Reads and writes the header of a key at rest: one small text file, one 32-byte secret wrapped by
// a passphrase.
//
//   signpost-key/v1
//   purpose epoch
//   mode rehearsal
//   genesis-policy <64 hex>
//   ledger <vkey>
//   witness <vkey>                (0 or more)
//   generation 1
//   epoch <32 hex>                (purpose epoch only; then the three lines below)
//   public <64 hex>
//   from 2026-11-23
//   deadline 2027-01-05
//   kdf argon2id13 <opslimit> <memlimit bytes> <32 hex salt>
//   wrapped <base64(nonce(24) || ciphertext(32+16))>
//
// Every line above "wrapped", byte for byte, is the associated data of the XChaCha20-Poly1305 that
// wraps the key: the *trust root* (mode, genesis policy hash, ledger key, witnesses) cannot be
// changed without the passphrase. The process that unwraps the key trusts these lines, not what
// `signpost` tells it. Full grammar and a worked example: crypto/custody/FORMAT.md.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/base/bytes.h"
#include "crypto/base/mode.h"
#include "crypto/base/result.h"
#include "crypto/base/time.h"

namespace signpost::custody {

// Argon2id13: minimal 1 pass and 8 MiB (rehearsals and tests), moderate and sensitive as libsodium
// defines them (256 MiB and 1 GiB).
enum class KdfCost : uint8_t { kMinimal = 0, kModerate = 1, kSensitive = 2, kLast = kSensitive };

enum class KeyPurpose : uint8_t { kRoot, kContactToken, kOptOutToken, kOpenerState, kEpoch };
// "root", "contact-token", "opt-out-token", "opener-state", "epoch"
std::string_view PurposeName(KeyPurpose purpose);

struct TrustRoot {
  Mode mode = Mode::kLive;
  Digest genesis_policy{};  // SHA-256 of the policy file the home began with
  std::string ledger_vkey;  // who signs checkpoints
  std::vector<std::string> witness_vkeys;
  friend bool operator==(const TrustRoot&, const TrustRoot&) = default;
};

struct EpochFacts {
  EpochId epoch;
  std::array<uint8_t, 32> public_key{};
  Day from;      // first day it seals
  Day deadline;  // destroyed on or before the end of this day
  friend bool operator==(const EpochFacts&, const EpochFacts&) = default;
};

struct KeyFileHeader {
  KeyPurpose purpose = KeyPurpose::kRoot;
  TrustRoot trust;
  uint16_t generation = 1;          // of the token key; 1 for others
  std::optional<EpochFacts> epoch;  // exactly when purpose is kEpoch
  friend bool operator==(const KeyFileHeader&, const KeyFileHeader&) = default;
};

// The lines above "kdf", each with its '\n'. (The associated data is these and the kdf line.)
std::string EncodeKeyFileHeader(const KeyFileHeader& header);
// The header without the key: what `signpost` may read (to pick an epoch, to show `keys list`).
// Not authenticated; reads no further than the start of the kdf line. kInput unless every line is
// in its one canonical form, so EncodeKeyFileHeader gives back the bytes that were read.
Result<KeyFileHeader> ReadKeyFileHeader(std::string_view key_file);

}  // namespace signpost::custody
