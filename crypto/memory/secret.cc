#include "crypto/memory/secret.h"

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <sodium.h>

#include <algorithm>
#include <cstdlib>

#include "crypto/base/fd.h"

namespace signpost::memory {

void SecretBuffer::Free::operator()(uint8_t* p) const { sodium_free(p); }

Result<SecretBuffer> SecretBuffer::Create(size_t bytes) {
  PrepareCrypto();
  if (bytes == 0) return Fail(Code::kInternal, "a secret of no bytes");
  static constexpr char kHint[] =
      "allow 8 MiB or more: ulimit -l 8192, LimitMEMLOCK=8M in the unit, or memlock in "
      "/etc/security/limits.conf";
  auto* data = static_cast<uint8_t*>(sodium_malloc(bytes));
  if (data == nullptr) return Fail(Code::kSandbox, "cannot allocate guarded memory", {}, kHint);
  SecretBuffer buffer(data, bytes);
  // sodium_malloc locked the pages already but keeps a failure to itself; locks do not nest.
  if (sodium_mlock(data, bytes) != 0) {
    return Fail(Code::kSandbox, "cannot lock a key in memory: this user may lock too little memory",
                {}, kHint);
  }
  Wipe({data, bytes});  // sodium_malloc fills with 0xdb
  return buffer;
}

Result<SecretKey> SecretKey::Random() {
  TRY_ASSIGN(SecretBuffer buffer, SecretBuffer::Create(kBytes));
  RandomBytes(buffer.Expose(ExposeSecret{}));
  return SecretKey(std::move(buffer));
}

Result<SecretKey> SecretKey::Take(std::span<uint8_t, kBytes> bytes) {
  Result<SecretBuffer> buffer = SecretBuffer::Create(kBytes);
  if (buffer) std::copy(bytes.begin(), bytes.end(), buffer->Expose(ExposeSecret{}).begin());
  Wipe(bytes);
  TRY(buffer);
  return SecretKey(*std::move(buffer));
}

Result<SecretKey> SecretKey::Derive(std::string_view purpose) const {
  TRY_ASSIGN(SecretBuffer buffer, SecretBuffer::Create(kBytes));
  TRY(HkdfSha256(Expose(ExposeSecret{}), {}, AsBytes(purpose), buffer.Expose(ExposeSecret{})));
  return SecretKey(std::move(buffer));
}

std::span<const uint8_t, SecretKey::kBytes> SecretKey::Expose(ExposeSecret) const {
  if (buffer_.size() != kBytes) std::abort();
  return std::span<const uint8_t, kBytes>(buffer_.Expose(ExposeSecret{}).data(), kBytes);
}

Result<void> HkdfSha256(ByteView key, ByteView salt, ByteView info, std::span<uint8_t> out) {
  PrepareCrypto();
  if (key.empty()) return Fail(Code::kInternal, "HKDF with an empty key");
  if (out.empty() || out.size() > size_t{255} * 32) {
    return Fail(Code::kInternal, "HKDF output length is out of range");
  }
  const std::unique_ptr<EVP_KDF, decltype(&EVP_KDF_free)> kdf(
      EVP_KDF_fetch(nullptr, OSSL_KDF_NAME_HKDF, nullptr), &EVP_KDF_free);
  const std::unique_ptr<EVP_KDF_CTX, decltype(&EVP_KDF_CTX_free)> context(
      kdf ? EVP_KDF_CTX_new(kdf.get()) : nullptr, &EVP_KDF_CTX_free);
  if (!context) return Fail(Code::kInternal, "HKDF is not available");
  // OpenSSL's parameters are not const, but it only reads these.
  char digest[] = "SHA256";
  const auto octets = [](const char* name, ByteView bytes) {
    static uint8_t none = 0;  // a null pointer would mean "not given"
    return OSSL_PARAM_construct_octet_string(
        name, bytes.empty() ? &none : const_cast<uint8_t*>(bytes.data()), bytes.size());
  };
  const OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
      octets(OSSL_KDF_PARAM_KEY, key),
      octets(OSSL_KDF_PARAM_SALT, salt),
      octets(OSSL_KDF_PARAM_INFO, info),
      OSSL_PARAM_construct_end(),
  };
  if (EVP_KDF_derive(context.get(), out.data(), out.size(), params) != 1) {
    Wipe(out);
    return Fail(Code::kInternal, "HKDF failed");
  }
  return {};
}

void Wipe(std::span<uint8_t> bytes) {
  if (!bytes.empty()) sodium_memzero(bytes.data(), bytes.size());
}

void WipeText(std::string& text) {
  Wipe({reinterpret_cast<uint8_t*>(text.data()), text.size()});
  text.clear();
}

Result<SecretBuffer> ReadPassphrase(int fd) {
  static constexpr size_t kMaxBytes = 1024;
  TRY_ASSIGN(SecretBuffer line, SecretBuffer::Create(kMaxBytes + 1));
  const std::span<uint8_t> bytes = line.Expose(ExposeSecret{});
  size_t length = 0;
  // One byte at a time: the next line may be somebody else's.
  for (; length < bytes.size(); ++length) {
    TRY_ASSIGN(const size_t n, ReadUpTo(fd, bytes.subspan(length, 1), "passphrase"));
    if (n == 0 || bytes[length] == '\n') break;
  }
  if (length == 0) return Fail(Code::kInput, "the passphrase is empty");
  if (length > kMaxBytes) return Fail(Code::kInput, "the passphrase is longer than 1024 bytes");
  TRY_ASSIGN(SecretBuffer passphrase, SecretBuffer::Create(length));
  std::copy_n(bytes.begin(), length, passphrase.Expose(ExposeSecret{}).begin());
  return passphrase;
}

}  // namespace signpost::memory
