#include "core/opener/keys.h"

namespace signpost::opener {

Result<void> KeyRing::Add(std::string_view key_file) {
  TRY_ASSIGN(custody::Wrapper::Unwrapped opened, unwrapper_.Unwrap(key_file));
  const custody::KeyPurpose purpose = opened.header.purpose;
  if (!keys_) {
    if (purpose != custody::KeyPurpose::kOpenerState) {
      return Fail(Code::kRefused, "the opener's state key must come first");
    }
    keys_ = OpenerKeys{opened.header.trust, std::move(opened.key), std::nullopt, 1, {}};
    return {};
  }
  if (opened.header.trust != keys_->trust) {
    return Fail(Code::kRefused, "keys of different homes do not go together");
  }
  if (purpose == custody::KeyPurpose::kOptOutToken && !keys_->opt_out) {
    keys_->opt_out = std::move(opened.key);
    keys_->opt_out_generation = opened.header.generation;
    return {};
  }
  if (purpose == custody::KeyPurpose::kEpoch && opened.header.epoch) {
    TRY_ASSIGN(seal::EpochSecretKey key,
               seal::EpochSecretKey::Take(opened.header.epoch->epoch, std::move(opened.key)));
    if (key.public_half().key != opened.header.epoch->public_key) {
      return Fail(Code::kRefused, "an epoch key does not match its public half");
    }
    keys_->epochs.push_back({*opened.header.epoch, std::move(key)});
    return {};
  }
  return Fail(Code::kRefused, "a key that the opener has no use for");
}

Result<OpenerKeys> KeyRing::Take() {
  if (!keys_) return Fail(Code::kRefused, "the opener's state key is missing");
  return *std::move(keys_);
}

}  // namespace signpost::opener
