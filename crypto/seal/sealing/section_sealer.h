// Seals the numbers of one import. The sealer only.
//   nonce = record id || eight zero bytes
//   associated data = section id || record id || epoch id
//   plaintext = the number padded to 16 bytes: one size, so length says nothing
#pragma once

#include <array>

#include "crypto/memory/secret.h"
#include "crypto/number/phone_number.h"
#include "crypto/seal/format/sealed_file.h"

namespace signpost::seal {

class SectionSealer {
 public:
  // A fresh file key. kInput: the epoch's public key is not one that can be sealed to.
  static Result<SectionSealer> Create(const EpochPublicKey& epoch, SectionId section, Day expiry);
  const SectionHeader& header() const { return header_; }
  SealedRecord Seal(const number::PhoneNumber& number);  // a fresh random record id

 private:
  SectionSealer(SectionHeader header, memory::SecretKey key)
      : header_(header), key_(std::move(key)) {}
  RecordId NextId();

  SectionHeader header_;
  memory::SecretKey key_;
  // Ids in store: a system call for each costs as much as the sealing. They are no secret.
  std::array<RecordId, 256> ids_;
  size_t ids_left_ = 0;
};

}  // namespace signpost::seal
