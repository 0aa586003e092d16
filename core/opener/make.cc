#include "core/opener/make.h"

#include "core/opener/keys.h"
#include "core/opener/state.h"
#include "crypto/custody/key_file.h"
#include "crypto/seal/opening/epoch_key.h"
#include "policy/decision.h"

namespace signpost::opener {
namespace {

Result<void> Refuse(wire::Channel& control, policy::Refusal refusal) {
  return control.SendOne(wire::opener::kRefused,
                         wire::opener::Refused{static_cast<uint32_t>(refusal), 0, 0});
}

}  // namespace

Result<void> MakeState(wire::Channel& control, int passphrase_fd, OwnedFd state) {
  TRY_ASSIGN(const wire::Frames file, control.Expect(wire::opener::kKeyFile));
  Result<memory::SecretBuffer> passphrase = memory::ReadPassphrase(passphrase_fd);
  if (!passphrase) return Refuse(control, policy::Refusal::kKey);
  KeyRing ring(*std::move(passphrase));
  if (!ring.Add(AsText(file.bytes))) return Refuse(control, policy::Refusal::kKey);
  TRY_ASSIGN(OpenerKeys keys, ring.Take());
  TRY_ASSIGN(token::HmacSha256 mac,
             token::HmacSha256::Create(keys.state.Expose(memory::ExposeSecret{})));
  if (!OpenerState::CreateFresh(std::move(state), std::move(mac))) {
    return Refuse(control, policy::Refusal::kState);
  }
  return control.SendEmpty(wire::opener::kDone);
}

Result<void> MakeEpoch(wire::Channel& control, int passphrase_fd,
                       const wire::opener::Start& start) {
  TRY_ASSIGN(const wire::Frames file, control.Expect(wire::opener::kKeyFile));
  const std::string state_key_file(AsText(file.bytes));
  Result<memory::SecretBuffer> passphrase = memory::ReadPassphrase(passphrase_fd);
  if (!passphrase) return Refuse(control, policy::Refusal::kKey);
  // The salt and cost of a file that proves by opening that they are this home's.
  Result<custody::Wrapper> wrapper = custody::Wrapper::Matching(*passphrase, state_key_file);
  if (!wrapper) return Refuse(control, policy::Refusal::kKey);
  const Result<custody::Wrapper::Unwrapped> state_key = wrapper->Unwrap(state_key_file);
  if (!state_key || state_key->header.purpose != custody::KeyPurpose::kOpenerState) {
    return Refuse(control, policy::Refusal::kKey);
  }
  TRY_ASSIGN(const seal::EpochSecretKey key, seal::EpochSecretKey::Generate());
  custody::KeyFileHeader header;
  header.purpose = custody::KeyPurpose::kEpoch;
  header.trust = state_key->header.trust;
  header.epoch = custody::EpochFacts{key.public_half().epoch, key.public_half().key,
                                     Day{start.epoch_from_day}, Day{start.epoch_deadline_day}};
  TRY_ASSIGN(const std::string wrapped, wrapper->Wrap(header, key.secret()));
  TRY(control.SendText(wire::opener::kMadeKey, wrapped));
  return control.SendEmpty(wire::opener::kDone);
}

}  // namespace signpost::opener
