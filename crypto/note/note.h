// Signs and verifies C2SP signed notes (c2sp.org/signed-note) with Ed25519 (libsodium on both
// sides), and the C2SP tlog-checkpoint text inside them.
//
// A note is text ending in '\n', an empty line, then signature lines
// "\u2014 <name> <base64(key id (4) || signature)>\n". Parsing is strict: UTF-8, no control
// character below 0x20 but '\n', split at the last empty line, at most 100 signatures,
// base64 in its one canonical form: what parses encodes to the same bytes. The size is the caller's
// to bound (the frame or file it read).
// Unknown keys are ignored; a known key whose signature fails rejects the whole note.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/base/bytes.h"
#include "crypto/base/result.h"
#include "crypto/memory/secret.h"

namespace signpost::note {

// "name+<8 hex>+base64(0x01 || 32-byte key)". A key name has no '+', no space, no control
// character, is not empty, and has at most 100 bytes.
class NoteVerifier {
 public:
  static Result<NoteVerifier> Parse(std::string_view vkey);
  const std::string& name() const { return name_; }
  uint32_t key_id() const { return key_id_; }                    // first 4 bytes, big-endian
  std::string Text() const;                                      // the vkey
  bool Verify(std::string_view text, ByteView signature) const;  // 64 bytes; text with its '\n'
  friend bool operator==(const NoteVerifier&, const NoteVerifier&) = default;

 private:
  friend class NoteSigner;
  NoteVerifier() = default;
  static NoteVerifier Of(std::string_view name, std::span<const uint8_t, 32> key);
  std::string name_;
  uint32_t key_id_ = 0;
  std::array<uint8_t, 32> key_{};
};

// Holds an Ed25519 seed in guarded memory. The file form is one line,
// "PRIVATE+KEY+name+<8 hex>+base64(0x01 || seed)\n", which is secret.
class NoteSigner {
 public:
  static Result<NoteSigner> Generate(std::string_view name);  // kInput: not a key name
  static Result<NoteSigner> Parse(std::string_view skey);     // with or without its '\n'. kInput
  Result<memory::SecretBuffer> ExposeText(memory::ExposeSecret) const;  // for writing a key file
  const NoteVerifier& verifier() const { return verifier_; }
  std::array<uint8_t, 64> Sign(std::string_view text) const;

 private:
  NoteSigner(NoteVerifier verifier, memory::SecretBuffer key)
      : verifier_(std::move(verifier)), key_(std::move(key)) {}
  static Result<NoteSigner> FromSeed(std::string_view name, std::span<const uint8_t, 32> seed);
  NoteVerifier verifier_;
  memory::SecretBuffer key_;  // seed || public key, as libsodium keeps it
};

struct NoteSignature {
  std::string name;
  uint32_t key_id = 0;
  Bytes signature;  // what follows the key id
  friend bool operator==(const NoteSignature&, const NoteSignature&) = default;
};

class Note {
 public:
  // Unsigned so far. kInput when text is empty, lacks its final '\n', or has control characters.
  static Result<Note> Of(std::string text);
  static Result<Note> Parse(std::string_view bytes);  // kInput; needs at least one signature line
  const std::string& text() const { return text_; }
  const std::vector<NoteSignature>& signatures() const { return signatures_; }
  void Sign(const NoteSigner& signer);  // adds a line; replaces one by the same key
  // Adds the signature lines of `other` (same text, else kInput) by keys not here yet. kInput, and
  // nothing is added, when there would be more than 100.
  Result<void> Merge(const Note& other);
  void RemoveSignature(uint32_t key_id, std::string_view name);
  std::string Encode() const;
  // The indexes into `known` whose signatures are present and valid, ascending; empty when nobody
  // known signed, which the caller must not take for consent. kRefused when a known key's signature
  // fails, or when two known keys share name and id.
  Result<std::vector<size_t>> VerifiedBy(std::span<const NoteVerifier> known) const;

 private:
  Note() = default;
  std::string text_;
  std::vector<NoteSignature> signatures_;
};

// c2sp.org/tlog-checkpoint: "origin\nsize\nbase64(root)\n" and no extension lines of ours.
struct Checkpoint {
  std::string origin;
  uint64_t size = 0;
  Digest root{};
  std::string Text() const;
  static Result<Checkpoint> Parse(std::string_view text);  // kInput; exactly these three lines
  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

}  // namespace signpost::note
