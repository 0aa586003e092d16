#include "core/opener/state.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "crypto/base/fd.h"
#include "crypto/memory/secret.h"

namespace signpost::opener {
namespace {

constexpr std::string_view kMagic = "SGNPSTAT";
constexpr size_t kHeadBytes = 128;
constexpr size_t kGenerationAt = 16;
constexpr size_t kSlotBytes = 32;
constexpr size_t kMacBytes = 32;
constexpr size_t kMacAt = OpenerState::kCopyBytes - kMacBytes;
static_assert(kHeadBytes + OpenerState::kSlots * kSlotBytes <= kMacAt);

bool ReadAt(int fd, std::span<uint8_t> out, uint64_t at) {
  const Result<size_t> got = ReadUpToAt(fd, out, at, "opener.state");
  return got && *got == out.size();
}

bool SameMac(ByteView a, ByteView b) {  // in constant time
  uint8_t difference = 0;
  for (size_t i = 0; i < kMacBytes; ++i) difference |= static_cast<uint8_t>(a[i] ^ b[i]);
  return difference == 0;
}

template <size_t N>
void Copy(Bytes& copy, size_t at, const std::array<uint8_t, N>& bytes) {
  std::copy(bytes.begin(), bytes.end(), copy.begin() + static_cast<ptrdiff_t>(at));
}

template <class T>
void PutAt(Bytes& copy, size_t at, T value) {
  PutLe<T>(std::span<uint8_t, sizeof(T)>(copy.data() + at, sizeof(T)), value);
}

template <class T>
T GetAt(ByteView copy, size_t at) {
  return GetLe<T>(std::span<const uint8_t, sizeof(T)>(copy.data() + at, sizeof(T)));
}

}  // namespace

Bytes OpenerState::EncodeCopy() {
  Bytes copy(kCopyBytes);
  std::copy(kMagic.begin(), kMagic.end(), copy.begin());
  PutAt<uint32_t>(copy, 8, 1);
  PutAt<uint64_t>(copy, kGenerationAt, generation_);
  PutAt<uint64_t>(copy, 24, ledger_size_);
  Copy(copy, 32, ledger_root_);
  Copy(copy, 64, opt_out_hash_);
  for (size_t i = 0; i < kSlots; ++i) {
    if (!slots_[i]) continue;
    const size_t at = kHeadBytes + i * kSlotBytes;
    Copy(copy, at, slots_[i]->batch.bytes);
    PutAt<uint32_t>(copy, at + 16, slots_[i]->next_record);
    PutAt<int32_t>(copy, at + 20, slots_[i]->expiry.days);
  }
  Copy(copy, kMacAt, mac_.Of(ByteView(copy).first(kMacAt)));
  return copy;
}

bool OpenerState::IsWhole(ByteView copy) {
  return AsText(copy.first(kMagic.size())) == kMagic && GetAt<uint32_t>(copy, 8) == 1 &&
         GetAt<uint64_t>(copy, kGenerationAt) > 0 &&
         SameMac(mac_.Of(copy.first(kMacAt)), copy.subspan(kMacAt));
}

void OpenerState::DecodeCopy(ByteView copy) {
  generation_ = GetAt<uint64_t>(copy, kGenerationAt);
  ledger_size_ = GetAt<uint64_t>(copy, 24);
  std::memcpy(ledger_root_.data(), copy.data() + 32, ledger_root_.size());
  std::memcpy(opt_out_hash_.data(), copy.data() + 64, opt_out_hash_.size());
  for (size_t i = 0; i < kSlots; ++i) {
    const size_t at = kHeadBytes + i * kSlotBytes;
    Slot slot;
    std::memcpy(slot.batch.bytes.data(), copy.data() + at, slot.batch.bytes.size());
    slot.next_record = GetAt<uint32_t>(copy, at + 16);
    slot.expiry = {GetAt<int32_t>(copy, at + 20)};
    slots_[i] = slot.batch == BatchId{} ? std::nullopt : std::optional<Slot>(slot);
  }
}

uint64_t OpenerState::ReadNewest(Bytes& newest, unsigned& at) {
  uint64_t best = 0;
  Bytes copy(kCopyBytes);
  for (unsigned i = 0; i < 2; ++i) {
    if (!ReadAt(file_.get(), copy, i * kCopyBytes) || !IsWhole(copy)) continue;
    const auto generation = GetAt<uint64_t>(copy, kGenerationAt);
    if (generation <= best) continue;
    best = generation;
    newest = copy;
    at = i;
  }
  return best;
}

// Two processes with one state would each undo the other's marks. What the copies say of themselves
// is enough where it is what this process left there; else (a torn copy, too) their MACs are asked.
bool OpenerState::IsOurs() {
  std::array<uint8_t, 8> last{}, other{};
  const auto generation_at = [](unsigned copy) {
    return static_cast<off_t>(copy * kCopyBytes + kGenerationAt);
  };
  if (generation_ > 0 && ReadAt(file_.get(), last, generation_at(next_copy_ ^ 1)) &&
      ReadAt(file_.get(), other, generation_at(next_copy_)) &&
      GetLe<uint64_t>(last) == generation_ && GetLe<uint64_t>(other) < generation_) {
    return true;
  }
  Bytes newest;
  unsigned at = 0;
  return ReadNewest(newest, at) == generation_;
}

Result<void> OpenerState::Save() {
  if (failed_) return Fail(Code::kInternal, "an earlier write failed", "opener.state");
  failed_ = true;
  if (!IsOurs()) {
    return Fail(Code::kRefused, "another process wrote the opener's state", "opener.state");
  }
  ++generation_;
  const Bytes copy = EncodeCopy();
  TRY(WriteAllAt(file_.get(), copy, next_copy_ * kCopyBytes, "opener.state"));
  if (fdatasync(file_.get()) != 0) return FailErrno("fdatasync", "opener.state");
  next_copy_ ^= 1;
  failed_ = false;
  return {};
}

Result<OpenerState> OpenerState::CreateFresh(OwnedFd file, token::HmacSha256 mac) {
  OpenerState state(std::move(file), std::move(mac));
  Bytes newest;
  unsigned at = 0;
  if (state.ReadNewest(newest, at) != 0) {
    return Fail(Code::kRefused, "the opener has a state already", "opener.state");
  }
  TRY(state.Save());
  TRY(state.Save());
  return state;
}

Result<OpenerState> OpenerState::Load(OwnedFd file, token::HmacSha256 mac) {
  OpenerState state(std::move(file), std::move(mac));
  Bytes newest;
  unsigned at = 0;
  if (state.ReadNewest(newest, at) == 0) {
    return Fail(Code::kRefused, "the opener's state is missing or was changed", "opener.state",
                "it cannot be restored from a backup: see core/signpost/recovery/RECOVERY.md");
  }
  state.DecodeCopy(newest);
  state.next_copy_ = at ^ 1;
  return state;
}

uint32_t OpenerState::NextRecord(const BatchId& batch) const {
  for (const auto& slot : slots_) {
    if (slot && slot->batch == batch) return slot->next_record;
  }
  return 0;
}

Result<void> OpenerState::SawLedger(uint64_t size, const Digest& root, const Digest& opt_out_hash) {
  if (size < ledger_size_ || (size == ledger_size_ && size > 0 && root != ledger_root_)) {
    return Fail(Code::kInternal, "the ledger would go back");
  }
  ledger_size_ = size;
  ledger_root_ = root;
  opt_out_hash_ = opt_out_hash;
  return Save();
}

Result<void> OpenerState::Advance(const BatchId& batch, uint32_t next_record, Day expiry,
                                  Day today) {
  // A batch past its expiry is refused for that reason alone: its slot can be used again.
  std::optional<Slot>* empty = nullptr;
  std::optional<Slot>* expired = nullptr;
  for (auto& slot : slots_) {
    if (slot && slot->batch == batch) {
      if (next_record < slot->next_record) {
        return Fail(Code::kInternal, "the mark would go back");
      }
      slot->next_record = next_record;
      return Save();
    }
    if (!slot && empty == nullptr) empty = &slot;
    if (slot && slot->expiry < today && (expired == nullptr || slot->expiry < (*expired)->expiry)) {
      expired = &slot;
    }
  }
  std::optional<Slot>* free_slot = empty != nullptr ? empty : expired;
  if (free_slot == nullptr) {
    return Fail(Code::kStorage, "512 batches are under way", "opener.state",
                "wait until some have expired");
  }
  *free_slot = Slot{batch, next_record, expiry};
  return Save();
}

}  // namespace signpost::opener
