#include "crypto/custody/key_file.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace signpost::custody {
namespace {

constexpr std::string_view kKdfStart = "kdf argon2id13 ";
constexpr std::string_view kWrappedStart = "wrapped ";
constexpr size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr size_t kBoxBytes = memory::SecretKey::kBytes + crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr uint64_t kMaxPasses = 16;
constexpr uint64_t kMinMemory = uint64_t{8} << 20;
constexpr uint64_t kMaxMemory = uint64_t{1} << 30;

struct Kdf {
  uint64_t passes = 0;
  uint64_t memory_bytes = 0;
  std::array<uint8_t, crypto_pwhash_SALTBYTES> salt{};

  std::string Line() const {
    return fmt::format("{}{} {} {}\n", kKdfStart, passes, memory_bytes, ToHex(salt));
  }
};

Kdf FreshKdf(KdfCost cost) {
  Kdf kdf;
  switch (cost) {
    case KdfCost::kMinimal:
      kdf.passes = 1;
      kdf.memory_bytes = kMinMemory;
      break;
    case KdfCost::kModerate:
      kdf.passes = crypto_pwhash_argon2id_OPSLIMIT_MODERATE;
      kdf.memory_bytes = crypto_pwhash_argon2id_MEMLIMIT_MODERATE;
      break;
    case KdfCost::kSensitive:
      kdf.passes = crypto_pwhash_argon2id_OPSLIMIT_SENSITIVE;
      kdf.memory_bytes = crypto_pwhash_argon2id_MEMLIMIT_SENSITIVE;
      break;
  }
  RandomBytes(kdf.salt);
  return kdf;
}

std::optional<uint64_t> TakeNumber(std::string_view& text) {
  const size_t space = text.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + space, number);
  if (error != std::errc() || end != text.data() + space) return std::nullopt;
  text.remove_prefix(space + 1);
  return number;
}

Result<Kdf> ParseKdf(std::string_view line) {
  std::string_view rest = line.substr(kKdfStart.size(), line.size() - kKdfStart.size() - 1);
  Kdf kdf;
  // What is not a number counts as 0, which is out of range too.
  kdf.passes = TakeNumber(rest).value_or(0);
  kdf.memory_bytes = TakeNumber(rest).value_or(0);
  if (kdf.passes < 1 || kdf.passes > kMaxPasses || kdf.memory_bytes < kMinMemory ||
      kdf.memory_bytes > kMaxMemory) {
    return Fail(Code::kInput, "the key file asks for a key derivation out of range");
  }
  const auto salt = FromHex(rest);
  if (!salt || salt->size() != kdf.salt.size()) {
    return Fail(Code::kInput, "not a key file: line 'kdf'");
  }
  std::copy(salt->begin(), salt->end(), kdf.salt.begin());
  if (kdf.Line() != line) {
    return Fail(Code::kInput, "not a key file: a line is not in its canonical form");
  }
  return kdf;
}

Result<memory::SecretKey> DeriveWrapping(const memory::SecretBuffer& passphrase, const Kdf& kdf) {
  PrepareCrypto();
  const auto secret = passphrase.Expose(memory::ExposeSecret{});
  std::array<uint8_t, memory::SecretKey::kBytes> key;
  const int derived = crypto_pwhash_argon2id(
      key.data(), key.size(), reinterpret_cast<const char*>(secret.data()), secret.size(),
      kdf.salt.data(), kdf.passes, kdf.memory_bytes, crypto_pwhash_argon2id_ALG_ARGON2ID13);
  Result<memory::SecretKey> taken = memory::SecretKey::Take(key);
  if (derived != 0) {
    return Fail(Code::kStorage, "not enough memory to derive a key from the passphrase", {},
                fmt::format("it needs {} MiB", kdf.memory_bytes >> 20));
  }
  return taken;
}

// A key file cut into what is read and what is authenticated.
struct Parts {
  KeyFileHeader header;
  std::string_view context;   // every line above "wrapped"
  std::string_view kdf_line;  // the last of them
  Bytes wrapped;              // nonce || box
};

