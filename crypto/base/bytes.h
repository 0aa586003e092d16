// Handles bytes, their text forms, SHA-256 and random ids. Nothing here is secret-aware: keys and
// numbers live in crypto/memory and crypto/number and do not pass through these functions.
#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace signpost {

using ByteView = std::span<const uint8_t>;
using Bytes = std::vector<uint8_t>;

inline ByteView AsBytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}
inline std::string_view AsText(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string ToHex(ByteView bytes);                       // lower case
std::optional<Bytes> FromHex(std::string_view hex);      // either case, even length
std::string ToBase64(ByteView bytes);                    // RFC 4648 section 4, padded
std::optional<Bytes> FromBase64(std::string_view text);  // strict: padding required

using Digest = std::array<uint8_t, 32>;
Digest Sha256(ByteView bytes);
Digest Sha256(std::string_view text);

// Sha256 of a stream of pieces.
class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();
  Sha256Stream(const Sha256Stream&) = delete;
  Sha256Stream& operator=(const Sha256Stream&) = delete;
  void Update(ByteView bytes);
  Digest Finish();  // once

 private:
  void* context_;
};

void RandomBytes(std::span<uint8_t> out);  // from the kernel; never fails (aborts if it must)

// Makes both libraries ready without opening a file: OpenSSL would read openssl.cnf at its first
// use, which a sealed process cannot do and which must not change what a digest is. Idempotent,
// any thread; every function of ours that needs a library calls it, so nobody else has to.
void PrepareCrypto();

// Little-endian fields of our binary formats.
template <class T>
void PutLe(std::span<uint8_t, sizeof(T)> out, T value) {
  for (size_t i = 0; i < sizeof(T); ++i)
    out[i] = static_cast<uint8_t>(static_cast<uint64_t>(value) >> (8 * i));
}
template <class T>
T GetLe(std::span<const uint8_t, sizeof(T)> in) {
  uint64_t value = 0;
  for (size_t i = 0; i < sizeof(T); ++i) value |= static_cast<uint64_t>(in[i]) << (8 * i);
  return static_cast<T>(value);
}

// A random 16-byte name. Tag keeps a batch from being taken for an epoch.
template <class Tag>
struct Id {
  std::array<uint8_t, 16> bytes{};
  friend auto operator<=>(const Id&, const Id&) = default;

  static Id Random() {
    Id id;
    RandomBytes(id.bytes);
    return id;
  }
  static std::optional<Id> FromHex(std::string_view hex) {
    const auto raw = signpost::FromHex(hex);
    if (!raw || raw->size() != 16) return std::nullopt;
    Id id;
    std::copy(raw->begin(), raw->end(), id.bytes.begin());
    return id;
  }
  std::string Hex() const { return ToHex(bytes); }
};
using RecordId = Id<struct RecordTag>;    // one sealed number
using SectionId = Id<struct SectionTag>;  // what one import brought (its intake): one file key
using EpochId = Id<struct EpochTag>;
using ImportId = Id<struct ImportTag>;
using BatchId = Id<struct BatchTag>;
using FileId = Id<struct FileTag>;  // one sealed file on disk
using RunId = Id<struct RunTag>;    // one dispatch run of one batch

}  // namespace signpost
