// Keeps keys in guarded, locked memory: between guard pages, mlock'ed, left out of core dumps,
// zeroed when freed (libsodium's sodium_malloc; here a failed mlock is an error, not ignored).
//
// Not protected: a copy that a library makes of a key it is given (OpenSSL's HMAC context keeps
// key-equivalent midstates on the heap; the process that holds one exits after its job); registers
// and stack slots of the library at work.
// No stream operator, no formatter, no comparison, no copy. Not for sharing between threads.
//
// System calls, of this folder and of token, seal, note and custody: mmap, mprotect, madvise,
// mlock, munlock, munmap, brk, getrandom, futex (one-time initialisers), and read in
// ReadPassphrase. Nothing opens a file, at its first use either (PrepareCrypto in bytes.h).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "crypto/base/bytes.h"
#include "crypto/base/result.h"

namespace signpost::memory {

struct ExposeSecret {};  // the word that can be grepped: SecretKey::Expose(ExposeSecret{})

// A buffer of fixed size. Never empty after Create; empty when moved from.
class SecretBuffer {
 public:
  static Result<SecretBuffer> Create(size_t bytes);  // zero-filled; kSandbox when it cannot lock
  SecretBuffer(SecretBuffer&& other) noexcept
      : data_(std::move(other.data_)), size_(std::exchange(other.size_, 0)) {}
  SecretBuffer& operator=(SecretBuffer&& other) noexcept {
    data_ = std::move(other.data_);
    size_ = std::exchange(other.size_, 0);
    return *this;
  }
  std::span<uint8_t> Expose(ExposeSecret) { return {data_.get(), size_}; }
  std::span<const uint8_t> Expose(ExposeSecret) const { return {data_.get(), size_}; }
  size_t size() const { return size_; }

 private:
  struct Free {
    void operator()(uint8_t* p) const;
  };
  SecretBuffer(uint8_t* data, size_t size) : data_(data), size_(size) {}
  std::unique_ptr<uint8_t, Free> data_;
  size_t size_ = 0;
};

// 32 bytes.
class SecretKey {
 public:
  static constexpr size_t kBytes = 32;
  static Result<SecretKey> Random();
  // Copies and wipes `bytes`, also when it fails.
  static Result<SecretKey> Take(std::span<uint8_t, kBytes> bytes);
  // HKDF-SHA256 (RFC 5869) with an empty salt; `purpose` is the info string, e.g.
  // "signpost/v1/contact-token/1". Distinct purposes give independent keys.
  Result<SecretKey> Derive(std::string_view purpose) const;
  std::span<const uint8_t, kBytes> Expose(ExposeSecret) const;  // aborts when moved from

 private:
  explicit SecretKey(SecretBuffer buffer) : buffer_(std::move(buffer)) {}
  SecretBuffer buffer_;
};

// RFC 5869, for the vectors; Derive uses it. kInternal when `key` is empty, or `out` is empty or
// longer than 255 blocks (8160 bytes).
Result<void> HkdfSha256(ByteView key, ByteView salt, ByteView info, std::span<uint8_t> out);

void Wipe(std::span<uint8_t> bytes);  // not optimised away
void WipeText(std::string& text);     // and leaves it empty

// Reads a passphrase from a descriptor, up to the first newline (consumed, not kept; what follows
// it stays unread) or the end of the file, into guarded memory of exactly its length. kInput when
// it is empty or longer than 1024 bytes.
Result<SecretBuffer> ReadPassphrase(int fd);

}  // namespace signpost::memory
