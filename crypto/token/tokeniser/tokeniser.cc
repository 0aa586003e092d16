#include "crypto/token/tokeniser/tokeniser.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <cstdlib>

namespace signpost::token {

void HmacSha256::Free::operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }

Result<HmacSha256> HmacSha256::Create(std::span<const uint8_t> key) {
  PrepareCrypto();
  // An empty key is a key everybody has.
  if (key.empty()) return Fail(Code::kInternal, "HMAC with an empty key");
  const std::unique_ptr<EVP_MAC, decltype(&EVP_MAC_free)> mac(
      EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr), &EVP_MAC_free);
  HmacSha256 hmac(mac ? EVP_MAC_CTX_new(mac.get()) : nullptr);
  char digest[] = "SHA256";
  const OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_end(),
  };
  if (!hmac.context_ || EVP_MAC_init(hmac.context_.get(), key.data(), key.size(), params) != 1) {
    return Fail(Code::kInternal, "HMAC is not available");
  }
  return hmac;
}

std::array<uint8_t, 32> HmacSha256::Of(ByteView message) {
  std::array<uint8_t, 32> out;
  size_t length = 0;
  // A null key starts over with the key that is there.
  if (EVP_MAC_init(context_.get(), nullptr, 0, nullptr) != 1 ||
      EVP_MAC_update(context_.get(), message.data(), message.size()) != 1 ||
      EVP_MAC_final(context_.get(), out.data(), &length, out.size()) != 1 || length != out.size()) {
    std::abort();
  }
  return out;
}

}  // namespace signpost::token
