#include "crypto/seal/opening/section_opener.h"

#include <sodium.h>

#include "crypto/memory/wiped.h"
#include "crypto/seal/format/record_box.h"

namespace signpost::seal {

Result<SectionOpener> SectionOpener::Create(const EpochSecretKey& epoch,
                                            const SectionHeader& header) {
  if (header.epoch != epoch.public_half().epoch) {
    return Fail(Code::kRefused, "the section belongs to another epoch");
  }
  std::array<uint8_t, memory::SecretKey::kBytes> key;
  const int opened = crypto_box_seal_open(key.data(), header.sealed_key.data(),
                                          header.sealed_key.size(), epoch.public_half().key.data(),
                                          epoch.secret().Expose(memory::ExposeSecret{}).data());
  Result<memory::SecretKey> taken = memory::SecretKey::Take(key);
  if (opened != 0) return Fail(Code::kCorrupt, "the section's key does not open");
  TRY(taken);
  return SectionOpener(header, *std::move(taken));
}

Result<number::PhoneNumber> SectionOpener::Open(const SealedRecord& record) const {
  const auto nonce = RecordNonce(record.id);
  const auto context = RecordContext(header_, record.id);
  memory::Wiped<std::array<uint8_t, number::PhoneNumber::kBytes>> padded{};
  unsigned long long length = 0;
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(
          padded.data(), &length, nullptr, record.box.data(), record.box.size(), context.data(),
          context.size(), nonce.data(), key_.Expose(memory::ExposeSecret{}).data()) != 0 ||
      length != padded.size()) {
    return Fail(Code::kCorrupt, "a sealed record does not open");
  }
  Result<number::PhoneNumber> number = number::PhoneNumber::FromPadded(padded);
  if (!number) return Fail(Code::kCorrupt, "a sealed record does not hold a number");
  return number;
}

}  // namespace signpost::seal
