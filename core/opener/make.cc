#include "core/opener/make.h"

#include "core/opener/keys.h"
#include "core/opener/state.h"
#include "crypto/custody/key_file.h"
#include "crypto/seal/opening/epoch_key.h"
#include "policy/decision.h"

namespace signpost {
namespace {

Result<void> Refuse(Channel& control, Refusal refusal) {
  return control.SendOne(opener::kRefused, opener::Refused{static_cast<uint32_t>(refusal), 0, 0});
}

}  // namespace

Result<void> MakeState(Channel& control, int passphrase_fd, OwnedFd state) {
  TRY_ASSIGN(const Frames file, control.Expect(opener::kKeyFile));
  Result<SecretBuffer> passphrase = ReadPassphrase(passphrase_fd);
  if (!passphrase) return Refuse(control, Refusal::kKey);
  KeyRing ring(*std::move(passphrase));
  if (!ring.Add(AsText(file.bytes))) return Refuse(control, Refusal::kKey);
  TRY_ASSIGN(OpenerKeys keys, ring.Take());
  TRY_ASSIGN(HmacSha256 mac, HmacSha256::Create(keys.state.Expose(ExposeSecret{})));
  if (!OpenerState::CreateFresh(std::move(state), std::move(mac))) {
    return Refuse(control, Refusal::kState);
  }
  return control.SendEmpty(opener::kDone);
}

Result<void> MakeEpoch(Channel& control, int passphrase_fd, const opener::Start& start) {
  TRY_ASSIGN(const Frames file, control.Expect(opener::kKeyFile));
  const std::string state_key_file(AsText(file.bytes));
  Result<SecretBuffer> passphrase = ReadPassphrase(passphrase_fd);
  if (!passphrase) return Refuse(control, Refusal::kKey);
  // The salt and cost of a file that proves by opening that they are this home's.
  Result<Wrapper> wrapper = Wrapper::Matching(*passphrase, state_key_file);
  if (!wrapper) return Refuse(control, Refusal::kKey);
  const Result<Wrapper::Unwrapped> state_key = wrapper->Unwrap(state_key_file);
  if (!state_key || state_key->header.purpose != KeyPurpose::kOpenerState) {
    return Refuse(control, Refusal::kKey);
  }
  TRY_ASSIGN(const EpochSecretKey key, EpochSecretKey::Generate());
  KeyFileHeader header;
  header.purpose = KeyPurpose::kEpoch;
  header.trust = state_key->header.trust;
  header.epoch = EpochFacts{key.public_half().epoch, key.public_half().key,
                            Day{start.epoch_from_day}, Day{start.epoch_deadline_day}};
  TRY_ASSIGN(const std::string wrapped, wrapper->Wrap(header, key.secret()));
  TRY(control.SendText(opener::kMadeKey, wrapped));
  return control.SendEmpty(opener::kDone);
}

}  // namespace signpost
