// Wraps and unwraps keys at rest. The format and the trust root are in key_file_header.h.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "crypto/base/result.h"
#include "crypto/custody/header/key_file_header.h"
#include "crypto/memory/secret.h"

namespace signpost::custody {

// Argon2id is slow on purpose: a process that unwraps several keys made with the same salt and cost
// derives the wrapping key once. Wrap uses the salt of the Wrapper it is called on.
class Wrapper {
 public:
  // A fresh salt. kStorage: not enough memory for the derivation.
  static Result<Wrapper> Create(const memory::SecretBuffer& passphrase, KdfCost cost);
  // Wrapping other keys of the same home: the salt and cost of an existing key file. kInput: not a
  // key file, or a cost outside what is sane (FORMAT.md), so that a file cannot ask for a terabyte.
  static Result<Wrapper> Matching(const memory::SecretBuffer& passphrase,
                                  std::string_view key_file);
  // kInternal when the header could not be read back as it is.
  Result<std::string> Wrap(const KeyFileHeader& header, const memory::SecretKey& key) const;
  // kRefused: "the passphrase does not open this key, or the key file was changed".
  // kInput: not a key file, or another salt than this Wrapper's (use Unwrapper below).
  struct Unwrapped {
    KeyFileHeader header;
    memory::SecretKey key;
  };
  Result<Unwrapped> Unwrap(std::string_view key_file) const;

 private:
  friend class Unwrapper;
  Wrapper(std::string kdf_line, memory::SecretKey wrapping)
      : kdf_line_(std::move(kdf_line)), wrapping_(std::move(wrapping)) {}
  std::string kdf_line_;
  memory::SecretKey wrapping_;
};

// Derives once per distinct kdf line and remembers. Errors as Wrapper::Unwrap and Matching.
class Unwrapper {
 public:
  explicit Unwrapper(memory::SecretBuffer passphrase) : passphrase_(std::move(passphrase)) {}
  Result<Wrapper::Unwrapped> Unwrap(std::string_view key_file);

 private:
  memory::SecretBuffer passphrase_;
  std::vector<Wrapper> known_;
};

}  // namespace signpost::custody
