#include "crypto/note/note.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "crypto/note/utf8.h"

namespace signpost::note {
namespace {

constexpr uint8_t kEd25519 = 0x01;  // the C2SP signature type
constexpr size_t kTypedKeyBytes = 33;
constexpr size_t kTypedKeyBase64 = 44;
constexpr size_t kMaxSignatures = 100;
constexpr std::string_view kSignatureStart = "\u2014 ";
constexpr std::string_view kPrivate = "PRIVATE+KEY+";

// First four bytes of SHA-256(name || '\n' || type || key), big-endian.
uint32_t KeyId(std::string_view name, std::span<const uint8_t, 32> key) {
  static constexpr uint8_t kBetween[] = {'\n', kEd25519};
  Sha256Stream hash;
  hash.Update(AsBytes(name));
  hash.Update(kBetween);
  hash.Update(key);
  const Digest digest = hash.Finish();
  return uint32_t{digest[0]} << 24 | uint32_t{digest[1]} << 16 | uint32_t{digest[2]} << 8 |
         digest[3];
}

struct KeyParts {
  std::string_view name, id, base64;
};

// Splits at the first two '+': base64 may have more of them.
std::optional<KeyParts> SplitKey(std::string_view text) {
  const size_t first = text.find('+');
  if (first == std::string_view::npos) return std::nullopt;
  const size_t second = text.find('+', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  return KeyParts{text.substr(0, first), text.substr(first + 1, second - first - 1),
                  text.substr(second + 1)};
}

std::string KeyIdText(uint32_t id) { return fmt::format("{:08x}", id); }

std::string TypedKeyBase64(std::span<const uint8_t, 32> key) {
  std::array<uint8_t, kTypedKeyBytes> typed;
  typed[0] = kEd25519;
  std::copy(key.begin(), key.end(), typed.begin() + 1);
  return ToBase64(typed);
}

// "— name base64" without its '\n'.
std::optional<NoteSignature> ParseSignature(std::string_view line) {
  if (!line.starts_with(kSignatureStart)) return std::nullopt;
  line.remove_prefix(kSignatureStart.size());
  const size_t space = line.find(' ');
  if (space == std::string_view::npos || !IsKeyName(line.substr(0, space))) return std::nullopt;
  const auto blob = FromBase64(line.substr(space + 1));
  if (!blob || blob->size() < 5) return std::nullopt;
  NoteSignature signature;
  signature.name = line.substr(0, space);
  for (size_t i = 0; i < 4; ++i) signature.key_id = signature.key_id << 8 | (*blob)[i];
  signature.signature.assign(blob->begin() + 4, blob->end());
  return signature;
}

std::string SignatureLine(const NoteSignature& signature) {
  Bytes blob;
  blob.reserve(4 + signature.signature.size());
  for (int shift = 24; shift >= 0; shift -= 8) {
    blob.push_back(static_cast<uint8_t>(signature.key_id >> shift));
  }
  blob.insert(blob.end(), signature.signature.begin(), signature.signature.end());
  return fmt::format("{}{} {}\n", kSignatureStart, signature.name, ToBase64(blob));
}

bool SameKey(const NoteSignature& signature, std::string_view name, uint32_t key_id) {
  return signature.key_id == key_id && signature.name == name;
}

}  // namespace

NoteVerifier NoteVerifier::Of(std::string_view name, std::span<const uint8_t, 32> key) {
  NoteVerifier verifier;
  verifier.name_ = name;
  verifier.key_id_ = KeyId(name, key);
  std::copy(key.begin(), key.end(), verifier.key_.begin());
  return verifier;
}

Result<NoteVerifier> NoteVerifier::Parse(std::string_view vkey) {
  const auto parts = SplitKey(vkey);
  if (!parts || !IsKeyName(parts->name)) return Fail(Code::kInput, "not a verifier key");
  const auto typed = FromBase64(parts->base64);
  if (!typed || typed->size() != kTypedKeyBytes || typed->front() != kEd25519) {
    return Fail(Code::kInput, "not an Ed25519 verifier key");
  }
  NoteVerifier verifier =
      Of(parts->name, std::span<const uint8_t, 32>(typed->data() + 1, kTypedKeyBytes - 1));
  if (parts->id != KeyIdText(verifier.key_id_)) {
    return Fail(Code::kInput, "the verifier key's id does not fit its name and key");
  }
  return verifier;
}

std::string NoteVerifier::Text() const {
  return fmt::format("{}+{}+{}", name_, KeyIdText(key_id_), TypedKeyBase64(key_));
}

bool NoteVerifier::Verify(std::string_view text, ByteView signature) const {
  PrepareCrypto();
  const ByteView message = AsBytes(text);
  return signature.size() == crypto_sign_BYTES &&
         crypto_sign_verify_detached(signature.data(), message.data(), message.size(),
                                     key_.data()) == 0;
}

Result<NoteSigner> NoteSigner::FromSeed(std::string_view name, std::span<const uint8_t, 32> seed) {
  TRY_ASSIGN(memory::SecretBuffer key, memory::SecretBuffer::Create(crypto_sign_SECRETKEYBYTES));
  std::array<uint8_t, crypto_sign_PUBLICKEYBYTES> public_key;
  if (crypto_sign_seed_keypair(public_key.data(), key.Expose(memory::ExposeSecret{}).data(),
                               seed.data()) != 0) {
    return Fail(Code::kInternal, "Ed25519 failed");
  }
  return NoteSigner(NoteVerifier::Of(name, public_key), std::move(key));
}

Result<NoteSigner> NoteSigner::Generate(std::string_view name) {
  if (!IsKeyName(name)) {
    return Fail(Code::kInput, "a key name has 1 to 100 bytes, no space and no '+'");
  }
  TRY_ASSIGN(const memory::SecretKey seed, memory::SecretKey::Random());
  return FromSeed(name, seed.Expose(memory::ExposeSecret{}));
}

Result<NoteSigner> NoteSigner::Parse(std::string_view skey) {
  if (skey.ends_with('\n')) skey.remove_suffix(1);
  if (!skey.starts_with(kPrivate)) return Fail(Code::kInput, "not a signer key");
  const auto parts = SplitKey(skey.substr(kPrivate.size()));
  if (!parts || !IsKeyName(parts->name) || parts->base64.size() != kTypedKeyBase64 ||
      std::any_of(parts->base64.begin(), parts->base64.end(),
                  [](char c) { return (c & 0x80) != 0; })) {
    return Fail(Code::kInput, "not a signer key");
  }
  // Not FromBase64, for the seed must not pass through ordinary memory; and so its caution against
  // bytes that libsodium takes for others is repeated above.
  TRY_ASSIGN(memory::SecretBuffer typed, memory::SecretBuffer::Create(kTypedKeyBytes));
  const auto bytes = typed.Expose(memory::ExposeSecret{});
  size_t length = 0;
  const char* end = nullptr;
  if (sodium_base642bin(bytes.data(), bytes.size(), parts->base64.data(), parts->base64.size(),
                        nullptr, &length, &end, sodium_base64_VARIANT_ORIGINAL) != 0 ||
      end != parts->base64.data() + parts->base64.size() || length != kTypedKeyBytes ||
      bytes[0] != kEd25519) {
    return Fail(Code::kInput, "not an Ed25519 signer key");
  }
  TRY_ASSIGN(NoteSigner signer,
             FromSeed(parts->name, std::span<const uint8_t, 32>(bytes.data() + 1, 32)));
  if (parts->id != KeyIdText(signer.verifier_.key_id())) {
    return Fail(Code::kInput, "the signer key's id does not fit its name and key");
  }
  return signer;
}

Result<memory::SecretBuffer> NoteSigner::ExposeText(memory::ExposeSecret) const {
  const std::string start =
      fmt::format("{}{}+{}+", kPrivate, verifier_.name(), KeyIdText(verifier_.key_id()));
  TRY_ASSIGN(memory::SecretBuffer typed, memory::SecretBuffer::Create(kTypedKeyBytes));
  const auto bytes = typed.Expose(memory::ExposeSecret{});
  bytes[0] = kEd25519;
  std::copy_n(key_.Expose(memory::ExposeSecret{}).begin(), kTypedKeyBytes - 1, bytes.begin() + 1);
  TRY_ASSIGN(memory::SecretBuffer out,
             memory::SecretBuffer::Create(start.size() + kTypedKeyBase64 + 1));
  const auto text = out.Expose(memory::ExposeSecret{});
  std::copy(start.begin(), start.end(), text.begin());
  sodium_bin2base64(reinterpret_cast<char*>(text.data() + start.size()), kTypedKeyBase64 + 1,
                    bytes.data(), bytes.size(), sodium_base64_VARIANT_ORIGINAL);
  text.back() = '\n';  // where libsodium put its NUL
  return out;
}

std::array<uint8_t, 64> NoteSigner::Sign(std::string_view text) const {
  std::array<uint8_t, crypto_sign_BYTES> signature;
  const ByteView message = AsBytes(text);
  if (crypto_sign_detached(signature.data(), nullptr, message.data(), message.size(),
                           key_.Expose(memory::ExposeSecret{}).data()) != 0) {
    std::abort();
  }
  return signature;
}

Result<Note> Note::Of(std::string text) {
  if (text.empty() || text.back() != '\n') {
    return Fail(Code::kInput, "a note's text ends with a newline");
  }
  if (!IsNoteText(text)) {
    return Fail(Code::kInput, "a note's text is UTF-8 without control characters");
  }
  Note note;
  note.text_ = std::move(text);
  return note;
}

Result<Note> Note::Parse(std::string_view bytes) {
  const size_t split = bytes.rfind("\n\n");
  if (split == std::string_view::npos) return Fail(Code::kInput, "a note without signatures");
  TRY_ASSIGN(Note note, Of(std::string(bytes.substr(0, split + 1))));
  std::string_view rest = bytes.substr(split + 2);
  if (rest.empty()) return Fail(Code::kInput, "a note without signatures");
  while (!rest.empty()) {
    const size_t end = rest.find('\n');
    if (end == std::string_view::npos) {
      return Fail(Code::kInput, "a note's last line has no newline");
    }
    auto signature = ParseSignature(rest.substr(0, end));
    if (!signature) return Fail(Code::kInput, "not a note signature line");
    if (note.signatures_.size() == kMaxSignatures) {
      return Fail(Code::kInput, "a note has more than 100 signatures");
    }
    note.signatures_.push_back(*std::move(signature));
    rest.remove_prefix(end + 1);
  }
  return note;
}

void Note::Sign(const NoteSigner& signer) {
  const auto made = signer.Sign(text_);
  const NoteVerifier& verifier = signer.verifier();
  RemoveSignature(verifier.key_id(), verifier.name());
  signatures_.push_back({verifier.name(), verifier.key_id(), Bytes(made.begin(), made.end())});
}

Result<void> Note::Merge(const Note& other) {
  if (other.text_ != text_) return Fail(Code::kInput, "the signatures are for another text");
  std::vector<NoteSignature> merged = signatures_;
  for (const NoteSignature& theirs : other.signatures_) {
    if (std::none_of(merged.begin(), merged.end(), [&](const NoteSignature& ours) {
          return SameKey(ours, theirs.name, theirs.key_id);
        })) {
      merged.push_back(theirs);
    }
  }
  if (merged.size() > kMaxSignatures) {
    return Fail(Code::kInput, "a note has more than 100 signatures");
  }
  signatures_ = std::move(merged);
  return {};
}

void Note::RemoveSignature(uint32_t key_id, std::string_view name) {
  std::erase_if(signatures_, [&](const NoteSignature& s) { return SameKey(s, name, key_id); });
}

std::string Note::Encode() const {
  std::string out = text_ + '\n';
  for (const NoteSignature& signature : signatures_) out += SignatureLine(signature);
  return out;
}

Result<std::vector<size_t>> Note::VerifiedBy(std::span<const NoteVerifier> known) const {
  for (size_t i = 0; i < known.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (known[i].key_id() == known[j].key_id() && known[i].name() == known[j].name()) {
        return Fail(Code::kRefused, "two known keys have the same name and id");
      }
    }
  }
  std::vector<size_t> valid;
  for (size_t i = 0; i < known.size(); ++i) {
    bool signed_it = false;
    for (const NoteSignature& signature : signatures_) {
      if (!SameKey(signature, known[i].name(), known[i].key_id())) continue;
      if (!known[i].Verify(text_, signature.signature)) {
        return Fail(Code::kRefused, "the signature of a known key does not fit the text");
      }
      signed_it = true;
    }
    if (signed_it) valid.push_back(i);
  }
  return valid;
}

}  // namespace signpost::note
