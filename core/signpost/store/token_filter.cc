#include "core/signpost/store/token_filter.h"

#include <algorithm>
#include <cstring>

namespace signpost::store {
namespace {

constexpr uint64_t kAskFirst = 5000;       // until then it costs less to ask SQLite
constexpr int64_t kMaxTokens = 4'000'000;  // 32 MB

uint64_t Prefix(const uint8_t* token) {
  uint64_t value;
  std::memcpy(&value, token, sizeof value);
  return __builtin_bswap64(value);
}

}  // namespace

Result<void> TokenFilter::Load() {
  loaded_ = true;
  sorted_.reserve(static_cast<size_t>(tokens_));
  TRY_ASSIGN(auto query, db_->Ask(prefixes_));
  for (;;) {
    TRY_ASSIGN(const bool row, query.Step());
    if (!row) break;
    const ByteView prefix = query.Blob(0);
    if (prefix.size() == sizeof(uint64_t)) sorted_.push_back(Prefix(prefix.data()));
  }
  std::sort(sorted_.begin(), sorted_.end());
  begins_.assign((1u << 16) + 1, 0);
  for (const uint64_t each : sorted_) ++begins_[(each >> 48) + 1];
  for (size_t i = 1; i < begins_.size(); ++i) begins_[i] += begins_[i - 1];
  return {};
}

Result<bool> TokenFilter::MayHold(const std::array<uint8_t, 32>& token) {
  if (tokens_ < 0) {
    TRY_ASSIGN(tokens_, db_->Number(count_));
  }
  if (tokens_ == 0) return false;
  if (!loaded_) {
    if (++asked_ <= kAskFirst || tokens_ > kMaxTokens) return true;
    TRY(Load());
  }
  const uint64_t prefix = Prefix(token.data());
  const auto from = sorted_.begin() + begins_[prefix >> 48];
  const auto to = sorted_.begin() + begins_[(prefix >> 48) + 1];
  return std::binary_search(from, to, prefix);
}

}  // namespace signpost::store
