// signpost-sender: numbers in; texts to the carrier; outcomes out. No arguments; its descriptors
// are in core/shared/wire/sender_boundary.h, its work in core/sender/relay.h.
#include <memory>

#include "cli/sender/syscalls.h"
#include "core/sender/gateway/credentials.h"
#include "core/sender/gateway/message_id.h"
#include "core/sender/gateway/smpp_gateway.h"
#include "core/sender/relay.h"
#include "core/shared/wiping/wiping.h"
#include "crypto/memory/stack.h"

namespace {

// The bytes only: what they say is read when the session asks for TLS.
signpost::Result<signpost::Bytes> ReadTrust() {
  const signpost::OwnedFd file(signpost::sender::kTrustFd);
  signpost::Bytes bytes(signpost::sender::kTrustMax + 1);
  TRY_ASSIGN(const size_t size, signpost::ReadUpTo(file.get(), bytes, "ca_file"));
  bytes.resize(size <= signpost::sender::kTrustMax ? size : 0);
  return bytes;
}

}  // namespace

int main() {
  using namespace signpost;
  PrepareMessageIds();
  smpp::PrepareTls();
  if (!CheckWiping()) ExitSealed(LockStep::kWiping);
  if (!LockStack()) ExitSealed(LockStep::kLockedMemory);
  if (const Locked locked = LockDown(sender::kProfile); !locked) ExitSealed(locked.error());

  Result<smpp::Credentials> credentials = [] {
    const OwnedFd file(sender::kCredentialsFd);
    return ReadCredentials(file.get());
  }();
  const Result<Bytes> trust = ReadTrust();
  const auto failure = credentials ? sender::Failure::kNone : sender::Failure::kCredentials;
  const MakeGateway make = [&](const sender::Session& session,
                               std::string_view text) -> Result<std::unique_ptr<Gateway>> {
    SmppGatewayOptions options;
    if (session.tls.name_bytes > 0 && trust) {
      options.trust = smpp::TlsTrust::Create(*trust).value_or(nullptr);
    }
    TRY_ASSIGN(std::unique_ptr<Gateway> gateway,
               SmppGateway::Create(session, text, *std::move(credentials), std::move(options)));
    return gateway;
  };
  ExitSealed(RunRelay(
      {OwnedFd(sender::kControlFd), OwnedFd(sender::kOpenerFd), OwnedFd(sender::kSealerFd)}, make,
      failure));
}
