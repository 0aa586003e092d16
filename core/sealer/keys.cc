#include "core/sealer/keys.h"

#include <string>
#include <vector>

#include "crypto/custody/key_file.h"

namespace signpost::sealer {
namespace {

// `signpost` sends the lines above "kdf"; with this one the text reads as a key file's header.
constexpr std::string_view kNoKey = "kdf none\n";

wire::sealer::Failure WhyNotUnwrapped(const Error& error) {
  switch (error.code) {
    case Code::kRefused:
      return wire::sealer::Failure::kPassphrase;
    case Code::kStorage:
    case Code::kSandbox:
      return wire::sealer::Failure::kMemory;
    default:
      return wire::sealer::Failure::kKeyFile;
  }
}

Step<memory::SecretBuffer> Passphrase(OwnedFd fd) {
  Result<memory::SecretBuffer> passphrase = memory::ReadPassphrase(fd.get());
  if (passphrase) return *std::move(passphrase);
  return Stop(passphrase.error().code == Code::kSandbox ? wire::sealer::Failure::kMemory
                                                        : wire::sealer::Failure::kPassphrase);
}

std::vector<custody::KeyPurpose> PurposesOf(wire::sealer::Job job) {
  switch (job) {
    case wire::sealer::Job::kImport:
      return {custody::KeyPurpose::kOptOutToken, custody::KeyPurpose::kContactToken};
    case wire::sealer::Job::kOptOut:
    case wire::sealer::Job::kListen:
      return {custody::KeyPurpose::kOptOutToken};
    case wire::sealer::Job::kProtect:
      return {custody::KeyPurpose::kContactToken};
    case wire::sealer::Job::kMakeKeys:
      break;
  }
  return {};
}

}  // namespace

Step<Keys> LoadKeys(wire::Channel& control, wire::sealer::Job job, OwnedFd passphrase_fd) {
  const std::vector<custody::KeyPurpose> purposes = PurposesOf(job);
  std::vector<std::string> files;
  for (size_t i = 0; i < purposes.size(); ++i) {
    TRY_ASSIGN(const wire::Frames frames,
               Or(control.Expect(wire::sealer::kKeyFile), wire::sealer::Failure::kInternal));
    files.emplace_back(AsText(frames.bytes));
  }
  TRY_ASSIGN(memory::SecretBuffer passphrase, Passphrase(std::move(passphrase_fd)));
  custody::Unwrapper unwrapper(std::move(passphrase));
  Keys keys;
  std::optional<custody::TrustRoot> trust;
  for (size_t i = 0; i < purposes.size(); ++i) {
    Result<custody::Wrapper::Unwrapped> unwrapped = unwrapper.Unwrap(files[i]);
    if (!unwrapped) return Stop(WhyNotUnwrapped(unwrapped.error()));
    const custody::KeyFileHeader& header = unwrapped->header;
    if (header.purpose != purposes[i] || (trust && *trust != header.trust)) {
      return Stop(wire::sealer::Failure::kKeyFile);
    }
    trust = header.trust;
    const uint16_t generation = header.generation;
    if (purposes[i] == custody::KeyPurpose::kOptOutToken) {
      TRY_ASSIGN(auto tokeniser,
                 Or(token::Tokeniser<token::OptOut>::Create(std::move(unwrapped->key), generation),
                    wire::sealer::Failure::kInternal));
      keys.opt_out.emplace(std::move(tokeniser));
    } else {
      TRY_ASSIGN(auto tokeniser,
                 Or(token::Tokeniser<token::Contact>::Create(std::move(unwrapped->key), generation),
                    wire::sealer::Failure::kInternal));
      keys.contact.emplace(std::move(tokeniser));
    }
  }
  if (!trust) return Stop(wire::sealer::Failure::kInternal);
  keys.mode = trust->mode;
  return keys;
}

Step<void> MakeKeys(wire::Channel& control, custody::KdfCost cost, OwnedFd passphrase_fd) {
  TRY_ASSIGN(const wire::Frames frames,
             Or(control.Expect(wire::sealer::kTrust), wire::sealer::Failure::kInternal));
  const std::string as_key_file = std::string(AsText(frames.bytes)) + std::string(kNoKey);
  TRY_ASSIGN(custody::KeyFileHeader header,
             Or(custody::ReadKeyFileHeader(as_key_file), wire::sealer::Failure::kKeyFile));
  if (header.purpose != custody::KeyPurpose::kRoot || header.epoch)
    return Stop(wire::sealer::Failure::kKeyFile);
  TRY_ASSIGN(memory::SecretBuffer passphrase, Passphrase(std::move(passphrase_fd)));
  TRY_ASSIGN(const custody::Wrapper wrapper,
             Or(custody::Wrapper::Create(passphrase, cost), wire::sealer::Failure::kMemory));
  TRY_ASSIGN(const memory::SecretKey root,
             Or(memory::SecretKey::Random(), wire::sealer::Failure::kMemory));
  const auto wrap = [&](custody::KeyPurpose purpose, const memory::SecretKey& key) -> Step<void> {
    header.purpose = purpose;
    TRY_ASSIGN(const std::string file,
               Or(wrapper.Wrap(header, key), wire::sealer::Failure::kInternal));
    return Or(control.SendText(wire::sealer::kMadeKey, file), wire::sealer::Failure::kInternal);
  };
  TRY(wrap(custody::KeyPurpose::kRoot, root));
  constexpr std::pair<custody::KeyPurpose, std::string_view> kDerived[] = {
      {custody::KeyPurpose::kContactToken, "signpost/v1/contact-token/1"},
      {custody::KeyPurpose::kOptOutToken, "signpost/v1/opt-out-token/1"},
      {custody::KeyPurpose::kOpenerState, "signpost/v1/opener-state"},
  };
  for (const auto& [purpose, info] : kDerived) {
    TRY_ASSIGN(const memory::SecretKey key, Or(root.Derive(info), wire::sealer::Failure::kMemory));
    TRY(wrap(purpose, key));
  }
  return {};
}

}  // namespace signpost::sealer
