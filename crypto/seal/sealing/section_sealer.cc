#include "crypto/seal/sealing/section_sealer.h"

#include <sodium.h>

#include <cstdlib>
#include <utility>

#include "crypto/seal/format/record_box.h"

namespace signpost::seal {

static_assert(SectionHeader::kSealedKeyBytes == crypto_box_SEALBYTES + memory::SecretKey::kBytes);
static_assert(SealedRecord::kBoxBytes ==
              number::PhoneNumber::kBytes + crypto_aead_xchacha20poly1305_ietf_ABYTES);
static_assert(crypto_aead_xchacha20poly1305_ietf_KEYBYTES == memory::SecretKey::kBytes);

Result<SectionSealer> SectionSealer::Create(const EpochPublicKey& epoch, SectionId section,
                                            Day expiry) {
  TRY_ASSIGN(memory::SecretKey key, memory::SecretKey::Random());
  SectionHeader header;
  header.section = section;
  header.epoch = epoch.epoch;
  header.expiry = expiry;
  if (crypto_box_seal(header.sealed_key.data(), key.Expose(memory::ExposeSecret{}).data(),
                      memory::SecretKey::kBytes, epoch.key.data()) != 0) {
    return Fail(Code::kInput, "the epoch's public key cannot be sealed to");
  }
  return SectionSealer(header, std::move(key));
}

RecordId SectionSealer::NextId() {
  static_assert(sizeof ids_ == 256 * sizeof(RecordId::bytes));
  if (ids_left_ == 0) {
    RandomBytes({reinterpret_cast<uint8_t*>(ids_.data()), sizeof ids_});
    ids_left_ = ids_.size();
  }
  // In the order they were drawn, and none twice.
  return std::exchange(ids_[ids_.size() - ids_left_--], RecordId{});
}

SealedRecord SectionSealer::Seal(const number::PhoneNumber& number) {
  SealedRecord record;
  record.id = NextId();
  const auto nonce = RecordNonce(record.id);
  const auto context = RecordContext(header_, record.id);
  unsigned long long length = 0;
  const auto padded = number.Expose(number::ExposeNumber{});
  if (crypto_aead_xchacha20poly1305_ietf_encrypt(
          record.box.data(), &length, padded.data(), padded.size(), context.data(), context.size(),
          nullptr, nonce.data(), key_.Expose(memory::ExposeSecret{}).data()) != 0 ||
      length != record.box.size()) {
    std::abort();
  }
  return record;
}

}  // namespace signpost::seal