Result<Parts> Split(std::string_view key_file) {
  Parts parts;
  TRY_ASSIGN(parts.header, ReadKeyFileHeader(key_file));
  const size_t kdf_at = EncodeKeyFileHeader(parts.header).size();
  const size_t kdf_end = key_file.find('\n', kdf_at);
  if (!key_file.substr(kdf_at).starts_with(kKdfStart) || kdf_end == std::string_view::npos) {
    return Fail(Code::kInput, "not a key file: line 'kdf'");
  }
  parts.kdf_line = key_file.substr(kdf_at, kdf_end + 1 - kdf_at);
  parts.context = key_file.substr(0, kdf_end + 1);
  std::string_view rest = key_file.substr(kdf_end + 1);
  if (!rest.starts_with(kWrappedStart) || !rest.ends_with('\n')) {
    return Fail(Code::kInput, "not a key file: line 'wrapped'");
  }
  rest = rest.substr(kWrappedStart.size(), rest.size() - kWrappedStart.size() - 1);
  auto wrapped = FromBase64(rest);
  if (!wrapped || wrapped->size() != kNonceBytes + kBoxBytes) {
    return Fail(Code::kInput, "not a key file: line 'wrapped'");
  }
  parts.wrapped = *std::move(wrapped);
  return parts;
}

}  // namespace

Result<Wrapper> Wrapper::Create(const memory::SecretBuffer& passphrase, KdfCost cost) {
  const Kdf kdf = FreshKdf(cost);
  TRY_ASSIGN(memory::SecretKey wrapping, DeriveWrapping(passphrase, kdf));
  return Wrapper(kdf.Line(), std::move(wrapping));
}

Result<Wrapper> Wrapper::Matching(const memory::SecretBuffer& passphrase,
                                  std::string_view key_file) {
  TRY_ASSIGN(const Parts parts, Split(key_file));
  TRY_ASSIGN(const Kdf kdf, ParseKdf(parts.kdf_line));
  TRY_ASSIGN(memory::SecretKey wrapping, DeriveWrapping(passphrase, kdf));
  return Wrapper(std::string(parts.kdf_line), std::move(wrapping));
}

Result<std::string> Wrapper::Wrap(const KeyFileHeader& header, const memory::SecretKey& key) const {
  std::string out = EncodeKeyFileHeader(header) + kdf_line_;
  const Result<KeyFileHeader> readable = ReadKeyFileHeader(out);
  if (!readable || *readable != header) {
    return Fail(Code::kInternal, "a key file header that could not be read back");
  }
  std::array<uint8_t, kNonceBytes + kBoxBytes> wrapped;
  RandomBytes(std::span(wrapped).first(kNonceBytes));
  const ByteView context = AsBytes(out);
  unsigned long long length = 0;
  if (crypto_aead_xchacha20poly1305_ietf_encrypt(
          wrapped.data() + kNonceBytes, &length, key.Expose(memory::ExposeSecret{}).data(),
          memory::SecretKey::kBytes, context.data(), context.size(), nullptr, wrapped.data(),
          wrapping_.Expose(memory::ExposeSecret{}).data()) != 0 ||
      length != kBoxBytes) {
    return Fail(Code::kInternal, "wrapping failed");
  }
  out += fmt::format("{}{}\n", kWrappedStart, ToBase64(wrapped));
  return out;
}

Result<Wrapper::Unwrapped> Wrapper::Unwrap(std::string_view key_file) const {
  TRY_ASSIGN(Parts parts, Split(key_file));
  if (parts.kdf_line != kdf_line_) {
    return Fail(Code::kInput, "the key file was made with another salt or cost");
  }
  std::array<uint8_t, memory::SecretKey::kBytes> key{};
  const ByteView context = AsBytes(parts.context);
  unsigned long long length = 0;
  const int opened = crypto_aead_xchacha20poly1305_ietf_decrypt(
      key.data(), &length, nullptr, parts.wrapped.data() + kNonceBytes, kBoxBytes, context.data(),
      context.size(), parts.wrapped.data(), wrapping_.Expose(memory::ExposeSecret{}).data());
  Result<memory::SecretKey> taken = memory::SecretKey::Take(key);
  if (opened != 0) {
    return Fail(Code::kRefused,
                "the passphrase does not open this key, or the key file was changed");
  }
  TRY(taken);
  return Unwrapped{std::move(parts.header), *std::move(taken)};
}

Result<Wrapper::Unwrapped> Unwrapper::Unwrap(std::string_view key_file) {
  TRY_ASSIGN(const Parts parts, Split(key_file));
  const auto known = std::find_if(known_.begin(), known_.end(), [&](const Wrapper& wrapper) {
    return wrapper.kdf_line_ == parts.kdf_line;
  });
  if (known != known_.end()) return known->Unwrap(key_file);
  TRY_ASSIGN(Wrapper wrapper, Wrapper::Matching(passphrase_, key_file));
  known_.push_back(std::move(wrapper));
  return known_.back().Unwrap(key_file);
}

}  // namespace signpost::custody
