// Opens the records of one section. The opener only. A record that was moved to another section, id
// or epoch does not open.
#pragma once

#include "crypto/memory/secret.h"
#include "crypto/number/phone_number.h"
#include "crypto/seal/format/sealed_file.h"
#include "crypto/seal/opening/epoch_key.h"

namespace signpost::seal {

class SectionOpener {
 public:
  // kRefused: the section is for another epoch. kCorrupt: the sealed key does not open.
  static Result<SectionOpener> Create(const EpochSecretKey& epoch, const SectionHeader& header);
  // kCorrupt, which ends the batch: the box does not open under this section, or what is in it is
  // not a padded number.
  Result<number::PhoneNumber> Open(const SealedRecord& record) const;

 private:
  SectionOpener(SectionHeader header, memory::SecretKey key)
      : header_(header), key_(std::move(key)) {}
  SectionHeader header_;
  memory::SecretKey key_;
};

}  // namespace signpost::seal
