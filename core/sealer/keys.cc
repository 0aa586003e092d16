#include "core/sealer/keys.h"

#include <string>
#include <vector>

#include "crypto/custody/key_file.h"

namespace signpost::sealer {
namespace {

// `signpost` sends the lines above "kdf"; with this one the text reads as a key file's header.
constexpr std::string_view kNoKey = "kdf none\n";

Failure WhyNotUnwrapped(const Error& error) {
  switch (error.code) {
    case Code::kRefused:
      return Failure::kPassphrase;
    case Code::kStorage:
    case Code::kSandbox:
      return Failure::kMemory;
    default:
      return Failure::kKeyFile;
  }
}

Step<SecretBuffer> Passphrase(OwnedFd fd) {
  Result<SecretBuffer> passphrase = ReadPassphrase(fd.get());
  if (passphrase) return *std::move(passphrase);
  return Stop(passphrase.error().code == Code::kSandbox ? Failure::kMemory : Failure::kPassphrase);
}

std::vector<KeyPurpose> PurposesOf(Job job) {
  switch (job) {
    case Job::kImport:
      return {KeyPurpose::kOptOutToken, KeyPurpose::kContactToken};
    case Job::kOptOut:
    case Job::kListen:
      return {KeyPurpose::kOptOutToken};
    case Job::kProtect:
      return {KeyPurpose::kContactToken};
    case Job::kMakeKeys:
      break;
  }
  return {};
}

}  // namespace

Step<Keys> LoadKeys(Channel& control, Job job, OwnedFd passphrase_fd) {
  const std::vector<KeyPurpose> purposes = PurposesOf(job);
  std::vector<std::string> files;
  for (size_t i = 0; i < purposes.size(); ++i) {
    TRY_ASSIGN(const Frames frames, Or(control.Expect(kKeyFile), Failure::kInternal));
    files.emplace_back(AsText(frames.bytes));
  }
  TRY_ASSIGN(SecretBuffer passphrase, Passphrase(std::move(passphrase_fd)));
  Unwrapper unwrapper(std::move(passphrase));
  Keys keys;
  std::optional<TrustRoot> trust;
  for (size_t i = 0; i < purposes.size(); ++i) {
    Result<Wrapper::Unwrapped> unwrapped = unwrapper.Unwrap(files[i]);
    if (!unwrapped) return Stop(WhyNotUnwrapped(unwrapped.error()));
    const KeyFileHeader& header = unwrapped->header;
    if (header.purpose != purposes[i] || (trust && *trust != header.trust)) {
      return Stop(Failure::kKeyFile);
    }
    trust = header.trust;
    const uint16_t generation = header.generation;
    if (purposes[i] == KeyPurpose::kOptOutToken) {
      TRY_ASSIGN(
          auto tokeniser,
          Or(Tokeniser<OptOut>::Create(std::move(unwrapped->key), generation), Failure::kInternal));
      keys.opt_out.emplace(std::move(tokeniser));
    } else {
      TRY_ASSIGN(auto tokeniser,
                 Or(Tokeniser<Contact>::Create(std::move(unwrapped->key), generation),
                    Failure::kInternal));
      keys.contact.emplace(std::move(tokeniser));
    }
  }
  if (!trust) return Stop(Failure::kInternal);
  keys.mode = trust->mode;
  return keys;
}

Step<void> MakeKeys(Channel& control, uint8_t kdf_cost, OwnedFd passphrase_fd) {
  TRY_ASSIGN(const Frames frames, Or(control.Expect(kTrust), Failure::kInternal));
  const std::string as_key_file = std::string(AsText(frames.bytes)) + std::string(kNoKey);
  TRY_ASSIGN(KeyFileHeader header, Or(ReadKeyFileHeader(as_key_file), Failure::kKeyFile));
  if (header.purpose != KeyPurpose::kRoot || header.epoch) return Stop(Failure::kKeyFile);
  if (kdf_cost > static_cast<uint8_t>(KdfCost::kSensitive)) return Stop(Failure::kInternal);
  TRY_ASSIGN(SecretBuffer passphrase, Passphrase(std::move(passphrase_fd)));
  TRY_ASSIGN(const Wrapper wrapper,
             Or(Wrapper::Create(passphrase, static_cast<KdfCost>(kdf_cost)), Failure::kMemory));
  TRY_ASSIGN(const SecretKey root, Or(SecretKey::Random(), Failure::kMemory));
  const auto wrap = [&](KeyPurpose purpose, const SecretKey& key) -> Step<void> {
    header.purpose = purpose;
    TRY_ASSIGN(const std::string file, Or(wrapper.Wrap(header, key), Failure::kInternal));
    return Or(control.SendText(kMadeKey, file), Failure::kInternal);
  };
  TRY(wrap(KeyPurpose::kRoot, root));
  constexpr std::pair<KeyPurpose, std::string_view> kDerived[] = {
      {KeyPurpose::kContactToken, "signpost/v1/contact-token/1"},
      {KeyPurpose::kOptOutToken, "signpost/v1/opt-out-token/1"},
      {KeyPurpose::kOpenerState, "signpost/v1/opener-state"},
  };
  for (const auto& [purpose, info] : kDerived) {
    TRY_ASSIGN(const SecretKey key, Or(root.Derive(info), Failure::kMemory));
    TRY(wrap(purpose, key));
  }
  return {};
}

}  // namespace signpost::sealer
