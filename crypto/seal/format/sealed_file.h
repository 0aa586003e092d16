// Encodes and decodes sealed files: the only place where numbers exist, encrypted. This header has
// no key in it: `signpost` copies ciphertext about with it.
//
// One section is what one import brought: a fresh random file key sealed to the epoch's X25519
// public key (libsodium crypto_box_seal). Records are sealed under the file key with
// XChaCha20-Poly1305 (section_sealer.h, section_opener.h). An intake and a batch have the same
// layout; plan makes a batch by copying records and the sections that they name.
//
// Layout, little-endian (crypto/seal/FORMAT.md has the grammar and a worked example):
//   0   8  magic "SGNPSEAL"
//   8   2  version, 1
//   10  2  kind: 1 intake, 2 batch
//   12  4  section count, 1..65535
//   16  16 file id
//   32  4  expiry: the earliest expiry day of its sections (days since 1970-01-01)
//   36  4  zero
//   40  116 each: section id (16), epoch id (16), expiry day (4), sealed key (80)
//   then 52 each: section index (4), record id (16), box (32), to the end of the file; in an intake
//   also 52 zero bytes, where a record was erased
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "crypto/base/bytes.h"
#include "crypto/base/result.h"
#include "crypto/base/time.h"

namespace signpost::seal {

struct EpochPublicKey {
  EpochId epoch;
  std::array<uint8_t, 32> key{};  // X25519
};

struct SectionHeader {
  static constexpr size_t kSealedKeyBytes = 80;  // crypto_box_SEALBYTES + 32
  SectionId section;
  EpochId epoch;
  Day expiry;  // records are useless and removed after this day
  std::array<uint8_t, kSealedKeyBytes> sealed_key{};  // box holds key(32) only
  friend bool operator==(const SectionHeader&, const SectionHeader&) = default;
};

struct SealedRecord {
  static constexpr size_t kBoxBytes = 32;  // 16 + 16
  RecordId id;
  std::array<uint8_t, kBoxBytes> box{};
  friend bool operator==(const SealedRecord&, const SealedRecord&) = default;
};

enum class SealedKind : uint16_t { kIntake = 1, kBatch = 2 };

struct SealedFileHeader {
  static constexpr size_t kFixedBytes = 40;
  static constexpr size_t kSectionBytes = 116;
  SealedKind kind = SealedKind::kIntake;
  FileId file;
  std::vector<SectionHeader> sections;  // 1..65535
  Day expiry() const;                   // the earliest of the sections'
  size_t EncodedBytes() const { return kFixedBytes + kSectionBytes * sections.size(); }
  friend bool operator==(const SealedFileHeader&, const SealedFileHeader&) = default;
};

struct FileRecord {
  static constexpr size_t kBytes = 52;
  uint32_t section = 0;  // index into the header's sections
  SealedRecord record;
  // Its number went into a batch or must not be texted: 52 zero bytes, in intakes only.
  bool erased() const { return record.id == RecordId(); }
  friend bool operator==(const FileRecord&, const FileRecord&) = default;
};

// Aborts unless there are 1 to 65535 sections: a header that could not be read is never written.
Bytes EncodeHeader(const SealedFileHeader& header);
// Needs the first kFixedBytes; then tells how many bytes the whole header has. kCorrupt.
Result<size_t> HeaderBytes(ByteView fixed);
// Exactly the header. kCorrupt; also when the expiry is not the earliest of the sections', or a
// section id appears twice. What decodes encodes to the same bytes.
Result<SealedFileHeader> DecodeHeader(ByteView bytes);
void EncodeRecord(const FileRecord& record, std::span<uint8_t, FileRecord::kBytes> out);
FileRecord DecodeRecord(std::span<const uint8_t, FileRecord::kBytes> in);

// A whole file in memory (a batch is bounded by the policy). kCorrupt when the length does not fit,
// a record names a section that is not there, a record id appears twice, or one is erased in a
// batch or by half.
struct SealedFile {
  SealedFileHeader header;
  std::vector<FileRecord> records;
  static Result<SealedFile> Decode(ByteView bytes);
  Bytes Encode() const;
};

}  // namespace signpost::seal
