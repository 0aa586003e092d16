// Keeps what the opener has seen, so that a restored store or home cannot make it open a number
// twice. One file of fixed size, handed over as a descriptor, MACed with a key of its own,
// only ever moving forward. It lies in HOME/keys/live, which backups leave out.
//
// Two copies, written in turn (the older one is overwritten, then fdatasync), so a crash leaves the
// newer or the older one whole. Both readable: the higher generation counts. Format, little-endian,
// each copy 20,480 bytes: magic "SGNPSTAT" (8), version 1 (4), zero (4), generation (8), ledger
// size (8), ledger root (32), opt-out log hash (32), zero (32); 512 slots of batch id (16), next
// record (4), expiry day (4), zero (8); zero up to the last 32 bytes; HMAC-SHA256 of all that
// stands before.
//
// What it cannot do: if it is restored together with everything else, nothing on this machine can
// tell. Only a witness could.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "core/shared/wire/opener_boundary.h"
#include "crypto/base/bytes.h"
#include "crypto/base/fd.h"
#include "crypto/base/result.h"
#include "crypto/base/time.h"
#include "crypto/token/tokeniser/tokeniser.h"

namespace signpost::opener {

class OpenerState {
 public:
  static constexpr size_t kCopyBytes = 20480;
  static constexpr size_t kFileBytes = wire::opener::kStateBytes;
  static_assert(kFileBytes == 2 * kCopyBytes);
  static constexpr size_t kSlots = 512;

  // A fresh state, written to both copies. kRefused when the file has a valid state already.
  static Result<OpenerState> CreateFresh(OwnedFd file, token::HmacSha256 mac);
  // kRefused: no copy is whole (missing, changed, or under another key).
  static Result<OpenerState> Load(OwnedFd file, token::HmacSha256 mac);

  uint64_t ledger_size() const { return ledger_size_; }
  const Digest& ledger_root() const { return ledger_root_; }
  const Digest& opt_out_hash() const { return opt_out_hash_; }
  uint32_t NextRecord(const BatchId& batch) const;  // 0 for one never opened

  // Each is durable when it returns. Never moves back: kInternal. kRefused: another process wrote
  // the file since it was loaded. After any error nothing more is written: the caller must stop.
  Result<void> SawLedger(uint64_t size, const Digest& root, const Digest& opt_out_hash);
  // kStorage when all slots belong to batches that are not past their expiry. An empty slot is
  // taken first, then the one that expired longest ago.
  Result<void> Advance(const BatchId& batch, uint32_t next_record, Day expiry, Day today);

 private:
  struct Slot {
    BatchId batch;
    uint32_t next_record = 0;
    Day expiry{};
  };
  OpenerState(OwnedFd file, token::HmacSha256 mac) : file_(std::move(file)), mac_(std::move(mac)) {}
  Result<void> Save();
  bool IsOurs();  // the newest copy on disk is the one that this process wrote or loaded
  Bytes EncodeCopy();
  bool IsWhole(ByteView copy);
  void DecodeCopy(ByteView copy);  // a whole one
  // The generation of the newest whole copy on disk, which goes to `newest`, and its index to `at`.
  // 0: none.
  uint64_t ReadNewest(Bytes& newest, unsigned& at);

  OwnedFd file_;
  token::HmacSha256 mac_;
  uint64_t generation_ = 0;
  uint64_t ledger_size_ = 0;
  Digest ledger_root_{};
  Digest opt_out_hash_{};
  std::array<std::optional<Slot>, kSlots> slots_;
  unsigned next_copy_ = 0;
  bool failed_ = false;  // a write failed: what is in memory is not what is durable
};

}  // namespace signpost::opener
